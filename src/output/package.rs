//! `datapackage.json`: the data dictionary and the hashes, as a Frictionless Data Package (version 2).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::column::Column;
use super::provenance::PROGRAM;
use super::row::COLUMNS;
use crate::hash::sha256;
use crate::network::Metric;
use crate::sweep::Cell;

/// A table of a run.
#[derive(Clone, Debug)]
pub struct TableFile {
    /// Name of the file without `.csv`.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// The columns that tell its rows apart.
    pub key: &'static [&'static str],
    /// Its bytes.
    pub bytes: Bytes,
}

/// The bytes of a table.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// Here they are.
    Here(Vec<u8>),
    /// They are written already.
    Written {
        /// Their SHA-256, 64 hex digits.
        hash: String,
        /// Their number.
        length: u64,
    },
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Here(bytes)
    }
}

impl Bytes {
    fn hash(&self) -> String {
        match self {
            Self::Here(bytes) => file_hash(bytes),
            Self::Written { hash, .. } => format!("sha256:{hash}"),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::Written { length, .. } => *length,
        }
    }
}

impl TableFile {
    /// `summary.csv`.
    #[must_use]
    pub fn summary(bytes: impl Into<Bytes>) -> Self {
        let key = &["cell", "label", "init", "seed", "randomness", "layer", "site", "metric"];
        Self { name: "summary", columns: COLUMNS, key, bytes: bytes.into() }
    }

    /// Its name in the directory of the run.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.csv", self.name)
    }

    fn resource(&self, facts: &Facts<'_>) -> Value {
        json!({
            "name": self.name,
            "path": self.path(),
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "hash": self.bytes.hash(),
            "bytes": self.bytes.length(),
            "dialect": { "lineTerminator": "\n" },
            "schema": {
                "fields": self.columns.iter().map(|column| field(column, facts)).collect::<Vec<Value>>(),
                "primaryKey": self.key,
            },
        })
    }
}

/// The package of one run: what its tables hold, column by column, and what their bytes are; and what the activations of
/// `cells` are that have no other name than the config gives them; and the threshold of saturation, if there is one.
#[must_use]
pub fn data_package(
    (name, purpose): (&str, Option<&str>),
    tables: &[TableFile],
    config: &[u8],
    cells: &[Cell],
    threshold: Option<f64>,
) -> Value {
    let facts = Facts { formulas: cells.iter().filter_map(Cell::formula).collect(), threshold };
    let mut resources: Vec<Value> = tables.iter().map(|table| table.resource(&facts)).collect();
    resources.push(json!({
        "name": "config",
        "path": "config.toml",
        "description": "the config of the run",
        "format": "toml",
        "mediatype": "application/toml",
        "hash": file_hash(config),
        "bytes": config.len(),
    }));
    // No hash: both depend on the machine and on the order in which trials were drawn.
    resources.push(json!({
        "name": "trials",
        "path": "trials.sqlite",
        "description": "the values of every trial, each block with a checksum; `initsweep export` writes them as a table",
        "format": "sqlite",
        "mediatype": "application/vnd.sqlite3",
    }));
    resources.push(json!({
        "name": "run",
        "path": "run.json",
        "description": "where the numbers come from: program, machine, time, command",
        "format": "json",
        "mediatype": "application/json",
    }));
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": purpose.unwrap_or(name),
        "description": "Estimates over independent random networks, drawn from seeds: the same config gives the same bytes",
        "sources": [{ "title": PROGRAM }],
        "resources": resources,
    })
}

/// What the columns mean in this run.
struct Facts<'a> {
    formulas: BTreeMap<&'a str, &'a str>,
    threshold: Option<f64>,
}

impl Facts<'_> {
    fn meaning(&self, metric: Metric) -> String {
        match self.threshold.filter(|_| metric == Metric::FractionSaturated) {
            Some(threshold) => format!(
                "fraction of pre-activations of the layer whose activation has gone at least {threshold} of the way from the \
                 middle of its range to either end; the same at pre and post"
            ),
            None => metric.meaning().to_owned(),
        }
    }
}

fn field(column: &Column, facts: &Facts<'_>) -> Value {
    let mut field = json!({ "name": column.name, "type": column.kind.name(), "description": column.meaning });
    if column.name == "metric" {
        let category = |metric: Metric| json!({ "value": metric.name(), "label": facts.meaning(metric) });
        field["categories"] = Metric::ALL.map(category).into_iter().collect();
    }
    if column.name == "activation" && !facts.formulas.is_empty() {
        field["formulas"] = json!(facts.formulas);
    }
    if let Some(missing) = column.missing {
        field["missingValues"] = json!([missing]);
    }
    if !column.unit.is_empty() {
        field["unit"] = json!(column.unit);
    }
    field
}

/// `sha256:` and 64 hex digits.
#[must_use]
pub fn file_hash(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}
