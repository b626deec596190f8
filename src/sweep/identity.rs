//! The identity of a cell: what a draw may depend on, as a text.

use super::expression::{Name, number};
use super::kind::{NetworkField, ParameterKind};
use super::parameter::Parameter;
use super::point::Point;
use crate::network::{Network, Schedule};

/// What the identity of every cell says, in this order. What it does not list is left out where it has its default,
/// so that a parameter that is added changes no cell that does without it. The depth stands apart.
const ALWAYS: [Parameter; 11] = [
    Parameter::Operation,
    Parameter::Width,
    Parameter::Batch,
    Parameter::Std,
    Parameter::Mean,
    Parameter::Activation,
    Parameter::Law,
    Parameter::BiasStd,
    Parameter::InputMean,
    Parameter::InputStd,
    Parameter::Precision,
];

impl Point<'_> {
    /// See [`law_text`](super::cell::Cell::law_text).
    pub(super) fn law_text(&self, network: &Network) -> String {
        let entry = |parameter: Parameter| (parameter, self.identity(parameter, network));
        let always = ALWAYS.into_iter().map(entry);
        let others =
            Parameter::ALL.into_iter().filter(|one| !ALWAYS.contains(one) && *one != Parameter::Depth);
        let is_default = |(parameter, text): &(Parameter, String)| {
            parameter.row().default.is_some_and(|default| default.trim_matches('\'') == text)
        };
        let entries = always.chain(others.map(entry).filter(|entry| !is_default(entry)));
        entries.map(|(parameter, text)| format!("{parameter}={text}")).collect::<Vec<_>>().join(";")
    }

    /// A parameter as the identity of a cell has it.
    fn identity(&self, parameter: Parameter, network: &Network) -> String {
        match parameter.row().kind {
            // Two shapes are one where all layers are as wide, however they are written.
            _ if parameter == Parameter::Width && network.widths.len() > 1 => {
                let widths: Vec<usize> = (1..=network.depth).map(|layer| network.units(layer)).collect();
                format!("{widths:?}").replace(' ', "")
            }
            _ if parameter == Parameter::InputWidth && network.units(0) == network.width => {
                "width".to_owned()
            }
            // A formula is what it computes, whatever its name is.
            ParameterKind::Word(_) if parameter == Parameter::Activation => network.activation.content(),
            // A file is what stands in it, whatever its name is.
            ParameterKind::Word(get) if parameter == Parameter::Input => match &network.data {
                Some(data) => format!("sha256:{}", data.table.file().sha256),
                None => get(network),
            },
            ParameterKind::Word(get) => get(network),
            ParameterKind::Choice { get, .. } => get(network).to_owned(),
            ParameterKind::Shape { get, .. }
            | ParameterKind::Number(_, NetworkField::Count { get, .. } | NetworkField::Units { get }) => {
                get(network).to_string()
            }
            ParameterKind::Number(_, NetworkField::Once { get, .. }) => number(get(network)),
            ParameterKind::Number(_, NetworkField::Layers { get, .. }) => {
                let text = self.canonical(parameter, get(network), network.is_square());
                if network.fitted && parameter == Parameter::Std { format!("{text}*lsuv") } else { text }
            }
        }
    }

    /// A value where one number says it all, the expression where it may differ between layers or depths.
    fn canonical(&self, parameter: Parameter, schedule: &Schedule, square: bool) -> String {
        let expression = &self.quantity(parameter).expression;
        // What the network does not use is as if it were left out.
        if schedule.is_empty() {
            return parameter.row().default.unwrap_or_default().to_owned();
        }
        if expression.names(Name::Of(Parameter::Depth)) {
            format!("{expression}[depth={}]", self.depth())
        } else if expression.names(Name::Layer) || !square && expression.names_width() {
            expression.to_string()
        } else {
            number(schedule.first().copied().unwrap_or(0.0))
        }
    }
}
