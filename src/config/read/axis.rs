//! One parameter of a grid: one value, a list, or a range, to the list of its values.

use super::report::Report;
use super::{range, value};
use crate::config::grammar::tables::LARGEST_AXIS;
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::suggest;
use crate::config::text::tree::{Node, Value};
use crate::kernels::Activation;
use crate::random::Law;
use crate::sweep::Parameter;

/// Names: each item is one of `words`.
pub(crate) fn choices<T>(
    parameter: Parameter,
    node: &Node,
    words: &[&'static str],
    read: impl Fn(&str) -> Option<T>,
    report: &mut Report,
) -> Vec<T> {
    list(parameter.name(), node, report, |item| value::choice(parameter.name(), item, words, &read))
}

/// Activations.
pub(crate) fn activations(node: &Node, report: &mut Report) -> Vec<Activation> {
    let arguments = "three take an argument: `leaky_relu(0.01)`, `elu(1)` and `celu(1)`";
    let formulas = report.formulas.clone();
    let words: Vec<&str> =
        Activation::NAMES.into_iter().chain(formulas.iter().map(|one| one.name())).collect();
    let read = |text: &str| match formulas.iter().find(|one| one.name() == text.trim()) {
        Some(formula) => Ok(*formula),
        None => text.parse(),
    };
    named(Parameter::Activation, node, &words, arguments, read, report)
}

/// Laws.
pub(crate) fn laws(parameter: Parameter, node: &Node, report: &mut Report) -> Vec<Law> {
    let arguments =
        "two take an argument: `student_t(5)`, its degrees of freedom, and `truncated_normal(3)`, its bound";
    if parameter == Parameter::Law {
        return named(parameter, node, &Law::NAMES, arguments, str::parse, report);
    }
    let read = |text: &str| match text.parse() {
        Ok(Law::Orthogonal) => Err("`orthogonal` is a law of weights alone".to_owned()),
        law => law,
    };
    named(parameter, node, Law::independent(), arguments, read, report)
}

/// Names that may carry an argument, as in `elu(1)`.
fn named<T>(
    parameter: Parameter,
    node: &Node,
    words: &[&str],
    arguments: &str,
    read: impl Fn(&str) -> Result<T, String>,
    report: &mut Report,
) -> Vec<T> {
    let wanted = format!("a name such as \"{}\"", words[1]);
    list(parameter.name(), node, report, |item| {
        let text = value::text(parameter.name(), &wanted, item)?;
        read(text).map_err(|title| {
            let mistake = Diagnostic::new(clean(&title), item.span, "");
            let name = text.split('(').next().unwrap_or(text).trim();
            let is_known = words.contains(&name);
            mistake.help(match elsewhere(name) {
                _ if is_known => arguments.to_owned(),
                Some(help) => help.to_owned(),
                None => suggest::help(name, "the choices are", words),
            })
        })
    })
}

/// What to write for an activation that has another name elsewhere, or is none.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "rrelu" => "its slope is random; in evaluation it is `leaky_relu(0.22916666666666666)`",
        "leakyrelu" | "lrelu" => "it is written `leaky_relu(0.01)`",
        "none" | "identity" => "it is written `linear`",
        "logistic" => "it is written `sigmoid`",
        "gelu_new" | "gelu_approximate" => "it is written `gelu_tanh`",
        "softmax" | "glu" | "swiglu" | "geglu" | "reglu" | "maxout" | "crelu" => {
            "an activation here is a function of one pre-activation"
        }
        _ => return None,
    })
}

/// A message that quotes the config: one line, not too long.
fn clean(title: &str) -> String {
    title.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Whole numbers from 1 to `largest`; points of a range are rounded, and those that become equal merged.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the ends are checked first")]
pub(crate) fn wholes(parameter: Parameter, node: &Node, largest: usize, report: &mut Report) -> Vec<usize> {
    let name = parameter.name();
    let Value::Table(table) = &node.value else {
        return list(name, node, report, |item| whole(name, item, largest));
    };
    let before = report.met;
    let values = range::read(name, node, table, report).unwrap_or_default();
    for (key, end) in ["from", "to"].into_iter().filter_map(|key| Some((key, table.get(key)?))) {
        // What is no number at all has been reported by then.
        if matches!(end.value, Value::Integer(_) | Value::Float(_)) {
            report.keep(value::whole(key, end, 1, largest as u64));
        }
    }
    if let Some(step) =
        table.get("step").filter(|step| matches!(step.value, Value::Float(x) if x.fract() != 0.0))
    {
        let mistake = Diagnostic::new(format!("the step of `{name}` must be whole"), step.span, "");
        report.add(mistake.help("give `points` instead: they are rounded to whole numbers"));
    }
    if let Some(times) = table.get("times") {
        let mistake = Diagnostic::new(format!("`times` is not available for `{name}`"), times.span, "");
        report.add(mistake.help("this key takes no expressions: write the whole numbers themselves"));
    }
    if report.met > before {
        return Vec::new();
    }
    let mut values: Vec<_> = values.into_iter().map(|value| value.round() as usize).collect();
    values.dedup();
    values
}

fn whole(name: &str, item: &Node, largest: usize) -> Result<usize, Diagnostic> {
    if let Some(text) = item.text().filter(|text| text.trim().parse::<f64>().is_err()) {
        let help = "this key takes no expressions; list the values, and choose among them by `where`";
        let help = value::in_quotes(name, text).unwrap_or_else(|| help.to_owned());
        return Err(value::wrong_type(name, "a whole number", item).help(help));
    }
    value::whole(name, item, 1, largest as u64).map(|value| usize::try_from(value).unwrap_or(largest))
}

/// Reads one value or each item of a list; an item that is wrong is reported and left out.
pub(crate) fn list<T>(
    name: &str,
    node: &Node,
    report: &mut Report,
    read: impl Fn(&Node) -> Result<T, Diagnostic>,
) -> Vec<T> {
    let Value::Array(items) = &node.value else {
        if matches!(node.value, Value::Table(_)) {
            let mistake = value::wrong_type(name, "a name or a list of names", node);
            report.add(mistake.help("ranges are for numbers"));
            return Vec::new();
        }
        return report.keep(read(node)).into_iter().collect();
    };
    if items.is_empty() {
        let title = format!("`{name}` has no values");
        let mistake = Diagnostic::new(title, node.span, "an empty list leaves no cells");
        report.add(mistake.help("give at least one value"));
    }
    if items.len() as u64 > LARGEST_AXIS {
        let title = format!("`{name}` has more than {} values", suggest::grouped(LARGEST_AXIS.into()));
        report.add(Diagnostic::new(title, node.span, "").help("split the list over several grids"));
        return Vec::new();
    }
    if !report.has_room(items.len() as u64, node) {
        return Vec::new();
    }
    let read = |item: &Node| match item.value {
        Value::Table(_) => Err(Diagnostic::new("a range cannot stand in a list", item.span, "")
            .help(format!("give `{name}` the range alone, or add another `[[grid]]`"))),
        Value::Array(_) => Err(Diagnostic::new("a list cannot stand in a list", item.span, "")
            .help("axes that walk together are named by `zip`")),
        _ => read(item),
    };
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        if report.is_full() {
            break;
        }
        values.extend(report.keep(read(item)));
    }
    values
}
