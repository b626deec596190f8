//! The untyped tree to numbers and truth values; names are checked.

use std::str::FromStr;

use super::mistake::Mistake;
use super::syntax::{Kind, Syntax};
use crate::config::grammar::presets;
use crate::config::text::diagnostic::quote;
use crate::config::text::suggest;
use crate::kernels::Activation;
use crate::network::{Operation, Precision};
use crate::random::Law;
use crate::sweep::Parameter;
use crate::sweep::condition::{Comparison, Condition};
use crate::sweep::expression::{Expression, Function, Name, Operator};

const FUNCTIONS: [&str; 6] = ["sqrt", "exp", "log", "abs", "min", "max"];

/// The number that `tree` stands for; it may name `names`.
pub(super) fn number(tree: &Syntax<'_>, names: &[Name]) -> Result<Expression, Mistake> {
    let boxed = |inner: &Syntax<'_>| number(inner, names).map(Box::new);
    match &tree.kind {
        Kind::Number(value) => Ok(Expression::Number(*value)),
        Kind::Name("pi") => Ok(Expression::Number(std::f64::consts::PI)),
        Kind::Name(text) => name(text, tree, names).map(Expression::Name),
        Kind::Call(text, range, arguments) => match (*text, &arguments[..]) {
            ("sqrt", [x]) => Ok(Expression::Apply(Function::Sqrt, boxed(x)?)),
            ("exp", [x]) => Ok(Expression::Apply(Function::Exp, boxed(x)?)),
            ("log", [x]) => Ok(Expression::Apply(Function::Log, boxed(x)?)),
            ("abs", [x]) => Ok(Expression::Apply(Function::Abs, boxed(x)?)),
            ("min", [a, b]) => Ok(Expression::Combine(Operator::Min, boxed(a)?, boxed(b)?)),
            ("max", [a, b]) => Ok(Expression::Combine(Operator::Max, boxed(a)?, boxed(b)?)),
            _ => Err(wrong_call(text, range.clone(), arguments.len())),
        },
        Kind::Unary("-", inner) => Ok(Expression::Negate(boxed(inner)?)),
        Kind::Binary(symbol, left, right) => match operator(symbol) {
            Some(operator) => Ok(Expression::Combine(operator, boxed(left)?, boxed(right)?)),
            None => Err(not_a_number(tree)),
        },
        Kind::Quoted(_) | Kind::Unary(..) => Err(not_a_number(tree)),
    }
}

/// The truth value that `tree` stands for; numbers in it may name `names`.
pub(super) fn condition(tree: &Syntax<'_>, names: &[Name]) -> Result<Condition, Mistake> {
    let boxed = |inner: &Syntax<'_>| condition(inner, names).map(Box::new);
    match &tree.kind {
        Kind::Unary("!", inner) => Ok(Condition::Not(boxed(inner)?)),
        Kind::Binary("&&", left, right) => Ok(Condition::And(boxed(left)?, boxed(right)?)),
        Kind::Binary("||", left, right) => Ok(Condition::Or(boxed(left)?, boxed(right)?)),
        Kind::Binary(symbol, left, right) => match comparison(symbol) {
            Some(comparison) => compare(comparison, left, right, names),
            None => Err(not_a_condition(tree)),
        },
        _ => Err(not_a_condition(tree)),
    }
}

fn compare(
    comparison: Comparison,
    left: &Syntax<'_>,
    right: &Syntax<'_>,
    names: &[Name],
) -> Result<Condition, Mistake> {
    let (named, other) = match (text_name(left), text_name(right)) {
        (Some(name), _) => (name, right),
        (None, Some(name)) => (name, left),
        (None, None) => {
            return Ok(Condition::Compare(comparison, number(left, names)?, number(right, names)?));
        }
    };
    let equal = match comparison {
        Comparison::Equal => true,
        Comparison::NotEqual => false,
        _ => {
            let range = left.range.start..right.range.end;
            return Err(Mistake::new("names have no order", range, "").help("compare them with `==` or `!=`"));
        }
    };
    let Kind::Quoted(text) = other.kind else {
        return Err(Mistake::new("a name is compared with a quoted text", other.range.clone(), "")
            .help("as in `activation == 'relu'`"));
    };
    Ok(Condition::Text { name: named, equal, text: canonical(named, text, other)? })
}

fn text_name(tree: &Syntax<'_>) -> Option<Parameter> {
    match tree.kind {
        Kind::Name(text) => Parameter::parse(text).filter(|parameter| parameter.is_word()),
        _ => None,
    }
}

