//! Drawing `X_0`.

use super::arithmetic::Arithmetic;
use super::shared::SharedDraws;
use super::spec::Network;
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
            slot.lost = self.losses::<T>(out);
            all = all.plus(slot.lost);
            self.store::<T>(out);
        }
        all
    }
}
