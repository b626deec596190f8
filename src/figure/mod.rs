//! Figures: pictures of the rows of a run, as SVG, as PDF, and as a table of exactly the numbers shown.
//!
//! ```text
//! rows, [[figure]] -> arrange -> Chart or Map or Distribution -> Scene -> SVG, PDF
//!                     (rules)    (scales, ticks, colours)       (shapes)
//! ```
//!
//! What is measured is drawn as points, what theory predicts as lines. A figure is a pure function of the files of a run:
//! its bytes depend on nothing else. Logarithms and powers are `libm`'s, coordinates are whole hundredths of a point.
//!
//! Without `[[figure]]` every metric at every site has one, arranged by what the cells differ in; see [`arrange`].

pub mod arrange;
mod build;
mod caption;
mod chart;
mod colors;
mod curves;
mod factors;
mod font;
mod items;
mod layout;
mod legend;
mod map;
mod names;
mod number;
mod pdf;
mod scale;
mod scene;
mod statistic;
mod svg;
mod table;
mod ticks;
pub mod words;

use crate::network::{Metric, Site};
use crate::output::Row;
use crate::sweep::{Cell, FigureClause, Sweep};

/// Width of a figure over two columns of a paper: 170 mm.
pub const TWO_COLUMNS: f64 = 482.0;
/// Most figures that are drawn unasked.
pub const MOST: usize = 12;

/// The values of all trials of a cell at a layer, a site and a metric; `None` if they are not there.
pub type Values<'a> = &'a dyn Fn(usize, usize, Site, Metric) -> Option<Vec<f64>>;

/// What figures are made of: the files of a run.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What was run.
    pub sweep: &'a Sweep,
    /// Its cells.
    pub cells: &'a [Cell],
    /// The rows of every cell.
    pub rows: &'a [Vec<Row>],
    /// The figures that are wanted; none for the usual ones.
    pub clauses: &'a [FigureClause],
    /// The values of trials.
    pub values: Values<'a>,
    /// Width in points.
    pub width: f64,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The name of its files.
    pub name: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What its points, bars, bands and lines are, and what is constant.
    pub caption: String,
    /// The picture as SVG: ids begin with the name, black is `currentColor`, the paper has the class `paper`.
    pub svg: String,
    /// The picture as PDF, fonts inside.
    pub pdf: Vec<u8>,
    /// The numbers that are shown.
    pub csv: String,
}

/// A metric at a site that has no figure.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The metric.
    pub metric: Metric,
    /// The site.
    pub site: Site,
    /// Why.
    pub reason: String,
}

impl LeftOut {
    /// The lines of a config that draw it.
    #[must_use]
    pub fn clause(&self) -> String {
        format!("[[figure]]\nmetric = \"{}\"\nsite   = \"{}\"\n", self.metric, self.site)
    }
}

/// All figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// The figures, in the order of the config.
    pub figures: Vec<Figure>,
    /// What was not drawn.
    pub left_out: Vec<LeftOut>,
}

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("figure {figure:?}: {reason}")]
pub struct FigureError {
    /// Its name.
    pub figure: String,
    /// Why.
    pub reason: String,
}

/// Draws the figures that are asked for, or the usual ones.
///
/// # Errors
///
/// If a figure that is asked for has no number to show.
pub fn draw(input: &Input<'_>) -> Result<Drawn, FigureError> {
    let mut drawn = Drawn::default();
    if input.clauses.is_empty() {
        unasked(input, &mut drawn);
        return Ok(drawn);
    }
    for (index, clause) in input.clauses.iter().enumerate() {
        let name = clause.name.clone().unwrap_or_else(|| format!("figure-{}", index + 1));
        let figures = build::figures(input, clause, &name);
        drawn.figures.extend(figures.map_err(|reason| FigureError { figure: name, reason })?);
    }
    Ok(drawn)
}

/// One figure for each metric and site, in the order of the config.
fn unasked(input: &Input<'_>, drawn: &mut Drawn) {
    for (metric, site) in items::pairs(input) {
        let mut leave = |reason: String| drawn.left_out.push(LeftOut { metric, site, reason });
        if drawn.figures.len() >= MOST {
            leave(format!("there are {MOST} figures already"));
            continue;
        }
        if let Some(reason) = items::dull(input, metric, site) {
            leave(reason);
            continue;
        }
        match build::figures(input, &FigureClause::of(metric, site), &format!("{metric}-{site}")) {
            Ok(figures) => drawn.figures.extend(figures),
            Err(reason) => leave(reason),
        }
    }
    for late in drawn.figures.drain(MOST.min(drawn.figures.len())..).collect::<Vec<_>>() {
        let (metric, site) = items::pairs(input)
            .into_iter()
            .find(|(metric, site)| late.name.starts_with(&format!("{metric}-{site}")))
            .unwrap_or((Metric::Mean, Site::Post));
        drawn.left_out.push(LeftOut { metric, site, reason: late.title });
    }
}
