//! The `where` of a grid: which cells it keeps.

use super::expression::{Expression, Fault, Name};
use super::parameter::Parameter;
use super::span::Span;
use crate::operator::Comparison;

/// A truth value that depends on the cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A comparison of numbers.
    Compare(Comparison, Expression, Expression),
    /// `name == 'text'`, or `!=` if not `equal`; the text is canonical.
    Text {
        /// Which parameter; its values are names.
        name: Parameter,
        /// Whether `==` was written.
        equal: bool,
        /// The canonical text it is compared with.
        text: String,
    },
    /// `!a`
    Not(Box<Self>),
    /// `a && b`; b is not looked at where a is false.
    And(Box<Self>, Box<Self>),
    /// `a || b`; b is not looked at where a is true.
    Or(Box<Self>, Box<Self>),
}

/// A condition with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The condition.
    pub condition: Condition,
    /// As written.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

impl Condition {
    /// Numbers, names and operations in it: what one evaluation takes at most.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Compare(_, left, right) => 1 + left.size() + right.size(),
            Self::Text { .. } => 1,
            Self::Not(inner) => 1 + inner.size(),
            Self::And(left, right) | Self::Or(left, right) => 1 + left.size() + right.size(),
        }
    }

    /// The texts in it that a parameter is compared with.
    #[must_use]
    pub fn texts(&self) -> Vec<(Parameter, &str)> {
        match self {
            Self::Compare(..) => Vec::new(),
            Self::Text { name, text, .. } => vec![(*name, text)],
            Self::Not(inner) => inner.texts(),
            Self::And(left, right) | Self::Or(left, right) => {
                left.texts().into_iter().chain(right.texts()).collect()
            }
        }
    }

    /// Its truth, where `scope` and `text` say what the names stand for.
    ///
    /// # Errors
    ///
    /// Those of the expressions in it.
    pub fn evaluate<E: From<Fault>>(
        &self,
        scope: &impl Fn(Name) -> Result<f64, E>,
        text: &impl Fn(Parameter) -> String,
    ) -> Result<bool, E> {
        match self {
            Self::Compare(comparison, left, right) => {
                Ok(compare(*comparison, left.evaluate(scope)?, right.evaluate(scope)?))
            }
            Self::Text { name, equal, text: wanted } => Ok((text(*name) == *wanted) == *equal),
            Self::Not(inner) => Ok(!inner.evaluate(scope, text)?),
            Self::And(left, right) => Ok(left.evaluate(scope, text)? && right.evaluate(scope, text)?),
            Self::Or(left, right) => Ok(left.evaluate(scope, text)? || right.evaluate(scope, text)?),
        }
    }
}

#[expect(clippy::float_cmp, reason = "a config that says == means it")]
fn compare(comparison: Comparison, a: f64, b: f64) -> bool {
    match comparison {
        Comparison::Less => a < b,
        Comparison::LessEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterEqual => a >= b,
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
    }
}
