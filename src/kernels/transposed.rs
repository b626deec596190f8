//! The product with the transpose of drawn weights, `G = W^T D`: what a backward pass does where a forward pass multiplies.
//!
//! The weights lie as the forward product reads them ([`StoredWeights`]): in panels of eight rows,
//! column after column. The eight weights of eight columns are 64 neighbours, so nothing is transposed: a tile of eight
//! rows of G takes, for every row of the panel, eight broadcasts at a distance of eight.
//!
//! ```text
//! loop 3  over column groups of three tiles                                  D: 128 x 3 lines, 24 KiB, L1
//! loop 2    over eight columns of W, which are eight rows of G               W: 8 x 128, 8 KiB, L1
//! loop 1      over the rows of W: eight broadcasts, three loads, 24 fused multiply-adds
//! ```
//!
//! Every element of G is `((0 + w_1 d_1) + w_2 d_2) + ...` over the rows of W in order, each step one fused multiply-add;
//! between blocks of rows the partial sum rests in G. So no shape of a tile, no vector width and no cut can change a bit.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::matmul::{GROUP_PANELS, PANEL, PANEL_ROWS, Piece, has_32_wide_registers, tiles_at_once};
use super::matrix::BLOCK_ROWS;
use super::stored::StoredWeights;
use crate::simd::{Element, Fused};

/// Adds a block of rows of W to one block of rows of `G = W^T D`, or begins it.
///
/// Shapes: `weights` are rows of W, `first` the first of them that is multiplied, `d` as many rows of D as are, at most
/// one block, `out` rows `128 block ..` of G, all in the layout of [`super::Matrix`].
#[inline(always)]
pub(crate) fn multiply_transposed<S: Simd, T: Element>(
    simd: S,
    weights: &StoredWeights<T>,
    first: usize,
    (d, tiles): (&[T::Row], usize),
    (block, out): (usize, &mut [T::Row]),
    resume: bool,
) {
    let (depth, height) = (d.len() / tiles, out.len() / tiles);
    let panels: [&[T]; BLOCK_ROWS / PANEL_ROWS] = std::array::from_fn(|panel| {
        let panel = first / PANEL_ROWS + panel;
        let group = panel / GROUP_PANELS * GROUP_PANELS;
        if panel * PANEL_ROWS >= first + depth {
            return &[][..];
        }
        let piece = Piece { first_panel: group, panels: GROUP_PANELS, block, depth: height };
        &weights.piece(piece)[(panel - group) * PANEL..][..PANEL]
    });
    let task = Transposed { depth, tiles, height, resume };
    task.run::<S, T>(simd, &panels, d, out);
}

struct Transposed {
    depth: usize,
    tiles: usize,
    height: usize,
    resume: bool,
}

impl Transposed {
    #[inline(always)]
    fn run<S: Simd, T: Element>(&self, simd: S, panels: &[&[T]], d: &[T::Row], out: &mut [T::Row]) {
        let wide = has_32_wide_registers(simd);
        let mut tile = 0;
        // Loop 3.
        while tile < self.tiles {
            let group = tiles_at_once(wide, self.tiles - tile);
            // Loop 2.
            for row in (0..self.height).step_by(if group == 1 && !wide { 4 } else { 8 }) {
                match group {
                    3 => self.tile::<S, T, 8, 3>(simd, (tile, row), panels, d, out),
                    2 => self.tile::<S, T, 8, 2>(simd, (tile, row), panels, d, out),
                    _ if wide => self.tile::<S, T, 8, 1>(simd, (tile, row), panels, d, out),
                    _ => self.tile::<S, T, 4, 1>(simd, (tile, row), panels, d, out),
                }
            }
            tile += group;
        }
    }

    /// Loop 1: rows `row .. row + ROWS` of G, as far as there are any, times `TILES` tiles.
    #[inline(always)]
    fn tile<S: Simd, T: Element, const ROWS: usize, const TILES: usize>(
        &self,
        simd: S,
        (tile, row): (usize, usize),
        panels: &[&[T]],
        d: &[T::Row],
        out: &mut [T::Row],
    ) {
        let valid = ROWS.min(self.height - row);
        let mut sums = [[T::Vector::splat(simd, T::zeroed()); ROWS]; TILES];
        if self.resume {
            for (sums, tile) in sums.iter_mut().zip(tile..) {
                for (sum, partial) in sums.iter_mut().zip(&out[tile * self.height + row..][..valid]) {
                    *sum = T::Vector::load_array(simd, *partial);
                }
            }
        }
        let columns: [_; TILES] = std::array::from_fn(|index| {
            d[(tile + index) * self.depth..][..self.depth].as_chunks::<PANEL_ROWS>()
        });
        for (panel, weights) in panels.iter().take(self.depth / PANEL_ROWS).enumerate() {
            let weights = &weights.as_chunks::<PANEL_ROWS>().0[row..][..ROWS];
            let d = columns.map(|(whole, _)| &whole[panel]);
            for step in 0..PANEL_ROWS {
                accumulate::<S, T, ROWS, TILES>(simd, weights, step, d.map(|d| &d[step]), &mut sums);
            }
        }
        let rest = self.depth % PANEL_ROWS;
        if rest > 0 {
            let weights = &panels[self.depth / PANEL_ROWS].as_chunks::<PANEL_ROWS>().0[row..][..ROWS];
            for step in 0..rest {
                let d = columns.map(|(_, rest)| &rest[step]);
                accumulate::<S, T, ROWS, TILES>(simd, weights, step, d, &mut sums);
            }
        }
        for (sums, tile) in sums.iter().zip(tile..) {
            for (sum, result) in sums.iter().zip(&mut out[tile * self.height + row..][..valid]) {
                sum.store_array(result);
            }
        }
    }
}

/// `sums += w d` for one row of W: each weight meets every vector of D.
#[inline(always)]
fn accumulate<S: Simd, T: Element, const ROWS: usize, const TILES: usize>(
    simd: S,
    weights: &[[T; PANEL_ROWS]],
    step: usize,
    d: [&T::Row; TILES],
    sums: &mut [[T::Vector<S>; ROWS]; TILES],
) {
    let d = d.map(|d| T::Vector::load_array(simd, *d));
    for (row, weights) in weights.iter().enumerate().take(ROWS) {
        let weight = T::Vector::splat(simd, weights[step]);
        for (sums, d) in sums.iter_mut().zip(&d) {
            sums[row] = weight.fused(*d, sums[row]);
        }
    }
}
