//! Activation functions.
//!
//! Every function is correct to 2 units in the last place over the whole range, in both precisions, and gives
//! the same bits on every instruction set: it uses IEEE operations and fused multiply-adds only, in one order.
//! Infinities give the limits, NaN gives NaN, and where the function is odd it is odd to the bit.
//!
//! One file per algorithm, generic over the private trait `Real`; one row per activation, in the table.

mod coefficients;
mod constants;
mod custom;
mod erf;
mod exp;
pub mod formula;
mod gelu;
mod mish;
mod name;
mod pair;
mod piecewise;
mod real;
mod sigmoid;
mod slopes;
mod softplus;
mod table;
mod tanh;

use fearless_simd::{Simd, f32x16, f64x8};

pub use self::custom::Custom;
pub use self::table::{Activation, RATIO};
use crate::simd::{Element, SimdLevel, with_simd};
use formula::Operation;

impl Activation {
    /// Applies the function to every element, in place, on the instruction set `level`.
    pub fn apply<T: Activate>(self, level: SimdLevel, rows: &mut [T::Row]) {
        match self {
            Self::Formula(formula) => T::custom(level, formula, rows),
            built_in => T::dispatch(level, built_in, rows),
        }
    }

    /// Multiplies every element of `out` by the derivative at the element of `rows`: see [`slope`](Self::slope), and what a
    /// backward pass takes at a kink, 0 for relu and at the ends of hardtanh, else the slope below. Of a formula in f32
    /// the derivative is that of f64, rounded.
    pub fn multiply_by_slope<T: Activate>(self, level: SimdLevel, rows: &[T::Row], out: &mut [T::Row]) {
        match self {
            Self::Linear => {}
            Self::Formula(formula) => T::multiply_by_custom_slope(level, formula, rows, out),
            built_in => T::multiply_by_slope(level, built_in, rows, out),
        }
    }

    /// Points around which it has structure, its kinks among them, each with the width of it.
    #[must_use]
    pub fn structure(self) -> Vec<(f64, f64)> {
        match self {
            Self::Formula(formula) => formula.structure().to_vec(),
            Self::Celu { alpha } => vec![(0.0, 1.0), (0.0, alpha)],
            _ => self.centres().iter().map(|&centre| (centre, 1.0)).collect(),
        }
    }
}

/// An element type that has the activation functions.
pub trait Activate: Element {
    /// Applies a built-in activation to every element, in place.
    ///
    /// To be called where the code is compiled for the instruction set of `simd`; elsewhere
    /// [`Activation::apply`] is the way. Parameters of the function are rounded to the precision.
    fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]);

    /// The same on the instruction set `level`. Not generic, so that it is compiled only once.
    fn dispatch(level: SimdLevel, activation: Activation, rows: &mut [Self::Row]);

    /// The same with a function that is not built in.
    fn custom(level: SimdLevel, function: &dyn Custom, rows: &mut [Self::Row]);

    /// Multiplies `out` by the derivative of a built-in activation at `rows`. Not generic, likewise.
    fn multiply_by_slope(level: SimdLevel, activation: Activation, rows: &[Self::Row], out: &mut [Self::Row]);

    /// The same with a function that is not built in.
    fn multiply_by_custom_slope(
        level: SimdLevel,
        function: &dyn Custom,
        rows: &[Self::Row],
        out: &mut [Self::Row],
    );

    /// One operation of a formula, no activation, on as many vectors as `out` has.
    fn step(level: SimdLevel, operation: Operation, sources: [&[Self::Row]; 3], out: &mut [Self::Row]);
}

macro_rules! activate {
    ($scalar:ty, $vector:ident, $custom:ident) => {
        impl Activate for $scalar {
            #[inline(always)]
            fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]) {
                table::apply::<$vector<S>>(simd, activation, rows, Self::from_f64);
            }

            fn dispatch(level: SimdLevel, activation: Activation, rows: &mut [Self::Row]) {
                with_simd!(level, simd => <Self as Activate>::apply(simd, activation, rows));
            }

            fn custom(level: SimdLevel, function: &dyn Custom, rows: &mut [Self::Row]) {
                function.$custom(level, rows);
            }

            fn multiply_by_slope(
                level: SimdLevel,
                activation: Activation,
                rows: &[Self::Row],
                out: &mut [Self::Row],
            ) {
                with_simd!(level, simd =>
                    table::multiply_by_slope::<$vector<_>>(simd, activation, rows, out, Self::from_f64));
            }

            fn multiply_by_custom_slope(
                level: SimdLevel,
                function: &dyn Custom,
                rows: &[Self::Row],
                out: &mut [Self::Row],
            ) {
                // A formula works on many vectors at a time.
                let (rows, out) = (bytemuck::cast_slice::<_, Self>(rows), bytemuck::cast_slice_mut::<_, Self>(out));
                for (rows, out) in rows.chunks(256).zip(out.chunks_mut(256)) {
                    let mut slopes = [[0.0; 8]; 32];
                    for (slope, entry) in slopes.as_flattened_mut().iter_mut().zip(rows) {
                        *slope = entry.to_f64();
                    }
                    function.apply_slope(level, &mut slopes[..rows.len() / 8]);
                    for (out, slope) in out.iter_mut().zip(slopes.as_flattened()) {
                        *out *= Self::from_f64(*slope);
                    }
                }
            }

            fn step(level: SimdLevel, operation: Operation, sources: [&[Self::Row]; 3], out: &mut [Self::Row]) {
                if !formula::by_element::<Self>(operation, sources, out) {
                    with_simd!(level, simd => formula::by_vector::<$vector<_>>(simd, operation, sources, out));
                }
            }
        }
    };
}

activate!(f64, f64x8, apply_f64);
activate!(f32, f32x16, apply_f32);
