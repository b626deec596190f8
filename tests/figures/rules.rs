//! What figures are, unasked: every config of the repository, planned, with the axes, colours and panels of its figures.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::drawn::Made;

/// Captions and counts of the figures of every config, from rows that no trial has filled but for their theory.
#[test]
fn the_figures_of_every_config_are_as_they_were_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> =
        fs::read_dir(root.join("configs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The theory of its plane takes seconds; the plane of the golden hashes is like it.
    paths.retain(|path| !path.ends_with("poole-2016-maps.toml"));
    paths.sort();
    let mut found = String::new();
    for path in paths {
        let mut made = Made::planned(&fs::read_to_string(&path).unwrap());
        for (index, row) in made.rows.iter_mut().flatten().enumerate() {
            // Something to draw, different everywhere.
            let value = 1.0 + f64::from(u32::try_from(index % 97).unwrap()) / 100.0;
            (row.estimate, row.median, row.trials) = (Some(value), Some(value), 100);
            row.reliability = initsweep::statistics::Reliability::Ok;
        }
        writeln!(found, "{}", path.file_name().unwrap().to_string_lossy()).unwrap();
        let drawn = initsweep::figure::draw(&made.input());
        for figure in &drawn.figures {
            // One for the bands of a panel, and one for the rest.
            let panels = figure.svg.matches("<clipPath").count() / 2;
            writeln!(found, "  {}: panels: {panels}. {}", figure.name, figure.caption).unwrap();
        }
        // The entries of a layer have no rows here.
        for failed in &drawn.failed {
            writeln!(found, "  {failed}").unwrap();
        }
        for left in &drawn.left_out {
            writeln!(found, "  no {}-{}: {}", left.metric, left.site, left.reason).unwrap();
        }
    }
    let golden = root.join("tests/figures/rules.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &found).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    for (line, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}
