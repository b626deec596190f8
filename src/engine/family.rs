//! Families: groups of one key, whose standardised draws are the same, run together.

use std::collections::HashMap;

use crate::network::{Network, SharedDraws, can_share, with_element};
use crate::random::Key;
use crate::sweep::Group;

/// Most members of a family: the draws are paid almost once, and the activations of all stay in the caches of one
/// core (at width and batch 100 in f64 they are 160 kB each).
const MEMBERS: usize = 32;

/// Parts groups, given by their indices, into families; those of which `is_alone` is true stay alone.
///
/// Under independent randomness every key is unique, and so is every family's only member.
pub(super) fn families(groups: &[Group], is_alone: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut families: Vec<Vec<usize>> = Vec::new();
    let mut open: HashMap<Key, usize> = HashMap::new();
    for (index, group) in groups.iter().enumerate() {
        let network = &group.network;
        let goes_back = group.observables.backward().is_some() || group.observables.differentiated() > 0;
        if is_alone(index) || goes_back || !with_element!(network.precision, T => can_share::<T>(network)) {
            families.push(vec![index]);
            continue;
        }
        let family = *open.entry(group.key).or_insert(families.len());
        match families.get_mut(family) {
            Some(members) if members.len() < MEMBERS => members.push(index),
            _ => {
                open.insert(group.key, families.len());
                families.push(vec![index]);
            }
        }
    }
    families
}

/// Bytes of the draws that a family shares.
pub(super) fn shared_bytes(network: &Network) -> u128 {
    with_element!(network.precision, T => SharedDraws::<T>::bytes(network))
}
