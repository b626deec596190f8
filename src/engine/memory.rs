//! Memory: what a run needs, and what there is.

use std::ops::Range;

use super::family::{families, shared_bytes};
use super::{Options, Precision, is_wide};
use crate::kernels::Scratch;
use crate::network::{Arithmetic, Network, Workspace};
use crate::sweep::Group;

/// Bytes of the program, its libraries and the stacks that are in use, measured on a run of one tiny cell.
const BASE: u128 = 8 << 20;

/// Bytes that a run of the trials `parts[i]` of every group `groups[i]` needs at its peak.
#[must_use]
pub fn needed_memory(groups: &[Group], parts: &[Range<usize>], options: Options) -> u128 {
    let bytes = |(group, part): (&Group, &Range<usize>)| group.panel.len() as u128 * part.len() as u128 * 8;
    let values: u128 = groups.iter().zip(parts).map(bytes).sum();
    let is_wide = |index: usize| is_wide(&groups[index], parts[index].len(), options.threads);
    let families = families(groups, is_wide);
    let largest = |wide: bool| {
        let is_drawn = |family: &&Vec<usize>| family.iter().any(|&index| !parts[index].is_empty());
        let of_kind = families.iter().filter(is_drawn).filter(|family| is_wide(family[0]) == wide);
        of_kind.map(|family| working_memory(groups, family)).max().unwrap_or(0)
    };
    let threads = options.threads as u128;
    let scratch = Scratch::<f64>::BYTES as u128 * threads;
    BASE + values + scratch + largest(true).max(largest(false) * threads)
}

/// Bytes with which one worker runs a family.
fn working_memory(groups: &[Group], family: &[usize]) -> u128 {
    let of_member = |&index: &usize| {
        let Group { network, panel, .. } = &groups[index];
        workspace(network) + panel.bytes(network.batch)
    };
    let shared = if family.len() > 1 { shared_bytes(&groups[family[0]].network) } else { 0 };
    shared + family.iter().map(of_member).sum::<u128>()
}

fn workspace(network: &Network) -> u128 {
    match network.precision {
        Precision::F64 => bytes::<f64>(network),
        Precision::F32 => bytes::<f32>(network),
    }
}

fn bytes<T: Arithmetic>(network: &Network) -> u128 {
    Workspace::<T>::bytes(network)
}

/// Bytes of memory that new work can have, where the system tells: what is free (Linux: `MemAvailable`), and what a limit
/// of the address space (`ulimit -v`) leaves.
#[must_use]
pub fn available_memory() -> Option<u128> {
    let free = number("/proc/meminfo", "MemAvailable:").map(|kib| kib * 1024);
    let limit = number("/proc/self/limits", "Max address space");
    let used = number("/proc/self/status", "VmSize:").map(|kib| kib * 1024);
    let left = limit.zip(used).map(|(limit, used)| limit.saturating_sub(used));
    free.into_iter().chain(left).min()
}

/// The first number of the line that begins so.
fn number(path: &str, name: &str) -> Option<u128> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
