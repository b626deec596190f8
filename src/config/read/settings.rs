//! The values of the parameters of one grid: its own, those of `[defaults]`, and the built-in ones.

use super::report::Report;
use super::{axis, input, quantity, shape, value};
use crate::config::grammar::tables::{self, OTHER_WAYS, PARAMETERS, SHAPE};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{self, Node, Table};
use crate::network::{Operation, Precision};
use crate::sweep::{Axes, ByParameter, Choice, LARGEST_DEPTH, Parameter, Sigma};

/// The nodes of all parameters: those of the grid, then those of `[defaults]`, then the built-in ones.
pub(crate) struct Settings {
    nodes: ByParameter<Option<Node>>,
    /// The keys under which the config itself gives them.
    keys: ByParameter<Option<&'static str>>,
    /// The written shapes, in place of widths and depth.
    shape: Option<Node>,
}

impl Settings {
    pub fn new(grid: &Table, defaults: &Table) -> Self {
        let shape = shape::node(grid, defaults);
        let written = |parameter| match shape {
            Some(node) if shape::SETS.contains(&parameter) => Some((SHAPE, node)),
            _ => key(grid, parameter).or_else(|| key(defaults, parameter)),
        };
        let node = |parameter| written(parameter).map(|(_, node)| node.clone());
        Self {
            nodes: ByParameter::new(|parameter| node(parameter).or_else(|| built_in(parameter))),
            keys: ByParameter::new(|parameter| written(parameter).map(|(key, _)| key)),
            shape: shape.cloned(),
        }
    }

    /// Whether a written shape gives widths and depth.
    pub fn has_shape(&self) -> bool {
        self.shape.is_some()
    }

    pub fn get(&self, parameter: Parameter) -> Option<&Node> {
        self.nodes[parameter].as_ref()
    }

    /// The node, if the config itself gives it.
    pub fn written(&self, parameter: Parameter) -> Option<&Node> {
        self.get(parameter).filter(|_| self.keys[parameter].is_some())
    }
}

/// The key of a table that gives a parameter, and its value.
fn key(table: &Table, parameter: Parameter) -> Option<(&'static str, &Node)> {
    let sigma = Sigma::of(parameter).map(Sigma::name);
    std::iter::once(parameter.name()).chain(sigma).find_map(|key| Some((key, table.get(key)?)))
}

/// Reports stds, and shapes, that a table gives in two ways.
pub(crate) fn twice(table: &Table, report: &mut Report) {
    for sigma in Sigma::ALL {
        let name = sigma.parameter().name();
        if let (Some(std), Some(other)) = (table.get(name), table.get(sigma.name())) {
            let title = format!("`{name}` and `{sigma}` set the same std");
            let mistake = Diagnostic::new(title, other.span, "").also(std.span, "it is set here too");
            report.add(mistake.help("leave one of them out"));
        }
    }
    let others = shape::SETS.map(Parameter::name);
    let other = others.into_iter().find_map(|name| Some((name, table.get(name)?)));
    if let (Some(shape), Some((name, node))) = (table.get(SHAPE), other) {
        let title = format!("`{SHAPE}` and `{name}` both say what the layers are");
        let mistake = Diagnostic::new(title, node.span, "").also(shape.span, "it is set here too");
        report.add(mistake.help("leave one of them out: a shape is [input width, width of layer 1, ...]"));
    }
}

/// The value of a parameter that the config does not give.
fn built_in(parameter: Parameter) -> Option<Node> {
    let table = tree::read(usize::MAX, &format!("value = {}", parameter.row().default?)).ok()?;
    table.get("value").cloned()
}

/// Reads all parameters that are there; what is wrong or missing has no values.
pub(crate) fn axes(settings: &Settings, report: &mut Report) -> Axes {
    fn of<T>(node: Option<&Node>, read: impl FnOnce(&Node) -> Vec<T>) -> Vec<T> {
        node.map(read).unwrap_or_default()
    }
    let operations = Operation::ALL.map(Operation::name);
    let precisions = Precision::ALL.map(Precision::name);
    let get = |parameter| settings.get(parameter);
    let key = |parameter: Parameter| settings.keys[parameter].unwrap_or(parameter.name());
    let mut axes = Axes::default();
    // The std comes later: where a config has too many values, this order decides at which of them it is said.
    let is_shaped = |one: Parameter| settings.shape.is_some() && shape::SETS.contains(&one);
    let numbers = Parameter::ALL.into_iter().filter(|one| one.range().is_some() && *one != Parameter::Std);
    let numbers = numbers.filter(|one| !is_shaped(*one));
    for parameter in numbers {
        axes[parameter] =
            of(get(parameter), |node| quantity::quantities(parameter, key(parameter), node, report));
    }
    axes.operation = of(get(Parameter::Operation), |node| {
        axis::choices(Parameter::Operation, node, &operations, |name| name.parse::<Operation>().ok(), report)
    });
    axes.depth = match &settings.shape {
        Some(node) => shape::put(node, &mut axes, report),
        None => of(get(Parameter::Depth), |node| axis::wholes(Parameter::Depth, node, LARGEST_DEPTH, report)),
    };
    axes[Parameter::Std] = of(get(Parameter::Std), |node| {
        quantity::quantities(Parameter::Std, key(Parameter::Std), node, report)
    });
    if settings.written(Parameter::BiasStd).is_some() {
        axes[Parameter::Std].iter_mut().for_each(|std| std.bias = None);
    }
    for (parameter, names) in Parameter::ALL.into_iter().filter_map(|one| Some((one, one.names()?))) {
        let read = |item: &Node| {
            if parameter.is_flag() {
                let flag = value::flag(parameter.name(), item)?;
                return Ok(Choice { name: names[usize::from(flag)], span: item.span });
            }
            let known = |text: &str| names.iter().copied().find(|name| *name == text);
            value::choice(parameter.name(), item, &names, known).map(|name| Choice { name, span: item.span })
        };
        axes.choices[parameter] = of(get(parameter), |node| axis::list(parameter.name(), node, report, read));
    }
    axes.activation = of(get(Parameter::Activation), |node| axis::activations(node, report));
    axes.law = of(get(Parameter::Law), |node| axis::laws(Parameter::Law, node, report));
    axes.bias_law = of(get(Parameter::BiasLaw), |node| axis::laws(Parameter::BiasLaw, node, report));
    let has_width = settings.has_shape() || settings.written(Parameter::InputWidth).is_some();
    axes.input = of(get(Parameter::Input), |node| input::inputs(node, has_width, report));
    axes.input_law = of(get(Parameter::InputLaw), |node| axis::laws(Parameter::InputLaw, node, report));
    axes.precision = of(get(Parameter::Precision), |node| {
        axis::choices(Parameter::Precision, node, &precisions, |name| name.parse::<Precision>().ok(), report)
    });
    axes
}

/// A parameter key inside `zip`.
pub(crate) fn parameter(node: &Node) -> Result<Parameter, Diagnostic> {
    let names = tables::names(&[PARAMETERS, OTHER_WAYS]);
    let text = value::text("zip", "the keys of axes in quotes", node)?;
    tables::axis(text).ok_or_else(|| {
        Diagnostic::new(format!("unknown axis {}", quote(text)), node.span, "").help(suggest::help(
            text,
            "the axes are",
            &names,
        ))
    })
}
