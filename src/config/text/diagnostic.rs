//! Mistakes as values, and their rendering.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::source::Source;
use crate::sweep::Span;
use crate::text::{is_direction, visible};

/// Diagnostics that are shown; the rest are counted.
pub const SHOWN: usize = 20;

/// One mistake in a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub title: String,
    /// The text at fault.
    pub span: Span,
    /// What is said beside the underlined text; may be empty.
    pub label: String,
    /// Other places that matter, with what is said beside them.
    pub also: Vec<(Span, String)>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { title: title.into(), span, label: label.into(), also: Vec::new(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }
}

/// All mistakes found in a config, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    /// The texts that the spans refer to.
    pub source: Source,
    /// The mistakes, in the order of the file; at most [`SHOWN`].
    pub items: Vec<Diagnostic>,
    /// How many more there are.
    pub more: usize,
}

impl Diagnostics {
    /// Sorts the mistakes by their place, and keeps the first [`SHOWN`].
    pub(crate) fn new(source: Source, mut items: Vec<Diagnostic>) -> Self {
        items.sort_by_key(|item| (item.span.source, item.span.start, item.span.end));
        let more = items.len().saturating_sub(SHOWN);
        items.truncate(SHOWN);
        Self { source, items, more }
    }

    /// The text for a reader, each mistake with file, line, column and the underlined text.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut reports: Vec<_> =
            self.items.iter().map(|item| renderer.render(&[self.group(item)])).collect();
        if self.more > 0 {
            reports.push(format!("... and {} more", self.more));
        }
        // The renderer shows most control characters as signs, one column wide; these it does not know.
        let is_left = |c: char| ('\u{80}'..='\u{9f}').contains(&c) || is_direction(c);
        reports.join("\n\n").replace(is_left, "\u{fffd}") + "\n"
    }

    fn group<'a>(&'a self, item: &'a Diagnostic) -> Group<'a> {
        let mut group = Level::ERROR.primary_title(item.title.as_str()).elements(self.snippets(item));
        let text = self.source.text(item.span);
        if text.trim().is_empty() {
            group = group.element(Origin::path(self.source.name(item.span)));
        }
        match &item.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }

    /// The texts that a mistake touches, its own first.
    fn snippets<'a>(&'a self, item: &'a Diagnostic) -> Vec<Snippet<'a, Annotation<'a>>> {
        let mut marks = vec![(item.span, item.label.as_str(), AnnotationKind::Primary)];
        marks.extend(item.also.iter().map(|(span, label)| (*span, label.as_str(), AnnotationKind::Context)));
        let mut sources: Vec<usize> = Vec::new();
        for (span, ..) in &marks {
            if !sources.contains(&span.source) && !self.source.text(*span).trim().is_empty() {
                sources.push(span.source);
            }
        }
        let snippet = |source: usize| {
            let here = Span { source, start: 0, end: 0 };
            let own = marks.iter().filter(move |(span, ..)| span.source == source);
            Snippet::source(self.source.text(here)).path(self.source.name(here)).annotations(own.map(
                |(span, label, kind)| {
                    let label = Some(*label).filter(|label| !label.is_empty());
                    kind.span(span.start..span.end).label(label)
                },
            ))
        };
        sources.into_iter().map(snippet).collect()
    }
}

/// The plain rendering, without colour.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// Text from a config as it may stand in a one-line message: quoted, without control characters, not too long.
pub(crate) fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    let start: String = text.chars().take(LONGEST).collect();
    let dots = if text.chars().nth(LONGEST).is_some() { "..." } else { "" };
    format!("`{}{dots}`", visible(&start).replace('\n', "\\n"))
}
