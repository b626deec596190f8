//! What cells are called in tables.

use crate::sweep::expression::{self, Name};
use crate::sweep::{Cell, Parameter};

/// What tells the cells apart: their labels, and the parameters in which cells of one label differ; a title with its value in
/// every cell.
#[must_use]
pub fn distinctions(cells: &[Cell]) -> Vec<(&'static str, Vec<String>)> {
    let described: Vec<Vec<(&'static str, String)>> = cells.iter().map(parameters).collect();
    let differ =
        |i: usize, b: usize| cells[b - 1].label == cells[b].label && described[b - 1][i] != described[b][i];
    let varies = |i: &usize| (1..cells.len()).any(|b| differ(*i, b));
    let mut found = Vec::new();
    if cells.iter().any(|cell| cell.label.is_some()) {
        found.push(("label", cells.iter().map(|cell| cell.label.clone().unwrap_or_default()).collect()));
    }
    for i in (0..described.first().map_or(0, Vec::len)).filter(varies) {
        found.push((described[0][i].0, described.iter().map(|cell| cell[i].1.clone()).collect()));
    }
    if found.is_empty() {
        found.push(("cell", cells.iter().map(Cell::id).collect()));
    }
    found
}

/// The same in one text for each cell.
#[must_use]
pub fn names(cells: &[Cell]) -> Vec<String> {
    let distinctions = distinctions(cells);
    let name = |cell: usize| {
        let words = distinctions.iter().map(|(title, values)| match *title {
            "label" | "cell" => values[cell].clone(),
            title => format!("{title}={}", values[cell]),
        });
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    (0..cells.len()).map(name).collect()
}

/// Every parameter: the weights' as they are written, other numbers as they are in layer 1, or as they are
/// written if that is shorter.
fn parameters(cell: &Cell) -> Vec<(&'static str, String)> {
    let value = |parameter: Parameter| {
        let is_ragged = parameter == Parameter::Width && cell.network.widths.len() > 1;
        if parameter.is_word() || matches!(parameter, Parameter::Std | Parameter::Mean) || is_ragged {
            cell.written(parameter)
        } else if parameter == Parameter::InputWidth && cell.network.units(0) == cell.network.width {
            // What is as everywhere tells nothing apart.
            parameter.row().default.unwrap_or_default().to_owned()
        } else {
            let number = expression::number(cell.number(Name::Of(parameter)));
            Some(cell.written(parameter)).filter(|text| text.len() < number.len()).unwrap_or(number)
        }
    };
    Parameter::ALL.into_iter().map(|parameter| (parameter.name(), value(parameter))).collect()
}
