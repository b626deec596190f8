//! Expressions: `sqrt(2/fan_in)`, and conditions: `depth <= width && mean == 0`.
//!
//! ```text
//! text -> tokens -> tree of symbols -> Expression or Condition
//!         lexer     syntax             typed
//! ```

mod lexer;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;

use std::ops::Range;

use super::diagnostic::{Diagnostic, quote};
use super::tree::Node;
use crate::sweep::condition::Condition;
use crate::sweep::expression::{Expression, Name};

/// What is wrong with an expression, with the byte range in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub title: String,
    pub range: Range<usize>,
    pub label: String,
    pub help: Option<String>,
}

impl Mistake {
    fn new(title: impl Into<String>, range: Range<usize>, label: impl Into<String>) -> Self {
        Self { title: title.into(), range, label: label.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake as one in the string `node`.
    pub(super) fn at(self, node: &Node) -> Diagnostic {
        let Self { title, range, label, help } = self;
        Diagnostic { title, span: node.inside(range), label, also: Vec::new(), help }
    }
}

/// Reads a number over `names`.
pub(super) fn number(text: &str, names: &[Name]) -> Result<Expression, Mistake> {
    typed::number(&syntax::parse(text)?, names)
}

/// Reads a truth value over `names` and the named parameters.
pub(super) fn condition(text: &str, names: &[Name]) -> Result<Condition, Mistake> {
    typed::condition(&syntax::parse(text)?, names)
}
