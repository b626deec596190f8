//! Exported Parquet has the rows of exported CSV. Run with `--features parquet`.

use std::fs::File;

use crate::cli::{Place, code, stderr, stdout};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

/// Three precisions of trouble: NaN, infinities, and more rows than a group has (2^18).
const CONFIG: &str = "name = 's'\ntrials = 30000\n[[grid]]\nwidth = 3\ndepth = 2\nbatch = 2\nstd = [1e-200, 1, 1e200]\n\
                      [measure]\nlayers = 'all'\nmetrics = ['mean', 'std']\n";

/// Whether a field of a Parquet file is the field of the CSV, bit by bit.
fn is_same(field: &Field, text: &str) -> bool {
    match field {
        Field::Str(word) => word == text,
        Field::ULong(number) => number.to_string() == text,
        Field::UInt(number) => number.to_string() == text,
        Field::Double(value) => text
            .parse::<f64>()
            .is_ok_and(|text| value.to_bits() == text.to_bits() || (value.is_nan() && text.is_nan())),
        other => panic!("{other:?}"),
    }
}

/// The names and fields of a row.
fn columns(row: &Row) -> (Vec<&String>, Vec<&Field>) {
    row.get_column_iter().unzip()
}

#[test]
fn parquet_has_the_rows_of_csv_bit_by_bit() {
    let place = Place::new();
    place.file("s.toml", CONFIG);
    assert_eq!(code(&place.run(&["run", "s.toml", "--quiet", "--out", "out"])), 0);
    let csv = stdout(&place.run(&["export", "out"]));
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    let header = lines.headers().unwrap().clone();
    let mut lines = lines.into_records();
    let export = place.run(&["export", "out", "--parquet", "t.parquet"]);
    assert_eq!((code(&export), stdout(&export)), (0, String::new()), "{}", stderr(&export));
    let file = SerializedFileReader::new(File::open(place.path().join("t.parquet")).unwrap()).unwrap();
    assert!(file.num_row_groups() > 1);
    let mut rows = 0;
    for (line, row) in lines.by_ref().zip(file.get_row_iter(None).unwrap()) {
        let (line, row) = (line.unwrap(), row.unwrap());
        let (names, fields) = columns(&row);
        assert!(header.iter().eq(names), "{header:?}");
        assert!(line.iter().zip(fields).all(|(text, field)| is_same(field, text)), "{line:?}");
        rows += 1;
    }
    assert_eq!((lines.count(), file.metadata().file_metadata().num_rows()), (0, rows));
    let again = place.run(&["export", "out", "--parquet", "t.parquet"]);
    assert_eq!((code(&again), stderr(&again).contains("t.parquet")), (73, true), "{}", stderr(&again));
}
