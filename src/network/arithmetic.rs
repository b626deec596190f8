//! The kernels and samplers of one layer, joined: per precision, compiled once for every instruction set.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::spec::Operation;
use super::weights::{DrawnWeights, Weights, map};
use crate::kernels::activation::Activate;
use crate::kernels::matmul::multiply_block;
use crate::kernels::moments::measure;
use crate::kernels::outer::outer;
use crate::kernels::transposed::multiply_transposed;
use crate::kernels::{Matrix, Moments, PANEL_ROWS, Piece, Round, Scratch, StoredWeights, norm, norm_slope};
use crate::random::{Affine, Sample};
use crate::simd::{SimdLevel, with_simd};

/// An element type with everything a network needs.
pub trait Arithmetic: Sample + Activate + Round {
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

    /// `out = skip x + scale out`, elementwise.
    fn weigh(level: SimdLevel, factors: [f64; 2], x: &[Self::Row], out: &mut [Self::Row]);

    /// See `kernels::norm::add_columns`.
    fn add_columns(level: SimdLevel, block: &[Self::Row], tiles: usize, sums: &mut [Self::Row]);

    /// See `kernels::norm::add_squares`.
    fn add_squares(level: SimdLevel, block: &[Self::Row], columns: [&[Self::Row]; 2], sums: &mut [Self::Row]);

    /// See `kernels::norm::scale_columns`.
    fn scale_columns(level: SimdLevel, columns: [&[Self::Row]; 2], block: &mut [Self::Row]);

    /// See `kernels::norm::scale_rows`.
    fn scale_rows(level: SimdLevel, columns: usize, eps: f64, block: &mut [Self::Row]);

    /// See `kernels::transposed`.
    fn multiply_transposed(
        level: SimdLevel,
        weights: &StoredWeights<Self>,
        first: usize,
        d: (&[Self::Row], usize),
        out: (usize, &mut [Self::Row]),
        resume: bool,
    );

    /// See `kernels::outer`.
    fn outer(
        level: SimdLevel,
        d: &[Self::Row],
        transposed: &Matrix<Self>,
        scratch: &mut Scratch<Self>,
        out: &mut Matrix<Self>,
    );

    /// See `kernels::norm_slope::rows`.
    fn rows_slope(level: SimdLevel, columns: usize, eps: f64, x: &[Self::Row], out: &mut [Self::Row]);

    /// See `kernels::norm_slope::add_products`.
    fn add_products(
        level: SimdLevel,
        x: &[Self::Row],
        statistics: [&[Self::Row]; 2],
        y: &[Self::Row],
        sums: &mut [Self::Row],
    );

    /// Multiplies every entry in f64, with one rounding to the element type.
    fn scale(factor: f64, rows: &mut [Self::Row]) {
        for entry in rows.iter_mut().flat_map(AsMut::as_mut) {
            *entry = Self::from_f64(entry.to_f64() * factor);
        }
    }

    /// See `kernels::norm_slope::columns`.
    fn columns_slope(
        level: SimdLevel,
        x: &[Self::Row],
        statistics: [&[Self::Row]; 2],
        means: [&[Self::Row]; 2],
        out: &mut [Self::Row],
    );
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

            fn weigh(level: SimdLevel, factors: [f64; 2], x: &[Self::Row], out: &mut [Self::Row]) {
                with_simd!(level, simd => weigh::<_, Self>(simd, factors, x, out));
            }

            fn add_columns(level: SimdLevel, block: &[Self::Row], tiles: usize, sums: &mut [Self::Row]) {
                with_simd!(level, simd => norm::add_columns::<_, Self>(simd, block, tiles, sums));
            }

            fn add_squares(
                level: SimdLevel,
                block: &[Self::Row],
                columns: [&[Self::Row]; 2],
                sums: &mut [Self::Row],
            ) {
                with_simd!(level, simd => norm::add_squares::<_, Self>(simd, block, columns, sums));
            }

            fn scale_columns(level: SimdLevel, columns: [&[Self::Row]; 2], block: &mut [Self::Row]) {
                with_simd!(level, simd => norm::scale_columns::<_, Self>(simd, columns, block));
            }

            fn scale_rows(level: SimdLevel, columns: usize, eps: f64, block: &mut [Self::Row]) {
                with_simd!(level, simd => norm::scale_rows::<_, Self>(simd, columns, eps, block));
            }

            fn multiply_transposed(
                level: SimdLevel,
                weights: &StoredWeights<Self>,
                first: usize,
                d: (&[Self::Row], usize),
                out: (usize, &mut [Self::Row]),
                resume: bool,
            ) {
                with_simd!(level, simd =>
                    multiply_transposed::<_, Self>(simd, weights, first, d, out, resume));
            }

            fn outer(
                level: SimdLevel,
                d: &[Self::Row],
                transposed: &Matrix<Self>,
                scratch: &mut Scratch<Self>,
                out: &mut Matrix<Self>,
            ) {
                with_simd!(level, simd => outer::<_, Self>(simd, d, transposed, scratch, out));
            }

            fn rows_slope(level: SimdLevel, columns: usize, eps: f64, x: &[Self::Row], out: &mut [Self::Row]) {
                with_simd!(level, simd => norm_slope::rows::<_, Self>(simd, columns, eps, x, out));
            }

            fn add_products(
                level: SimdLevel,
                x: &[Self::Row],
                statistics: [&[Self::Row]; 2],
                y: &[Self::Row],
                sums: &mut [Self::Row],
            ) {
                with_simd!(level, simd => norm_slope::add_products::<_, Self>(simd, x, statistics, y, sums));
            }

            fn columns_slope(
                level: SimdLevel,
                x: &[Self::Row],
                statistics: [&[Self::Row]; 2],
                means: [&[Self::Row]; 2],
                out: &mut [Self::Row],
            ) {
                with_simd!(level, simd => norm_slope::columns::<_, Self>(simd, x, statistics, means, out));
            }
        }
    };
}
impl_arithmetic!(f64);
impl_arithmetic!(f32);

/// Evaluates an expression with the element type of a [`Precision`](super::Precision) in place of the name before the arrow.
macro_rules! with_element {
    ($precision:expr, $element:ident => $body:expr) => {
        match $precision {
            $crate::network::Precision::F64 => {
                type $element = f64;
                $body
            }
            $crate::network::Precision::F32 => {
                type $element = f32;
                $body
            }
        }
    };
}
pub(crate) use with_element;

#[inline(always)]
fn draw_weights<S: Simd, T: Sample + Round>(
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
fn weigh<S: Simd, T: Sample>(simd: S, factors: [f64; 2], x: &[T::Row], out: &mut [T::Row]) {
    let [skip, scale] = factors.map(|factor| T::Vector::splat(simd, T::from_f64(factor)));
    for (x, branch) in x.iter().zip(out) {
        let (a, b) = (T::Vector::load_array(simd, *x), T::Vector::load_array(simd, *branch));
        (a * skip + b * scale).store_array(branch);
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
