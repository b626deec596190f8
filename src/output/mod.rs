//! Rows of results as tables and texts, and everything that travels with them.

mod bands;
mod cell;
mod column;
#[cfg(feature = "parquet")]
mod columnar;
mod columns;
mod compare;
mod expect;
mod histogram;
mod lines;
mod npy;
mod package;
mod provenance;
mod row;
mod stopping;
mod table;
mod trials;
mod value;

pub use bands::{BAND_COLUMNS, BandRow, band_file, band_rows};
pub use cell::{CELL_COLUMNS, CellColumns};
pub use column::{Column, Type};
#[cfg(feature = "parquet")]
pub use columnar::ParquetSink;
pub use compare::{COMPARE_COLUMNS, CompareRow, compare_file, compare_rows};
pub use expect::{
    Claim, EXPECT_COLUMNS, ExpectRow, claims, deciding, expect_file, expect_rows, expect_sheet, tally,
};
pub use histogram::{BIN_COLUMNS, BinRow, bin_file, bin_rows};
pub use lines::{
    Fields, Line, ReadRecord, Record, csv_header, csv_lines, for_each_record, for_each_row, write_csv,
};
pub use npy::npy_header;
pub use package::{Bytes, TableFile, data_package, file_hash};
pub use provenance::{PROGRAM, Provenance, VERSION};
pub(crate) use row::predictor;
pub use row::{COLUMNS, Row, places, predictions, predictions_csv, rows};
pub use stopping::{STOPPING_COLUMNS, StoppingRow, stopping_file, stopping_row};
pub use table::{
    Key, Page, Sheet, View, Wanted, compare_sheets, distinctions, estimate, meaning, names, plus_minus,
    published, reason, significant, stopping_sheet, table, theory,
};
pub use trials::{
    REPLAYED_COLUMNS, ReplayedRow, TRIAL_CELL_COLUMNS, TRIAL_COLUMNS, TrialCell, TrialRow, TrialSink,
    TrialWriter,
};
pub use value::{ReadValue, Value};
