//! What a point has on every axis.

use super::grid::{Choice, Input, Quantity};
use super::parameter::Parameter;
use super::point::Point;
use crate::network::InputRows;
use crate::random::Law;

impl<'a> Point<'a> {
    pub(super) fn text(&self, name: Parameter) -> String {
        let axes = &self.grid.axes;
        match name {
            Parameter::Operation => axes.operation[self.at(name)].to_string(),
            Parameter::Activation => axes.activation[self.at(name)].to_string(),
            Parameter::Depth => self.depth().to_string(),
            Parameter::Law => self.law().to_string(),
            Parameter::BiasLaw => self.bias_law().to_string(),
            Parameter::Input => self.input().text.clone(),
            Parameter::InputLaw => self.input_law().to_string(),
            Parameter::Precision => self.precision().to_string(),
            choice if choice.names().is_some() => self.choice(choice).name.to_owned(),
            number => self.quantity(number).text.clone(),
        }
    }

    pub(super) fn choice(&self, parameter: Parameter) -> Choice {
        self.grid.axes.choices[parameter][self.at(parameter)]
    }

    /// What the point has; biases are those of a preset where it brings some along, and the width of the input is that of a
    /// file.
    pub(super) fn quantity(&self, parameter: Parameter) -> &'a Quantity {
        let written = |parameter| &self.grid.axes[parameter][self.at(parameter)];
        let preset = match parameter {
            Parameter::BiasStd => written(Parameter::Std).bias.as_deref(),
            Parameter::InputWidth if !self.input().widths.is_empty() => {
                // In the order of the names, as the axis of a choice has them.
                let rows = self.choice(Parameter::InputRows).name;
                let rows = InputRows::ALL.iter().position(|one| one.name() == rows);
                rows.and_then(|rows| self.input().widths.get(rows))
            }
            _ => None,
        };
        preset.unwrap_or_else(|| written(parameter))
    }

    pub(super) fn law(&self) -> Law {
        let preset = self.quantity(Parameter::Std).law;
        preset.unwrap_or_else(|| self.grid.axes.law[self.at(Parameter::Law)])
    }

    pub(super) fn bias_law(&self) -> Law {
        let preset = self.quantity(Parameter::BiasStd).law;
        preset.unwrap_or_else(|| self.grid.axes.bias_law[self.at(Parameter::BiasLaw)])
    }

    pub(super) fn input_law(&self) -> Law {
        self.grid.axes.input_law[self.at(Parameter::InputLaw)]
    }

    pub(super) fn input(&self) -> &'a Input {
        &self.grid.axes.input[self.at(Parameter::Input)]
    }
}
