//! The values of the parameters of one grid: its own, those of `[defaults]`, and the built-in ones.

use super::diagnostic::{Diagnostic, quote};
use super::keys::{self, PARAMETERS};
use super::report::{self, Report};
use super::tree::{self, Node, Table};
use super::{axis, suggest};
use crate::network::{Operation, Precision};
use crate::sweep::{Axes, LARGEST_DEPTH, LARGEST_WIDTH, Parameter};

/// The nodes of all parameters: those of the grid, then those of `[defaults]`, then the built-in ones.
pub(super) struct Settings {
    nodes: Vec<Option<Node>>,
    /// Whether the config itself gives the parameter.
    written: Vec<bool>,
}

impl Settings {
    pub fn new(grid: &Table, defaults: &Table) -> Self {
        let written = |parameter: &Parameter| {
            grid.get(parameter.name()).or_else(|| defaults.get(parameter.name())).cloned()
        };
        let nodes: Vec<_> = Parameter::ALL.iter().map(written).collect();
        let written = nodes.iter().map(Option::is_some).collect();
        let nodes = nodes
            .into_iter()
            .zip(Parameter::ALL)
            .map(|(node, parameter)| node.or_else(|| built_in(parameter)));
        Self { nodes: nodes.collect(), written }
    }

    pub fn get(&self, parameter: Parameter) -> Option<&Node> {
        self.nodes[parameter as usize].as_ref()
    }

    /// The node, if the config itself gives it.
    pub fn written(&self, parameter: Parameter) -> Option<&Node> {
        self.get(parameter).filter(|_| self.written[parameter as usize])
    }
}

/// The value of a parameter that the config does not give.
fn built_in(parameter: Parameter) -> Option<Node> {
    let key = PARAMETERS.iter().find(|key| key.name == parameter.name())?;
    let table = tree::read(usize::MAX, &format!("value = {}", key.default?)).ok()?;
    table.get("value").cloned()
}

/// Reads all parameters that are there; what is wrong or missing has no values.
pub(super) fn axes(settings: &Settings, report: &mut Report) -> Axes {
    use Parameter as P;
    fn of<T>(node: Option<&Node>, read: impl FnOnce(&Node) -> Vec<T>) -> Vec<T> {
        node.map(read).unwrap_or_default()
    }
    let operations = Operation::ALL.map(Operation::name);
    let precisions = Precision::ALL.map(Precision::name);
    let get = |parameter| settings.get(parameter);
    let mut numbers = |parameter| of(get(parameter), |node| axis::quantities(parameter, node, report));
    let (mean, bias_std, batch) = (numbers(P::Mean), numbers(P::BiasStd), numbers(P::Batch));
    let (input_mean, input_std) = (numbers(P::InputMean), numbers(P::InputStd));
    let input_correlation = numbers(P::InputCorrelation);
    Axes {
        operation: of(get(P::Operation), |node| {
            axis::choices(
                P::Operation,
                node,
                &operations,
                |name: &str| name.parse::<Operation>().ok(),
                report,
            )
        }),
        width: of(get(P::Width), |node| axis::wholes(P::Width, node, LARGEST_WIDTH, report)),
        depth: of(get(P::Depth), |node| axis::wholes(P::Depth, node, LARGEST_DEPTH, report)),
        std: of(get(P::Std), |node| axis::spreads(node, report)),
        mean,
        activation: of(get(P::Activation), |node| axis::activations(node, report)),
        law: of(get(P::Law), |node| axis::laws(node, report)),
        bias_std,
        batch,
        input_mean,
        input_std,
        input_correlation,
        precision: of(get(P::Precision), |node| {
            axis::choices(
                P::Precision,
                node,
                &precisions,
                |name: &str| name.parse::<Precision>().ok(),
                report,
            )
        }),
    }
}

/// A parameter key inside `zip`.
pub(super) fn parameter(node: &Node) -> Result<Parameter, Diagnostic> {
    let names = keys::names(&[PARAMETERS]);
    let text = report::text("zip", "the keys of axes in quotes", node)?;
    Parameter::parse(text).ok_or_else(|| {
        Diagnostic::new(format!("{} is no axis", quote(text)), node.span, "").help(suggest::help(
            text,
            "the axes are",
            &names,
        ))
    })
}
