//! The top of the file, and `[measure]`.

use super::report::Report;
use super::settings::Settings;
use super::{activations, check, compare, expect, figure, grid, measure, settings, trials, unused, value};
use crate::config::grammar::tables::{LARGEST_SEED, OTHER_WAYS, PARAMETERS, TOP};
use crate::config::text::tree::{Node, Table, Value};
use crate::network::Data;
use crate::sweep::{Randomness, Span, Sweep};

/// Reads the whole tree; `None` if anything is wrong.
pub(crate) fn read(root: &Table, report: &mut Report) -> Option<Sweep> {
    report.unknown_keys(root, &[TOP], "at the top of the file");
    report.missing_keys(root, TOP, Span::default(), "a sweep");
    let get = |key: &str| root.get(key);
    let name = get("name").and_then(|node| report.keep(value::file_name(node)));
    let purpose = get("purpose").and_then(|node| report.keep(value::text("purpose", "a string", node)));
    let seed = get("seed").map_or(Some(0), |node| report.keep(value::whole("seed", node, 0, LARGEST_SEED)));
    report.sample_key = Data::key(seed.unwrap_or(0));
    let words = Randomness::ALL.map(Randomness::name);
    let randomness = get("randomness").map_or(Some(Randomness::Independent), |node| {
        let read = |word: &str| Randomness::ALL.into_iter().find(|one| one.name() == word);
        report.keep(value::choice("randomness", node, &words, read))
    });
    let bands = get("measure").is_some_and(|node| measure::bands(node, report));
    let measure = measure::read(root, report);
    measure::idle(root, &measure, report);
    let trials = get("trials").and_then(|node| trials::read(node, &measure, report));
    report.formulas = get("activations").map_or(Vec::new(), |node| activations::read(node, report));
    let defaults = defaults(get("defaults"), report);
    let (grids, headers): (Vec<_>, Vec<_>) = grid::read_all(root, &defaults, report).into_iter().unzip();
    let labels = labels(root);
    let expect = expect::read_all(root, &measure, &labels, &grids, report);
    let compare = compare::read_all(root, &measure, &labels, &grids, report);
    let figures = figure::read_all(root, &measure, &labels, &grids, report);
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
        figures,
        grids,
    };
    check::layers(&sweep, root, report);
    // Where a grid is wrong, nothing is known of it.
    if report.items.is_empty() {
        let axes: Vec<_> = sweep.grids.iter().map(|grid| &grid.axes).collect();
        unused::keys(&defaults, &axes, report);
    }
    if check::size(&sweep, &headers, report) {
        check::cells(&sweep, report);
        check::figures(&sweep, report);
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

/// Reads `[defaults]`, so that a mistake is found even in a value that no grid uses.
fn defaults(node: Option<&Node>, report: &mut Report) -> Table {
    let Some(node) = node else { return Table::default() };
    let Value::Table(table) = &node.value else {
        report.add(value::wrong_type("defaults", "a table", node).help("its header is written `[defaults]`"));
        return Table::default();
    };
    report.unknown_keys(table, &[PARAMETERS, OTHER_WAYS], "in [defaults]");
    settings::twice(table, report);
    let _ = settings::axes(&Settings::new(table, &Table::default()), report);
    table.clone()
}
