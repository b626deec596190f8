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
    /// Its structure is broken.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// It cannot be written or read; the store is as it was before the last transaction.
    #[error("cannot be written or read: {0}")]
    Sql(String),
    /// The directory around it cannot be written or read.
    #[error("cannot be written or read: {0}")]
    Io(#[from] io::Error),
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
            Some(_) => Self::Sql(error.to_string()),
        }
    }
}
