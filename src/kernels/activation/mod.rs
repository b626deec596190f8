//! Activation functions.
//!
//! Every function is correct to 2 units in the last place over the whole range, in both precisions, and gives
//! the same bits on every instruction set: it uses IEEE operations and fused multiply-adds only, in one order.
//! Infinities give the limits, NaN gives NaN, and where the function is odd it is odd to the bit.
//!
//! One file per algorithm, generic over [`real::Real`]. Derivatives can stand beside the functions.

mod coefficients;
mod constants;
mod erf;
mod exp;
mod gelu;
mod mish;
mod piecewise;
mod real;
mod sigmoid;
mod softplus;
mod tanh;

use fearless_simd::{Simd, f32x16, f64x8};

use self::real::Real;
use super::simd::{Element, SimdLevel, with_simd};

/// An activation function phi, applied to every pre-activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x` for `x >= 0`, else `slope * x`
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// `tanh x`
    Tanh,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `erf x`
    Erf,
    /// `x * (1 + erf(x / sqrt 2)) / 2`
    Gelu,
    /// `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`
    GeluTanh,
    /// `x / (1 + exp(-x))`
    Silu,
    /// `x * tanh(ln(1 + exp x))`
    Mish,
    /// `x` for `x >= 0`, else `alpha * (exp x - 1)`
    Elu {
        /// Limit `-alpha` of the negative side.
        alpha: f64,
    },
    /// `lambda * elu(x, alpha)` with the constants of Klambauer et al. (2017)
    Selu,
    /// `ln(1 + exp x)`
    Softplus,
    /// `x / (1 + |x|)`
    Softsign,
    /// `min(max(x, -1), 1)`
    Hardtanh,
}

impl Activation {
    /// Applies the function to every element, in place, on the instruction set `level`.
    pub fn apply<T: Activate>(self, level: SimdLevel, rows: &mut [T::Row]) {
        with_simd!(level, simd => T::apply(simd, self, rows));
    }
}

/// An element type that has the activation functions.
pub trait Activate: Element {
    /// Applies `activation` to every element, in place.
    ///
    /// To be called where the code is compiled for the instruction set of `simd`: see
    /// [`Activation::apply`] for the other places. Parameters of the function are rounded to the precision.
    fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]);
}

impl Activate for f64 {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]) {
        apply::<f64x8<S>>(simd, activation, rows, Self::from_f64);
    }
}

impl Activate for f32 {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, activation: Activation, rows: &mut [Self::Row]) {
        apply::<f32x16<S>>(simd, activation, rows, Self::from_f64);
    }
}

/// The table of functions; `round` gives a parameter in the precision of the vectors.
#[inline(always)]
fn apply<V: Real>(
    simd: V::Simd,
    activation: Activation,
    rows: &mut [V::Row],
    round: impl Fn(f64) -> V::Scalar,
) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => map(simd, rows, piecewise::relu::<V>),
        Activation::LeakyRelu { slope } => {
            let slope = round(slope);
            map(
                simd,
                rows,
                #[inline(always)]
                |x: V| piecewise::leaky_relu(x, x.splat(slope)),
            );
        }
        Activation::Tanh => map(simd, rows, tanh::tanh::<V>),
        Activation::Sigmoid => map(simd, rows, sigmoid::sigmoid::<V>),
        Activation::Erf => map(simd, rows, erf::erf::<V>),
        Activation::Gelu => map(simd, rows, gelu::gelu::<V>),
        Activation::GeluTanh => map(simd, rows, sigmoid::gelu_tanh::<V>),
        Activation::Silu => map(simd, rows, sigmoid::silu::<V>),
        Activation::Mish => map(simd, rows, mish::mish::<V>),
        Activation::Elu { alpha } => {
            let alpha = round(alpha);
            map(simd, rows, |x: V| exp::elu(x, x, x.splat(alpha)));
        }
        Activation::Selu => {
            map(simd, rows, |x: V| exp::elu(x, x * V::C.selu_scale, x.splat(V::C.selu_negative)))
        }
        Activation::Softplus => map(simd, rows, softplus::softplus::<V>),
        Activation::Softsign => map(simd, rows, piecewise::softsign::<V>),
        Activation::Hardtanh => map(simd, rows, piecewise::hardtanh::<V>),
    }
}

/// Replaces every vector by its image.
#[inline(always)]
fn map<V: Real>(simd: V::Simd, rows: &mut [V::Row], f: impl Fn(V) -> V) {
    for row in rows {
        f(V::load(simd, row)).store(row);
    }
}
