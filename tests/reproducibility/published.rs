//! The configs that ship, and the committed results of those that reproduce published figures.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::{Place, code, stderr};
use crate::repository::root;
use initsweep::config::{self, Source};
use initsweep::hash::sha256;
use initsweep::sweep::{Sweep, fingerprint};

type Record = HashMap<String, String>;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a directory of the repository holds, in order.
fn entries(directory: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(directory)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The committed runs.
fn published() -> Vec<PathBuf> {
    entries("results/published").into_iter().filter(|path| path.join("config.toml").exists()).collect()
}

fn sweep(path: &Path) -> Sweep {
    config::parse(&Source::new(path.display().to_string(), read(path)))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn table(path: &Path) -> Vec<Record> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.deserialize().map(|record| record.unwrap()).collect()
}

/// A config without its figures, which are no part of a run: they follow the other tables, behind comments of their own.
fn without_figures(text: &str) -> String {
    let until = text.find("[[figure]]").unwrap_or(text.len());
    let lines: Vec<&str> = text[..until].trim_end().lines().collect();
    let comments = lines.iter().rev().take_while(|line| line.starts_with('#')).count();
    lines[..lines.len() - if until < text.len() { comments } else { 0 }].join("\n").trim_end().to_owned()
}

#[test]
fn every_config_has_a_purpose_and_can_be_planned() {
    let place = Place::new();
    for path in entries("configs") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let sweep = sweep(&path);
        assert_eq!(sweep.name, name, "the name of a config is that of its file");
        assert!(sweep.purpose.is_some(), "{name} has no purpose");
        let output = place.run(&["plan", path.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
    }
}

#[test]
fn committed_results_are_those_of_their_configs_and_bear_out_their_claims() {
    let runs = published();
    assert!(runs.len() >= 13, "{} runs are committed", runs.len());
    for run in runs {
        let name = run.file_name().unwrap().to_str().unwrap();
        let config = root().join(format!("configs/{name}.toml"));
        let [own, committed] = [&config, &run.join("config.toml")].map(|path| without_figures(&read(path)));
        assert_eq!(committed, own, "{name}: the config has changed since");
        let sweep = sweep(&config);
        let cells: Vec<_> = sweep.cells().map(|cell| cell.unwrap()).collect();
        let origin: serde_json::Value = serde_json::from_str(&read(&run.join("run.json"))).unwrap();
        assert_eq!(origin["sweep"], fingerprint(&sweep, &cells), "{name}: the config means another run now");
        let package = read(&run.join("datapackage.json"));
        let mut tables = vec!["summary.csv"];
        tables.extend((!sweep.expect.is_empty()).then_some("expect.csv"));
        for file in tables {
            let hash = sha256(std::fs::read(run.join(file)).unwrap());
            assert!(package.contains(&format!("sha256:{hash}")), "{name}: {file} has changed");
        }
        if !sweep.expect.is_empty() {
            let rows = table(&run.join("expect.csv"));
            let open: Vec<_> = rows.iter().filter(|row| row["verdict"] != "held").collect();
            assert!(open.is_empty(), "{name}: {open:?}");
            let clauses = rows.iter().map(|row| &row["clause"]).collect::<std::collections::HashSet<_>>();
            assert_eq!(clauses.len(), sweep.expect.len(), "{name}: every claim has been judged");
        }
    }
}

fn number(row: &Record, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

/// A number to five digits or five decimals.
fn short(value: f64) -> String {
    let digits = format!("{:.0}", value.abs().floor()).trim_start_matches('0').len();
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) {
        return format!("{value:.*}", 5 - digits);
    }
    format!("{value:.4e}")
}

/// The one row of `rows` in which all conditions, such as `width=2`, hold; rows of expectations are named by their clause.
fn find<'a>(rows: &'a [Record], conditions: &str) -> &'a Record {
    let holds = |row: &&Record| {
        conditions.split("; ").all(|condition| {
            let (column, value) = condition.split_once('=').expect("a condition");
            row.get(column).is_some_and(|held| held == value)
        })
    };
    let of_expect = conditions.starts_with("clause=");
    let found = rows.iter().filter(|row| row.contains_key("clause") == of_expect).filter(holds);
    let found: Vec<&Record> = found.collect();
    assert_eq!(found.len(), 1, "rows with {conditions}");
    found[0]
}

/// A line of a table of the document with its theory and its estimate as the results have them.
fn filled(line: &str, rows: &[Record]) -> String {
    let mut parts: Vec<String> = line.split('|').map(|part| part.trim().to_owned()).collect();
    let conditions = parts[1].trim_matches('`').to_owned();
    let has_theory = |row: &Record| row.get("theory").is_some_and(|theory| theory != "NaN");
    if let Some(conditions) = conditions.strip_prefix("spread; ") {
        let row = find(rows, conditions);
        let spread = |sd, mean| {
            let cv = number(row, sd) / number(row, mean);
            short(number(row, "width") * cv * cv)
        };
        parts[3] = spread("theory_sd", "theory");
        parts[4] = spread("sd", "estimate");
    } else {
        let row = find(rows, &conditions);
        if has_theory(row) {
            parts[3] = format!("{} ({})", short(number(row, "theory")), row["theory_kind"]);
        }
        let [estimate, low, high] =
            ["estimate", "conf_low", "conf_high"].map(|column| short(number(row, column)));
        parts[4] = format!("{estimate} [{low}, {high}]");
    }
    format!("| {} |", parts[1..parts.len() - 1].join(" | "))
}

#[test]
fn the_tables_of_published_figures_show_the_committed_results() {
    let path = root().join("docs/published-figures.md");
    let text = read(&path);
    let mut rows = Vec::new();
    let mut sections = 0;
    let mut lines = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            let run = root().join("results/published").join(name.trim_matches('`'));
            rows = table(&run.join("summary.csv"));
            rows.extend(table(&run.join("expect.csv")));
            sections += 1;
        }
        lines.push(if line.starts_with("| `") { filled(line, &rows) } else { line.to_owned() });
    }
    let wanted = lines.join("\n") + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(text == wanted, "BLESS=1 brings the tables up to date");
    }
    assert_eq!(sections + 1, published().len(), "every committed run but the forum thread has its section");
}
