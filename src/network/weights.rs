//! Where the random entries of a layer come from: streams, or draws at rest.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use crate::kernels::{FloatFormat, GROUP_PANELS, PANEL, Piece, Round, StoredWeights, WeightSource};
use crate::random::{Affine, Key, Lanes, Law, Role, Sample};
use crate::simd::{Fused, SimdLevel};

/// One layer of one trial.
#[derive(Clone, Copy, Debug)]
pub struct LayerAddress {
    /// Key of the trial.
    pub key: Key,
    /// The layer; 0 is the input.
    pub layer: usize,
}

/// One block of rows of a layer.
#[derive(Clone, Copy, Debug)]
pub struct BlockAddress {
    /// Its layer.
    pub at: LayerAddress,
    /// Its number, from 0.
    pub block: usize,
}

impl LayerAddress {
    /// Block number `block` of the layer.
    #[must_use]
    pub fn block(self, block: usize) -> BlockAddress {
        BlockAddress { at: self, block }
    }
}

/// Makes entries `shift + scale * xi`, xi of a standardised law.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    /// Instruction set.
    pub level: SimdLevel,
    /// Law of xi.
    pub law: Law,
    /// Shift and scale.
    pub affine: Affine,
}

impl Sampler {
    /// Draws one block of a matrix of `tiles` tiles: one stream per tile, position = row, lane = column.
    pub(super) fn block<T: Sample>(
        self,
        role: Role,
        address: BlockAddress,
        tiles: usize,
        out: &mut [T::Row],
    ) {
        let BlockAddress { at: LayerAddress { key, layer }, block } = address;
        let height = out.len() / tiles;
        for (tile, rows) in out.chunks_mut(height).enumerate() {
            let mut lanes = key.panel_on(self.level, role, layer, block * tiles + tile);
            T::fill(self.level, self.law, self.affine, &mut lanes, rows);
        }
    }
}

/// Weights of one layer of one trial.
pub enum Weights<'a, T: Sample> {
    /// Drawn panel by panel as the product asks for them.
    Drawn(DrawnWeights<'a>),
    /// An affine map of draws at rest, which begin with panel `first_panel` of the layer.
    Shared {
        /// Standardised draws.
        draws: &'a StoredWeights<T>,
        /// Their first panel.
        first_panel: usize,
        /// What makes weights of them.
        affine: Affine,
        /// What they are rounded to.
        format: Option<FloatFormat>,
        /// Instruction set.
        level: SimdLevel,
    },
}

/// Memory for the open streams of a group of panels, one each.
pub struct Streams([Lanes; GROUP_PANELS]);

impl Default for Streams {
    fn default() -> Self {
        Self([Lanes::new([[0; 8]; 4]); GROUP_PANELS])
    }
}

/// Draws of the weights of one layer of one trial.
pub struct DrawnWeights<'a> {
    sampler: Sampler,
    address: LayerAddress,
    streams: &'a mut Streams,
    format: Option<FloatFormat>,
}

impl<'a> DrawnWeights<'a> {
    /// Of one layer.
    #[must_use]
    pub fn new(sampler: Sampler, address: LayerAddress, streams: &'a mut Streams) -> Self {
        Self { sampler, address, streams, format: None }
    }

    /// The same, rounded to a number format.
    #[must_use]
    pub fn rounded(self, format: Option<FloatFormat>) -> Self {
        Self { format, ..self }
    }

    /// Draws a piece; the blocks of a group are drawn in order, from 0.
    #[inline(always)]
    pub(super) fn draw<S: Simd, T: Sample + Round>(&mut self, simd: S, piece: Piece, memory: &mut [T]) {
        let LayerAddress { key, layer } = self.address;
        let Sampler { level, law, affine } = self.sampler;
        for (slot, panel) in memory.chunks_mut(PANEL).take(piece.panels).enumerate() {
            let lanes = &mut self.streams.0[slot];
            if piece.block == 0 {
                *lanes = key.panel_with(simd, Role::Weight, layer, piece.first_panel + slot);
            }
            let columns = &mut bytemuck::cast_slice_mut(panel)[..piece.vectors::<T>()];
            // By a call: inlined here too, the samplers of all laws would make the crate compile for minutes.
            T::fill(level, law, affine, lanes, columns);
            if let Some(format) = self.format {
                T::round(level, format, columns);
            }
        }
    }
}

impl<T: Sample + Round> WeightSource<T> for Weights<'_, T> {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, simd: S, piece: Piece, memory: &'a mut [T]) -> &'a [T] {
        match self {
            Self::Drawn(weights) => weights.draw(simd, piece, memory),
            Self::Shared { draws, first_panel, affine, format, level } => {
                let piece = Piece { first_panel: piece.first_panel - *first_panel, ..piece };
                let panels = draws.piece(piece).chunks(PANEL).zip(memory.chunks_mut(PANEL));
                for (draws, weights) in panels.take(piece.panels) {
                    let valid = piece.vectors::<T>();
                    let draws = &bytemuck::cast_slice(draws)[..valid];
                    let weights = &mut bytemuck::cast_slice_mut(weights)[..valid];
                    map::<S, T>(simd, *affine, draws, weights);
                    if let Some(format) = format {
                        T::round(*level, *format, weights);
                    }
                }
            }
        }
        memory
    }
}

/// As the sampler maps its draws.
#[inline(always)]
pub(super) fn map<S: Simd, T: Sample>(simd: S, affine: Affine, draws: &[T::Row], entries: &mut [T::Row]) {
    let shift = T::Vector::splat(simd, T::from_f64(affine.shift));
    let scale = T::Vector::splat(simd, T::from_f64(affine.scale));
    for (draw, entry) in draws.iter().zip(entries) {
        T::Vector::load_array(simd, *draw).fused(scale, shift).store_array(entry);
    }
}
