//! The step that has the weights: `W X + b`, or an elementwise operation with noise.

use super::arithmetic::Arithmetic;
use super::sources::Sources;
use super::spec::{Network, Operation};
use super::trial::Runner;
use super::weights::{BlockAddress, DrawnWeights, LayerAddress, Sampler, Weights};
use super::workspace::BlockScratch;
use crate::kernels::BLOCK_ROWS;
use crate::random::{Affine, Law, Role};

impl Runner<'_> {
    /// What draws the weights of a layer.
    pub(super) fn sampler(&self, layer: usize) -> Sampler {
        let Network { law, weight_mean, weight_std, .. } = self.network;
        let affine = Affine { shift: weight_mean[layer - 1], scale: weight_std[layer - 1] };
        Sampler { level: self.level, law: *law, affine }
    }

    /// One block of `W X + b`, `X * Z + b` or `X + Z + b`.
    pub(super) fn multiply<T: Arithmetic>(
        &self,
        address: BlockAddress,
        sources: &Sources<'_, T>,
        h: &mut [T::Row],
        scratch: &mut BlockScratch<T>,
    ) {
        let BlockAddress { at, block } = address;
        let (operation, sampler) = (self.network.operation, self.sampler(at.layer));
        let affine = sampler.affine;
        let (x, tiles, first_row) = (sources.x.data(), sources.x.tiles(), block * BLOCK_ROWS);
        let drawn = LayerAddress { layer: self.network.drawn(at.layer), ..at };
        if self.network.law == Law::Orthogonal {
            // The whole layer is there: see `turn`.
        } else if operation == Operation::Matmul {
            let format = self.network.format();
            let BlockScratch { panels, streams, .. } = scratch;
            let mut weights = match sources.shared {
                Some(shared) => shared.weights(block, affine, (self.level, format)),
                None => Weights::Drawn(DrawnWeights::new(sampler, drawn, streams).rounded(format)),
            };
            T::multiply(self.level, &mut weights, panels, x, tiles, first_row, h);
        } else {
            match sources.shared {
                Some(shared) => T::map(self.level, affine, shared.noise(h.len()), h),
                None => sampler.block::<T>(Role::Weight, drawn.block(block), tiles, h),
            }
            self.store_parameters::<T>(h);
            T::combine(self.level, operation, &x[first_row * tiles..], h);
        }
        if self.network.bias(at.layer).is_some() {
            let bias: &[T] = bytemuck::cast_slice(sources.bias);
            T::add_bias(self.level, &bias[first_row..][..h.len() / tiles], h);
        }
    }
}
