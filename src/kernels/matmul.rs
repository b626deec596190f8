//! The fused matrix product: draw a panel of weights, multiply it, forget it.
//!
//! `H = W X`, with `W: m x k` never stored. One call computes one block of rows of H (at most [`BLOCK_ROWS`]),
//! which is what one thread owns. The loops, outermost first, as in Goto and van de Geijn (2008):
//!
//! ```text
//! loop 5  over groups of GROUP_PANELS panels of rows of the block
//! loop 4    over blocks of k, in order: draw the group's panels of this k-block       W: 64 x 128, 64 KiB, L2
//! loop 3      over column groups of three tiles                                     X: 128 x 3 lines, 24 KiB, L1
//! loop 2        over the panels of the group, eight rows each                              W: 128 x 8, 8 KiB, L1
//! loop 1          over k: eight broadcasts, three loads, 24 fused multiply-adds              H: 24 registers
//! ```
//!
//! Every element of H is `((0 + w_1 x_1) + w_2 x_2) + ...` over k in order, each step one fused multiply-add:
//! between k-blocks the partial sum rests in H, at its own precision. So neither the tile shape, nor the vector
//! width, nor the cut into blocks can change a bit.
//!
//! Registers: with AVX-512 a tile of 8 rows x 3 vectors holds 24 of 32 registers as sums, 3 as X and one as the
//! broadcast weight. AVX2 has 16 registers of half the width, so a vector takes two: 4 rows x 1 tile hold 8
//! sums, enough to hide the latency of 4 cycles of two multiply-adds each.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::matrix::{BLOCK_ROWS, aligned};
use crate::simd::{Element, Fused};

/// Rows of one weight panel.
pub const PANEL_ROWS: usize = 8;
/// Panels drawn before they are multiplied: 64 KiB of f64, a quarter of the smallest common level-2 cache.
pub const GROUP_PANELS: usize = 8;
/// Weights of one panel in one block of k: the distance of panels in a [`Piece`].
pub const PANEL: usize = BLOCK_ROWS * PANEL_ROWS;
/// Steps of k in one turn of loop 1. A tile of 100 steps then ends after 25 turns, a history short enough for the
/// branch predictor: measured on data in the level-1 cache, 96 % of the peak instead of 90 %.
const UNROLL: usize = 4;

/// A part of W: the panels of one group in one block of k.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// First panel; panel p holds rows `8 p ..`. A multiple of [`GROUP_PANELS`].
    pub first_panel: usize,
    /// Panels, at most [`GROUP_PANELS`].
    pub panels: usize,
    /// The block of k: columns `128 block ..`. A source is asked for the blocks of a group in order, from 0.
    pub block: usize,
    /// Columns of that block, at most 128.
    pub depth: usize,
}

impl Piece {
    /// Vectors of one of its panels.
    #[must_use]
    pub fn vectors<T: Element>(self) -> usize {
        (self.depth * PANEL_ROWS).div_ceil(T::LANES)
    }
}

/// Where the weights come from: generated, or at rest.
pub trait WeightSource<T: Element> {
    /// The weights of a piece: panel i begins at `i * PANEL`, column after column, eight rows each.
    /// They are drawn into `memory`, as many, or lie elsewhere.
    fn pack<'a, S: Simd>(&'a mut self, simd: S, piece: Piece, memory: &'a mut [T]) -> &'a [T];
}

/// Reusable memory for one group of panels: 64 KiB.
pub struct Scratch<T> {
    data: Vec<T>,
    offset: usize,
}

impl<T: Element> Default for Scratch<T> {
    fn default() -> Self {
        let (data, offset) = aligned(GROUP_PANELS * PANEL);
        Self { data, offset }
    }
}

impl<T: Element> Scratch<T> {
    /// Bytes of one.
    pub const BYTES: usize = GROUP_PANELS * PANEL * size_of::<T>();

    fn panels(&mut self) -> &mut [T] {
        &mut self.data[self.offset..][..GROUP_PANELS * PANEL]
    }
}

/// Computes rows `first_row ..` of `H = W X` into `out`, a block of the layout of [`super::Matrix`].
///
/// Shapes: `out` is `height x B`, `input` all of X in its layout (`k x B`), `tiles` the tiles of a row.
#[inline(always)]
pub(crate) fn multiply_block<S: Simd, T: Element>(
    simd: S,
    source: &mut impl WeightSource<T>,
    scratch: &mut Scratch<T>,
    input: &[T::Row],
    tiles: usize,
    first_row: usize,
    out: &mut [T::Row],
) {
    let height = out.len() / tiles;
    // Loop 5.
    for group in (0..height).step_by(GROUP_PANELS * PANEL_ROWS) {
        let rows = (height - group).min(GROUP_PANELS * PANEL_ROWS);
        let panels = rows.div_ceil(PANEL_ROWS);
        // Loop 4.
        for (block, x) in input.chunks(BLOCK_ROWS * tiles).enumerate() {
            let depth = x.len() / tiles;
            let piece = Piece { first_panel: (first_row + group) / PANEL_ROWS, panels, block, depth };
            let weights = source.pack(simd, piece, scratch.panels());
            let task = Pass { depth, tiles, height, first: group, rows, resume: block > 0 };
            task.run::<S, T>(simd, weights, x, out);
        }
    }
}

