//! Failures: what to say, and with which code to leave.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::config::Diagnostics;
use crate::output::ClaimError;
use crate::store::StoreError;
use crate::text::bytes;

/// Why the program could not do what was asked.
pub enum Failure {
    /// Mistakes in the config.
    Config(Diagnostics),
    /// Anything else: the exit code, and the message.
    Other(u8, String),
    /// A signal came: the exit code, and what is to be said.
    Interrupted(u8, String),
}

impl Failure {
    /// The work itself failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Other(1, message.into())
    }

    /// What was asked for is wrong or impossible.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Other(2, message.into())
    }

    /// The run is done, and does not bear out what its config expects.
    pub fn expectation(message: impl Into<String>) -> Self {
        Self::Other(4, message.into())
    }

    /// An output directory is not to be had.
    pub fn create(message: impl Into<String>) -> Self {
        Self::Other(73, message.into())
    }

    /// A file cannot be written.
    pub fn write(what: impl Display, error: &io::Error) -> Self {
        Self::Other(74, format!("cannot write {what}: {error}"))
    }

    /// A file cannot be read.
    pub fn read(path: &Path, error: &io::Error) -> Self {
        Self::usage(format!("cannot read {}: {error}", path.display()))
    }

    /// A trial store cannot be used.
    pub fn store(path: &Path, error: &StoreError) -> Self {
        let message = format!("{} {error}", path.display());
        match error {
            StoreError::Damaged(_) => Self::failed(message),
            StoreError::Sql(_) | StoreError::Io(_) => Self::Other(
                74,
                format!("{message}\n  what was saved before is kept: the same command goes on"),
            ),
            _ => Self::create(message),
        }
    }

    /// A directory cannot be claimed.
    pub fn claim(path: &Path, error: &ClaimError) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let message = format!("cannot use {}: {error}", path.display());
        match error {
            ClaimError::Io(error) if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) => {
                Self::Other(74, message)
            }
            _ => Self::create(message),
        }
    }

    /// Adds to a failed write how many bytes, about, are still to be written.
    pub fn needing(self, count: u128) -> Self {
        match self {
            Self::Other(74, message) if count > 0 => {
                Self::Other(74, format!("{message}\n  about {} are still to be written there", bytes(count)))
            }
            other => other,
        }
    }

    /// Prints the message on stderr and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Config(diagnostics) => {
                let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                // Nothing but its own colours is in it.
                let _unread = writeln!(io::stderr(), "{}", diagnostics.render(colour));
                ExitCode::from(2)
            }
            Self::Other(code, message) => {
                super::say(&format!("error: {message}"));
                ExitCode::from(code)
            }
            Self::Interrupted(code, message) => {
                super::say(&message);
                ExitCode::from(code)
            }
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Config(diagnostics)
    }
}
