//! `expect.csv`: what became of every number that the config expects; and the table of the verdicts.

use super::columns::columns;
use super::package::TableFile;
use super::provenance::PROGRAM;
use super::table::{Sheet, names, plus_minus, significant};
use crate::analysis::{Finding, Verdict};
use crate::network::{Metric, Operation, Site};
use crate::random::STREAM_VERSION;
use crate::sweep::{Cell, Expect, Statistic, Sweep};

columns! {
    /// One number of one clause.
    read struct ExpectRow;
    /// The columns of `expect.csv`.
    const EXPECT_COLUMNS;
    fn row(sweep: &Sweep, clause: &Expect, index: usize, number: usize, finding: &Finding, first: Option<&Cell>);
    clause: usize ["1"] = index + 1, "which [[expect]] of the config, from 1";
    claim: String = clause.title(), "the clause in words";
    number: usize ["1"] = number, "which number of the clause, from 1";
    verdict: Verdict = finding.verdict,
        "held (the interval lies inside the bound), failed (it lies outside), or undecided; against theory without a \
         tolerance held means that the interval contains it";
    reason: Option<String> = finding.reason.clone(),
        "why it is undecided, if not because the interval is too wide; why nothing was judged";
    cell: Option<String> = first.map(Cell::id),
        "the cell, or the first of those that a slope is fitted to; none where nothing was selected";
    label: Option<String> = first.and_then(|cell| cell.label.clone()), "label of that cell";
    operation: Option<Operation> = first.map(|cell| cell.network.operation), "its operation";
    width: Option<usize> ["units"] = first.map(|cell| cell.network.width), "its units per layer";
    depth: Option<usize> ["layers"] = first.map(|cell| cell.network.depth), "its layers";
    init: Option<String> = first.map(Cell::init), "its initialisation, as in summary.csv";
    activation: Option<String> = first.map(|cell| cell.network.activation.to_string()),
        "its activation function";
    batch: Option<usize> ["inputs"] = first.map(|cell| cell.network.batch),
        "inputs pushed through one of its networks";
    cells: usize ["cells"] = finding.cells.len(), "how many cells are behind the number";
    layer: Option<usize> ["layers"] = finding.layer, "layer; NaN for slopes against the layer";
    site: Site = clause.site, "site of the metric";
    metric: Metric = clause.metric, "metric";
    statistic: Statistic = clause.statistic, "mean, log2 (mean of log2) or median over trials";
    against: Option<String> = clause.against.map(|against| against.to_string()),
        "for a slope: against what";
    trials: usize ["trials"] = finding.trials, "trials of each cell";
    estimate: Option<f64> ["metric"] = finding.estimate, "the number: the statistic, or its slope";
    conf_low: Option<f64> ["metric"] = finding.interval.map(|interval| interval.low),
        "lower limit of its interval";
    conf_high: Option<f64> ["metric"] = finding.interval.map(|interval| interval.high),
        "upper limit of its interval";
    confidence: f64 ["1"] = clause.confidence,
        "probability with which all intervals of the clause hold together (Bonferroni); slopes against layers and across \
         cells that share draws are means of the slopes of single trials, others are weighted fits";
    bound: String = clause.bound.to_string(), "the bound as the config gives it";
    bound_low: Option<f64> ["metric"] = finding.bound.and_then(|bound| finite(bound.0)),
        "the smallest number allowed; NaN if there is no such limit or no theory";
    bound_high: Option<f64> ["metric"] = finding.bound.and_then(|bound| finite(bound.1)),
        "the largest number allowed";
    seed: u64 ["1"] = sweep.seed, "seed of the draws";
    stream: u32 ["1"] = STREAM_VERSION, "version of the random streams";
    version: String = PROGRAM.to_owned(), "the program that wrote the table";
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// `expect.csv` from its bytes.
#[must_use]
pub fn expect_file(bytes: Vec<u8>) -> TableFile {
    TableFile { name: "expect", columns: EXPECT_COLUMNS, key: &["clause", "number"], bytes: bytes.into() }
}

/// The rows of clause number `index`, counted from 0.
#[must_use]
pub fn expect_rows(
    cells: &[Cell],
    sweep: &Sweep,
    index: usize,
    clause: &Expect,
    findings: &[Finding],
) -> Vec<ExpectRow> {
    let row = |(i, finding): (usize, &Finding)| {
        row(sweep, clause, index, i + 1, finding, finding.cells.first().map(|&cell| &cells[cell]))
    };
    findings.iter().enumerate().map(row).collect()
}

/// Clauses that held, are undecided, and failed.
#[must_use]
pub fn tally(rows: &[ExpectRow]) -> [usize; 3] {
    let mut tally = [0; 3];
    for row in deciding(rows) {
        tally[rank(row)] += 1;
    }
    tally
}

/// The row that decides each clause.
pub fn deciding(rows: &[ExpectRow]) -> impl Iterator<Item = &ExpectRow> {
    clauses(rows).map(worst)
}

/// The rows clause by clause.
fn clauses(rows: &[ExpectRow]) -> impl Iterator<Item = &[ExpectRow]> {
    rows.chunk_by(|a, b| a.clause == b.clause)
}

/// From good to bad.
fn rank(row: &ExpectRow) -> usize {
    row.verdict as usize
}

/// The row that decides a clause: of the worst verdict the one with the least room inside its bound.
fn worst(clause: &[ExpectRow]) -> &ExpectRow {
    let room = |row: &ExpectRow| {
        let below = row.conf_low.zip(row.bound_low).map_or(f64::INFINITY, |(a, b)| a - b);
        let above = row.conf_high.zip(row.bound_high).map_or(f64::INFINITY, |(a, b)| b - a);
        below.min(above)
    };
    let later = |a: &&ExpectRow, b: &&ExpectRow| rank(b).cmp(&rank(a)).then(room(a).total_cmp(&room(b)));
    clause.iter().min_by(later).expect("a clause has at least one row")
}

/// One clause, with the number that decides it.
#[derive(Clone, Debug)]
pub struct Claim<'r> {
    /// The row that decides it: of the worst verdict the one with the least room inside its bound.
    pub row: &'r ExpectRow,
    /// Its numbers.
    pub numbers: usize,
    /// Those that held.
    pub held: usize,
    /// The deciding number with its interval, or why there is none.
    pub found: String,
    /// Where it was found.
    pub place: String,
}

