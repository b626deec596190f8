//! Files and tables: rows of results, and everything that travels with them.

mod claim;
mod columns;
mod directory;
mod npy;
mod package;
mod provenance;
mod row;
mod table;
mod trials;

pub use claim::{Claim, ClaimError};
pub use columns::{COLUMNS, Column, Type};
pub use directory::{FILES, RunDirectory, SHARDS, STORE, State};
pub use npy::npy_header;
pub use package::data_package;
pub use provenance::{Provenance, VERSION};
pub use row::{Row, predictions, predictions_csv, read_csv, rows, write_csv};
pub use table::{SHOWN, table};
pub use trials::{ReplayedRow, TrialRow, TrialWriter};
