//! `expect.csv`: what became of every number that the config expects; and the table of the verdicts.

use serde::{Deserialize, Serialize};

use super::columns::{Column, count, number, text};
use super::package::TableFile;
use super::table::{align, names, plus_minus, significant};
use crate::analysis::{Finding, Verdict};
use crate::sweep::{Cell, Expect};

/// One number of one clause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "every column is described in EXPECT_COLUMNS")]
pub struct ExpectRow {
    pub clause: usize,
    pub claim: String,
    pub number: usize,
    pub verdict: String,
    pub reason: Option<String>,
    pub cell: Option<String>,
    pub label: Option<String>,
    pub cells: usize,
    pub layer: Option<usize>,
    pub site: String,
    pub metric: String,
    pub statistic: String,
    pub against: Option<String>,
    pub trials: usize,
    pub estimate: Option<f64>,
    pub conf_low: Option<f64>,
    pub conf_high: Option<f64>,
    pub confidence: f64,
    pub bound: String,
    pub bound_low: Option<f64>,
    pub bound_high: Option<f64>,
}

/// The columns of `expect.csv`.
pub const EXPECT_COLUMNS: [Column; 21] = [
    count("clause", "1", "which [[expect]] of the config, from 1"),
    text("claim", "the clause in words"),
    count("number", "1", "which number of the clause, from 1"),
    text(
        "verdict",
        "held (the interval lies inside the bound), failed (it lies outside), or undecided; against theory without a \
         tolerance held means that the interval contains it",
    ),
    text("reason", "why it is undecided, if not because the interval is too wide; why nothing was judged"),
    text("cell", "the cell, or the first of those that a slope is fitted to"),
    text("label", "label of that cell"),
    count("cells", "cells", "how many cells are behind the number"),
    count("layer", "layers", "layer; empty for slopes against the layer"),
    text("site", "site of the metric"),
    text("metric", "metric"),
    text("statistic", "mean, log2 (mean of log2) or median over trials"),
    text("against", "for a slope: against what"),
    count("trials", "trials", "trials of each cell"),
    number("estimate", "metric", "the number: the statistic, or its slope"),
    number("conf_low", "metric", "lower limit of its interval"),
    number("conf_high", "metric", "upper limit of its interval"),
    number(
        "confidence",
        "1",
        "probability with which all intervals of the clause hold together (Bonferroni); slopes against layers and across \
         cells that share draws are means of the slopes of single trials, others are weighted fits",
    ),
    text("bound", "the bound as the config gives it"),
    number(
        "bound_low",
        "metric",
        "the smallest number allowed; empty if there is no such limit or no theory",
    ),
    number("bound_high", "metric", "the largest number allowed"),
];

/// `expect.csv` from its bytes.
#[must_use]
pub fn expect_file(bytes: Vec<u8>) -> TableFile {
    TableFile { name: "expect", columns: &EXPECT_COLUMNS, key: &["clause", "number"], bytes: bytes.into() }
}

/// The rows of clause number `index`, counted from 0.
#[must_use]
pub fn expect_rows(cells: &[Cell], index: usize, clause: &Expect, findings: &[Finding]) -> Vec<ExpectRow> {
    let finite = |value: f64| value.is_finite().then_some(value);
    let row = |(i, finding): (usize, &Finding)| {
        let first = finding.cells.first().map(|&cell| &cells[cell]);
        ExpectRow {
            clause: index + 1,
            claim: clause.title(),
            number: i + 1,
            verdict: finding.verdict.name().to_owned(),
            reason: finding.reason.clone(),
            cell: first.map(Cell::id),
            label: first.and_then(|cell| cell.label.clone()),
            cells: finding.cells.len(),
            layer: finding.layer,
            site: clause.site.to_string(),
            metric: clause.metric.to_string(),
            statistic: clause.statistic.name().to_owned(),
            against: clause.against.map(|against| against.to_string()),
            trials: finding.trials,
            estimate: finding.estimate,
            conf_low: finding.interval.map(|interval| interval.low),
            conf_high: finding.interval.map(|interval| interval.high),
            confidence: clause.confidence,
            bound: clause.bound.to_string(),
            bound_low: finding.bound.and_then(|bound| finite(bound.0)),
            bound_high: finding.bound.and_then(|bound| finite(bound.1)),
        }
    };
    findings.iter().enumerate().map(row).collect()
}

/// Clauses that held, are undecided, and failed.
#[must_use]
pub fn tally(rows: &[ExpectRow]) -> [usize; 3] {
    let mut tally = [0; 3];
    for clause in clauses(rows) {
        tally[rank(worst(clause))] += 1;
    }
    tally
}

/// The rows clause by clause.
fn clauses(rows: &[ExpectRow]) -> impl Iterator<Item = &[ExpectRow]> {
    rows.chunk_by(|a, b| a.clause == b.clause)
}

/// From good to bad; what is no verdict is the worst.
fn rank(row: &ExpectRow) -> usize {
    Verdict::ALL.iter().position(|verdict| verdict.name() == row.verdict).unwrap_or(2)
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

/// The verdicts, one line for each clause with its decisive number; empty without clauses.
#[must_use]
pub fn expect_table(cells: &[Cell], rows: &[ExpectRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names = names(cells);
    let titles = ["expectation", "verdict", "held", "the nearest to failing", "expected", "in"];
    let mut lines = vec![titles.map(str::to_owned).to_vec()];
    for clause in clauses(rows) {
        let row = worst(clause);
        let held = clause.iter().filter(|row| rank(row) == 0).count();
        lines.push(vec![
            row.claim.clone(),
            row.verdict.clone(),
            format!("{held} of {}", clause.len()),
            found(row),
            row.bound.clone(),
            place(cells, &names, row),
        ]);
    }
    align(&lines)
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
