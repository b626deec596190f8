//! Expressions: `sqrt(2/fan_in)`, and conditions: `depth <= width && mean == 0`.
//!
//! ```text
//! text -> tokens -> tree of symbols -> Expression or Condition
//!         lexer     syntax             typed
//! ```

mod lexer;
mod mistake;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;
mod weight;

pub(crate) use mistake::Mistake;

use super::grammar::presets::Preset;
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

/// Reads a truth value over `names` and the named parameters.
pub(crate) fn condition(text: &str, names: &[Name]) -> Result<Condition, Mistake> {
    typed::condition(&syntax::parse(text)?, names)
}
