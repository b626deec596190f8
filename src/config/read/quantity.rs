//! Parameters that are numbers or expressions, one value or an axis of them; presets of the weight std.

use super::report::Report;
use super::{axis, range, value};
use crate::config::expression::{self, Mistake};
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::tree::{Node, Table, Value};
use crate::sweep::expression::{Expression, Name, number};
use crate::sweep::{NetworkField, NumberRange, Parameter, Quantity, Sigma};

/// What the expressions of a parameter may name.
fn names(parameter: Parameter) -> &'static [Name] {
    use Name::{FanIn, FanOut, Layer, Of};
    const WIDTH: Name = Of(Parameter::Width);
    const DEPTH: Name = Of(Parameter::Depth);
    const BATCH: Name = Of(Parameter::Batch);
    const INPUT: Name = Of(Parameter::InputWidth);
    match parameter.field() {
        Some(NetworkField::Units { .. }) if parameter == Parameter::Width => &[INPUT, DEPTH, Layer],
        Some(NetworkField::Units { .. }) => &[WIDTH, DEPTH],
        Some(NetworkField::Count { .. }) => &[WIDTH, FanIn, FanOut, INPUT],
        Some(NetworkField::Once { .. }) => &[WIDTH, FanIn, FanOut, INPUT, DEPTH, BATCH],
        _ => &[WIDTH, FanIn, FanOut, INPUT, DEPTH, Layer, BATCH],
    }
}

/// Numbers and expressions; for weight stds presets too. Those of `sigma_w` become what they mean for the std.
pub(crate) fn quantities(parameter: Parameter, key: &str, node: &Node, report: &mut Report) -> Vec<Quantity> {
    let values = written(parameter, key, node, report);
    if key != Sigma::Weight.name() {
        return values;
    }
    let std = |one: Quantity| {
        let expression = one.expression.over_root_of_fan_in();
        Quantity { text: expression.to_string(), expression, ..one }
    };
    values.into_iter().map(std).collect()
}

/// The std, as written, of a `sigma_w`.
pub(crate) fn std_of_sigma(text: &str) -> Result<String, Mistake> {
    let sigma = expression::number(text, names(Parameter::Std))?;
    Ok(sigma.over_root_of_fan_in().to_string())
}

/// The values as the key has them.
fn written(parameter: Parameter, key: &str, node: &Node, report: &mut Report) -> Vec<Quantity> {
    match &node.value {
        Value::Table(table) => ranged(parameter, key, node, table, report),
        _ => axis::list(key, node, report, |item| quantity(parameter, key, item)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn ranged(parameter: Parameter, key: &str, node: &Node, table: &Table, report: &mut Report) -> Vec<Quantity> {
    let times = table.get("times").map(|node| report.keep(times(parameter, key, node)));
    let values: Vec<f64> = match parameter.range() {
        Some(NumberRange::Count(largest)) if times.is_none() => {
            let values = axis::wholes(parameter, node, largest, report);
            values.into_iter().map(|value| value as f64).collect()
        }
        _ => range::read(key, node, table, report).unwrap_or_default(),
    };
    if parameter.range() == Some(NumberRange::Std) && values.iter().any(|value| *value < 0.0) {
        report.add(negative(key, node));
        return Vec::new();
    }
    match times {
        None => values.into_iter().map(|value| constant(value, node)).collect(),
        Some(None) => Vec::new(),
        Some(Some(times)) => values.into_iter().map(|value| product(value, &times, node)).collect(),
    }
}

/// What a range is multiplied by.
fn times(parameter: Parameter, key: &str, node: &Node) -> Result<Quantity, Diagnostic> {
    match node.text() {
        Some(text) => of_text(parameter, key, text, node),
        None => Err(value::wrong_type("times", "an expression in quotes", node)),
    }
}

/// `factor` times an expression or a preset.
fn product(factor: f64, times: &Quantity, node: &Node) -> Quantity {
    let one = Quantity { span: node.span, ..times.clone() };
    if one.law.is_some() || one.fitted {
        // The name of a preset says more than its std. Its biases are not weights, and not multiplied.
        let text = format!("{}*{}", number(factor), one.text);
        return Quantity { expression: one.expression.scaled(factor), text, ..one };
    }
    let expression = one.expression.times(factor);
    Quantity { text: expression.to_string(), expression, ..one }
}

fn constant(value: f64, node: &Node) -> Quantity {
    plain(Expression::Number(value), number(value), node)
}

/// A number or an expression that brings nothing along.
fn plain(expression: Expression, text: String, node: &Node) -> Quantity {
    Quantity { expression, text, span: node.span, law: None, bias: None, fitted: false }
}

fn quantity(parameter: Parameter, key: &str, node: &Node) -> Result<Quantity, Diagnostic> {
    if let Some(text) = node.text() {
        return of_text(parameter, key, text, node);
    }
    if matches!(node.value, Value::Integer(_) | Value::Float(_)) {
        let number = value::number(key, node)?;
        match parameter.range() {
            Some(NumberRange::Count(largest)) => {
                value::whole(key, node, 1, largest as u64)?;
            }
            Some(NumberRange::Std) if number < 0.0 => return Err(negative(key, node)),
            _ => {}
        }
        return Ok(constant(number, node));
    }
    Err(value::wrong_type(key, "a finite number or an expression in quotes", node))
}

/// An expression; as a weight std a preset too, or one times a gain.
fn of_text(parameter: Parameter, key: &str, text: &str, node: &Node) -> Result<Quantity, Diagnostic> {
    let names = names(parameter);
    let read = if key == Parameter::Std.name() {
        expression::std(text, names)
    } else {
        expression::number(text, names).map(|expression| (expression, None))
    };
    let (expression, preset) = read.map_err(|mistake| {
        let mistake = mistake.at(node);
        // What is no expression at all may be a list or a range.
        value::in_quotes(key, text).map_or(mistake.clone(), |help| mistake.help(help))
    })?;
    let law = preset.and_then(|preset| preset.law);
    let fitted = preset.is_some_and(|preset| preset.law.is_none());
    let bias = |text: &str| {
        let std = expression::number(text, names).map_err(|mistake| mistake.at(node))?;
        Ok(Box::new(Quantity { law, ..plain(std, text.to_owned(), node) }))
    };
    let bias = preset.and_then(|preset| preset.bias).map(bias).transpose()?;
    Ok(Quantity { law, bias, fitted, ..plain(expression, value::one_line(text), node) })
}

fn negative(key: &str, node: &Node) -> Diagnostic {
    let mistake = Diagnostic::new(format!("`{key}` cannot be negative"), node.span, "");
    if key == Parameter::NormEps.name() {
        return mistake.help("it is added to a variance: 0, or a small number such as 1e-5");
    }
    mistake.help("a standard deviation is 0 or more; a mean may be negative")
}