/// Every clause, in the order of the config.
#[must_use]
pub fn claims<'r>(cells: &[Cell], rows: &'r [ExpectRow]) -> Vec<Claim<'r>> {
    let names = names(cells);
    let claim = |clause: &'r [ExpectRow]| {
        let row = worst(clause);
        let held = clause.iter().filter(|row| rank(row) == 0).count();
        Claim { row, numbers: clause.len(), held, found: found(row), place: place(cells, &names, row) }
    };
    clauses(rows).map(claim).collect()
}

/// The verdicts, one line for each clause with its deciding number.
#[must_use]
pub fn expect_sheet(cells: &[Cell], rows: &[ExpectRow]) -> Sheet {
    let titles = ["expectation", "verdict", "held", "the nearest to failing", "expected", "in"];
    let mut lines = vec![titles.map(str::to_owned).to_vec()];
    for Claim { row, numbers, held, found, place } in claims(cells, rows) {
        lines.push(vec![
            row.claim.clone(),
            row.verdict.name().to_owned(),
            format!("{held} of {numbers}"),
            found,
            row.bound.clone(),
            place,
        ]);
    }
    Sheet { lines, notes: Vec::new() }
}

fn found(row: &ExpectRow) -> String {
    let number = match (row.estimate, row.conf_low, row.conf_high) {
        (Some(estimate), Some(low), Some(high)) => plus_minus(estimate, low, high),
        (Some(estimate), ..) => significant(estimate, 5),
        _ => String::new(),
    };
    match &row.reason {
        Some(reason) if number.is_empty() => reason.clone(),
        Some(reason) => format!("{number} ({reason})"),
        None => number,
    }
}

fn place(cells: &[Cell], names: &[String], row: &ExpectRow) -> String {
    let is_it = |cell: &Cell| Some(cell.id()) == row.cell && cell.label == row.label;
    let name = cells.iter().position(is_it).map(|cell| names[cell].clone()).unwrap_or_default();
    let more = if row.cells > 1 { format!(" and {} more", row.cells - 1) } else { String::new() };
    let layer = row.layer.map_or(String::new(), |layer| format!(", layer {layer}"));
    if row.cells == 0 { String::new() } else { format!("{name}{more}{layer}") }
}
