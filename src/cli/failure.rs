//! Failures: what to say, and with which code to leave.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::terminal::{has_colours, say};
use crate::config::Diagnostics;
use crate::run::{ClaimError, RunError};
use crate::store::StoreError;
use crate::text::bytes;

/// With which code the program leaves, and why.
pub const EXIT_CODES: [(&str, &str); 8] = [
    ("0", "done"),
    ("1", "failed"),
    ("2", "bad config or usage"),
    ("3", "a run is not finished"),
    ("4", "done, but an expectation failed or is undecided"),
    ("73", "the directory holds something else, is in use, or cannot be made"),
    ("74", "a file cannot be written"),
    ("129, 130 or 143", "ended by a signal: run the same command to resume"),
];

/// What `--help` says of them.
pub fn exit_codes() -> String {
    format!("Exit codes: {}", EXIT_CODES.map(|(code, meaning)| format!("{code} {meaning}")).join(", "))
}

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

    /// A run is not finished.
    pub fn unfinished(message: impl Into<String>) -> Self {
        Self::Other(3, message.into())
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

    /// The same after the work is done: a file of the run that cannot be read back is no mistake of whoever called.
    pub fn after_work(self) -> Self {
        match self {
            Self::Other(2, message) => Self::failed(message),
            other => other,
        }
    }

    /// Prints the message on stderr and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Config(diagnostics) => {
                // Nothing but its own colours is in it.
                let _unread = writeln!(io::stderr(), "{}", diagnostics.render(has_colours()));
                ExitCode::from(2)
            }
            Self::Other(code, message) => {
                say(&format!("error: {message}"));
                ExitCode::from(code)
            }
            Self::Interrupted(code, message) => {
                say(&message);
                ExitCode::from(code)
            }
        }
    }
}

/// What is said, in one text.
impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(diagnostics) => write!(f, "{diagnostics}"),
            Self::Other(_, message) | Self::Interrupted(_, message) => f.write_str(message),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        if let RunError::Config(diagnostics) = error {
            return Self::Config(diagnostics);
        }
        Self::Other(code(&error), text(&error))
    }
}

/// With which code the program ends.
fn code(error: &RunError) -> u8 {
    match error {
        RunError::Config(_)
        | RunError::Memory { .. }
        | RunError::Impossible(_)
        | RunError::Read { .. }
        | RunError::Store { error: StoreError::Versions { .. }, .. } => 2,
        RunError::Store { error: StoreError::Sql(_) | StoreError::Io(_), .. } | RunError::Write { .. } => 74,
        RunError::Claim { error: ClaimError::Io(error), .. } if is_full(error) => 74,
        RunError::Store { error: StoreError::Damaged(_), .. } => 1,
        RunError::Store { .. } | RunError::Claim { .. } | RunError::Refused(_) => 73,
        RunError::Incomplete(_) => 3,
        _ => 1,
    }
}

fn text(error: &RunError) -> String {
    let more = match error {
        RunError::Store { error: StoreError::Sql(_) | StoreError::Io(_), .. } => {
            "\n  what was saved before is kept: run the same command to resume"
        }
        RunError::Store { error: StoreError::Denied(_), .. } => {
            "\n  help: it takes the right to write the file and its directory"
        }
        _ => "",
    };
    let needing = match error {
        RunError::Store { needing, .. }
        | RunError::Claim { needing, .. }
        | RunError::Write { needing, .. }
            if code(error) == 74 && *needing > 0 =>
        {
            format!("\n  about {} are still to be written there", bytes(*needing))
        }
        _ => String::new(),
    };
    format!("{error}{more}{needing}")
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
