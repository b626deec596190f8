//! Fills memory with draws.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::generator::{Generator, Lanes};
use super::law::{self, Law};
use super::normal::Sample;
use crate::simd::Fused;

/// The affine map of a standardised draw to an entry: `shift + scale * xi`, one rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Mean of an entry.
    pub shift: f64,
    /// Std of an entry.
    pub scale: f64,
}

/// Fills `rows` with `shift + scale * xi`, two rows a step; the second half of an odd last step is dropped.
///
/// Position p of the stream is row p. To continue a stream, the calls before must have filled an even number
/// of rows: then the bits do not depend on how the rows were cut into calls.
#[inline(always)]
pub fn fill<S: Simd, T: Sample>(simd: S, law: Law, affine: Affine, lanes: &mut Lanes, rows: &mut [T::Row]) {
    match law {
        Law::Normal => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| T::normals(simd, generator),
        ),
        Law::Uniform => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| {
                T::gather(
                    simd,
                    #[inline(always)]
                    || law::uniform(simd, generator),
                )
            },
        ),
        Law::TruncatedNormal => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| {
                T::gather(
                    simd,
                    #[inline(always)]
                    || law::truncated_normal(simd, generator),
                )
            },
        ),
        Law::Rademacher => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| {
                T::gather(
                    simd,
                    #[inline(always)]
                    || law::rademacher(simd, generator),
                )
            },
        ),
        Law::StudentT { nu } => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| {
                T::gather(
                    simd,
                    #[inline(always)]
                    || law::student_t(simd, nu, generator),
                )
            },
        ),
        Law::Laplace => fill_with::<S, T>(
            simd,
            affine,
            lanes,
            rows,
            #[inline(always)]
            |simd, generator| {
                T::gather(
                    simd,
                    #[inline(always)]
                    || law::laplace(simd, generator),
                )
            },
        ),
    }
}

#[inline(always)]
fn fill_with<S: Simd, T: Sample>(
    simd: S,
    affine: Affine,
    lanes: &mut Lanes,
    rows: &mut [T::Row],
    draw: impl Fn(S, &mut Generator<S>) -> [T::Vector<S>; 2],
) {
    let shift = T::Vector::splat(simd, T::from_f64(affine.shift));
    let scale = T::Vector::splat(simd, T::from_f64(affine.scale));
    lanes.with(
        simd,
        #[inline(always)]
        |generator| {
            let (pairs, rest) = rows.as_chunks_mut::<2>();
            for [first, second] in pairs {
                let [a, b] = draw(simd, generator);
                a.fused(scale, shift).store_array(first);
                b.fused(scale, shift).store_array(second);
            }
            if let [last] = rest {
                let [a, _] = draw(simd, generator);
                a.fused(scale, shift).store_array(last);
            }
        },
    );
}
