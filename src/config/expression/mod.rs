//! Expressions: `sqrt(2/fan_in)`, and conditions: `depth <= width && mean == 0`.
//!
//! ```text
//! text -> tokens -> tree of symbols -> Expression or Condition
//!         lexer     syntax             typed
//! ```

mod formula;
#[cfg(test)]
mod formula_tests;
mod lexer;
mod mistake;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;
mod weight;

pub(crate) use formula::{CONSTANTS, Parameters, functions};
pub(crate) use mistake::Mistake;

use super::grammar::presets::Preset;
use crate::kernels::Activation;
use crate::kernels::activation::formula::Tree;
use crate::sweep::condition::Condition;
use crate::sweep::expression::{Expression, Name};

/// Reads a number over `names`.
pub(crate) fn number(text: &str, names: &[Name]) -> Result<Expression, Mistake> {
    typed::number(&syntax::parse(text)?, names)
}

/// Reads a weight std over `names`: a number, a preset, or a preset times numbers; with the preset.
pub(crate) fn std(text: &str, names: &[Name]) -> Result<(Expression, Option<&'static Preset>), Mistake> {
    weight::std(&syntax::parse(text)?, names)
}

/// Reads a truth value over `names` and the named parameters; `formulas` are the activations that are not built in.
pub(crate) fn condition(text: &str, names: &[Name], formulas: &[Activation]) -> Result<Condition, Mistake> {
    typed::condition(&syntax::parse(text)?, names, formulas)
}

/// Reads the formula of an activation.
pub(crate) fn formula(text: &str, parameters: &Parameters) -> Result<Tree, Mistake> {
    if text.trim().is_empty() {
        return Err(Mistake::new("this formula is empty", 0..text.len(), "").help("as in `relu(x) - 0.5`"));
    }
    formula::whole(&syntax::parse(text)?, parameters)
}

/// Whether a text names something.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let tokens = lexer::tokens(text).unwrap_or_default();
    tokens.iter().any(|(token, _)| *token == lexer::Token::Name(name))
}
