//! The top of the file, and `[measure]`.

use std::collections::HashSet;
use std::hash::Hash;

use super::check;
use super::compare;
use super::diagnostic::{Diagnostic, quote};
use super::expect;
use super::grid;
use super::keys::{LARGEST_LAYER, LARGEST_SEED, MEASURE, PARAMETERS, TOP};
use super::report::{self, Report};
use super::settings::{self, Settings};
use super::tree::{Node, Table, Value};
use super::trials;
use crate::network::{Metric, Site};
use crate::sweep::{Layers, Measure, Randomness, Span, Sweep};

/// Reads the whole tree; `None` if anything is wrong.
pub(super) fn read(root: &Table, report: &mut Report) -> Option<Sweep> {
    report.unknown_keys(root, &[TOP], "at the top of the file");
    report.missing_keys(root, TOP, Span::default(), "a sweep");
    let get = |key: &str| root.get(key);
    let name = get("name").and_then(|node| report.keep(name(node)));
    let purpose = get("purpose").and_then(|node| report.keep(report::text("purpose", "a string", node)));
    let seed = get("seed").map_or(Some(0), |node| report.keep(report::whole("seed", node, 0, LARGEST_SEED)));
    let words = Randomness::ALL.map(Randomness::name);
    let randomness = get("randomness").map_or(Some(Randomness::Independent), |node| {
        let read = |word: &str| Randomness::ALL.into_iter().find(|one| one.name() == word);
        report.keep(report::choice("randomness", node, &words, read))
    });
    let bands = get("measure").is_some_and(|node| bands(node, report));
    let measure = measure(get("measure"), report);
    let trials = get("trials").and_then(|node| trials::read(node, &measure, report));
    let defaults = defaults(get("defaults"), report);
    let (grids, headers): (Vec<_>, Vec<_>) = grid::read_all(root, &defaults, report).into_iter().unzip();
    let labels = labels(root);
    let expect = expect::read_all(root, &measure, &labels, report);
    let compare = compare::read_all(root, &measure, &labels, &grids, report);
    let (most, stopping) = trials.unwrap_or((1, None));
    // What is wrong elsewhere does not keep the cells from being checked: placeholders stand in for it.
    let sweep = Sweep {
        name: name.unwrap_or_default(),
        purpose: purpose.map(str::to_owned),
        seed: seed.unwrap_or(0),
        trials: most,
        stopping,
        randomness: randomness.unwrap_or(Randomness::Independent),
        measure,
        bands,
        expect,
        compare,
        grids,
    };
    check::layers(&sweep, root, report);
    if check::size(&sweep, &headers, report) {
        check::cells(&sweep, report);
    }
    report.items.is_empty().then_some(sweep)
}

/// The labels of all grids, as they are written.
fn labels(root: &Table) -> Vec<&str> {
    let Some(Value::Array(items)) = root.get("grid").map(|node| &node.value) else { return Vec::new() };
    items
        .iter()
        .filter_map(|item| match &item.value {
            Value::Table(table) => table.get("label")?.text(),
            _ => None,
        })
        .collect()
}

fn name(node: &Node) -> Result<String, Diagnostic> {
    let text = report::text("name", "a string", node)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let help = "it names a folder: 1 to 100 letters, digits, `.`, `_` or `-`, and no dot first";
    let wrong =
        |range| Err(Diagnostic::new("this name cannot name a folder", node.inside(range), "").help(help));
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !allowed(*c)) {
        return wrong(at..at + c.len_utf8());
    }
    if text.is_empty() || text.len() > 100 || text.starts_with('.') {
        return wrong(0..text.len());
    }
    Ok(text.to_owned())
}

/// Whether `[measure]` asks for bands.
fn bands(measure: &Node, report: &mut Report) -> bool {
    let Value::Table(table) = &measure.value else { return false };
    let Some(node) = table.get("bands") else { return false };
    let words = ["none", "layers"];
    let read = |word: &str| words.contains(&word).then_some(word == "layers");
    report.keep(report::choice("bands", node, &words, read)).unwrap_or(false)
}

