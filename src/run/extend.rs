//! Whether a run may go on in the directory of another one.

use std::collections::HashSet;

use super::prepared::Prepared;
use crate::random::STREAM_VERSION;
use crate::store::{Description, VALUES_VERSION};
use crate::sweep::{Cell, Layers, Measure, Parameter};

/// What keeps `new` from extending the run `old`: both values of the first thing that was changed; `None` if every
/// cell and trial of the old one is also in the new one and means the same.
///
/// Until a summary is `finished`, there may also be fewer trials: no cited number is lost.
pub fn obstacle(old: &Description, new: &Prepared, finished: bool) -> Option<String> {
    let versions =
        [("stream version", old.stream, STREAM_VERSION), ("values version", old.values, VALUES_VERSION)];
    let changed = versions.into_iter().find(|(_, there, here)| there != here);
    if let Some((name, there, here)) = changed {
        return Some(differ(name, there, here));
    }
    if old.fingerprint == new.plan.fingerprint {
        return None;
    }
    let Ok(old) = Prepared::stored(old, new.options) else {
        return Some("its config cannot be read by this version of initsweep".to_owned());
    };
    let (there, here) = (&old.sweep, &new.sweep);
    if there.seed != here.seed {
        return Some(differ("seed", there.seed, here.seed));
    }
    if there.randomness != here.randomness {
        return Some(differ("randomness", there.randomness.name(), here.randomness.name()));
    }
    if let Some(changed) = changed_measure(&there.measure, &here.measure) {
        return Some(changed);
    }
    if finished && here.trials < there.trials {
        return Some(differ("trials", there.trials, here.trials));
    }
    if finished && here.stopping.is_some() && here.stopping != there.stopping {
        return Some("the targets of [trials] differ, and may stop earlier here".to_owned());
    }
    let kept: HashSet<String> = new.plan.cells.iter().map(Cell::row_key).collect();
    let lost = old.plan.cells.iter().find(|cell| !kept.contains(&cell.row_key()))?;
    Some(lost_cell(lost, &new.plan.cells))
}

/// The first key of `[measure]` with another value.
fn changed_measure(there: &Measure, here: &Measure) -> Option<String> {
    let values = |Measure { layers, sites, metrics, rescale }: &Measure| {
        let layers = match layers {
            Layers::Last => "last".to_owned(),
            Layers::All => "all".to_owned(),
            Layers::List(list) => format!("{list:?}"),
        };
        let sites: Vec<&str> = sites.iter().map(|site| site.name()).collect();
        let metrics: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
        // Where the config says it does not matter.
        [layers, sites.join(", "), metrics.join(", "), rescale.is_some().to_string()]
    };
    let names = ["layers", "sites", "metrics", "rescale"];
    let mut both = names.into_iter().zip(values(there).into_iter().zip(values(here)));
    let (name, (there, here)) = both.find(|(_, (there, here))| there != here)?;
    Some(differ(&format!("[measure] {name}"), there, here))
}

fn differ(name: &str, there: impl std::fmt::Display, here: impl std::fmt::Display) -> String {
    format!("{name} is {there} there, {here} here")
}

/// A cell that the new run does not have, beside the one most like it: of the same label if there is one.
fn lost_cell(lost: &Cell, cells: &[Cell]) -> String {
    let parts = |cell: &Cell| -> Vec<String> {
        let written = [Parameter::Std, Parameter::Mean, Parameter::BiasStd, Parameter::BiasMean];
        let written = written.map(|one| format!("{one} written {}", cell.written(one)));
        let label = cell.label.iter().map(|label| format!("label={}", label.escape_debug()));
        cell.content().split(';').map(str::to_owned).chain(written).chain(label).collect()
    };
    let there = parts(lost);
    let missing = |cell: &Cell| {
        let here = parts(cell);
        there.iter().filter(|part| !here.contains(part)).count()
    };
    let like = cells.iter().min_by_key(|cell| (cell.label != lost.label, missing(cell)));
    let Some(like) = like else { return "it has cells, and this one has none".to_owned() };
    let here = parts(like);
    let only = |these: &[String], those: &[String]| -> String {
        these.iter().filter(|part| !those.contains(part)).cloned().collect::<Vec<_>>().join(", ")
    };
    let label = lost.label.as_ref().map_or(String::new(), |label| format!(" ({})", label.escape_debug()));
    let (id, this) = (lost.id(), only(&here, &there));
    format!(
        "its cell {id}{label} is not in this config; it has {} there, and the cell most like it {} here",
        only(&there, &here),
        if this.is_empty() { "none of that".to_owned() } else { this }
    )
}
