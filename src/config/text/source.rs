//! The texts that a config is made of: one file, and overrides from the command line.

use std::path::{Path, PathBuf};

use crate::network::InputFile;
use crate::sweep::Span;
use crate::text::visible;

/// A config file with its overrides.
///
/// ```
/// # use initsweep::config::{self, Source};
/// let text = "name = 'a'\ntrials = 10\n[[grid]]\nwidth = 64\nstd = 'he_normal'";
/// let sweep = config::parse(&Source::new("a.toml", text).set("grid.width=[32, 64]").trials(20)).unwrap();
/// assert_eq!((sweep.trials, sweep.cells().count()), (20, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name and text; the file first, then the overrides, the later the stronger.
    texts: Vec<(String, String)>,
    /// Where the files of its inputs are.
    folder: PathBuf,
    /// What is written down of these files.
    recorded: Vec<InputFile>,
    /// Whether they are read all the same, and must be as it is written down.
    reads: bool,
}

impl Source {
    /// The config `text`, called `name` in messages.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let texts = vec![(visible(&name.into()).into_owned(), text.into())];
        Self { texts, folder: PathBuf::new(), recorded: Vec::new(), reads: true }
    }

    /// The same, with the paths of files relative to `folder`, not to the current directory.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// The same, with what is written down of its files. If they are read all the same, a file that has changed is a mistake;
    /// else no file is opened, and networks of these inputs cannot be run.
    #[must_use]
    pub fn with_inputs(self, recorded: Vec<InputFile>, reads: bool) -> Self {
        Self { recorded, reads, ..self }
    }

    /// Where the files of its inputs are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Overrides one key: `trials=100`, `defaults.batch=32`, `grid.std=sqrt(2/fan_in)`.
    ///
    /// The key is dotted; one that leads through `grid` applies to every `[[grid]]` table. The value is TOML, or
    /// a bare word that stands for a string.
    #[must_use]
    pub fn set(self, assignment: impl Into<String>) -> Self {
        self.with("--set", assignment.into())
    }

    /// Overrides the seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.with("--seed", format!("seed={seed}"))
    }

    /// Overrides the number of trials.
    #[must_use]
    pub fn trials(self, trials: u64) -> Self {
        self.with("--trials", format!("trials={trials}"))
    }

    /// The text of the config file, without the overrides.
    #[must_use]
    pub fn config(&self) -> &str {
        self.texts.first().map_or("", |(_, text)| text)
    }

    /// The overrides, each KEY=VALUE, the later the stronger.
    #[must_use]
    pub fn assignments(&self) -> Vec<String> {
        self.texts.iter().skip(1).map(|(_, text)| text.clone()).collect()
    }

    /// The overrides as they stand on a command line: `--set "defaults.batch=32"`, `--seed 7`.
    #[must_use]
    pub fn overrides(&self) -> Vec<String> {
        let word = |(name, text): &(String, String)| match (name.as_str(), text.split_once('=')) {
            ("--seed" | "--trials", Some((_, value))) => format!("{name} {value}"),
            _ => format!("{name} {text:?}"),
        };
        self.texts.iter().skip(1).map(word).collect()
    }

    fn with(mut self, name: &str, text: String) -> Self {
        self.texts.push((name.to_owned(), text));
        self
    }

    /// Name of the text that a span lies in.
    #[must_use]
    pub fn name(&self, span: Span) -> &str {
        self.texts.get(span.source).map_or("", |(name, _)| name)
    }

    /// The text that a span lies in.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.texts.get(span.source).map_or("", |(_, text)| text)
    }

    /// What a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span).get(span.start..span.end).unwrap_or("")
    }

    pub(crate) fn recorded(&self) -> &[InputFile] {
        &self.recorded
    }

    pub(crate) fn reads(&self) -> bool {
        self.reads
    }

    pub(crate) fn texts(&self) -> &[(String, String)] {
        &self.texts
    }
}
