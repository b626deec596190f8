//! Why a run cannot be had.

use std::io;
use std::path::PathBuf;

use super::available::Available;
#[cfg(feature = "store")]
use super::claim::ClaimError;
use crate::config::Diagnostics;
use crate::engine::{Conflict, NoThreads};
#[cfg(feature = "store")]
use crate::store::StoreError;
use crate::text::bytes;

/// Why a run cannot be had. Where it concerns a directory, what was saved in it before is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Mistakes in the config.
    #[error(transparent)]
    Config(#[from] Diagnostics),
    /// It does not fit into memory.
    #[error(
        "{what} needs at least {} of memory, and there is {} ({})\n  help: run fewer cells, layers, metrics or trials at \
         a time, or fewer threads (--threads)",
        bytes(*needed), bytes(available.bytes), available.bound
    )]
    Memory {
        /// What does not fit.
        what: String,
        /// Bytes it needs.
        needed: u128,
        /// What there is.
        available: Available,
    },
    /// No worker threads.
    #[error(transparent)]
    Threads(#[from] NoThreads),
    /// A trial store cannot be used.
    #[cfg(feature = "store")]
    #[error("{} {error}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        error: StoreError,
        /// Bytes, about, that were still to be written there.
        needing: u128,
    },
    /// A directory cannot be claimed.
    #[cfg(feature = "store")]
    #[error("cannot use {}: {error}", path.display())]
    Claim {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: ClaimError,
        /// Bytes, about, that were to be written there.
        needing: u128,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
        /// Bytes, about, that were still to be written there.
        needing: u128,
    },
    /// A file cannot be read, or holds something else than it should.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// The directory holds something that must not be touched.
    #[error("{0}")]
    Refused(String),
    /// What was asked for is not there, or cannot be.
    #[error("{0}")]
    Impossible(String),
    /// A trial has two different sets of values: one of them is wrong, and nothing tells which.
    #[error("{}: {conflict}{}", path.display(), beside.as_ref().map_or(String::new(), |path| format!(", here and in {}", path.display())))]
    Conflict {
        /// Where one of them is.
        path: PathBuf,
        /// Where the other one is, if that is another file.
        beside: Option<PathBuf>,
        /// The trial.
        conflict: Conflict,
    },
    /// Trials are missing; the text says which.
    #[error("{0}")]
    Incomplete(String),
    /// The work itself failed.
    #[error("{0}")]
    Failed(String),
    /// It was cancelled; what was saved is kept, and the same run can be resumed.
    #[error("interrupted: {saved} of {total} networks are saved in {}", path.as_ref().map_or("no directory".into(), |path| path.display().to_string()))]
    Interrupted {
        /// Networks whose values are saved.
        saved: usize,
        /// All networks of the run, as far as they were asked for.
        total: usize,
        /// Where they are.
        path: Option<PathBuf>,
    },
}

impl RunError {
    /// A trial store cannot be used.
    #[cfg(feature = "store")]
    pub(super) fn store(path: &std::path::Path, error: StoreError) -> Self {
        Self::Store { path: path.to_owned(), error, needing: 0 }
    }

    /// A file cannot be written.
    #[cfg(feature = "store")]
    pub(super) fn write(path: PathBuf, error: io::Error, needing: u128) -> Self {
        Self::Write { path, error, needing }
    }
}
