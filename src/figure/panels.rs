//! Which items are in which panel, and in which series of it.

use super::arrange::Along;
use super::material::{Material, named_level};
use super::model::Line;
use super::names;
use crate::sweep::{FigureClause, Mark};

/// The items of a panel.
pub struct PanelItems {
    /// Index of its metric.
    pub metric: usize,
    /// Level of the first factor.
    pub column: usize,
    /// What it is of.
    pub title: String,
    /// Its items.
    pub items: Vec<usize>,
}

/// The marks of a panel.
#[must_use]
pub fn marks(clause: &FigureClause, title: &str) -> Vec<Line> {
    let is_here = |mark: &&Mark| mark.panel.as_ref().is_none_or(|panel| panel == title);
    let line = |mark: &Mark| Line { x: mark.x, y: mark.y, text: mark.text.clone() };
    clause.marks.iter().filter(is_here).map(line).collect()
}

/// The panels that have any number: rows of metrics or of the second factor, columns of the first.
#[must_use]
pub fn panels(material: &Material<'_>) -> Vec<PanelItems> {
    let Material { clause, items, arrangement, .. } = material;
    let facets = &arrangement.facets;
    let metric_of =
        |item: usize| clause.metrics.iter().position(|metric| *metric == items[item].row.metric).unwrap_or(0);
    let key = |item: usize| {
        let column = facets.first().map_or(0, |factor| factor.of[item]);
        let row = facets.get(1).map_or(0, |factor| factor.of[item]);
        (metric_of(item), row, column)
    };
    let mut all: Vec<((usize, usize, usize), usize)> =
        (0..items.len()).map(|item| (key(item), item)).collect();
    all.sort_unstable();
    let panel = |part: &[((usize, usize, usize), usize)]| {
        let (metric, row, column) = part[0].0;
        let levels = facets.iter().zip([column, row]).map(|(factor, level)| named_level(factor, level));
        let mut words: Vec<String> = levels.filter(|word| !word.is_empty()).collect();
        if clause.metrics.len() > 1 && facets.is_empty() {
            words = vec![names::metric(clause.metrics[metric])];
        }
        PanelItems {
            metric,
            column,
            title: words.join(", "),
            items: part.iter().map(|(_, item)| *item).collect(),
        }
    };
    all.chunk_by(|a, b| a.0 == b.0).map(panel).collect()
}

/// Panels in a row.
#[must_use]
pub fn columns(material: &Material<'_>, panels: &[PanelItems]) -> usize {
    let facets = &material.arrangement.facets;
    let narrow = material.input.width < 400.0;
    let most = if narrow { 1 } else { 3 };
    let in_rows = facets.len() == 2 || (material.clause.metrics.len() > 1 && !facets.is_empty());
    if in_rows {
        let mut columns: Vec<usize> = panels.iter().map(|panel| panel.column).collect();
        columns.sort_unstable();
        columns.dedup();
        // A hole in the grid would put panels under others of another column.
        let rows = panels.chunk_by(|a, b| a.column < b.column).count();
        if rows * columns.len() == panels.len() {
            return columns.len();
        }
    }
    match panels.len() {
        4 if most == 3 => 2,
        count => count.min(most),
    }
}

/// The items of each curve of a panel, with its level of the colour.
#[must_use]
pub fn series(material: &Material<'_>, items: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let arrangement = &material.arrangement;
    let by_cell = arrangement.is_layer || arrangement.along == Along::Previous;
    let key = |item: usize| {
        let color = arrangement.color.as_ref().map_or(0, |color| color.of[item]);
        // The layers of a cell are one curve, and so are cells that differ in x; every law is one of its own.
        let own = match arrangement.along {
            Along::Value => item,
            _ if by_cell => material.items[item].cell,
            _ => 0,
        };
        (color, own)
    };
    let x = |item: usize| match &arrangement.along {
        Along::Number(values) => values[item],
        _ => 0.0,
    };
    let mut all: Vec<((usize, usize), usize)> = items.iter().map(|&item| (key(item), item)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0).then(x(a.1).total_cmp(&x(b.1))).then(a.1.cmp(&b.1)));
    all.chunk_by(|a, b| a.0 == b.0)
        .map(|part| (part[0].0.0, part.iter().map(|(_, item)| *item).collect()))
        .collect()
}
