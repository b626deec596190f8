//! The untyped tree to numbers and truth values; names are checked.

use std::str::FromStr;

use super::mistake::Mistake;
use super::syntax::{Kind, Syntax};
use crate::config::grammar::presets;
use crate::config::text::diagnostic::quote;
use crate::config::text::suggest;
use crate::kernels::Activation;
use crate::network::{Operation, Precision};
use crate::operator::{Comparison, Operator};
use crate::random::Law;
use crate::sweep::Parameter;
use crate::sweep::condition::Condition;
use crate::sweep::expression::{self, Expression, Function, Name};

const FUNCTIONS: [&str; 7] = ["sqrt", "exp", "log", "abs", "odd", "min", "max"];

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
            ("odd", [x]) => Ok(Expression::Apply(Function::Odd, boxed(x)?)),
            ("min", [a, b]) => Ok(Expression::Combine(Operator::Min, boxed(a)?, boxed(b)?)),
            ("max", [a, b]) => Ok(Expression::Combine(Operator::Max, boxed(a)?, boxed(b)?)),
            _ => Err(wrong_call(text, range.clone(), arguments.len())),
        },
        Kind::Unary("-", inner) => Ok(Expression::Negate(boxed(inner)?)),
        Kind::Binary(symbol, left, right) => match Operator::infix(symbol) {
            Some(operator) => Ok(Expression::Combine(operator, boxed(left)?, boxed(right)?)),
            None => Err(not_a_number(tree)),
        },
        Kind::Quoted(_) | Kind::Unary(..) => Err(not_a_number(tree)),
    }
}

/// The truth value that `tree` stands for; numbers in it may name `names`.
pub(super) fn condition(
    tree: &Syntax<'_>,
    names: &[Name],
    formulas: &[Activation],
) -> Result<Condition, Mistake> {
    let boxed = |inner: &Syntax<'_>| condition(inner, names, formulas).map(Box::new);
    match &tree.kind {
        Kind::Unary("!", inner) => Ok(Condition::Not(boxed(inner)?)),
        Kind::Binary("&&", left, right) => Ok(Condition::And(boxed(left)?, boxed(right)?)),
        Kind::Binary("||", left, right) => Ok(Condition::Or(boxed(left)?, boxed(right)?)),
        Kind::Binary(symbol, left, right) => match Comparison::infix(symbol) {
            Some(comparison) => compare(comparison, [left, right], names, formulas),
            None => Err(not_a_condition(tree)),
        },
        _ => Err(not_a_condition(tree)),
    }
}

fn compare(
    comparison: Comparison,
    [left, right]: [&Syntax<'_>; 2],
    names: &[Name],
    formulas: &[Activation],
) -> Result<Condition, Mistake> {
    let (parameter, text, other) = match (&left.kind, &right.kind) {
        (_, Kind::Quoted(text)) => (parameter(left, names)?, *text, right),
        (Kind::Quoted(text), _) => (parameter(right, names)?, *text, left),
        _ => match [left, right].into_iter().find(|side| is_word(side)) {
            Some(side) => {
                let other = if std::ptr::eq(side, left) { right } else { left };
                return Err(Mistake::new("a name is compared with a quoted text", other.range.clone(), "")
                    .help("as in `activation == 'relu'`"));
            }
            None => return Ok(Condition::Compare(comparison, number(left, names)?, number(right, names)?)),
        },
    };
    let equal = match comparison {
        Comparison::Equal => true,
        Comparison::NotEqual => false,
        _ => {
            let range = left.range.start..right.range.end;
            return Err(Mistake::new("names have no order", range, "").help("compare them with `==` or `!=`"));
        }
    };
    Ok(Condition::Text { name: parameter, equal, text: canonical(parameter, text, other, formulas)? })
}

fn is_word(tree: &Syntax<'_>) -> bool {
    matches!(tree.kind, Kind::Name(text) if Parameter::parse(text).is_some_and(Parameter::is_word))
}

/// The parameter that a text is compared with.
fn parameter(tree: &Syntax<'_>, names: &[Name]) -> Result<Parameter, Mistake> {
    let Kind::Name(text) = tree.kind else {
        return Err(Mistake::new("a text is compared with a parameter", tree.range.clone(), "")
            .help("as in `activation == 'relu'` or `std == 'he_normal'`"));
    };
    match Parameter::parse(text) {
        Some(parameter) if parameter.is_word() || parameter.range().is_some() => Ok(parameter),
        // Whatever else it may name is a number.
        _ => Err(name(text, tree, names).err().unwrap_or_else(|| {
            Mistake::new(format!("`{text}` is a number"), tree.range.clone(), "")
                .help("compare it with a number, without quotes")
        })),
    }
}

/// `text` as the parameter itself would spell it.
fn canonical(
    name: Parameter,
    text: &str,
    tree: &Syntax<'_>,
    formulas: &[Activation],
) -> Result<String, Mistake> {
    let mistake = |title: String, all: &[&str]| {
        Mistake::new(title, tree.range.clone(), "").help(suggest::help(text, "the choices are", all))
    };
    match name {
        Parameter::Activation if formulas.iter().any(|one| one.name() == text) => Ok(text.to_owned()),
        Parameter::Activation => Activation::from_str(text)
            .map(|activation| activation.to_string())
            .map_err(|title| mistake(title, &Activation::NAMES)),
        Parameter::Law | Parameter::BiasLaw | Parameter::InputLaw => {
            Law::from_str(text).map(|law| law.to_string()).map_err(|title| mistake(title, &Law::NAMES))
        }
        Parameter::Operation => {
            let operation = text.parse::<Operation>().ok().map(|operation| operation.to_string());
            let all = Operation::ALL.map(Operation::name);
            operation.ok_or_else(|| mistake(format!("unknown operation {}", quote(text)), &all))
        }
        Parameter::Precision => {
            let precision = text.parse::<Precision>().ok().map(|precision| precision.to_string());
            let all = Precision::ALL.map(Precision::name);
            precision.ok_or_else(|| mistake(format!("unknown precision {}", quote(text)), &all))
        }
        choice if choice.names().is_some() => {
            let names = choice.names().unwrap_or_default();
            let title = format!("unknown {choice} {}", quote(text));
            names
                .iter()
                .find(|name| **name == text)
                .map_or_else(|| Err(mistake(title, &names)), |name| Ok((*name).to_owned()))
        }
        Parameter::Input => Ok(text.to_owned()),
        // A number is written in one way, whatever it is as it stands in the config.
        _ => Ok(text.trim().parse().map_or_else(|_| text.trim().to_owned(), expression::number)),
    }
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
        format!("`{text}` is not available here")
    } else {
        format!("unknown name {}", quote(text))
    };
    Err(Mistake::new(title, tree.range.clone(), "").help(meant(text, names, known)))
}

