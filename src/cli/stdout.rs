//! What goes to stdout.

use std::io::{self, Write};

use super::failure::Failure;
use crate::text::visible;

/// Writes a text for eyes to stdout.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn show(text: &str) -> Result<(), Failure> {
    print(&visible(text))
}

/// Writes data to stdout, as they are. A reader that left early (`| head`) is no failure.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::write("stdout", &error)),
        _ => Ok(()),
    }
}
