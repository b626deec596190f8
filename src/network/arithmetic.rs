//! The kernels and samplers of one layer, joined: per precision, compiled once for every instruction set.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::spec::Operation;
use crate::kernels::activation::Activate;
use crate::kernels::matmul::multiply_block;
use crate::kernels::moments::measure;
use crate::kernels::{Moments, PANEL, PANEL_ROWS, Piece, Scratch, WeightSource};
use crate::random::{Affine, Key, Lanes, Law, Role, Sample, fill};
use crate::simd::{SimdLevel, with_simd};

/// Weights of one layer of one trial, drawn panel by panel as the product asks for them.
pub struct DrawnWeights {
    /// Key of the trial.
    pub key: Key,
    /// The layer, from 1.
    pub layer: usize,
    /// Law of the standardised noise.
    pub law: Law,
    /// Mean and std of one weight.
    pub affine: Affine,
    /// The open streams, one per panel of a group.
    pub lanes: [Lanes; 8],
}

impl<T: Sample> WeightSource<T> for DrawnWeights {
    #[inline(always)]
    fn pack<'a, S: Simd>(&'a mut self, simd: S, piece: Piece, memory: &'a mut [T]) -> &'a [T] {
        let vectors = (piece.depth * PANEL_ROWS).div_ceil(T::LANES);
        for (slot, panel) in memory.chunks_mut(PANEL).take(piece.panels).enumerate() {
            let lanes = &mut self.lanes[slot];
            if piece.block == 0 {
                *lanes = self.key.panel_with(simd, Role::Weight, self.layer, piece.first_panel + slot);
            }
            let columns = &mut bytemuck::cast_slice_mut(panel)[..vectors];
            fill::<S, T>(simd, self.law, self.affine, lanes, columns);
        }
        memory
    }
}

/// An element type with everything a network needs.
pub trait Arithmetic: Sample + Activate {
    /// Rows `first_row ..` of `W X` for drawn weights; shapes as in [`crate::kernels::matmul`].
    fn multiply(
        level: SimdLevel,
        weights: &mut DrawnWeights,
        scratch: &mut Scratch<Self>,
        input: &[Self::Row],
        tiles: usize,
        first_row: usize,
        out: &mut [Self::Row],
    );

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
                weights: &mut DrawnWeights,
                scratch: &mut Scratch<Self>,
                input: &[Self::Row],
                tiles: usize,
                first_row: usize,
                out: &mut [Self::Row],
            ) {
                with_simd!(level, simd =>
                    multiply_block::<_, Self>(simd, weights, scratch, input, tiles, first_row, out));
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
