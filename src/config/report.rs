//! Collecting mistakes, and the small readers that every table needs.

use super::diagnostic::{Diagnostic, quote};
use super::keys::{self, Key, Kind, LARGEST_VALUES};
use super::suggest;
use super::tree::{Entry, Node, Table, Value};
use crate::sweep::Span;

/// Mistakes that are kept; nobody reads more.
const KEPT: usize = 1000;
/// Mistakes after which the rest is not read: words for all of a long list would take minutes.
const MOST: usize = 10_000;

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Report {
    pub items: Vec<Diagnostic>,
    /// Mistakes met, those included that were not kept: it grows with whatever goes wrong.
    pub met: usize,
    /// Values of all lists and ranges so far.
    values: u64,
}

impl Report {
    /// Adds a mistake once: `[defaults]` are read for every grid.
    pub fn add(&mut self, item: Diagnostic) {
        self.met += 1;
        if self.items.len() < KEPT && !self.items.contains(&item) {
            self.items.push(item);
        }
    }

    /// Keeps the value, or adds the mistake.
    pub fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|item| self.add(item)).ok()
    }

    /// Whether there is no point in reading on.
    pub fn is_full(&self) -> bool {
        self.met >= MOST || self.values > LARGEST_VALUES
    }

    /// Makes room for the values of a list or range: what is not there takes no time and no memory.
    pub fn has_room(&mut self, count: u64, node: &Node) -> bool {
        self.values = self.values.saturating_add(count);
        if self.values > LARGEST_VALUES {
            let largest = suggest::grouped(LARGEST_VALUES.into());
            let title = format!("all lists and ranges together have more than {largest} values");
            let help = "give fewer points, or split the sweep";
            self.add(Diagnostic::new(title, node.span, "up to here").help(help));
        }
        self.values <= LARGEST_VALUES
    }

    /// Adds a mistake for each key of `table` that is not in `tables`; `place` says where the table stands.
    pub fn unknown_keys(&mut self, table: &Table, tables: &[&'static [Key]], place: &str) {
        let names = keys::names(tables);
        for entry in table.entries.iter().filter(|entry| !names.contains(&entry.key.as_str())) {
            if self.is_full() {
                return;
            }
            let title = format!("unknown key {} {place}", quote(&entry.key));
            let help = elsewhere(&entry.key)
                .map_or_else(|| suggest::help(&entry.key, "the keys here are", &names), str::to_owned);
            self.add(Diagnostic::new(title, entry.key_span, "").help(help));
        }
    }

    /// Adds a mistake for each required key that is missing; `header` is where the table begins.
    pub fn missing_keys(&mut self, table: &Table, keys: &'static [Key], header: Span, what: &str) {
        for key in keys.iter().filter(|key| key.required && table.get(key.name).is_none()) {
            // A key that is misspelt, or one table too deep, has been reported as unknown already.
            let is_reported = |entry: &Entry| {
                is_misspelt(&entry.key, key) || (!has_metrics(&entry.key) && holds(&entry.node, key))
            };
            if table.entries.iter().any(is_reported) {
                continue;
            }
            let mistake =
                Diagnostic::new(format!("{what} needs `{}`", written(key)), header, "it is missing here");
            self.add(mistake.help(format!("add, for example, {}", example(key))));
        }
    }
}

/// Where a key belongs that is known, but not here.
fn elsewhere(name: &str) -> Option<&'static str> {
    if ["measure", "defaults", "grid", "expect", "compare"].contains(&name) {
        return Some(
            "its header stands on a line of its own, in one pair of brackets; `[[grid]]`, `[[expect]]` and \
             `[[compare]]` have two",
        );
    }
    if keys::names(&[keys::TOP]).contains(&name) {
        return Some("it belongs at the top of the file, above the first line in brackets");
    }
    if keys::names(&[keys::PARAMETERS]).contains(&name) {
        return Some("it belongs into a `[[grid]]` table, or into `[defaults]`");
    }
    if keys::names(&[keys::GRID_ONLY]).contains(&name) {
        return Some("it belongs into a `[[grid]]` table");
    }
    keys::names(&[keys::MEASURE]).contains(&name).then_some("it belongs into the table `[measure]`")
}

/// Whether `word` is no key at all, and closest to `key`.
fn is_misspelt(word: &str, key: &Key) -> bool {
    let known = keys::names(&keys::ALL_TABLES);
    !known.contains(&word) && suggest::closest(word, [key.name]).is_some()
}

/// Whether the keys of the table `name` are metrics, some of which are called like parameters.
fn has_metrics(name: &str) -> bool {
    let mut keys = keys::ALL_TABLES.into_iter().flatten();
    keys.any(|key| key.name == name && matches!(key.kind, Kind::Published))
}

/// Whether `node` is a table, or a list of tables, of which one has `key`.
fn holds(node: &Node, key: &Key) -> bool {
    match &node.value {
        Value::Table(table) => table.get(key.name).is_some(),
        Value::Array(items) => items.iter().any(|item| holds(item, key)),
        _ => false,
    }
}

