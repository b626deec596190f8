//! Files and tables: rows of results, and everything that travels with them.

mod columns;
mod directory;
mod package;
mod provenance;
mod row;
mod table;

pub use columns::{COLUMNS, Column, Type};
pub use directory::{Claim, RunDirectory, State};
pub use package::data_package;
pub use provenance::{Provenance, VERSION};
pub use row::{Row, read_csv, rows, write_csv};
pub use table::{SHOWN, table};
