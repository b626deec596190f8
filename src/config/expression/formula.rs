//! The untyped tree to a formula of an activation.

use std::ops::Range;

use super::mistake::Mistake;
use super::syntax::{Kind, Syntax};
use crate::config::text::diagnostic::quote;
use crate::config::text::suggest;
use crate::kernels::Activation;
use crate::kernels::activation::formula::{Condition, Function, Tree};
use crate::operator::{Comparison, Operator};

/// Numbers that a formula may name.
pub(crate) type Parameters = [(String, f64)];

/// What every formula may name.
pub(crate) const CONSTANTS: [(&str, f64); 2] = [("pi", std::f64::consts::PI), ("e", std::f64::consts::E)];

/// The names of all functions.
pub(crate) fn functions() -> Vec<&'static str> {
    let own = Function::ALL.map(Function::name).into_iter().chain(["min", "max", "where"]);
    own.chain(Activation::NAMES).collect()
}

/// The formula that `syntax` stands for, with numbers for its parameters.
pub(super) fn whole(syntax: &Syntax<'_>, parameters: &Parameters) -> Result<Tree, Mistake> {
    let tree = number(syntax, parameters)?;
    if tree.names_x() {
        return Ok(tree);
    }
    Err(Mistake::new(
        "this formula does not name `x`",
        syntax.range.clone(),
        "the same for every pre-activation",
    )
    .help("`x` is the pre-activation, as in `x * sigmoid(1.702 * x)`"))
}

fn number(syntax: &Syntax<'_>, parameters: &Parameters) -> Result<Tree, Mistake> {
    let boxed = |inner: &Syntax<'_>| number(inner, parameters).map(Box::new);
    match &syntax.kind {
        Kind::Number(value) => Ok(Tree::Number(*value)),
        Kind::Name("x") => Ok(Tree::X),
        Kind::Name(text) => name(text, syntax, parameters),
        Kind::Call(text, range, arguments) => call(text, range, arguments, parameters),
        Kind::Unary("-", inner) => Ok(Tree::Negate(boxed(inner)?)),
        Kind::Binary(symbol, left, right) => match Operator::infix(symbol) {
            Some(operator) => Ok(Tree::Combine(operator, boxed(left)?, boxed(right)?)),
            None => Err(not_a_number(syntax)),
        },
        Kind::Quoted(_) | Kind::Unary(..) => Err(not_a_number(syntax)),
    }
}

fn condition(syntax: &Syntax<'_>, parameters: &Parameters) -> Result<Condition, Mistake> {
    let boxed = |inner: &Syntax<'_>| condition(inner, parameters).map(Box::new);
    match &syntax.kind {
        Kind::Unary("!", inner) => Ok(Condition::Not(boxed(inner)?)),
        Kind::Binary("&&", left, right) => Ok(Condition::And(boxed(left)?, boxed(right)?)),
        Kind::Binary("||", left, right) => Ok(Condition::Or(boxed(left)?, boxed(right)?)),
        Kind::Binary(symbol, left, right) if let Some(comparison) = Comparison::infix(symbol) => {
            Ok(Condition::Compare(comparison, number(left, parameters)?, number(right, parameters)?))
        }
        _ => Err(Mistake::new("a comparison is needed here", syntax.range.clone(), "neither true nor false")
            .help("as in `where(x > 0, x, 0.1 * x)`")),
    }
}

