//! Whether a run may go on in the directory of another one.

use std::collections::HashSet;

use super::prepared::Prepared;
use super::stored::InputFiles;
use crate::network::InputFile;
use crate::random::STREAM_VERSION;
use crate::store::{Description, VALUES_VERSION};
use crate::sweep::{Accuracy, Cell, Layers, Measure, Stopping, Target};

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
    if let Some(changed) = changed_input(&old.inputs, &new.sweep.inputs()) {
        return Some(changed);
    }
    let Ok(old) = Prepared::stored(old, new.options, InputFiles::Closed) else {
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
    if finished && let Some(sooner) = may_stop_sooner(there.stopping.as_ref(), here.stopping.as_ref()) {
        return Some(sooner);
    }
    // What a cell is called, and how its numbers are written, is no part of it.
    let kept: HashSet<String> = new.plan.cells.iter().map(Cell::content).collect();
    let lost = old.plan.cells.iter().find(|cell| !kept.contains(&cell.content()))?;
    Some(lost_cell(lost, &new.plan.cells))
}

/// The first file that has other bytes, or whose bytes no file has here.
fn changed_input(there: &[InputFile], here: &[InputFile]) -> Option<String> {
    let changed = there.iter().find_map(|old| {
        let new = here.iter().find(|new| new.path == old.path && new.sha256 != old.sha256)?;
        Some(differ(&format!("the SHA-256 of its input {}", old.path), &old.sha256, &new.sha256))
    });
    let is_lost = |old: &&InputFile| !here.iter().any(|new| new.sha256 == old.sha256);
    let paths = || here.iter().map(|new| &*new.path).collect::<Vec<_>>().join(", ");
    let here = || if here.is_empty() { "random".to_owned() } else { paths() };
    changed.or_else(|| there.iter().find(is_lost).map(|old| differ("its input", &old.path, here())))
}

/// Why the targets `here` could make do with fewer trials than those `there`; `None` if they cannot.
fn may_stop_sooner(there: Option<&Stopping>, here: Option<&Stopping>) -> Option<String> {
    let here = here?;
    let Some(there) = there else {
        return Some("it has all its trials there, and stops at targets of [trials] here".to_owned());
    };
    if there.min != here.min {
        return Some(differ("[trials] min", there.min, here.min));
    }
    let is_kept = |target: &&Target| here.targets.iter().any(|other| is_as_strict(other, target));
    let lost = there.targets.iter().find(|target| !is_kept(target))?;
    let site = lost.site.map_or(String::new(), |site| format!(" {}", site.name()));
    let what = format!("{} of {}{site} to {}", lost.statistic.name(), lost.metric.name(), lost.precision);
    Some(format!("its target is the {what} there, and no target here is as strict"))
}

/// Whether whoever has reached `target` has reached `other`, too.
fn is_as_strict(target: &Target, other: &Target) -> bool {
    use Accuracy::{Absolute, Relative, RmsRelative};
    let is_same = (target.metric, target.statistic) == (other.metric, other.statistic);
    let is_everywhere = target.site.is_none() || target.site == other.site;
    let is_finer = match (target.precision, other.precision) {
        (Absolute(a), Absolute(b)) | (Relative(a), Relative(b)) | (RmsRelative(a), RmsRelative(b)) => a <= b,
        _ => false,
    };
    is_same && is_everywhere && is_finer
}

/// The first key of `[measure]` with another value.
fn changed_measure(there: &Measure, here: &Measure) -> Option<String> {
    let values = |Measure { layers, sites, metrics, rescale, backward, saturation, histogram }: &Measure| {
        let layers = match layers {
            Layers::Last => "last".to_owned(),
            Layers::All => "all".to_owned(),
            Layers::List(list) => format!("{list:?}"),
        };
        let sites: Vec<&str> = sites.iter().map(|site| site.name()).collect();
        let metrics: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
        // Where the config says it does not matter.
        [
            layers,
            sites.join(", "),
            metrics.join(", "),
            rescale.is_some().to_string(),
            backward.cotangent.to_string(),
            backward.at.to_string(),
            saturation.map_or_else(|| "none".to_owned(), |saturation| saturation.threshold.to_string()),
            histogram.map_or_else(|| "none".to_owned(), |bins| bins.to_string()),
        ]
    };
    let names =
        ["layers", "sites", "metrics", "rescale", "cotangent", "cotangent_at", "saturation", "histogram"];
    let mut both = names.into_iter().zip(values(there).into_iter().zip(values(here)));
    let (name, (there, here)) = both.find(|(_, (there, here))| there != here)?;
    Some(differ(&format!("[measure] {name}"), there, here))
}

fn differ(name: &str, there: impl std::fmt::Display, here: impl std::fmt::Display) -> String {
    format!("{name} is {there} there, {here} here")
}

/// A cell that the new run does not have, beside the one most like it: of the same label if there is one.
fn lost_cell(lost: &Cell, cells: &[Cell]) -> String {
    let parts = |cell: &Cell| -> Vec<String> { cell.content().split(';').map(str::to_owned).collect() };
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
