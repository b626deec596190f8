//! The gradient before a norm, from the gradient Y behind it.
//!
//! With `xhat = (x - m) r`, r the factor of [`norm`](super::norm), and means over what the norm takes its statistics of,
//!
//! ```text
//! batch, layer   D = r (Y - mean(Y) - xhat mean(Y xhat))
//! rms            D = r (Y - xhat mean(Y xhat))
//! ```
//!
//! with eps as without it (Ioffe and Szegedy 2015). So `mean(D) = 0` and, for eps = 0, `mean(D xhat) = 0`. Sums are taken in
//! the order of the forward pass.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::norm::{Statistics, count, lane_sum, mask, statistics};
use crate::simd::Element;

/// Of batch norm, in a block of `columns` columns: each row by itself. `x` is what the norm got.
#[inline(always)]
pub(crate) fn rows<S: Simd, T: Element>(simd: S, columns: usize, eps: f64, x: &[T::Row], out: &mut [T::Row]) {
    let tiles = columns.div_ceil(T::LANES);
    let height = x.len() / tiles;
    let zero = T::Vector::splat(simd, T::from_f64(0.0));
    let is_valid = zero.simd_lt(mask::<S, T>(simd, columns));
    for row in 0..height {
        // Padding holds anything: it is taken for 0.
        let at = |tile: usize, rows: &[T::Row]| {
            let entry = T::Vector::load_array(simd, rows[tile * height + row]);
            if tile + 1 == tiles { is_valid.select(entry, zero) } else { entry }
        };
        let Statistics { centre, factor } =
            statistics::<S, T>(simd, (tiles, columns, eps), |tile| at(tile, x));
        let normal = |tile: usize| (at(tile, x) - centre) * factor;
        let (mut sum, mut cross) = (zero, zero);
        for tile in 0..tiles {
            let y = at(tile, out);
            sum += y;
            cross += y * normal(tile);
        }
        let mean = |sum: T::Vector<S>| T::from_f64(lane_sum::<T>(*sum) / count(columns));
        let [sum, cross] = [sum, cross].map(|sum| T::Vector::splat(simd, mean(sum)));
        for tile in 0..tiles {
            let d = factor * (at(tile, out) - sum - normal(tile) * cross);
            d.store_array(&mut out[tile * height + row]);
        }
    }
}

/// Sums over the rows of a block: of Y into `sums[..tiles]`, of `Y xhat` into `sums[tiles..]`.
#[inline(always)]
pub(crate) fn add_products<S: Simd, T: Element>(
    simd: S,
    x: &[T::Row],
    [centre, factor]: [&[T::Row]; 2],
    y: &[T::Row],
    sums: &mut [T::Row],
) {
    let tiles = centre.len();
    let height = x.len() / tiles;
    for tile in 0..tiles {
        let [centre, factor] = [centre, factor].map(|row| T::Vector::load_array(simd, row[tile]));
        let zero = T::Vector::splat(simd, T::from_f64(0.0));
        let (mut sum, mut cross) = (zero, zero);
        let rows = tile * height..(tile + 1) * height;
        for (x, y) in x[rows.clone()].iter().zip(&y[rows]) {
            let y = T::Vector::load_array(simd, *y);
            sum += y;
            cross += y * ((T::Vector::load_array(simd, *x) - centre) * factor);
        }
        sum.store_array(&mut sums[tile]);
        cross.store_array(&mut sums[tiles + tile]);
    }
}

/// The gradient itself, in a block, from the means of Y and of `Y xhat`.
#[inline(always)]
pub(crate) fn columns<S: Simd, T: Element>(
    simd: S,
    x: &[T::Row],
    [centre, factor]: [&[T::Row]; 2],
    [mean, cross]: [&[T::Row]; 2],
    out: &mut [T::Row],
) {
    let height = x.len() / centre.len();
    for tile in 0..centre.len() {
        let [centre, factor, mean, cross] =
            [centre, factor, mean, cross].map(|row| T::Vector::load_array(simd, row[tile]));
        let rows = tile * height..(tile + 1) * height;
        for (x, out) in x[rows.clone()].iter().zip(&mut out[rows]) {
            let normal = (T::Vector::load_array(simd, *x) - centre) * factor;
            let d = factor * (T::Vector::load_array(simd, *out) - mean - normal * cross);
            d.store_array(out);
        }
    }
}