/// One group of panels times one block of k.
struct Pass {
    depth: usize,
    tiles: usize,
    height: usize,
    first: usize,
    rows: usize,
    resume: bool,
}

impl Pass {
    #[inline(always)]
    fn run<S: Simd, T: Element>(&self, simd: S, packed: &[T], x: &[T::Row], out: &mut [T::Row]) {
        let wide = has_32_wide_registers(simd);
        let mut tile = 0;
        // Loop 3.
        while tile < self.tiles {
            let group = tiles_at_once(wide, self.tiles - tile);
            // Loop 2.
            for (index, panel) in packed.chunks(PANEL).enumerate() {
                let done = index * PANEL_ROWS;
                if done >= self.rows {
                    break;
                }
                let weights = &bytemuck::cast_slice(panel)[..self.depth];
                let rows = (self.rows - done).min(PANEL_ROWS);
                let at = Corner { tile, row: self.first + done };
                match (group, rows > 4) {
                    (3, true) => self.tile::<S, T, 8, 3>(simd, at, rows, weights, 0, x, out),
                    (3, false) => self.tile::<S, T, 4, 3>(simd, at, rows, weights, 0, x, out),
                    (2, true) => self.tile::<S, T, 8, 2>(simd, at, rows, weights, 0, x, out),
                    (2, false) => self.tile::<S, T, 4, 2>(simd, at, rows, weights, 0, x, out),
                    (_, true) if wide => self.tile::<S, T, 8, 1>(simd, at, rows, weights, 0, x, out),
                    (_, lower) => {
                        self.tile::<S, T, 4, 1>(simd, at, rows.min(4), weights, 0, x, out);
                        if lower {
                            let at = Corner { row: at.row + 4, ..at };
                            self.tile::<S, T, 4, 1>(simd, at, rows - 4, weights, 4, x, out);
                        }
                    }
                }
            }
            tile += group;
        }
    }

    /// Loop 1: rows `skip .. skip + ROWS` of a panel times `TILES` tiles; writes the first `valid` rows.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the innermost loop takes its operands bare")]
    fn tile<S: Simd, T: Element, const ROWS: usize, const TILES: usize>(
        &self,
        simd: S,
        at: Corner,
        valid: usize,
        weights: &[[T; PANEL_ROWS]],
        skip: usize,
        x: &[T::Row],
        out: &mut [T::Row],
    ) {
        let zero = T::Vector::splat(simd, T::zeroed());
        let mut sums = [[zero; ROWS]; TILES];
        let targets = || (at.tile * self.height + at.row..).step_by(self.height);
        if self.resume {
            for (sums, target) in sums.iter_mut().zip(targets()) {
                for (sum, partial) in sums.iter_mut().zip(&out[target..][..valid]) {
                    *sum = T::Vector::load_array(simd, *partial);
                }
            }
        }
        let column = |tile: usize| x[(at.tile + tile) * self.depth..][..weights.len()].as_chunks::<UNROLL>();
        let columns: [_; TILES] = std::array::from_fn(column);
        let (steps, rest) = weights.as_chunks::<UNROLL>();
        for (step, w) in steps.iter().enumerate() {
            let x = columns.map(|(steps, _)| &steps[step]);
            for k in 0..UNROLL {
                accumulate::<S, T, ROWS, TILES>(simd, &w[k][skip..], x.map(|x| &x[k]), &mut sums);
            }
        }
        for (k, w) in rest.iter().enumerate() {
            accumulate::<S, T, ROWS, TILES>(simd, &w[skip..], columns.map(|(_, rest)| &rest[k]), &mut sums);
        }
        for (sums, target) in sums.iter().zip(targets()) {
            for (sum, result) in sums.iter().zip(&mut out[target..][..valid]) {
                sum.store_array(result);
            }
        }
    }
}

/// `sums += w x` for one k: each weight meets every vector of X.
#[inline(always)]
fn accumulate<S: Simd, T: Element, const ROWS: usize, const TILES: usize>(
    simd: S,
    weights: &[T],
    x: [&T::Row; TILES],
    sums: &mut [[T::Vector<S>; ROWS]; TILES],
) {
    let x = x.map(|x| T::Vector::load_array(simd, *x));
    for (row, weight) in weights.iter().enumerate().take(ROWS) {
        let weight = T::Vector::splat(simd, *weight);
        for (sums, x) in sums.iter_mut().zip(&x) {
            sums[row] = weight.fused(*x, sums[row]);
        }
    }
}

/// Upper left corner of a register tile in the output block.
#[derive(Clone, Copy)]
struct Corner {
    tile: usize,
    row: usize,
}

/// How many of the `left` tiles of columns go together. Four go as two and two: a single tile would wait for its loads.
#[inline(always)]
pub(super) fn tiles_at_once(wide: bool, left: usize) -> usize {
    match left {
        _ if !wide => 1,
        4 => 2,
        left => left.min(3),
    }
}

/// Whether a virtual vector is one register, and there are 32 of them; a constant wherever it is asked.
#[inline(always)]
pub(super) fn has_32_wide_registers<S: Simd>(simd: S) -> bool {
    match simd.level() {
        #[cfg(target_arch = "x86_64")]
        fearless_simd::Level::Avx512(_) => true,
        _ => false,
    }
}
