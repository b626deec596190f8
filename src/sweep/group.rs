//! Groups: the cells that one pass over one deep network serves.

use std::collections::{BTreeSet, HashMap};

use super::cell::Cell;
use super::measure::{Layers, Measure, Randomness};
use crate::network::{Network, Observables};
use crate::random::Key;

/// Cells of equal law: the first layers of one network, measured in one pass over the deepest of them. Gradients depend on
/// the depth, so with them every depth is a pass of its own.
#[derive(Clone, Debug)]
pub struct Group {
    /// The deepest network.
    pub network: Network,
    /// Everything that any of the cells reports.
    pub observables: Observables,
    /// Root of the draws.
    pub key: Key,
    /// The cells, as indices into the list that was grouped.
    pub cells: Vec<usize>,
}

/// Groups cells by law, in the order of their first cells.
#[must_use]
pub fn group(cells: &[Cell], measure: &Measure, randomness: Randomness, seed: u64) -> Vec<Group> {
    let mut index: HashMap<(&str, Option<usize>), usize> = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        // A backward pass begins at one depth.
        let depth = measure.has_gradients().then_some(cell.network.depth);
        let group = *index.entry((&cell.law_text, depth)).or_insert(members.len());
        if group == members.len() {
            members.push(Vec::new());
        }
        members[group].push(i);
    }
    let build = |members: Vec<usize>| {
        let deeper = |a: usize, b: usize| if cells[b].network.depth > cells[a].network.depth { b } else { a };
        let deepest = &cells[members.iter().copied().fold(members[0], deeper)];
        let layers: BTreeSet<usize> =
            members.iter().flat_map(|&i| layers(measure, cells[i].network.depth)).collect();
        let text = match randomness {
            Randomness::Independent => deepest.law_text.clone(),
            Randomness::Common => deepest.common_text(),
        };
        Group {
            network: deepest.network.clone(),
            observables: places(measure, layers, deepest.network.depth)
                .rescaled(measure.rescale.map(|_| deepest.network.output_site())),
            key: Key::root(seed, &text),
            cells: members,
        }
    };
    members.into_iter().map(build).collect()
}

/// The layers that a cell of depth `depth` reports, ascending; 0 is the input.
fn layers(measure: &Measure, depth: usize) -> Vec<usize> {
    match &measure.layers {
        Layers::Last => vec![depth],
        Layers::All => (0..=depth).collect(),
        Layers::List(list) => list.iter().copied().filter(|&layer| layer <= depth).collect(),
    }
}

/// What a cell reports: its rows in `summary.csv`, in order.
#[must_use]
pub fn observables(measure: &Measure, depth: usize) -> Observables {
    let layers: BTreeSet<usize> = layers(measure, depth).into_iter().collect();
    places(measure, layers, depth)
}

fn places(measure: &Measure, layers: BTreeSet<usize>, depth: usize) -> Observables {
    let Measure { sites, metrics, backward, histogram, .. } = measure;
    // The last layer is the one in which a pass ends.
    let observables = if measure.has_gradients() && measure.layers == Layers::Last {
        Observables::at_ends(depth, sites, metrics)
    } else {
        Observables::new(layers, sites, metrics)
    };
    observables.with_cotangent(*backward).with_saturation(measure.threshold()).with_bins(*histogram)
}
