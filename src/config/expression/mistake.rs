//! What is wrong with an expression.

use std::ops::Range;

use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::tree::Node;

/// What is wrong with an expression, with the byte range in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub title: String,
    pub range: Range<usize>,
    pub label: String,
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(title: impl Into<String>, range: Range<usize>, label: impl Into<String>) -> Self {
        Self { title: title.into(), range, label: label.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake as one in the string `node`.
    pub(crate) fn at(self, node: &Node) -> Diagnostic {
        let Self { title, range, label, help } = self;
        Diagnostic { title, span: node.inside(range), label, also: Vec::new(), help }
    }
}
