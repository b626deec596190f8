//! The activations: one row each.
//!
//! A new activation is a row here, and a file or a function for its image where none of those that exist will do. Its
//! name in configs, its schema, its theory and the fraction of saturated entries follow from the row.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::custom::Custom;
use super::real::Real;
use super::{erf, exp, gelu, mish, piecewise, sigmoid, slopes, softplus, tanh};
use crate::simd::SimdLevel;

/// `sup |phi'| / |phi'|` from which on a tail is saturated; see [`crate::kernels::saturation`].
pub const RATIO: f64 = 100.0;

/// Where there is no tail.
const NONE: f64 = f64::INFINITY;

/// `lambda` and `lambda alpha` of selu (Klambauer et al. 2017).
const SELU: (f64, f64) = (1.050_700_987_355_480_5, 1.758_099_340_847_376_6);

/// `1 / sqrt(2 pi)` and `sqrt(2 / pi)`.
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
const ROOT_TWO_OVER_PI: f64 = 0.797_884_560_802_865_4;

/// Each row: what it is in the documentation; `Variant { argument = its default } = name`, and
///
/// - its image of a vector `x`, of element type `V`, and its derivative there, as a backward pass takes it;
/// - its slope at a number, at a kink the limit from the left;
/// - the ends of its saturated tails;
/// - the points around which it has structure, its kinks among them;
/// - whether it is odd.
macro_rules! activations {
    ($(
        $(#[$doc:meta])*
        $variant:ident $({ $(#[$field:meta])* $argument:ident = $default:literal })? = $name:literal,
        image |$x:ident| $image:expr,
        derivative |$y:ident| $derivative:expr,
        slope |$at:ident| $slope:expr,
        tails $tails:expr,
        centres $centres:expr,
        is_odd $is_odd:literal;
    )+) => {
        /// An activation function phi, applied to every pre-activation.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Activation {
            $($(#[$doc])* $variant $({ $(#[$field])* $argument: f64 })?,)+
            /// A formula of a config.
            Formula(&'static dyn Custom),
        }

        impl Activation {
            /// Every name of a built-in one, without arguments, in the order of the variants; `swish` is another name of
            /// `silu`, and `prelu` is `leaky_relu(0.25)`, which `torch.nn.PReLU` begins with.
            pub const NAMES: [&'static str; [$($name),+].len() + 2] = [$($name,)+ "swish", "prelu"];

            /// Each built-in one, with its default argument.
            pub(super) const ALL: [Self; [$($name),+].len()] =
                [$(Self::$variant $({ $argument: $default })?),+];

            /// The name without its argument.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant $({ $argument: _ })? => $name,)+
                    Self::Formula(formula) => formula.name(),
                }
            }

            /// The argument, of those that have one.
            pub(super) fn argument(&mut self) -> Option<&mut f64> {
                match self {
                    $($(Self::$variant { $argument } => Some($argument),)?)+
                    _ => None,
                }
            }

            /// Returns `phi'(x)`; at a kink the limit from the left, of a formula that of one side. Absolute error of some
            /// ulps of the largest slope.
            #[must_use]
            pub fn slope(self, at: f64) -> f64 {
                match self {
                    $(Self::$variant $({ $argument })? => { let $at = at; $slope })+
                    Self::Formula(formula) => {
                        let mut rows = [[at; 8]];
                        formula.apply_slope(SimdLevel::detect(), &mut rows);
                        rows[0][0]
                    }
                }
            }

            /// The ends of its saturated tails: h is saturated if `h <= tails()[0] || h >= tails()[1]`; infinite where
            /// there is none. Smooth ones are rounded to 17 digits; those of formulas are not known.
            #[must_use]
            pub fn tails(self) -> Option<[f64; 2]> {
                match self {
                    $(Self::$variant $({ $argument })? => Some($tails),)+
                    Self::Formula(_) => None,
                }
            }

            /// The points of a built-in one around which it has structure of the width 1; its kinks are among them.
            pub(super) fn centres(self) -> &'static [f64] {
                match self {
                    $(Self::$variant $({ $argument: _ })? => &$centres,)+
                    Self::Formula(_) => &[],
                }
            }

            /// Whether it is known that `phi(-x) = -phi(x)`.
            #[must_use]
            pub fn is_odd(self) -> bool {
                match self {
                    $(Self::$variant $({ $argument: _ })? => $is_odd,)+
                    Self::Formula(formula) => formula.is_odd(),
                }
            }
        }

        /// Replaces every vector by its image, of a built-in one; `round` gives a parameter in the precision of the vectors.
        #[inline(always)]
        pub(super) fn apply<V: Real>(
            simd: V::Simd,
            activation: Activation,
            rows: &mut [V::Row],
            round: fn(f64) -> V::Scalar,
        ) {
            match activation {
                $(Activation::$variant $({ $argument })? => {
                    $(let $argument = round($argument);)?
                    // A loop for each: a closure passed as a value need not be inlined into the code for the
                    // instruction set.
                    for row in rows.iter_mut() {
                        let $x = V::load(simd, row);
                        $image.store(row);
                    }
                })+
                // It is not one loop: see `Activation::apply`.
                Activation::Formula(_) => {}
            }
        }

        /// Multiplies every vector of `out` by the derivative of a built-in one at the vector of `rows`.
        #[inline(always)]
        pub(super) fn multiply_by_slope<V: Real>(
            simd: V::Simd,
            activation: Activation,
            rows: &[V::Row],
            out: &mut [V::Row],
            round: fn(f64) -> V::Scalar,
        ) {
            match activation {
                $(Activation::$variant $({ $argument })? => {
                    $(let $argument = round($argument);)?
                    for (row, out) in rows.iter().zip(out.iter_mut()) {
                        let $y = V::load(simd, row);
                        (V::load(simd, out) * $derivative).store(out);
                    }
                })+
                Activation::Formula(_) => {}
            }
        }
    };
}

activations! {
    /// `x`
    Linear = "linear",
        image |x| x,
        derivative |x| x.int(1),
        slope |_x| 1.0,
        tails both(NONE),
        centres [],
        is_odd true;
    /// `max(x, 0)`; saturated at or below 0
    Relu = "relu",
        image |x| piecewise::relu(x),
        derivative |x| slopes::step(x, x.int(0)),
        slope |x| f64::from(x > 0.0),
        tails lower(0.0),
        centres [0.0],
        is_odd false;
    /// `x` for `x >= 0`, else `slope * x`; saturated at or below 0 if `abs(slope) < 0.01`, at or above 0 if
    /// `abs(slope) > 100`
    LeakyRelu {
        /// Slope of the negative side.
        slope = 0.01
    } = "leaky_relu",
        image |x| piecewise::leaky_relu(x, x.splat(slope)),
        derivative |x| slopes::step(x, x.splat(slope)),
        slope |x| if x > 0.0 { 1.0 } else { slope },
        tails [-flat_from_0(slope, slope), flat_from_0(1.0, slope)],
        centres [0.0],
        is_odd false;
    /// `tanh x`; saturated beyond 2.993
    Tanh = "tanh",
        image |x| tanh::tanh(x),
        derivative |x| slopes::tanh(x),
        slope |x| 1.0 - square(libm::tanh(x)),
        // artanh(sqrt(0.99))
        tails both(2.993_222_846_126_381),
        centres [0.0],
        is_odd true;
    /// `1 / (1 + exp(-x))`; saturated beyond 5.986
    Sigmoid = "sigmoid",
        image |x| sigmoid::sigmoid(x),
        derivative |x| slopes::sigmoid(x),
        slope |x| logistic(x) * logistic(-x),
        // Twice that of tanh: sigmoid(x) = (1 + tanh(x/2)) / 2
        tails both(5.986_445_692_252_762),
        centres [0.0],
        is_odd false;
    /// `erf x`; saturated beyond 2.146
    Erf = "erf",
        image |x| erf::erf(x),
        derivative |x| slopes::erf(x),
        slope |x| FRAC_2_SQRT_PI * libm::exp(-x * x),
        // sqrt(ln 100)
        tails both(2.145_966_026_289_347),
        centres [0.0],
        is_odd true;
    /// `x * (1 + erf(x / sqrt 2)) / 2`; saturated below -3.022
    Gelu = "gelu",
        image |x| gelu::gelu(x),
        derivative |x| slopes::gelu(x),
        slope |x| 0.5 * libm::erfc(-x * FRAC_1_SQRT_2) + x * DENSITY_AT_0 * libm::exp(-0.5 * x * x),
        // Here and in the next three: roots of phi'(h) = -sup phi' / 100
        tails lower(-3.021_662_634_098_404),
        centres [0.0],
        is_odd false;
    /// `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`; saturated below -3.009
    GeluTanh = "gelu_tanh",
        image |x| sigmoid::gelu_tanh(x),
        derivative |x| slopes::gelu_tanh(x),
        slope |x| {
            let t = libm::tanh(ROOT_TWO_OVER_PI * x * (1.0 + 0.044_715 * x * x));
            let inner = ROOT_TWO_OVER_PI * (1.0 + 3.0 * 0.044_715 * x * x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t) * (1.0 + t) * inner
        },
        tails lower(-3.009_357_739_631_13),
        centres [0.0],
        is_odd false;
    /// `x / (1 + exp(-x))`; saturated below -6.143
    Silu = "silu",
        image |x| sigmoid::silu(x),
        derivative |x| slopes::silu(x),
        slope |x| logistic(x) * (1.0 + x * logistic(-x)),
        tails lower(-6.142_915_700_195_617),
        centres [0.0],
        is_odd false;
    /// `x * tanh(ln(1 + exp x))`; saturated below -6.159
    Mish = "mish",
        image |x| mish::mish(x),
        derivative |x| slopes::mish(x),
        slope |x| {
            let t = libm::tanh(x.max(0.0) + libm::log1p(libm::exp(-x.abs())));
            t + x * (1.0 - t) * (1.0 + t) * logistic(x)
        },
        tails lower(-6.158_741_309_632_209),
        centres [0.0],
        is_odd false;
    /// `x` for `x >= 0`, else `alpha * (exp x - 1)`; saturated below `min(0, ln(0.01 max(1, 1/abs(alpha))))`, and at or
    /// above 0 if `abs(alpha) > 100`
    Elu {
        /// Limit `-alpha` of the negative side.
        alpha = 1.0
    } = "elu",
        image |x| exp::elu(x, x, x.splat(alpha)),
        derivative |x| slopes::exponential(x, x.int(1), x.splat(alpha), x.int(1)),
        slope |x| if x > 0.0 { 1.0 } else { alpha * libm::exp(x) },
        tails elu_tails(alpha.abs()),
        centres [0.0],
        is_odd false;
    /// `lambda * elu(x, alpha)` with the constants of Klambauer et al. (2017); saturated below -4.605
    Selu = "selu",
        image |x| exp::elu(x, x * V::C.selu_scale, x.splat(V::C.selu_negative)),
        derivative |x| slopes::exponential(x, x.int(1), x.splat(V::C.selu_negative), x.splat(V::C.selu_scale)),
        slope |x| if x > 0.0 { SELU.0 } else { SELU.1 * libm::exp(x) },
        // ln 0.01: the slope is lambda alpha e^h below 0, and steepest there
        tails lower(-4.605_170_185_988_091),
        centres [0.0],
        is_odd false;
    /// `ln(1 + exp x)`; saturated below -4.595
    Softplus = "softplus",
        image |x| softplus::softplus(x),
        derivative |x| sigmoid::sigmoid(x),
        slope |x| logistic(x),
        // ln(1/99)
        tails lower(-4.595_119_850_134_59),
        centres [0.0],
        is_odd false;
    /// `x / (1 + |x|)`; saturated beyond 9
    Softsign = "softsign",
        image |x| piecewise::softsign(x),
        derivative |x| slopes::softsign(x),
        slope |x| 1.0 / square(1.0 + x.abs()),
        tails both(9.0),
        centres [0.0],
        is_odd true;
    /// `min(max(x, -1), 1)`; saturated from 1 on
    Hardtanh = "hardtanh",
        image |x| piecewise::hardtanh(x),
        derivative |x| slopes::between(x, -1, 1, x.int(1)),
        slope |x| f64::from(x > -1.0 && x <= 1.0),
        tails both(1.0),
        centres [-1.0, 1.0],
        is_odd true;
    /// `min(max(x, 0), 6)`; saturated at or below 0 and at or above 6
    Relu6 = "relu6",
        image |x| piecewise::relu(x).at_most(6.into()),
        derivative |x| slopes::between(x, 0, 6, x.int(1)),
        slope |x| f64::from(x > 0.0 && x <= 6.0),
        tails [0.0, 6.0],
        centres [0.0, 6.0],
        is_odd false;
    /// `x` for `x >= 0`, else `alpha * (exp(x/alpha) - 1)`, `alpha >= 0`; saturated below `-4.605 alpha`
    Celu {
        /// Limit `-alpha` of the negative side.
        alpha = 1.0
    } = "celu",
        image |x| exp::elu(x / x.splat(alpha), x, x.splat(alpha)),
        derivative |x| slopes::exponential(x, x.splat(alpha), x.int(1), x.int(1)),
        slope |x| if x > 0.0 { 1.0 } else { libm::exp(x / alpha) },
        // ln 0.01, as of selu
        tails lower(-4.605_170_185_988_091 * alpha.abs()),
        centres [0.0],
        is_odd false;
    /// `min(max(x + 3, 0), 6) / 6`; saturated from 3 on
    Hardsigmoid = "hardsigmoid",
        image |x| piecewise::hardsigmoid(x),
        derivative |x| slopes::between(x, -3, 3, x.int(1) / x.int(6)),
        slope |x| f64::from(x > -3.0 && x <= 3.0) / 6.0,
        tails both(3.0),
        centres [-3.0, 3.0],
        is_odd false;
    /// `x * min(max(x + 3, 0), 6) / 6`; saturated at or below -3
    Hardswish = "hardswish",
        image |x| piecewise::hardswish(x),
        derivative |x| slopes::hardswish(x),
        slope |x| if x > 3.0 { 1.0 } else if x > -3.0 { (2.0 * x + 3.0) / 6.0 } else { 0.0 },
        tails lower(-3.0),
        centres [-3.0, 3.0],
        is_odd false;
    /// `-ln(1 + exp(-x))`; saturated above 4.595
    Logsigmoid = "logsigmoid",
        image |x| -softplus::softplus(-x),
        derivative |x| sigmoid::sigmoid(-x),
        slope |x| logistic(-x),
        tails [-NONE, 4.595_119_850_134_59],
        centres [0.0],
        is_odd false;
    /// `max(x, 0)^2`; its slope has no bound: saturated at or below 0
    SquaredRelu = "squared_relu",
        image |x| piecewise::squared_relu(x),
        derivative |x| slopes::squared_relu(x),
        slope |x| 2.0 * x.max(0.0),
        tails lower(0.0),
        centres [0.0],
        is_odd false;
}

fn both(end: f64) -> [f64; 2] {
    [-end, end]
}

fn lower(end: f64) -> [f64; 2] {
    [end, NONE]
}

/// 0 if a side of slope `side` is saturated in a leaky relu of slope `other` below 0.
fn flat_from_0(side: f64, other: f64) -> f64 {
    if side.abs() * RATIO < other.abs().max(1.0) { 0.0 } else { NONE }
}

fn elu_tails(alpha: f64) -> [f64; 2] {
    let steepest = alpha.max(1.0);
    // alpha e^h = steepest / 100
    let low = if alpha == 0.0 { 0.0 } else { libm::log(steepest / RATIO / alpha).min(0.0) };
    [low, if alpha > RATIO { 0.0 } else { NONE }]
}

fn square(x: f64) -> f64 {
    x * x
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
