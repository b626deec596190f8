//! Memory: what a run needs.

use std::ops::Range;

use super::client::Options;
use super::family::{families, shared_bytes};
use super::work::is_wide;
use crate::kernels::Scratch;
use crate::network::{Workspace, with_element};
use crate::sweep::Group;

/// Bytes of the program, its libraries and the stacks that are in use, measured on a run of one tiny cell.
const BASE: u128 = 8 << 20;

/// Bytes with which all workers run the trials `parts[i]` of every group `groups[i]`, the values of the trials apart.
#[must_use]
pub fn working_memory(groups: &[Group], parts: &[Range<usize>], options: Options) -> u128 {
    let is_wide = |index: usize| is_wide(&groups[index], parts[index].len(), options.threads);
    let families = families(groups, is_wide);
    let largest = |wide: bool| {
        let is_drawn = |family: &&Vec<usize>| family.iter().any(|&index| !parts[index].is_empty());
        let of_kind = families.iter().filter(is_drawn).filter(|family| is_wide(family[0]) == wide);
        of_kind.map(|family| of_family(groups, family)).max().unwrap_or(0)
    };
    let threads = options.threads as u128;
    let scratch = Scratch::<f64>::BYTES as u128 * threads;
    BASE + scratch + largest(true).max(largest(false) * threads)
}

/// Bytes with which one worker runs a family.
fn of_family(groups: &[Group], family: &[usize]) -> u128 {
    let of_member = |&index: &usize| {
        let Group { network, observables, .. } = &groups[index];
        with_element!(network.precision, T => Workspace::<T>::bytes(network, observables))
    };
    let shared = if family.len() > 1 { shared_bytes(&groups[family[0]].network) } else { 0 };
    shared + family.iter().map(of_member).sum::<u128>()
}
