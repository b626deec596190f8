//! Tables as CSV: RFC 4180 with `\n`; how a value is written, see [`Value`].

use std::any::Any;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;

use csv::StringRecord;

use super::column::Column;
use super::value::{ReadValue, Value};

/// Bytes of a table that are read at once.
const BUFFER: usize = 1 << 16;

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
    fn read(fields: &mut Fields) -> io::Result<Self>;
}

/// The fields of a record by the names of their columns.
#[derive(Default)]
pub struct Fields {
    header: StringRecord,
    record: StringRecord,
    /// Where the columns are, in the order in which they are asked for: it is the same in all records.
    places: Vec<usize>,
    /// How many columns of this record were asked for.
    asked: usize,
    /// The last cell, and the fields that say it.
    cell: Option<(Arc<dyn Any + Send + Sync>, StringRecord)>,
}

impl Fields {
    /// The value of a column.
    ///
    /// # Errors
    ///
    /// If there is no such column, or if it holds what it cannot hold.
    pub fn get<T: ReadValue>(&mut self, column: &str) -> io::Result<T> {
        let known = self.places.get(self.asked).copied().filter(|&place| &self.header[place] == column);
        let find = || self.header.iter().position(|name| name == column);
        let place = known.or_else(find);
        let text = place.and_then(|place| self.record.get(place));
        let text = text.ok_or_else(|| io::Error::other(format!("there is no column {column}")))?;
        self.places.truncate(if known.is_some() { usize::MAX } else { self.asked });
        self.places.extend(place.filter(|_| known.is_none()));
        self.asked += 1;
        T::read(text).ok_or_else(|| io::Error::other(format!("column {column} holds {text:?}")))
    }

    /// The columns of the cell, the first `columns` of the record. They are the same in all its rows: those are one value.
    pub(super) fn cell<C: ReadRecord + Send + Sync + 'static>(
        &mut self,
        columns: usize,
    ) -> io::Result<Arc<C>> {
        let own = || self.record.iter().take(columns);
        let known = self.cell.as_ref().filter(|(_, fields)| fields.iter().eq(own()));
        if let Some(cell) = known.and_then(|(cell, _)| Arc::clone(cell).downcast::<C>().ok()) {
            return Ok(cell);
        }
        let fields = own().collect();
        let cell = Arc::new(C::read(self)?);
        let any: Arc<dyn Any + Send + Sync> = Arc::<C>::clone(&cell);
        self.cell = Some((any, fields));
        Ok(cell)
    }
}

/// Lines of a table, the last one being written.
///
/// The columns of a cell are nearly half of a row and the same in all its rows: they are formatted in the first one,
/// and copied from there.
#[derive(Default)]
pub struct Line {
    text: Vec<u8>,
    /// The last cell, and where its columns stand in the text.
    cell: Option<(Arc<dyn Record>, Range<usize>)>,
}

impl Line {
    /// Begins a row of a cell.
    pub(super) fn cell(&mut self, cell: &Arc<impl Record + 'static>) {
        match &self.cell {
            Some((last, columns)) if std::ptr::addr_eq(Arc::as_ptr(last), Arc::as_ptr(cell)) => {
                self.text.extend_from_within(columns.clone());
            }
            _ => {
                let start = self.text.len();
                cell.write(self);
                self.cell = Some((Arc::clone(cell) as Arc<dyn Record>, start..self.text.len()));
            }
        }
    }

    /// Adds a column of the row.
    pub(super) fn add(&mut self, value: &impl Value) {
        value.write(&mut self.text);
        self.text.push(b',');
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        *self.text.last_mut().expect("every row has fields") = b'\n';
    }

    /// Lines below these.
    pub(super) fn below(text: Vec<u8>) -> Self {
        Self { text, cell: None }
    }

    /// Bytes of all lines.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Writes all lines, and forgets them.
    pub(super) fn pour(&mut self, mut writer: impl Write) -> io::Result<()> {
        self.cell = None;
        writer.write_all(&std::mem::take(&mut self.text))
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

/// Gives the rows of a table whose numbers, counted from 0, lie in one of some ascending ranges, one after the other.
///
/// # Errors
///
/// Those of the reader, and rows of other columns.
pub fn for_each_row<R: ReadRecord>(
    reader: impl Read,
    wanted: &[Range<usize>],
    mut take: impl FnMut(R),
) -> io::Result<()> {
    for_each_record(reader, wanted, |fields| {
        take(R::read(fields)?);
        Ok(())
    })
}

/// Gives the same as fields, of which those are read that are asked for.
///
/// # Errors
///
/// Those of the reader and of `take`.
pub fn for_each_record(
    reader: impl Read,
    wanted: &[Range<usize>],
    mut take: impl FnMut(&mut Fields) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(reader);
    let mut fields = Fields { header: reader.headers()?.clone(), ..Fields::default() };
    let mut wanted = wanted.iter().filter(|range| !range.is_empty()).peekable();
    let mut number = 0;
    while let Some(range) = wanted.peek() {
        if !reader.read_record(&mut fields.record)? {
            break;
        }
        if range.contains(&number) {
            fields.asked = 0;
            take(&mut fields)?;
        }
        number += 1;
        wanted.next_if(|range| range.end == number);
    }
    Ok(())
}