/// Reads `[defaults]`, so that a mistake is found even in a value that no grid uses.
fn defaults(node: Option<&Node>, report: &mut Report) -> Table {
    let Some(node) = node else { return Table::default() };
    let Value::Table(table) = &node.value else {
        report
            .add(report::wrong_type("defaults", "a table", node).help("its header is written `[defaults]`"));
        return Table::default();
    };
    report.unknown_keys(table, &[PARAMETERS], "in [defaults]");
    let _ = settings::axes(&Settings::new(table, &Table::default()), report);
    table.clone()
}

fn measure(node: Option<&Node>, report: &mut Report) -> Measure {
    let everything = Measure {
        layers: Layers::Last,
        sites: Site::ALL.to_vec(),
        metrics: Metric::PANEL.to_vec(),
        rescale: None,
    };
    let Some(node) = node else { return everything };
    let Value::Table(table) = &node.value else {
        report.add(report::wrong_type("measure", "a table", node).help("its header is written `[measure]`"));
        return everything;
    };
    report.unknown_keys(table, &[MEASURE], "in [measure]");
    let mut measure = everything;
    if let Some(node) = table.get("layers") {
        measure.layers = layers(node, report).unwrap_or(Layers::Last);
    }
    if let Some(node) = table.get("sites") {
        let words = Site::ALL.map(Site::name);
        measure.sites = subset("sites", node, report, |item| {
            report::choice("sites", item, &words, |name: &str| name.parse::<Site>().ok())
        });
    }
    if let Some(node) = table.get("metrics") {
        let words = Metric::ALL.map(Metric::name);
        measure.metrics = subset("metrics", node, report, |item| {
            report::choice("metrics", item, &words, |name: &str| name.parse::<Metric>().ok())
        });
    }
    if let Some(node) = table.get("rescale") {
        measure.rescale =
            report.keep(report::flag("rescale", node)).and_then(|wanted| wanted.then_some(node.span));
    }
    measure
}

pub(super) fn layers(node: &Node, report: &mut Report) -> Option<Layers> {
    match (&node.value, node.text()) {
        (_, Some("last")) => Some(Layers::Last),
        (_, Some("all")) => Some(Layers::All),
        (Value::Array(_), _) => {
            let list = subset("layers", node, report, |item| report::whole("layers", item, 0, LARGEST_LAYER));
            list.into_iter().map(|layer| usize::try_from(layer).ok()).collect::<Option<_>>().map(Layers::List)
        }
        (_, Some(text)) => {
            let title = format!("{} is no value of `layers`", quote(text));
            report.add(
                Diagnostic::new(title, node.span, "")
                    .help("the choices are \"last\", \"all\", and a list such as [0, 1, 2]"),
            );
            None
        }
        _ => {
            report.add(report::wrong_type("layers", "\"last\", \"all\" or a list such as [0, 1, 2]", node));
            None
        }
    }
}

/// Reads a list of different things.
pub(super) fn subset<T: Clone + Eq + Hash>(
    name: &str,
    node: &Node,
    report: &mut Report,
    read: impl Fn(&Node) -> Result<T, Diagnostic>,
) -> Vec<T> {
    let Value::Array(items) = &node.value else {
        report.add(
            report::wrong_type(name, "a list", node).help("one thing is a list too: put it in brackets [ ]"),
        );
        return Vec::new();
    };
    if items.is_empty() {
        let mistake = Diagnostic::new(format!("`{name}` is empty"), node.span, "nothing would be measured");
        report.add(mistake.help("leave the key out to get its default"));
    }
    let (mut values, mut seen) = (Vec::new(), HashSet::new());
    for item in items {
        if report.is_full() {
            break;
        }
        match report.keep(read(item)) {
            Some(value) if !seen.insert(value.clone()) => {
                let mistake = Diagnostic::new(format!("`{name}` lists this twice"), item.span, "");
                report.add(mistake.help("leave one of them out"));
            }
            value => values.extend(value),
        }
    }
    values
}
