//! The kernels and samplers of one layer, joined: per precision, compiled once for every instruction set.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::spec::Operation;
use crate::kernels::activation::Activate;
use crate::kernels::matmul::multiply_block;
use crate::kernels::moments::measure;
use crate::kernels::{GROUP_PANELS, Moments, PANEL, PANEL_ROWS, Piece, Scratch, StoredWeights, WeightSource};
use crate::random::{Affine, Key, Lanes, Law, Role, Sample};
use crate::simd::{Fused, SimdLevel, with_simd};

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
    level: SimdLevel,
    key: Key,
    layer: usize,
    law: Law,
    affine: Affine,
    streams: &'a mut Streams,
}

impl<'a> DrawnWeights<'a> {
    /// Of layer `layer` (from 1) of the trial with the key `key`.
    #[must_use]
    pub fn new(
        level: SimdLevel,
        (key, layer): (Key, usize),
        law: Law,
        affine: Affine,
        streams: &'a mut Streams,
    ) -> Self {
        Self { level, key, layer, law, affine, streams }
    }

    /// Draws a piece; the blocks of a group are drawn in order, from 0.
    #[inline(always)]
    fn draw<S: Simd, T: Sample>(&mut self, simd: S, piece: Piece, memory: &mut [T]) {
        for (slot, panel) in memory.chunks_mut(PANEL).take(piece.panels).enumerate() {
            let lanes = &mut self.streams.0[slot];
            if piece.block == 0 {
                *lanes = self.key.panel_with(simd, Role::Weight, self.layer, piece.first_panel + slot);
            }
            let columns = &mut bytemuck::cast_slice_mut(panel)[..piece.vectors::<T>()];
            // By a call: inlined here too, the samplers of all laws would make the crate compile for minutes.
            T::fill(self.level, self.law, self.affine, lanes, columns);
        }
    }
}

impl<T: Sample> WeightSource<T> for Weights<'_, T> {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, simd: S, piece: Piece, memory: &'a mut [T]) -> &'a [T] {
        match self {
            Self::Drawn(weights) => weights.draw(simd, piece, memory),
            Self::Shared { draws, first_panel, affine } => {
                let piece = Piece { first_panel: piece.first_panel - *first_panel, ..piece };
                let panels = draws.piece(piece).chunks(PANEL).zip(memory.chunks_mut(PANEL));
                for (draws, weights) in panels.take(piece.panels) {
                    let valid = piece.vectors::<T>();
                    let draws = &bytemuck::cast_slice(draws)[..valid];
                    map::<S, T>(simd, *affine, draws, &mut bytemuck::cast_slice_mut(weights)[..valid]);
                }
            }
        }
        memory
    }
}

/// An element type with everything a network needs.
pub trait Arithmetic: Sample + Activate {
    /// Rows `first_row ..` of `W X` for drawn weights; shapes as in [`crate::kernels::matmul`].
    fn multiply(
        level: SimdLevel,
        weights: &mut Weights<'_, Self>,
        scratch: &mut Scratch<Self>,
        input: &[Self::Row],
        tiles: usize,
        first_row: usize,
        out: &mut [Self::Row],
    );

    /// Draws `rows` rows of weights from panel `first_panel` on, into the first ones of `out`.
    fn draw_weights(
        level: SimdLevel,
        weights: &mut DrawnWeights<'_>,
        first_panel: usize,
        rows: usize,
        out: &mut StoredWeights<Self>,
    );

    /// `entries = shift + scale * draws`, each rounded once.
    fn map(level: SimdLevel, affine: Affine, draws: &[Self::Row], entries: &mut [Self::Row]);

    /// `out = x * z` or `out = x + z`, elementwise; z is in `out` beforehand.
    fn combine(level: SimdLevel, operation: Operation, x: &[Self::Row], out: &mut [Self::Row]);

    /// Moments of one block: tiles of equal height over `columns` valid columns.
    fn moments(level: SimdLevel, block: &[Self::Row], columns: usize) -> Moments;

