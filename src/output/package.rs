//! `datapackage.json`: the data dictionary and the hashes, as a Frictionless Data Package (version 2).

use super::columns::Column;
use super::row::COLUMNS;
use crate::hash::sha256;
use crate::network::Metric;
use serde_json::{Value, json};

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
    pub bytes: Vec<u8>,
}

impl TableFile {
    /// `summary.csv`.
    #[must_use]
    pub fn summary(bytes: Vec<u8>) -> Self {
        let key = &[
            "cell",
            "label",
            "weight_std",
            "weight_mean",
            "bias_std_text",
            "seed",
            "randomness",
            "layer",
            "site",
            "metric",
        ];
        Self { name: "summary", columns: COLUMNS, key, bytes }
    }

    /// Its name in the directory of the run.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.csv", self.name)
    }

    fn resource(&self) -> Value {
        json!({
            "name": self.name,
            "path": self.path(),
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "hash": hash(&self.bytes),
            "bytes": self.bytes.len(),
            "dialect": { "lineTerminator": "\n" },
            "schema": {
                "fields": self.columns.iter().map(field).collect::<Vec<Value>>(),
                "missingValues": [""],
                "primaryKey": self.key,
            },
        })
    }
}

/// The package of one run: what its tables hold, column by column, and what their bytes are.
#[must_use]
pub fn data_package(name: &str, purpose: Option<&str>, tables: &[TableFile], config: &[u8]) -> Value {
    let mut resources: Vec<Value> = tables.iter().map(TableFile::resource).collect();
    resources.push(json!({
        "name": "config",
        "path": "config.toml",
        "format": "toml",
        "mediatype": "application/toml",
        "hash": hash(config),
        "bytes": config.len(),
    }));
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": purpose.unwrap_or(name),
        "resources": resources,
    })
}

fn field(column: &Column) -> Value {
    let mut field = json!({ "name": column.name, "type": column.kind.name(), "description": column.meaning });
    if column.name == "metric" {
        let category = |metric: Metric| json!({ "value": metric.name(), "label": metric.meaning() });
        field["categories"] = Metric::ALL.map(category).into_iter().collect();
    }
    if !column.unit.is_empty() {
        field["unit"] = json!(column.unit);
    }
    field
}

/// `sha256:` and 64 hex digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}
