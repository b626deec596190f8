//! What goes to stderr, and what a terminal can do.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};

use crate::text::visible;

/// Writes a line to stderr. Nothing depends on whether somebody reads it.
pub fn say(line: &str) {
    let _unread = writeln!(io::stderr(), "{}", visible(line));
}

/// Characters of a line of stdout; without an end where it is no terminal.
pub fn width() -> usize {
    let stdout = io::stdout();
    let size = stdout.is_terminal().then(|| terminal_size::terminal_size_of(&stdout)).flatten();
    size.map_or(usize::MAX, |(width, _)| usize::from(width.0).max(1))
}

/// Whether stderr is a terminal that can move its cursor.
pub fn moves_cursor() -> bool {
    io::stderr().is_terminal() && obeys_escapes(std::env::var_os("TERM").as_deref())
}

/// Whether stderr is a terminal that shows colours, to somebody who wants them.
pub fn has_colours() -> bool {
    moves_cursor() && wants_colours(std::env::var_os("NO_COLOR").as_deref())
}

fn obeys_escapes(term: Option<&OsStr>) -> bool {
    // Windows sets no TERM, and obeys.
    term.map_or(cfg!(windows), |term| !term.is_empty() && term != "dumb")
}

/// See <https://no-color.org>: set and not empty.
fn wants_colours(no_color: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dumb_or_nameless_terminal_gets_no_escapes() {
        assert!(obeys_escapes(Some(OsStr::new("xterm-256color"))));
        assert!(!obeys_escapes(Some(OsStr::new("dumb"))) && !obeys_escapes(Some(OsStr::new(""))));
        assert_eq!(obeys_escapes(None), cfg!(windows));
    }

    #[test]
    fn an_empty_no_color_is_none() {
        assert!(wants_colours(None) && wants_colours(Some(OsStr::new(""))));
        assert!(!wants_colours(Some(OsStr::new("1"))) && !wants_colours(Some(OsStr::new("0"))));
    }
}