/// `text` as the parameter itself would spell it.
fn canonical(name: Parameter, text: &str, tree: &Syntax<'_>) -> Result<String, Mistake> {
    let mistake = |title: String, all: &[&str]| {
        Mistake::new(title, tree.range.clone(), "").help(suggest::help(text, "the choices are", all))
    };
    match name {
        Parameter::Activation => Activation::from_str(text)
            .map(|activation| activation.to_string())
            .map_err(|title| mistake(title, &Activation::NAMES)),
        Parameter::Law => {
            Law::from_str(text).map(|law| law.to_string()).map_err(|title| mistake(title, &Law::NAMES))
        }
        Parameter::Operation => {
            let operation = text.parse::<Operation>().ok().map(|operation| operation.to_string());
            let all = Operation::ALL.map(Operation::name);
            operation.ok_or_else(|| mistake(format!("there is no operation {}", quote(text)), &all))
        }
        Parameter::Precision => {
            let precision = text.parse::<Precision>().ok().map(|precision| precision.to_string());
            let all = Precision::ALL.map(Precision::name);
            precision.ok_or_else(|| mistake(format!("there is no precision {}", quote(text)), &all))
        }
        _ => Ok(text.to_owned()),
    }
}

fn operator(symbol: &str) -> Option<Operator> {
    Some(match symbol {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "^" => Operator::Power,
        _ => return None,
    })
}

fn comparison(symbol: &str) -> Option<Comparison> {
    Some(match symbol {
        "<" => Comparison::Less,
        "<=" => Comparison::LessEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterEqual,
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        _ => return None,
    })
}

fn name(text: &str, tree: &Syntax<'_>, names: &[Name]) -> Result<Name, Mistake> {
    if let Some(name) = names.iter().find(|name| name.text() == text) {
        return Ok(*name);
    }
    if let Some(mistake) = preset(text, &tree.range) {
        return Err(mistake);
    }
    let known = Name::all().iter().any(|name| name.text() == text);
    let title = if known {
        format!("`{text}` cannot be named here")
    } else {
        format!("unknown name {}", quote(text))
    };
    let texts: Vec<&str> = names.iter().map(|name| name.text()).collect();
    let all = format!("what can be named here: {}, and the number pi", suggest::list(texts.iter().copied()));
    let help = match suggest::closest(text, texts.iter().copied()) {
        _ if FUNCTIONS.contains(&text) => {
            format!("`{text}` is a function: its argument follows in parentheses")
        }
        Some(candidate) if !known => format!("did you mean `{candidate}`?"),
        _ if text == "n" => format!("the width is called `width`, `fan_in` or `fan_out`; {all}"),
        _ => all,
    };
    Err(Mistake::new(title, tree.range.clone(), "").help(help))
}

/// The mistake of a preset inside an expression.
fn preset(text: &str, range: &std::ops::Range<usize>) -> Option<Mistake> {
    let preset = presets::find(text)?;
    let title = format!("the preset `{text}` cannot be part of an expression");
    let help = format!("it stands alone, as a value of `std`; its std is written `{}`", preset.std);
    Some(Mistake::new(title, range.clone(), "").help(help))
}

fn wrong_call(text: &str, range: std::ops::Range<usize>, arguments: usize) -> Mistake {
    if FUNCTIONS.contains(&text) {
        let wanted = if matches!(text, "min" | "max") { "2 arguments" } else { "1 argument" };
        let example = if matches!(text, "min" | "max") { "(1, 2/fan_in)" } else { "(fan_in)" };
        return Mistake::new(format!("`{text}` takes {wanted}, not {arguments}"), range, "")
            .help(format!("as in `{text}{example}`"));
    }
    if let Some(mistake) = preset(text, &range) {
        return mistake;
    }
    let help = match text {
        "ln" => "the natural logarithm is written `log(x)`".to_owned(),
        "log2" | "log10" => format!("`log` is the natural one: `{text}(x)` is `log(x)/log({})`", &text[3..]),
        "pow" => "a power is written `x^y`".to_owned(),
        _ => suggest::help(text, "the functions are", &FUNCTIONS),
    };
    Mistake::new(format!("unknown function {}", quote(text)), range, "").help(help)
}

fn not_a_number(tree: &Syntax<'_>) -> Mistake {
    Mistake::new("a number is needed here", tree.range.clone(), "this is no number")
        .help("comparisons stand in `where` only, and are joined by `&&` and `||`")
}

fn not_a_condition(tree: &Syntax<'_>) -> Mistake {
    Mistake::new("a comparison is needed here", tree.range.clone(), "this is neither true nor false")
        .help("as in `depth <= 2*width && mean == 0`")
}