fn call(
    text: &str,
    range: &Range<usize>,
    arguments: &[Syntax<'_>],
    parameters: &Parameters,
) -> Result<Tree, Mistake> {
    let boxed = |inner: &Syntax<'_>| number(inner, parameters).map(Box::new);
    let function = Function::ALL.into_iter().find(|function| function.name() == text);
    match (text, function, Activation::built_in(text), arguments) {
        ("where", _, _, [holds, a, b]) => {
            Ok(Tree::Where(Box::new(condition(holds, parameters)?), boxed(a)?, boxed(b)?))
        }
        ("min", _, _, [a, b]) => Ok(Tree::Combine(Operator::Min, boxed(a)?, boxed(b)?)),
        ("max", _, _, [a, b]) => Ok(Tree::Combine(Operator::Max, boxed(a)?, boxed(b)?)),
        (_, Some(function), _, [a]) => Ok(Tree::Apply(function, boxed(a)?)),
        (_, _, Some(activation), [a]) => Ok(Tree::Activation(activation, boxed(a)?)),
        (_, _, Some(activation), [a, argument]) if activation.has_argument() => {
            Ok(Tree::Activation(with_argument(activation, argument, parameters)?, boxed(a)?))
        }
        _ => Err(wrong_call(text, range.clone(), arguments.len())),
    }
}

/// An activation with the argument that is written.
fn with_argument(
    activation: Activation,
    syntax: &Syntax<'_>,
    parameters: &Parameters,
) -> Result<Activation, Mistake> {
    let name = activation.name();
    let mistake = |title: String| Mistake::new(title, syntax.range.clone(), "");
    let value = number(syntax, parameters)?.constant().ok_or_else(|| {
        mistake(format!("the second argument of `{name}` is a finite number"))
            .help(format!("as in `{name}(x, 0.5)`: `x` stands in the first one alone"))
    })?;
    activation.with_argument(value).ok_or_else(|| {
        mistake(format!("the second argument of `{name}` is positive")).help("the function divides by it")
    })
}

fn name(text: &str, syntax: &Syntax<'_>, parameters: &Parameters) -> Result<Tree, Mistake> {
    let own = parameters.iter().map(|(name, value)| (name.as_str(), *value));
    if let Some((_, value)) = own.chain(CONSTANTS).find(|(name, _)| *name == text) {
        return Ok(Tree::number(value));
    }
    let title = format!("unknown name {}", quote(text));
    let help = if functions().contains(&text) {
        format!("`{text}` is a function: its argument follows in parentheses, as in `{text}(x)`")
    } else {
        let names: Vec<&str> =
            parameters.iter().map(|(name, _)| name.as_str()).chain(["x", "pi", "e"]).collect();
        let list = suggest::list(names);
        format!(
            "available here: {list}; a parameter is a key beside `formula`, as in `{{ formula = \"a * x\", a = 2 }}`"
        )
    };
    Err(Mistake::new(title, syntax.range.clone(), "").help(help))
}

fn wrong_call(text: &str, range: Range<usize>, arguments: usize) -> Mistake {
    let has_argument = Activation::built_in(text).is_some_and(Activation::has_argument);
    let (wanted, example) = match text {
        "where" => ("3 arguments", "(x > 0, x, 0.1 * x)"),
        "min" | "max" => ("2 arguments", "(x, 1)"),
        _ if has_argument => ("1 or 2 arguments", "(x, 0.5)"),
        _ => ("1 argument", "(x)"),
    };
    if functions().contains(&text) {
        return Mistake::new(format!("`{text}` takes {wanted}, not {arguments}"), range, "")
            .help(format!("as in `{text}{example}`"));
    }
    let help = match text {
        "ln" => "the natural logarithm is written `log(x)`".to_owned(),
        "log2" | "log10" => format!("`log` is the natural one: `{text}(x)` is `log(x)/log({})`", &text[3..]),
        "pow" => "a power is written `x^y`".to_owned(),
        "clip" | "clamp" => "it is written `min(max(x, low), high)`".to_owned(),
        "heaviside" => "it is written `step(x)`".to_owned(),
        "expit" => "it is written `sigmoid(x)`".to_owned(),
        "arctan" => "it is written `atan(x)`".to_owned(),
        _ => suggest::help(text, "the functions are", &functions()),
    };
    Mistake::new(format!("unknown function {}", quote(text)), range, "").help(help)
}

fn not_a_number(syntax: &Syntax<'_>) -> Mistake {
    Mistake::new("a number is needed here", syntax.range.clone(), "not a number")
        .help("a comparison is the first argument of `where`, as in `where(x > 0, x, 0.1 * x)`")
}
