//! Why a store cannot be used.

use std::io;

use rusqlite::{Error, ErrorCode};

/// Why a store cannot be used. The texts go on from the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else has this name.
    #[error("is no regular file")]
    NotAFile,
    /// It is locked.
    #[error("is in use by another process")]
    Busy,
    /// It is no database, or that of another program.
    #[error("is no store of initsweep: {0}")]
    Foreign(String),
    /// It was written in another format.
    #[error("has format {0} of a newer initsweep; this one knows format {known}", known = super::format::FORMAT)]
    Newer(i64),
    /// Its values mean something else.
    #[error(
        "has draws of version {stream} and values of version {values}, made by {program}; this program has {} and {}",
        crate::random::STREAM_VERSION,
        super::VALUES_VERSION
    )]
    Versions {
        /// Version of its draws.
        stream: u32,
        /// Version of its values.
        values: u32,
        /// The program that made it.
        program: String,
    },
    /// Its structure is broken.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// Its name is too long for the database.
    #[error("has a path of {0} bytes, and SQLite takes {max} at most: choose a shorter one", max = super::format::LONGEST)]
    LongPath(usize),
    /// This user may not write it.
    #[error("cannot be opened or written: {0}")]
    Denied(String),
    /// It cannot be written or read; the store is as it was before the last transaction.
    #[error("cannot be written or read: {0}")]
    Sql(String),
    /// The directory around it cannot be written or read.
    #[error("cannot be written or read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

/// The only place where the error of the database is seen from outside.
impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::NotADatabase) => Self::Foreign(error.to_string()),
            // The others: a length that no row has, a schema that has lost something, a value of another type.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::TooBig | ErrorCode::Unknown) | None => {
                Self::Damaged(error.to_string())
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::Denied(error.to_string())
            }
            Some(_) => Self::Sql(error.to_string()),
        }
    }
}
