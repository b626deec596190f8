//! What cells are called in tables.

use crate::sweep::expression::Name;
use crate::sweep::{Cell, Parameter};

/// What tells the cells apart: their labels, and the parameters in which cells of one label differ.
pub(in crate::output) fn names(cells: &[Cell]) -> Vec<String> {
    let described: Vec<Vec<(&str, String)>> = cells.iter().map(parameters).collect();
    let varies: Vec<bool> = (0..described.first().map_or(0, Vec::len))
        .map(|i| {
            let differ =
                |a: usize, b: usize| cells[a].label == cells[b].label && described[a][i] != described[b][i];
            (1..cells.len()).any(|b| differ(b - 1, b))
        })
        .collect();
    let name = |(cell, parameters): (&Cell, &Vec<(&str, String)>)| {
        let shown = parameters.iter().zip(&varies).filter(|(_, varies)| **varies);
        let words = shown.map(|((name, value), _)| format!("{name}={value}"));
        let parts: Vec<String> = cell.label.clone().into_iter().chain(words).collect();
        if parts.is_empty() { cell.id() } else { parts.join(" ") }
    };
    cells.iter().zip(&described).map(name).collect()
}

/// Every parameter: the weights' as they are written, other numbers as they are in layer 1.
fn parameters(cell: &Cell) -> Vec<(&'static str, String)> {
    let value = |parameter: Parameter| {
        if parameter.is_word() || matches!(parameter, Parameter::Std | Parameter::Mean) {
            cell.written(parameter)
        } else {
            cell.number(Name::Of(parameter)).to_string()
        }
    };
    Parameter::ALL.into_iter().map(|parameter| (parameter.name(), value(parameter))).collect()
}
