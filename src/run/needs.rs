//! What a cell needs of memory, and whether that can be had.

use super::available::{Available, available_memory};
use super::error::RunError;
use super::options::Options;
use crate::sweep::Cell;

/// Bytes that one cell takes before any trial is run, schedules apart: its texts, and its share of a group.
pub(super) const CELL_BYTES: u128 = 1000;

/// Bytes of a cell with its three schedules of one f64 per layer, and its texts where they are long.
pub(super) fn cell_bytes(cell: &Cell) -> u128 {
    let texts = [&cell.std_text, &cell.mean_text, &cell.bias_std_text, &cell.law_text];
    let texts: usize = texts.into_iter().chain(&cell.label).map(String::len).sum();
    CELL_BYTES + 24 * cell.network.depth as u128 + texts.saturating_sub(500) as u128
}

/// Refuses what needs more memory than there is, or than it may have.
pub(super) fn check(needed: u128, what: &str, options: Options) -> Result<(), RunError> {
    let asked = options.memory.map(|bytes| Available { bytes, bound: "--memory" });
    let bounds = asked.into_iter().chain(available_memory(options.threads));
    match bounds.min_by_key(|available| available.bytes) {
        Some(available) if needed > available.bytes => {
            Err(RunError::Memory { what: what.to_owned(), needed, available })
        }
        _ => Ok(()),
    }
}
