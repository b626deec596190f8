//! Networks that share their draws: common random numbers, paid once.
//!
//! Networks of one key, shape and law of weights differ in std, mean, bias, activation or input alone, so the
//! standardised draws of a trial are the same for all of them. A family goes through a trial block by block of every
//! layer: a block is drawn once, then every member maps the draws to its own weights (one fused multiply-add
//! each, as when they are drawn for it alone) and multiplies. So the bits are those of the members one by one.

use super::arithmetic::Arithmetic;
use super::shared::SharedDraws;
use super::spec::{Network, Operation};
use super::steps::parts;
use super::trial::Runner;
use super::weights::LayerAddress;
use super::workspace::{BlockScratch, Sequential, Workspace};
use crate::kernels::matrix::block_range;
use crate::kernels::{BLOCK_ROWS, StoredWeights};
use crate::random::Law;

/// Largest block of weights at rest, half of a usual level-2 cache: reading back from further away costs what drawing
/// does.
const LARGEST_BLOCK: u128 = 1 << 20;
/// Largest batch, and largest number of activations, of a member. The activations of all members take turns in the
/// cache; beyond these figures fetching them costs what the draws cost. Measured on two layers of 20 cells, time alone
/// over time together: width 512 batch 16 2.0, 64 1.27, 100 1.05, 128 0.98, 512 0.84; width 100 batch 100 1.25, batch
/// 512 0.95; width 1024 batch 64 1.10, 100 1.0.
const LARGEST_BATCH: usize = 128;
const LARGEST_LAYER: usize = 1 << 16;

/// Whether networks like this one gain from shared draws: always where the operation is elementwise; a product while
/// its width is at most 1024 in f64 and 2048 in f32, its batch at most 128, and width times batch at most 65,536; never
/// where weights are orthogonal, whose draws are few.
#[must_use]
pub fn can_share<T: Arithmetic>(network: &Network) -> bool {
    let Network { operation, batch, law, .. } = *network;
    let width = network.widest();
    operation != Operation::Matmul
        || law != Law::Orthogonal
            && StoredWeights::<T>::bytes(BLOCK_ROWS, width) <= LARGEST_BLOCK
            && batch <= LARGEST_BATCH
            && width * batch <= LARGEST_LAYER
}

/// Runs one trial of every member; `workspaces` and `outs` are theirs.
///
/// The members agree in key, level, operation, widths, batch, laws, precision and whether they are tied; their depths may differ, and
/// where their inputs are from.
/// Deterministic: the bits are those of [`Runner::run`].
pub fn run_family<T: Arithmetic>(
    members: &[Runner<'_>],
    trial: u64,
    shared: &mut SharedDraws<T>,
    workspaces: &mut [Workspace<T>],
    executor: &mut Sequential<T>,
    outs: &mut [&mut [f64]],
) {
    let [first, ..] = members else { return };
    if first.network.law == Law::Orthogonal {
        // Their products are made of a whole layer at once.
        for ((member, workspace), out) in members.iter().zip(workspaces).zip(outs) {
            member.run(trial, workspace, executor, out);
        }
        return;
    }
    let (key, level) = (first.key.trial(trial), first.level);
    if members.iter().any(|member| member.network.data.is_none()) {
        shared.draw_input(level, key, first.network.input_law, first.network.units(0));
    }
    for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
        member.begin(trial, Some(shared), workspace, out);
    }
    let deepest = members.iter().map(|member| member.network.depth).max().unwrap_or(0);
    for layer in 1..=deepest {
        let address = LayerAddress { key, layer };
        let active = |member: &Runner<'_>| layer <= member.network.depth;
        for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
            if active(member) {
                member.enter(address, workspace, executor, out);
            }
        }
        layer_blocks(members, address, shared, workspaces, &mut executor.0);
        for ((member, workspace), out) in members.iter().zip(&mut *workspaces).zip(&mut *outs) {
            if active(member) {
                let (_, steps) = parts(member.network.steps(layer));
                member.rounds(address, steps, true, workspace, executor, out);
                member.leave(layer, workspace);
            }
        }
    }
}

/// Every block of a layer: drawn once, then worked on by every member that is so deep.
fn layer_blocks<T: Arithmetic>(
    members: &[Runner<'_>],
    address: LayerAddress,
    shared: &mut SharedDraws<T>,
    workspaces: &mut [Workspace<T>],
    scratch: &mut BlockScratch<T>,
) {
    let (level, law) = (members[0].level, members[0].network.law);
    let [fan_in, width] = [address.layer - 1, address.layer].map(|layer| members[0].network.units(layer));
    let drawn = LayerAddress { layer: members[0].network.drawn(address.layer), ..address };
    for block in 0..width.div_ceil(BLOCK_ROWS) {
        let rows = block_range(block, width);
        shared.draw_block(level, law, drawn.block(block), (rows.len(), fan_in));
        for (member, workspace) in members.iter().zip(&mut *workspaces) {
            if address.layer <= member.network.depth {
                member.shared_block(address.block(block), shared, workspace, scratch);
            }
        }
    }
}