/// What may be meant by a name, or all that there is.
fn meant(text: &str, names: &[Name], known: bool) -> String {
    // Only a condition may name a std, and then the parameters that are words too.
    let words = Parameter::ALL.into_iter().filter(|_| names.contains(&Name::Of(Parameter::Std)));
    let words = words.filter(|parameter| parameter.is_word()).map(Parameter::name);
    let texts: Vec<&str> = names.iter().map(|name| name.text()).chain(words).collect();
    let all = || match &texts[..] {
        [] => "the only name here is the number pi".to_owned(),
        texts => format!("available here: {}, and the number pi", suggest::list(texts.iter().copied())),
    };
    if is_function(text) {
        return format!("`{text}` is a function: its argument follows in parentheses");
    }
    let is_available = |name: Name| names.contains(&name);
    match text.to_lowercase().as_str() {
        "n" | "n_in" | "n_out" | "dim" | "d_model" | "hidden" | "units" | "in_features" | "out_features" => {
            format!("the width is called `width`, `fan_in` or `fan_out`; {}", all())
        }
        "l" | "layers" | "n_layer" | "n_layers" | "num_layers" if is_available(Name::Layer) => {
            "`depth` is the number of layers, `layer` is the layer itself, from 1".to_owned()
        }
        "l" | "layers" | "n_layer" | "n_layers" | "num_layers" => {
            format!("the number of layers is called `depth`; {}", all())
        }
        _ => match suggest::closest(text, texts.iter().copied()) {
            Some(candidate) if !known => format!("did you mean `{candidate}`?"),
            _ => all(),
        },
    }
}

/// The mistake of a preset inside an expression.
fn preset(text: &str, range: &std::ops::Range<usize>) -> Option<Mistake> {
    let preset = presets::find(text)?;
    let title = format!("the preset `{text}` is not available here");
    let here = if preset.law.is_some() {
        format!("here its std is written `{}`", preset.std)
    } else {
        "the stds that it gives weights are not known beforehand".to_owned()
    };
    let help = format!(
        "as a value of `std`, a preset stands alone or is multiplied by a number, as in `5/3 * {text}`; {here}"
    );
    Some(Mistake::new(title, range.clone(), "").help(help))
}

/// Whether a function has this name.
pub(super) fn is_function(word: &str) -> bool {
    FUNCTIONS.contains(&word)
}

fn wrong_call(text: &str, range: std::ops::Range<usize>, arguments: usize) -> Mistake {
    if is_function(text) {
        let wanted = if matches!(text, "min" | "max") { "2 arguments" } else { "1 argument" };
        let example = match text {
            "min" | "max" => "(1, 2/fan_in)",
            "odd" => "(layer)",
            _ => "(fan_in)",
        };
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
    Mistake::new("a number is needed here", tree.range.clone(), "not a number")
        .help("comparisons stand in `where` only, and are joined by `&&` and `||`")
}

fn not_a_condition(tree: &Syntax<'_>) -> Mistake {
    Mistake::new("a comparison is needed here", tree.range.clone(), "neither true nor false")
        .help("as in `depth <= 2*width && mean == 0`")
}
