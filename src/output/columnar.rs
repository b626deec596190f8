//! Trial values as Parquet: the rows of the CSV, column by column.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::trials::{TrialCell, TrialRow, TrialSink};

const SCHEMA: &str = "message trials {
    required binary cell (string); required binary label (string); required int64 width (integer(64, false));
    required int64 depth (integer(64, false)); required binary init (string); required binary activation (string);
    required int64 trial (integer(64, false)); required int64 layer (integer(64, false));
    required binary site (string); required binary metric (string); required double value;
}";
/// Rows of a group, which are gathered before they are written: 50 MB. A file may have 2^15 groups, 8.6e9 rows.
const GROUP: usize = 1 << 18;

/// Writes rows of trial values, compressed by Snappy, and repeated words once.
pub struct ParquetSink<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Rows,
}

/// The columns of a group, in the order of the schema.
#[derive(Default)]
struct Rows {
    words: [Vec<ByteArray>; 6],
    counts: [Vec<i64>; 4],
    value: Vec<f64>,
}

impl<W: Write + Send> ParquetSink<W> {
    /// Writes to `writer`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn new(writer: W) -> io::Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(io_error)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let properties = properties.set_created_by(format!("initsweep {}", super::VERSION)).build();
        let writer = SerializedFileWriter::new(writer, schema, Arc::new(properties)).map_err(io_error)?;
        Ok(Self { writer, rows: Rows::default() })
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let Rows { words, counts, value } = std::mem::take(&mut self.rows);
        let [cell, label, init, activation, site, metric] = words;
        let [width, depth, trial, layer] = counts;
        let mut group = self.writer.next_row_group()?;
        column::<ByteArrayType, W>(&mut group, &cell)?;
        column::<ByteArrayType, W>(&mut group, &label)?;
        column::<Int64Type, W>(&mut group, &width)?;
        column::<Int64Type, W>(&mut group, &depth)?;
        column::<ByteArrayType, W>(&mut group, &init)?;
        column::<ByteArrayType, W>(&mut group, &activation)?;
        column::<Int64Type, W>(&mut group, &trial)?;
        column::<Int64Type, W>(&mut group, &layer)?;
        column::<ByteArrayType, W>(&mut group, &site)?;
        column::<ByteArrayType, W>(&mut group, &metric)?;
        column::<DoubleType, W>(&mut group, &value)?;
        group.close().map(drop)
    }
}

impl<W: Write + Send> TrialSink for ParquetSink<W> {
    fn row(&mut self, cell: &TrialCell, row: &TrialRow) -> io::Result<()> {
        let TrialCell { cell, label, width, depth, init, activation } = cell;
        let &TrialRow { trial, layer, site, metric, value } = row;
        let label = label.as_deref().unwrap_or("none");
        let words = [cell, label, init, activation, site.name(), metric.name()];
        for (column, word) in self.rows.words.iter_mut().zip(words) {
            // The same words again and again share their memory.
            let shared = column.last().filter(|last| last.data() == word.as_bytes()).cloned();
            column.push(shared.unwrap_or_else(|| word.into()));
        }
        let counts = [*width as u64, *depth as u64, trial, layer as u64];
        for (column, count) in self.rows.counts.iter_mut().zip(counts) {
            column.push(i64::try_from(count).map_err(io::Error::other)?);
        }
        self.rows.value.push(value);
        if self.rows.value.len() == GROUP { self.flush().map_err(io_error) } else { Ok(()) }
    }

    fn finish(mut self) -> io::Result<()> {
        if !self.rows.value.is_empty() {
            self.flush().map_err(io_error)?;
        }
        self.writer.close().map(drop).map_err(io_error)
    }
}

fn column<D: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[D::T],
) -> Result<(), ParquetError> {
    let column = group.next_column()?;
    let mut column = column.ok_or_else(|| ParquetError::General("no such column".to_owned()))?;
    column.typed::<D>().write_batch(values, None, None)?;
    column.close()
}

/// The error of the file below, if it is one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}
