//! Fills memory with draws.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::generator::{Generator, Lanes};
use super::law::Law;
use super::noise::{laplace, rademacher, student_t, truncated_normal, uniform, widely_truncated_normal};
use super::normal::Normals;
use crate::simd::{Fused, SimdLevel, with_simd};

/// The affine map of a standardised draw to an entry: `shift + scale * xi`, one rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Mean of an entry.
    pub shift: f64,
    /// Std of an entry.
    pub scale: f64,
}

/// An element type that can be drawn.
pub trait Sample: Normals {
    /// [`fill()`] on the instruction set `level`. Not generic, so that it is compiled only once.
    fn fill(level: SimdLevel, law: Law, affine: Affine, lanes: &mut Lanes, rows: &mut [Self::Row]);
}

macro_rules! impl_sample {
    ($element:ty) => {
        impl Sample for $element {
            fn fill(level: SimdLevel, law: Law, affine: Affine, lanes: &mut Lanes, rows: &mut [Self::Row]) {
                with_simd!(level, simd => fill::<_, Self>(simd, law, affine, lanes, rows));
            }
        }
    };
}
impl_sample!(f64);
impl_sample!(f32);

/// Fills `rows` with `shift + scale * xi`, two rows a step; the second half of an odd last step is dropped.
///
/// Position p of the stream is row p. To continue a stream, the calls before must have filled an even number
/// of rows: then the bits do not depend on how the rows were cut into calls.
#[inline(always)]
pub fn fill<S: Simd, T: Normals>(simd: S, law: Law, affine: Affine, lanes: &mut Lanes, rows: &mut [T::Row]) {
    // A macro: only closures written in place are compiled for the instruction set.
    macro_rules! fill_by {
        ($generator:ident => $draw:expr) => {
            fill_with::<S, T>(
                simd,
                affine,
                lanes,
                rows,
                #[inline(always)]
                |simd, $generator| {
                    T::gather(
                        simd,
                        #[inline(always)]
                        || $draw,
                    )
                },
            )
        };
    }
    match law {
        Law::Normal | Law::Orthogonal => fill_with_normals::<S, T>(simd, affine, lanes, rows),
        Law::Uniform => fill_by!(generator => uniform(simd, generator)),
        Law::TruncatedNormal(by) if by.is_central() => {
            fill_by!(generator => truncated_normal(simd, by, generator));
        }
        Law::TruncatedNormal(by) => fill_by!(generator => widely_truncated_normal(simd, by, generator)),
        Law::Rademacher => fill_by!(generator => rademacher(simd, generator)),
        Law::StudentT { nu } => fill_by!(generator => student_t(simd, nu, generator)),
        Law::Laplace => fill_by!(generator => laplace(simd, generator)),
    }
}

/// While one step waits for its square root, the logarithm of the next is on its way: a step is a chain of some
/// 140 cycles in 35 cycles of work, too long for the processor to find the next ones by itself.
#[inline(always)]
fn fill_with_normals<S: Simd, T: Normals>(simd: S, affine: Affine, lanes: &mut Lanes, rows: &mut [T::Row]) {
    let shift = T::Vector::splat(simd, T::from_f64(affine.shift));
    let scale = T::Vector::splat(simd, T::from_f64(affine.scale));
    let Some(before) = rows.len().checked_sub(1) else { return };
    let (pairs, last) = rows.split_at_mut(before / 2 * 2);
    lanes.with(
        simd,
        #[inline(always)]
        |generator| {
            let mut polar = T::polar(simd, generator);
            for [first, second] in pairs.as_chunks_mut::<2>().0 {
                let next = T::polar(simd, generator);
                let [a, b] = T::normals(simd, polar);
                a.fused(scale, shift).store_array(first);
                b.fused(scale, shift).store_array(second);
                polar = next;
            }
            for (row, value) in last.iter_mut().zip(T::normals(simd, polar)) {
                value.fused(scale, shift).store_array(row);
            }
        },
    );
}

#[inline(always)]
fn fill_with<S: Simd, T: Normals>(
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