/// A key as it is written.
fn written(key: &Key) -> String {
    if matches!(key.kind, Kind::Tables(_)) { format!("[[{}]]", key.name) } else { key.name.to_owned() }
}

fn example(key: &Key) -> String {
    let value = match key.name {
        "name" => "\"my-sweep\"",
        "std" => "\"sqrt(2/fan_in)\"",
        "width" => "[64, 128, 256]",
        "trials" | "max" => "1000",
        "target" => "{ metric = \"std\", relative = 0.01 }",
        "from" => "1",
        "metric" | "parameter" => "\"std\"",
        "baseline" => "\"he_normal\"",
        _ => "100",
    };
    if matches!(key.kind, Kind::Tables(_)) {
        return "`[[grid]]`, with `width = 64` and `std = \"he_normal\"` on the lines below".to_owned();
    }
    format!("`{} = {value}`", key.name)
}

/// The tables `[[name]]`, each with its node.
pub(super) fn tables<'a>(root: &'a Table, name: &str, report: &mut Report) -> Vec<(&'a Node, &'a Table)> {
    let Some(entry) = root.entries.iter().find(|entry| entry.key == name) else { return Vec::new() };
    let wrong = |node: &Node, span| {
        let title = format!("`{name}` is an array of tables");
        Diagnostic::new(title, span, format!("this is {}", node.kind()))
            .help(format!("its header is written `[[{name}]]`, with two brackets"))
    };
    let Value::Array(items) = &entry.node.value else {
        report.add(wrong(&entry.node, entry.key_span));
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items {
        match &item.value {
            Value::Table(table) => found.push((item, table)),
            _ => report.add(wrong(item, item.span)),
        }
    }
    found
}

/// A mistake: the value of a key is not what it needs. The help says what the key means.
pub(super) fn unfit(name: &str, wanted: &str, node: &Node, label: impl Into<String>) -> Diagnostic {
    let help = keys::about(name).map(|about| format!("`{name}`: {about}"));
    Diagnostic { help, ..Diagnostic::new(format!("`{name}` needs {wanted}"), node.span, label) }
}

/// A mistake: something of the wrong type.
pub(super) fn wrong_type(name: &str, wanted: &str, node: &Node) -> Diagnostic {
    unfit(name, wanted, node, format!("this is {}", node.kind()))
}

/// A mistake: something that is no number.
pub(super) fn no_number(name: &str, wanted: &str, node: &Node) -> Diagnostic {
    let mistake = wrong_type(name, wanted, node);
    match node.text() {
        Some(text) if text.trim().parse::<f64>().is_ok() => mistake.help("write it without quotes"),
        _ => mistake,
    }
}

/// A string.
pub(super) fn text<'a>(name: &str, wanted: &str, node: &'a Node) -> Result<&'a str, Diagnostic> {
    node.text().ok_or_else(|| wrong_type(name, wanted, node))
}

/// `true` or `false`.
pub(super) fn flag(name: &str, node: &Node) -> Result<bool, Diagnostic> {
    match node.value {
        Value::Flag(value) => Ok(value),
        _ => Err(wrong_type(name, "true or false", node)),
    }
}

/// A finite number.
#[expect(clippy::cast_precision_loss, reason = "a written integer means the nearest number")]
pub(super) fn number(name: &str, node: &Node) -> Result<f64, Diagnostic> {
    match node.value {
        Value::Integer(value) => Ok(value as f64),
        // Adding 0 turns -0 into 0.
        Value::Float(value) => Ok(value + 0.0),
        _ => Err(no_number(name, "a finite number", node)),
    }
}

/// A whole number from `least` to `largest`, at most 2^53; `1e3` is one too.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
#[expect(clippy::cast_precision_loss, reason = "bounds are at most 2^53")]
pub(super) fn whole(name: &str, node: &Node, least: u64, largest: u64) -> Result<u64, Diagnostic> {
    let range = format!("a whole number from {least} to {}", suggest::grouped(largest.into()));
    let value = match node.value {
        Value::Integer(value) => u64::try_from(value).ok(),
        Value::Float(value) if value.fract() != 0.0 => {
            return Err(unfit(name, &range, node, "this is not whole"));
        }
        Value::Float(value) if value >= 0.0 && value <= largest as f64 => Some(value as u64),
        Value::Float(_) => None,
        _ => return Err(no_number(name, &range, node)),
    };
    let is_fit = |value: &u64| (least..=largest).contains(value);
    value.filter(is_fit).ok_or_else(|| unfit(name, &range, node, "this is outside of that range"))
}

/// One of some words.
pub(super) fn choice<T>(
    name: &str,
    node: &Node,
    words: &[&'static str],
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Diagnostic> {
    let text = text(name, &format!("one of {}", suggest::list(words.iter().copied())), node)?;
    read(text).ok_or_else(|| {
        Diagnostic::new(format!("{} is no value of `{name}`", quote(text)), node.span, "")
            .help(suggest::help(text, "the choices are", words))
    })
}
