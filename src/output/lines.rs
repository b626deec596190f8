//! Tables as CSV: RFC 4180 with `\n`, floats as the shortest text that reads back exactly, undefined empty.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;

use csv::StringRecord;

use super::cell::CellColumns;
use super::column::Column;
use super::value::Value;

/// A row that can be written.
pub trait Record {
    /// Adds its fields to a line.
    fn write(&self, line: &mut Line);
}

/// A row that can be read back.
pub trait ReadRecord: Sized {
    /// The row of a record.
    ///
    /// # Errors
    ///
    /// If a column is missing, or holds what it cannot hold.
    fn read(record: &StringRecord, header: &StringRecord) -> csv::Result<Self>;
}

/// How the rows of a table are read, if they are.
macro_rules! reader {
    (write $($rest:tt)*) => {};
    (read $Row:ident ($($cell:ident)?) $($name:ident: $Type:ty,)*) => {
        impl $crate::output::ReadRecord for $Row {
            fn read(record: &csv::StringRecord, header: &csv::StringRecord) -> csv::Result<Self> {
                #[derive(serde::Deserialize)]
                struct Fields {
                    $($name: $Type,)*
                }
                $(let $cell = std::sync::Arc::new(record.deserialize(Some(header))?);)?
                let Fields { $($name),* } = record.deserialize(Some(header))?;
                Ok(Self { $($cell,)? $($name,)* })
            }
        }
    };
}

pub(super) use reader;

/// Lines of a table, the last one being written.
///
/// The columns of a cell are nearly half of a row and the same in all its rows: they are formatted in the first one,
/// and copied from there.
#[derive(Default)]
pub struct Line {
    text: Vec<u8>,
    cell: Option<Arc<CellColumns>>,
    /// Where the columns of this cell stand in the text, in the order in which rows add them.
    spans: Vec<Range<usize>>,
    /// How many of them the row has added, where they are known.
    copied: Option<usize>,
}

impl Line {
    /// Begins a row of a cell.
    pub(super) fn of(&mut self, cell: &Arc<CellColumns>) {
        if self.cell.as_ref().is_some_and(|last| Arc::ptr_eq(last, cell)) {
            self.copied = Some(0);
        } else {
            self.cell = Some(Arc::clone(cell));
            self.spans.clear();
            self.copied = None;
        }
    }

    /// Adds a column of the cell.
    pub(super) fn own(&mut self, value: &impl Value) {
        if let Some(copied) = &mut self.copied {
            self.text.extend_from_within(self.spans[*copied].clone());
            *copied += 1;
        } else {
            let start = self.text.len();
            self.add(value);
            self.spans.push(start..self.text.len());
        }
    }

    /// Adds a column of the row.
    pub(super) fn add(&mut self, value: &impl Value) {
        value.write(&mut self.text);
        self.text.push(b',');
    }

    fn end(&mut self) {
        *self.text.last_mut().expect("every row has fields") = b'\n';
    }
}

/// A table.
///
/// # Errors
///
/// Those of the writer.
pub fn write_csv<'a, R: Record + 'a>(
    columns: &[Column],
    rows: impl IntoIterator<Item = &'a R>,
    mut writer: impl Write,
) -> io::Result<()> {
    writer.write_all(&csv_header(columns))?;
    writer.write_all(&csv_lines(rows))
}

/// The first line of a table.
#[must_use]
pub fn csv_header(columns: &[Column]) -> Vec<u8> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    format!("{}\n", names.join(",")).into_bytes()
}

/// The lines of some rows, without the first line of the table.
#[must_use]
pub fn csv_lines<'a, R: Record + 'a>(rows: impl IntoIterator<Item = &'a R>) -> Vec<u8> {
    let mut line = Line::default();
    for row in rows {
        row.write(&mut line);
        line.end();
    }
    line.text
}

/// Reads the rows of a table whose numbers, counted from 0, lie in one of some ascending ranges.
///
/// # Errors
///
/// Those of the reader, and rows of other columns.
pub fn read_csv<R: ReadRecord>(reader: impl Read, wanted: &[Range<usize>]) -> csv::Result<Vec<R>> {
    let mut reader = csv::Reader::from_reader(reader);
    let header = reader.headers()?.clone();
    let (mut record, mut rows) = (StringRecord::new(), Vec::new());
    let mut wanted = wanted.iter().filter(|range| !range.is_empty()).peekable();
    let mut number = 0;
    while let Some(range) = wanted.peek() {
        if !reader.read_record(&mut record)? {
            break;
        }
        if range.contains(&number) {
            rows.push(R::read(&record, &header)?);
        }
        number += 1;
        wanted.next_if(|range| range.end == number);
    }
    Ok(rows)
}
