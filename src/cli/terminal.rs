//! What goes to stderr.

use std::io::{self, Write};

use crate::text::visible;

/// Writes a line to stderr. Nothing depends on whether somebody reads it.
pub fn say(line: &str) {
    let _unread = writeln!(io::stderr(), "{}", visible(line));
}
