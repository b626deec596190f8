//! Weight stds: expressions in which a preset may be a factor, as in `5/3 * xavier_uniform`.

use super::mistake::Mistake;
use super::syntax::{self, Kind, Syntax};
use super::typed::{self, number};
use crate::config::grammar::presets::{self, Preset};
use crate::config::text::suggest;
use crate::operator::Operator;
use crate::sweep::expression::{Expression, Name};

/// The std that `tree` stands for, and its preset.
pub(super) fn std(
    tree: &Syntax<'_>,
    names: &[Name],
) -> Result<(Expression, Option<&'static Preset>), Mistake> {
    match &tree.kind {
        Kind::Name(word) => match presets::find(word) {
            Some(preset) => Ok((number(&syntax::parse(preset.std)?, names)?, Some(preset))),
            None => Ok((number(tree, names).map_err(|mistake| name(word, mistake))?, None)),
        },
        Kind::Binary("*", left, right) => {
            let ((a, first), (b, second)) = (std(left, names)?, std(right, names)?);
            if first.is_some() && second.is_some() {
                return Err(Mistake::new(
                    "a std has one preset",
                    right.range.clone(),
                    "this is a second one",
                )
                .help("multiply a preset by numbers, as in `5/3 * xavier_uniform`"));
            }
            Ok((combine(Operator::Multiply, a, b), first.or(second)))
        }
        Kind::Binary("/", left, right) => {
            let ((a, preset), b) = (std(left, names)?, number(right, names)?);
            Ok((combine(Operator::Divide, a, b), preset))
        }
        Kind::Call(word, _, arguments) if *word == presets::ORTHOGONAL && arguments.len() == 1 => {
            let gain = number(&arguments[0], names)?;
            let of_name = |preset: &'static Preset| {
                let std = number(&syntax::parse(preset.std)?, names)?;
                Ok((combine(Operator::Multiply, gain, std), Some(preset)))
            };
            presets::find(word).map_or_else(|| number(tree, names).map(|std| (std, None)), of_name)
        }
        Kind::Call(word, ..) => number(tree, names)
            .map(|expression| (expression, None))
            .map_err(|mistake| if typed::is_function(word) { mistake } else { name(word, mistake) }),
        _ => Ok((number(tree, names)?, None)),
    }
}

fn combine(operator: Operator, a: Expression, b: Expression) -> Expression {
    Expression::Combine(operator, Box::new(a), Box::new(b))
}

/// The mistake of a name that is no preset, where one may be meant.
fn name(word: &str, mistake: Mistake) -> Mistake {
    if !mistake.title.starts_with("unknown") {
        return mistake;
    }
    if let Some((title, help)) = presets::instead_of(word) {
        return Mistake::new(title, mistake.range, "").help(help);
    }
    match suggest::closest(word, presets::PRESETS.iter().map(|preset| preset.name)) {
        Some(preset) => mistake.help(format!("did you mean the preset `{preset}`?")),
        None => mistake,
    }
}
