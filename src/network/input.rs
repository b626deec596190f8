//! Drawing `X_0`, or taking it from a file.

use super::arithmetic::Arithmetic;
use super::shared::SharedDraws;
use super::spec::Network;
use super::table::Data;
use super::trial::Runner;
use super::weights::{LayerAddress, Sampler};
use super::workspace::Workspace;
use crate::kernels::equicorrelate::{Equicorrelated, equicorrelate};
use crate::kernels::{BLOCK_ROWS, Losses};
use crate::random::{Affine, Role};

impl Runner<'_> {
    /// `X_0`: one stream per tile of a block, position = row, lane = column. Gives what rounding it lost.
    pub(super) fn draw_input<T: Arithmetic>(
        &self,
        address: LayerAddress,
        shared: Option<&SharedDraws<T>>,
        workspace: &mut Workspace<T>,
    ) -> Losses {
        let Network { input_mean: mean, input_std: std, input_correlation: correlation, batch, .. } =
            *self.network;
        let independent = correlation == 0.0;
        let affine =
            if independent { Affine { shift: mean, scale: std } } else { Affine { shift: 0.0, scale: 1.0 } };
        let sampler = Sampler { level: self.level, law: self.network.input_law, affine };
        let Workspace { x, slots, .. } = workspace;
        x.set_rows(self.network.units(0));
        let tiles = x.tiles();
        let mut all = Losses::default();
        for (block, (out, slot)) in x.data_mut().chunks_mut(BLOCK_ROWS * tiles).zip(slots).enumerate() {
            if let Some(shared) = shared {
                T::map(self.level, affine, shared.input(block, out.len()), out);
            } else {
                sampler.block::<T>(Role::Input, address.block(block), tiles, out);
            }
            if !independent {
                equicorrelate::<T>(out, batch, Equicorrelated { mean, std, correlation });
            }
            // A first site may show the input itself.
            slot.lost = self.store::<T>(out);
            all = all.plus(slot.lost);
        }
        all
    }

    /// `X_0`: the samples of a file that the trial chooses are its columns. Gives what rounding it lost.
    pub(super) fn take_input<T: Arithmetic>(
        &self,
        data: &Data,
        trial: u64,
        workspace: &mut Workspace<T>,
    ) -> Losses {
        let network = self.network;
        let chosen = network.chosen(data, trial);
        let scales = data.table.scales(network.input_rows, network.input_standardise).unwrap_or_default();
        let Workspace { x, slots, .. } = workspace;
        x.set_rows(network.units(0));
        let tiles = x.tiles();
        let mut all = Losses::default();
        for (block, (out, slot)) in x.data_mut().chunks_mut(BLOCK_ROWS * tiles).zip(slots).enumerate() {
            let height = out.len() / tiles;
            for (tile, rows) in out.chunks_mut(height).enumerate() {
                for (row, entries) in rows.iter_mut().enumerate() {
                    let samples =
                        chosen.iter().skip(tile * T::LANES).map(Some).chain(std::iter::repeat(None));
                    for (entry, sample) in entries.as_mut().iter_mut().zip(samples) {
                        let value =
                            |&sample| network.sampled(data, &scales, sample, block * BLOCK_ROWS + row);
                        *entry = T::from_f64(sample.map_or(0.0, value));
                    }
                }
            }
            slot.lost = self.store::<T>(out);
            all = all.plus(slot.lost);
        }
        all
    }
}
