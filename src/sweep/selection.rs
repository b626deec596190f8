//! Which cells a clause speaks of, and which cells belong together.

use super::cell::Cell;
use super::condition::{Filter, TextName};
use super::error::{Place, SweepError};
use super::expression::{Fault, Name};
use super::parameter::Parameter;

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
        let truth = filter.condition.evaluate(&|name| Ok(cell.number(name)), &|name| text(cell, name));
        truth.map_err(|fault: Fault| SweepError::Where {
            text: filter.text.clone(),
            span: filter.span,
            fault,
            place: Place { width: cell.network.width, depth: cell.network.depth, layer: None },
        })
    }
}

fn text(cell: &Cell, name: TextName) -> String {
    cell.written(match name {
        TextName::Operation => Parameter::Operation,
        TextName::Activation => Parameter::Activation,
        TextName::Law => Parameter::Law,
        TextName::Precision => Parameter::Precision,
    })
}

impl Cell {
    /// The number that a name stands for in this cell; what varies between layers has its value in layer 1, and
    /// `layer` itself is the last one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "widths, depths and batches are below 2^53")]
    pub fn number(&self, name: Name) -> f64 {
        let network = &self.network;
        match name {
            Name::Width | Name::FanIn | Name::FanOut => network.width as f64,
            Name::Depth | Name::Layer => network.depth as f64,
            Name::Batch => network.batch as f64,
            Name::Std => network.weight_std[0],
            Name::Mean => network.weight_mean[0],
            Name::BiasStd => network.bias_std[0],
            Name::InputMean => network.input_mean,
            Name::InputStd => network.input_std,
            Name::InputCorrelation => network.input_correlation,
        }
    }

    /// A parameter as the config writes it; a name in its canonical spelling.
    #[must_use]
    pub fn written(&self, parameter: Parameter) -> String {
        let network = &self.network;
        match parameter {
            Parameter::Operation => network.operation.to_string(),
            Parameter::Width => network.width.to_string(),
            Parameter::Depth => network.depth.to_string(),
            Parameter::Std => self.std_text.clone(),
            Parameter::Mean => self.mean_text.clone(),
            Parameter::Activation => network.activation.to_string(),
            Parameter::Law => network.law.to_string(),
            Parameter::BiasStd => self.bias_std_text.clone(),
            Parameter::Batch => self.batch_text.clone(),
            Parameter::InputMean => self.input_mean_text.clone(),
            Parameter::InputStd => self.input_std_text.clone(),
            Parameter::InputCorrelation => self.input_correlation_text.clone(),
            Parameter::Precision => network.precision.to_string(),
        }
    }

    /// What cells have in common that differ in some `parameters` alone: all the others, as they are written.
    #[must_use]
    pub fn without(&self, parameters: &[Parameter]) -> Vec<String> {
        let others = Parameter::ALL.into_iter().filter(|one| !parameters.contains(one));
        others.map(|one| self.written(one)).collect()
    }
}
