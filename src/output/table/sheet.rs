//! A table whose place is still open: a terminal, or a page.

use super::layout::blocks;

/// A table for eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Its lines of fields, the first one the titles; none if there is nothing to show.
    pub lines: Vec<Vec<String>>,
    /// What is said below it, line by line.
    pub notes: Vec<String>,
}

impl Sheet {
    /// The table as text, cut into blocks where a line would have more than `width` characters.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        self.notes.iter().fold(blocks(&self.lines, width), |text, note| text + note + "\n")
    }
}