    /// Adds `bias[r]` to row r of a block of `tiles` tiles.
    fn add_bias(level: SimdLevel, bias: &[Self], out: &mut [Self::Row]);
}

macro_rules! impl_arithmetic {
    ($element:ty) => {
        impl Arithmetic for $element {
            fn multiply(
                level: SimdLevel,
                weights: &mut Weights<'_, Self>,
                scratch: &mut Scratch<Self>,
                input: &[Self::Row],
                tiles: usize,
                first_row: usize,
                out: &mut [Self::Row],
            ) {
                with_simd!(level, simd =>
                    multiply_block::<_, Self>(simd, weights, scratch, input, tiles, first_row, out));
            }

            fn draw_weights(
                level: SimdLevel,
                weights: &mut DrawnWeights<'_>,
                first_panel: usize,
                rows: usize,
                out: &mut StoredWeights<Self>,
            ) {
                with_simd!(level, simd => draw_weights::<_, Self>(simd, weights, first_panel, rows, out));
            }

            fn map(level: SimdLevel, affine: Affine, draws: &[Self::Row], entries: &mut [Self::Row]) {
                with_simd!(level, simd => map::<_, Self>(simd, affine, draws, entries));
            }

            fn combine(level: SimdLevel, operation: Operation, x: &[Self::Row], out: &mut [Self::Row]) {
                with_simd!(level, simd => combine::<_, Self>(simd, operation, x, out));
            }

            fn moments(level: SimdLevel, block: &[Self::Row], columns: usize) -> Moments {
                with_simd!(level, simd => measure::<_, Self>(simd, block, columns))
            }

            fn add_bias(level: SimdLevel, bias: &[Self], out: &mut [Self::Row]) {
                with_simd!(level, simd => add_bias::<_, Self>(simd, bias, out));
            }
        }
    };
}
impl_arithmetic!(f64);
impl_arithmetic!(f32);

#[inline(always)]
fn draw_weights<S: Simd, T: Sample>(
    simd: S,
    weights: &mut DrawnWeights<'_>,
    first_panel: usize,
    rows: usize,
    out: &mut StoredWeights<T>,
) {
    let end = rows.div_ceil(PANEL_ROWS);
    for (piece, memory) in out.pieces_mut().take_while(|(piece, _)| piece.first_panel < end) {
        let panels = piece.panels.min(end - piece.first_panel);
        weights.draw(simd, Piece { first_panel: first_panel + piece.first_panel, panels, ..piece }, memory);
    }
}

/// As the sampler maps its draws.
#[inline(always)]
fn map<S: Simd, T: Sample>(simd: S, affine: Affine, draws: &[T::Row], entries: &mut [T::Row]) {
    let shift = T::Vector::splat(simd, T::from_f64(affine.shift));
    let scale = T::Vector::splat(simd, T::from_f64(affine.scale));
    for (draw, entry) in draws.iter().zip(entries) {
        T::Vector::load_array(simd, *draw).fused(scale, shift).store_array(entry);
    }
}

#[inline(always)]
fn combine<S: Simd, T: Sample>(simd: S, operation: Operation, x: &[T::Row], out: &mut [T::Row]) {
    let product = operation == Operation::Product;
    for (x, z) in x.iter().zip(out) {
        let (a, b) = (T::Vector::load_array(simd, *x), T::Vector::load_array(simd, *z));
        let h = if product { a * b } else { a + b };
        h.store_array(z);
    }
}

#[inline(always)]
fn add_bias<S: Simd, T: Sample>(simd: S, bias: &[T], out: &mut [T::Row]) {
    for tile in out.chunks_exact_mut(bias.len()) {
        for (row, &b) in tile.iter_mut().zip(bias) {
            (T::Vector::load_array(simd, *row) + T::Vector::splat(simd, b)).store_array(row);
        }
    }
}
