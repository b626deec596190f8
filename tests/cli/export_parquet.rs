//! Exported Parquet has the rows of exported CSV. Run with `--features parquet`.

use std::fs::File;

use crate::cli::{Place, code, stderr, stdout};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

/// Three precisions of trouble: NaN, infinities, and more rows than a group has (2^18).
const CONFIG: &str = "name = 's'\ntrials = 30000\n[[grid]]\nwidth = 3\ndepth = 2\nbatch = 2\nstd = [1e-200, 1, 1e200]\n\
                      [measure]\nlayers = 'all'\nmetrics = ['mean', 'std']\n";

fn words(row: &Row) -> [String; 6] {
    let word = |(name, field): (&String, &Field)| match (name.as_str(), field) {
        ("cell" | "site" | "metric", Field::Str(word)) => word.clone(),
        ("trial", Field::ULong(trial)) => trial.to_string(),
        ("layer", Field::UInt(layer)) => layer.to_string(),
        ("value", Field::Double(value)) => format!("{:x}", value.to_bits()),
        other => panic!("{other:?}"),
    };
    let words: Vec<String> = row.get_column_iter().map(word).collect();
    words.try_into().unwrap()
}

#[test]
fn parquet_has_the_rows_of_csv_bit_by_bit() {
    let place = Place::new();
    place.file("s.toml", CONFIG);
    assert_eq!(code(&place.run(&["run", "s.toml", "--quiet", "--out", "out"])), 0);
    let csv = stdout(&place.run(&["export", "out"]));
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("cell,trial,layer,site,metric,value"));
    let export = place.run(&["export", "out", "--parquet", "t.parquet"]);
    assert_eq!((code(&export), stdout(&export)), (0, String::new()), "{}", stderr(&export));
    let file = SerializedFileReader::new(File::open(place.path().join("t.parquet")).unwrap()).unwrap();
    assert!(file.num_row_groups() > 1);
    let mut rows = 0;
    for (line, row) in lines.by_ref().zip(file.get_row_iter(None).unwrap()) {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        fields[5] = format!("{:x}", fields[5].parse::<f64>().unwrap().to_bits());
        assert_eq!(words(&row.unwrap()).as_slice(), fields, "{line}");
        rows += 1;
    }
    assert_eq!((lines.next(), file.metadata().file_metadata().num_rows()), (None, rows));
    let again = place.run(&["export", "out", "--parquet", "t.parquet"]);
    assert_eq!((code(&again), stderr(&again).contains("t.parquet")), (73, true), "{}", stderr(&again));
}
