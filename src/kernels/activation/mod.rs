//! Activation functions.
//!
//! Every function is correct to 2 units in the last place over the whole range, in both precisions, and gives
//! the same bits on every instruction set: it uses IEEE operations and fused multiply-adds only, in one order.
//! Infinities give the limits, NaN gives NaN, and where the function is odd it is odd to the bit.
//!
//! One file per algorithm, generic over the private trait `Real`; one row per activation, in the table.

mod coefficients;
mod constants;
mod erf;
mod exp;
mod gelu;
mod mish;
mod name;
mod piecewise;
mod real;
mod sigmoid;
mod softplus;
mod table;
mod tanh;

use fearless_simd::{Simd, f32x16, f64x8};

pub use self::table::{Activation, RATIO};
use crate::simd::{Element, SimdLevel, with_simd};

impl Activation {
    /// Applies the function to every element, in place, on the instruction set `level`.
    pub fn apply<T: Activate>(self, level: SimdLevel, rows: &mut [T::Row]) {
        T::dispatch(level, self, rows);
    }
}

/// An element type that has the activation functions.
pub trait Activate: Element {
    /// Applies `activation` to every element, in place.
    ///
    /// To be called where the code is compiled for the instruction set of `simd`; elsewhere
    /// [`Activation::apply`] is the way. Parameters of the function are rounded to the precision.
    fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]);

    /// The same on the instruction set `level`. Not generic, so that it is compiled only once.
    fn dispatch(level: SimdLevel, activation: Activation, rows: &mut [Self::Row]);
}

macro_rules! activate {
    ($scalar:ty, $vector:ident) => {
        impl Activate for $scalar {
            #[inline(always)]
            fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]) {
                table::apply::<$vector<S>>(simd, activation, rows, Self::from_f64);
            }

            fn dispatch(level: SimdLevel, activation: Activation, rows: &mut [Self::Row]) {
                with_simd!(level, simd => <Self as Activate>::apply(simd, activation, rows));
            }
        }
    };
}

activate!(f64, f64x8);
activate!(f32, f32x16);
