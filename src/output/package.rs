//! `datapackage.json`: the data dictionary and the hashes, as a Frictionless Data Package (version 2).

use super::columns::COLUMNS;
use crate::hash::sha256;
use crate::network::Metric;
use serde_json::{Value, json};

/// The package of one run: what `summary.csv` holds, column by column, and what its bytes are.
#[must_use]
pub fn data_package(name: &str, purpose: Option<&str>, summary: &[u8], config: &[u8]) -> Value {
    let fields: Vec<Value> = COLUMNS.iter().map(field).collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": purpose.unwrap_or(name),
        "resources": [
            {
                "name": "summary",
                "path": "summary.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "hash": hash(summary),
                "bytes": summary.len(),
                "dialect": { "lineTerminator": "\n" },
                "schema": {
                    "fields": fields,
                    "missingValues": [""],
                    "primaryKey": [
                        "cell", "label", "weight_std", "weight_mean", "bias_std_text", "seed", "randomness",
                        "layer", "site", "metric",
                    ],
                },
            },
            {
                "name": "config",
                "path": "config.toml",
                "format": "toml",
                "mediatype": "application/toml",
                "hash": hash(config),
                "bytes": config.len(),
            },
        ],
    })
}

fn field(column: &super::Column) -> Value {
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
