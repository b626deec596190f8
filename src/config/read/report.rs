//! Collecting mistakes, and the small readers that every table needs.

use std::rc::Rc;

use crate::config::grammar::key::{Key, Kind};
use crate::config::grammar::tables::{self, LARGEST_VALUES};
use crate::config::input::Files;
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Entry, Node, Table, Value};
use crate::kernels::Activation;
use crate::network::Data;
use crate::random;
use crate::sweep::Span;

/// Mistakes that are kept; nobody reads more.
const KEPT: usize = 1000;
/// Mistakes after which the rest is not read: words for all of a long list would take minutes.
const MOST: usize = 10_000;

/// The mistakes found so far.
pub(crate) struct Report {
    pub items: Vec<Diagnostic>,
    /// Mistakes met, those included that were not kept: it grows with whatever goes wrong.
    pub met: usize,
    /// Values of all lists and ranges so far.
    values: u64,
    /// The activations that the config defines itself.
    pub formulas: Vec<Activation>,
    /// The files that inputs come from.
    pub files: Rc<Files>,
    /// What chooses their samples.
    pub sample_key: random::Key,
}

impl Report {
    pub fn new(files: Files) -> Self {
        let (files, sample_key) = (Rc::new(files), Data::key(0));
        Self { items: Vec::new(), met: 0, values: 0, formulas: Vec::new(), files, sample_key }
    }

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
        let names = tables::names(tables);
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
    if ["activations", "measure", "defaults", "grid", "expect", "compare", "figure"].contains(&name) {
        return Some(
            "its header stands on a line of its own, in one pair of brackets; `[[grid]]`, `[[expect]]`, \
             `[[compare]]` and `[[figure]]` have two",
        );
    }
    if tables::names(&[tables::TOP]).contains(&name) {
        return Some("it belongs at the top of the file, above the first line in brackets");
    }
    if tables::names(&[tables::PARAMETERS, tables::OTHER_WAYS]).contains(&name) {
        return Some("it belongs in a `[[grid]]` table, or in `[defaults]`");
    }
    if tables::names(&[tables::GRID_ONLY]).contains(&name) {
        return Some("it belongs in a `[[grid]]` table");
    }
    tables::names(&[tables::MEASURE]).contains(&name).then_some("it belongs in the table `[measure]`")
}

/// Whether `word` is no key at all, and closest to `key`.
fn is_misspelt(word: &str, key: &Key) -> bool {
    let known = tables::names(&tables::ALL_TABLES);
    !known.contains(&word) && suggest::closest(word, [key.name]).is_some()
}

/// Whether the keys of the table `name` are metrics, some of which are called like parameters.
fn has_metrics(name: &str) -> bool {
    let mut keys = tables::ALL_TABLES.into_iter().flatten();
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
