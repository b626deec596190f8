//! The logistic function and what is built on it: sigmoid, silu, the tanh form of gelu.

use super::exp::{Exp, exp_negated, exp_negated_sum};
use super::pair::two_sum;
use super::real::Real;

/// From here on the sigmoid rounds to 1.
const TOP: i8 = 42;

/// `1 / (1 + exp(-x))`; 2 ulp.
///
/// With `exp(-x) = 2^-k (1 + p)` it is `2^k / (2^k + 1 + p)`: the quotient is taken while it is of the order
/// of 1 and scaled last, so that the negative tail keeps full precision down to the subnormal numbers.
#[inline(always)]
pub(super) fn sigmoid<V: Real>(x: V) -> V {
    let z = x.at_least(-V::C.exp_max).at_most(TOP.into());
    let e = exp_negated(z);
    let (scale, last) = e.k.half_powers();
    let (base, rest) = denominator(scale * last, &e);
    x.int(1) / (base + rest) * scale * last
}

/// `x / (1 + exp(-x))`; 2 ulp.
#[inline(always)]
pub(super) fn silu<V: Real>(x: V) -> V {
    let x_low = x.at_least(-V::C.exp_max);
    let top = x.int(TOP);
    let z = x_low.at_most(TOP.into());
    top.where_below(x, x, quotient(x_low, &exp_negated(z)))
}

/// `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`; 2 ulp.
///
/// The same as `x * sigmoid(z)` with `z = x (a + b x^2)`, `a = 2 sqrt(2/pi)`, `b = 0.044715 a`. In the
/// negative tail an error of `z` is a relative error of the result, so `z` is carried in two parts.
#[inline(always)]
pub(super) fn gelu_tanh<V: Real>(x: V) -> V {
    // sigmoid(z(8)) rounds to 1.
    let x_low = x.at_least(V::C.gelu_tanh_min);
    let t = x_low.at_most(8.into());
    let (z, z_low) = gelu_tanh_sum(t, gelu_tanh_cubic(t));
    x.int(8).where_below(x, x, quotient(x_low, &exp_negated_sum(z, z_low)))
}

/// `b t^2` in two parts.
#[inline(always)]
pub(super) fn gelu_tanh_cubic<V: Real>(t: V) -> (V, V) {
    let square = t * t;
    let square_low = t.fma(t, -square);
    let cubic = t.splat(V::C.gelu_tanh_cubic_hi);
    let product = square * cubic;
    let product_low =
        square.fma(cubic, -product) + square_low.fma(cubic, square * t.splat(V::C.gelu_tanh_cubic_lo));
    (product, product_low)
}

/// `t (a + product)` in two parts, of a product in two parts.
#[inline(always)]
pub(super) fn gelu_tanh_sum<V: Real>(t: V, (product, product_low): (V, V)) -> (V, V) {
    let linear = t.splat(V::C.gelu_tanh_linear_hi);
    let (sum, rest) = two_sum(product, linear);
    let sum_low = rest + (product_low + V::C.gelu_tanh_linear_lo);
    let z = t * sum;
    let z_low = t.fma(sum, -z) + t * sum_low;
    (z, z_low)
}

/// `x / (1 + e)`, where `e = 2^-k (1 + r + c)` with `k` below 128.
///
/// The denominator is carried in two parts and the quotient corrected by its remainder, so that little more
/// than the last operation rounds.
#[inline(always)]
fn quotient<V: Real>(x: V, e: &Exp<V>) -> V {
    let (scale, last) = e.k.half_powers();
    let (base, rest) = denominator(scale * last, e);
    let below = base + rest;
    let below_low = rest - (below - base);
    let inverse = x.int(1) / below;
    let quotient = x * inverse;
    let rest = (-quotient).fma(below_low, (-quotient).fma(below, x));
    // The sign is that of x also where the correction of a zero is a zero of the other sign.
    (rest.fma(inverse, quotient) * scale * last).copysign(x)
}

/// `scale + 1 + r + c` as the rounded sum of the first two and all that is left.
#[inline(always)]
fn denominator<V: Real>(scale: V, e: &Exp<V>) -> (V, V) {
    let one = scale.int(1);
    let base = scale + one;
    (base, (scale - (base - one)) + (e.r + e.c))
}
