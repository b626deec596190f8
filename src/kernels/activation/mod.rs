//! Activation functions.
//!
//! Every function is correct to 2 units in the last place over the whole range, in both precisions, and gives
//! the same bits on every instruction set: it uses IEEE operations and fused multiply-adds only, in one order.
//! Infinities give the limits, NaN gives NaN, and where the function is odd it is odd to the bit.
//!
//! One file per algorithm, generic over the private trait `Real`. Derivatives can stand beside the functions.

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
mod tanh;

use fearless_simd::{Simd, f32x16, f64x8};

use self::real::Real;
use crate::simd::{Element, SimdLevel, with_simd};

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
                apply::<$vector<S>>(simd, activation, rows, Self::from_f64);
            }

            fn dispatch(level: SimdLevel, activation: Activation, rows: &mut [Self::Row]) {
                with_simd!(level, simd => <Self as Activate>::apply(simd, activation, rows));
            }
        }
    };
}

activate!(f64, f64x8);
activate!(f32, f32x16);

/// Replaces every vector `$x` of `$rows` by `$image`.
///
/// A macro, because a closure or function passed as a value need not be inlined into the code for the
/// instruction set.
macro_rules! map {
    ($simd:ident, $rows:ident, $x:ident => $image:expr) => {{
        for row in $rows.iter_mut() {
            let $x = V::load($simd, row);
            $image.store(row);
        }
    }};
}

/// The table of functions; `round` gives a parameter in the precision of the vectors.
#[inline(always)]
fn apply<V: Real>(simd: V::Simd, activation: Activation, rows: &mut [V::Row], round: fn(f64) -> V::Scalar) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => map!(simd, rows, x => piecewise::relu(x)),
        Activation::LeakyRelu { slope } => {
            let slope = round(slope);
            map!(simd, rows, x => piecewise::leaky_relu(x, x.splat(slope)));
        }
        Activation::Tanh => map!(simd, rows, x => tanh::tanh(x)),
        Activation::Sigmoid => map!(simd, rows, x => sigmoid::sigmoid(x)),
        Activation::Erf => map!(simd, rows, x => erf::erf(x)),
        Activation::Gelu => map!(simd, rows, x => gelu::gelu(x)),
        Activation::GeluTanh => map!(simd, rows, x => sigmoid::gelu_tanh(x)),
        Activation::Silu => map!(simd, rows, x => sigmoid::silu(x)),
        Activation::Mish => map!(simd, rows, x => mish::mish(x)),
        Activation::Elu { alpha } => {
            let alpha = round(alpha);
            map!(simd, rows, x => exp::elu(x, x, x.splat(alpha)));
        }
        Activation::Selu => {
            map!(simd, rows, x => exp::elu(x, x * V::C.selu_scale, x.splat(V::C.selu_negative)));
        }
        Activation::Softplus => map!(simd, rows, x => softplus::softplus(x)),
        Activation::Softsign => map!(simd, rows, x => piecewise::softsign(x)),
        Activation::Hardtanh => map!(simd, rows, x => piecewise::hardtanh(x)),
    }
}
