//! Which cells a clause speaks of, and which cells belong together.

use super::cell::Cell;
use super::condition::Filter;
use super::cost::as_f64;
use super::error::{Place, SweepError};
use super::expression::{Fault, Name};
use super::kind::{NetworkField, ParameterKind};
use super::parameter::Parameter;
use super::sigma::Sigma;

/// A choice of cells: those of some labels for which a condition holds; without either, all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Labels of grids; every cell if empty.
    pub labels: Vec<String>,
    /// The condition, if any.
    pub filter: Option<Filter>,
}

impl Selection {
    /// The indices of the cells that are chosen.
    ///
    /// # Errors
    ///
    /// Where the condition has no truth value, for example after a division by zero.
    pub fn choose(&self, cells: &[Cell]) -> Result<Vec<usize>, SweepError> {
        let mut chosen = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            if self.has_label(cell) && self.holds(cell)? {
                chosen.push(index);
            }
        }
        Ok(chosen)
    }

    fn has_label(&self, cell: &Cell) -> bool {
        self.labels.is_empty() || cell.label.as_ref().is_some_and(|label| self.labels.contains(label))
    }

    fn holds(&self, cell: &Cell) -> Result<bool, SweepError> {
        let Some(filter) = &self.filter else { return Ok(true) };
        let truth = filter.condition.evaluate(&|name| Ok(cell.number(name)), &|name| cell.written(name));
        truth.map_err(|fault: Fault| SweepError::Where {
            text: filter.text.clone(),
            span: filter.span,
            fault,
            place: Place { width: Some(cell.network.width), depth: cell.network.depth, layer: None },
        })
    }
}

impl Cell {
    /// The number that a name stands for in this cell; what varies between layers has its value in layer 1, and
    /// `layer` itself is the last one. NaN for a parameter whose values are names.
    #[must_use]
    pub fn number(&self, name: Name) -> f64 {
        let network = &self.network;
        let parameter = match name {
            Name::FanIn => return as_f64(network.units(0)),
            Name::FanOut => return as_f64(network.width),
            Name::Layer => return as_f64(network.depth),
            Name::Sigma(Sigma::Weight) => return self.sigma_w,
            Name::Sigma(sigma) => sigma.parameter(),
            Name::Of(parameter) => parameter,
        };
        match parameter.row().kind {
            ParameterKind::Word(_) | ParameterKind::Choice { .. } => f64::NAN,
            ParameterKind::Shape { get, .. }
            | ParameterKind::Number(_, NetworkField::Count { get, .. } | NetworkField::Units { get }) => {
                as_f64(get(network))
            }
            ParameterKind::Number(_, NetworkField::Once { get, .. }) => get(network),
            ParameterKind::Number(_, NetworkField::Layers { get, .. }) => {
                get(network).first().copied().unwrap_or(1.0)
            }
        }
    }

    /// A parameter as the config writes it; a name in its canonical spelling.
    #[must_use]
    pub fn written(&self, parameter: Parameter) -> String {
        match (parameter, parameter.row().kind) {
            (Parameter::Std, _) => self.std_text.clone(),
            (Parameter::Mean, _) => self.mean_text.clone(),
            (Parameter::BiasStd, _) => self.bias_std_text.clone(),
            (_, ParameterKind::Word(get)) => get(&self.network),
            (_, ParameterKind::Choice { get, .. }) => get(&self.network).to_owned(),
            (_, ParameterKind::Shape { get, .. }) => get(&self.network).to_string(),
            (_, ParameterKind::Number(..)) => self.texts[parameter].to_string(),
        }
    }

    /// What cells have in common that differ in some `parameters` alone: all the others, as they are written. Biases that
    /// a preset brings along belong to the std, and the width of a file to the input: in their place stands what a config has
    /// that gives none.
    #[must_use]
    pub fn without(&self, parameters: &[Parameter]) -> Vec<String> {
        let is_brought = |one| match one {
            Parameter::BiasStd | Parameter::BiasLaw => self.bias_of_preset,
            Parameter::InputWidth => self.width_of_file,
            _ => false,
        };
        let written = |one: Parameter| match one.row().default {
            Some(default) if is_brought(one) => default.trim_matches('\'').to_owned(),
            _ => self.written(one),
        };
        let others = Parameter::ALL.into_iter().filter(|one| !parameters.contains(one));
        others.map(written).collect()
    }
}
