//! Derivatives of the activations, in vectors, for the backward pass.
//!
//! Relative error of some ulps wherever the derivative has no zero; next to a zero that is no kink (gelu, `gelu_tanh`,
//! silu, mish and hardswish have one) of some ulps of the terms whose difference it is. At a kink it is what the usual
//! frameworks take: 0 for relu, at both ends of hardtanh and its relatives, and below 0 the slope of that side.
//! Infinities give the limits, NaN gives NaN.

use super::exp::{Exp, exp, exp_negated, exp_negated_sum, exp_sum};
use super::gelu::{bell as bell_of, scaled_tail};
use super::pair::{product, reciprocal, sum, two_sum};
use super::piecewise;
use super::real::Real;
use super::sigmoid::{gelu_tanh_cubic, gelu_tanh_sum};

/// `value` where `x` is a number, else NaN.
#[inline(always)]
fn unless_nan<V: Real>(x: V, value: V) -> V {
    x.where_equal(x, value, x)
}

/// 1 above 0, else `otherwise`.
#[inline(always)]
pub(super) fn step<V: Real>(x: V, otherwise: V) -> V {
    unless_nan(x, x.int(0).where_below(x, x.int(1), otherwise))
}

/// `inside` strictly between `low` and `high`, else 0.
#[inline(always)]
pub(super) fn between<V: Real>(x: V, low: i8, high: i8, inside: V) -> V {
    let zero = x.int(0);
    unless_nan(x, x.int(low).where_below(x, x.where_below(x.int(high), inside, zero), zero))
}

/// `1/6 (2x + 3)` between -3 and 3, 0 below, 1 above.
#[inline(always)]
pub(super) fn hardswish<V: Real>(x: V) -> V {
    let inner = x.fma(x.int(2), x.int(3)) / x.int(6);
    let above = x.where_below(x.int(3), inner, x.int(1));
    unless_nan(x, x.int(-3).where_below(x, above, x.int(0)))
}

/// `2 max(x, 0)`.
#[inline(always)]
pub(super) fn squared_relu<V: Real>(x: V) -> V {
    piecewise::relu(x) * x.int(2)
}

/// `1 / (1 + |x|)^2`.
#[inline(always)]
pub(super) fn softsign<V: Real>(x: V) -> V {
    let bounded = x.abs().at_most(V::C.huge);
    let one = x.int(1);
    let (inverse, inverse_low) = reciprocal(two_sum(bounded, one));
    let square = inverse.fma(inverse, inverse * inverse_low * x.int(2));
    // Beyond 2^60 it is the square of 1/|x|, down to 0.
    let far = one / x.abs();
    unless_nan(x, x.splat(V::C.huge).where_below(x.abs(), far * far, square))
}

/// `factor e / (1 + e)^2` with `e = exp(-a)`, a at least 0.
#[inline(always)]
fn bell<V: Real>(a: V, factor: i8) -> V {
    let e = exp((-a).at_least(-V::C.exp_max));
    let one = a.int(1);
    let (scale, last) = e.k.half_powers();
    let power = one + (e.r + e.c);
    let power_low = (one - power) + e.r + e.c;
    let small = scale * last;
    let below = small.fma(power, one);
    let below_low = small.fma(power, one - below) + small * power_low;
    // 1/(1 + e) to twice the precision, and its square.
    let (inverse, inverse_low) = reciprocal((below, below_low));
    let square = inverse * inverse;
    let square_low = inverse.fma(inverse, -square) + inverse * inverse_low * a.int(2);
    let scaled = square.fma(power, square * power_low) + square_low * power;
    scaled * a.int(factor) * scale * last
}

/// `1 - tanh(x)^2 = 4 e / (1 + e)^2` with `e = exp(-2|x|)`.
#[inline(always)]
pub(super) fn tanh<V: Real>(x: V) -> V {
    bell(x.abs() * x.int(2), 4)
}

/// `sigmoid(x) sigmoid(-x)`.
#[inline(always)]
pub(super) fn sigmoid<V: Real>(x: V) -> V {
    bell(x.abs(), 1)
}

/// `2 / sqrt(pi) exp(-x^2)`.
#[inline(always)]
pub(super) fn erf<V: Real>(x: V) -> V {
    let t = x.abs();
    let square = (t * t).at_most(V::C.exp_max);
    let low = square.where_below(x.splat(V::C.exp_max), t.fma(t, -square), x.int(0));
    let e = exp_sum(-square, -low);
    let (scale, last) = e.k.half_powers();
    let factor = x.splat(V::C.erf_high);
    factor.fma(e.r + e.c, factor) * scale * last
}

/// `Phi(x) + x exp(-x^2/2) / sqrt(2 pi)`.
#[inline(always)]
pub(super) fn gelu<V: Real>(x: V) -> V {
    let t = x.abs().at_most(V::C.mills_max);
    let e = bell_of(t);
    let (scale, last) = e.k.half_powers();
    let (tail, tail_low) = scaled_tail(t, &e);
    let density = x.splat(V::C.density_at_0);
    let slope = t * density;
    let slope = slope.fma(e.r + e.c, slope);
    // The part that the negative side has, and that 1 lacks on the positive one.
    let negative = ((tail - slope) + tail_low) * scale * last;
    unless_nan(x, x.where_below(x.int(0), negative, x.int(1) - negative))
}

/// `s + x s (1 - s) z'` with `s = sigmoid(z)`, `z = x (a + b x^2)`, `z' = a + 3 b x^2`.
#[inline(always)]
pub(super) fn gelu_tanh<V: Real>(x: V) -> V {
    // Beyond 8 it rounds to 1.
    let t = x.at_least(V::C.gelu_tanh_min).at_most(8.into());
    let (cubic, cubic_low) = gelu_tanh_cubic(t);
    let (z, z_low) = gelu_tanh_sum(t, (cubic, cubic_low));
    let three = t.int(3);
    let triple = cubic * three;
    let triple_low = cubic.fma(three, -triple) + cubic_low * three;
    weighted(&exp_negated_sum(z, z_low), gelu_tanh_sum(t, (triple, triple_low)))
}

/// `s + x s (1 - s)` with `s = sigmoid(x)`.
#[inline(always)]
pub(super) fn silu<V: Real>(x: V) -> V {
    // Beyond 42 it rounds to 1.
    let t = x.at_least(-V::C.exp_max).at_most(42.into());
    weighted(&exp_negated(t), (t, t.int(0)))
}

/// `1 + r + c` of an exponential, in two parts.
#[inline(always)]
fn one_and<V: Real>(e: &Exp<V>) -> (V, V) {
    let (p, p_low) = two_sum(e.r, e.c);
    sum(p.int(1), (p, p_low))
}

/// `s (1 + weight (1 - s))` with `s = 1 / (1 + e)`, of a weight in two parts.
///
/// `e = (1 + p) / 2^k`: s is `2^k / (2^k + 1 + p)` and its complement `(1 + p) / (2^k + 1 + p)`; the power is multiplied
/// last, so that the negative tail keeps full precision. Every step is carried in two parts.
#[inline(always)]
fn weighted<V: Real>(e: &Exp<V>, (weight, weight_low): (V, V)) -> V {
    let one = weight.int(1);
    let (scale, last) = e.k.half_powers();
    let power = one_and(e);
    let inverse = reciprocal(sum(scale * last, power));
    let part = product((weight, weight_low), product(power, inverse));
    let (value, value_low) = product(sum(one, part), inverse);
    (value + value_low) * scale * last
}

/// `e ((e + 2) (w + 2) + 4 x (1 + e)) / (w + 2)^2` with `e = exp x`, `w = e (e + 2)`.
#[inline(always)]
pub(super) fn mish<V: Real>(x: V) -> V {
    let t = x.at_least(-V::C.exp_max).at_most(22.into());
    let (one, two) = (x.int(1), x.int(2));
    let e = exp(t);
    let (scale, last) = e.k.half_powers();
    let power = one_and(&e);
    // e in two parts; in the tail it is far below the 2 that it is added to.
    let full = (scale * last * power.0, scale * last * power.1);
    let outer = sum(two, full);
    let below = sum(two, product(full, outer));
    // (e + 2) (w + 2) + 4 x (1 + e)
    let (first, first_low) = product(outer, below);
    let (second, second_low) = product((t * x.int(4), x.int(0)), sum(one, full));
    let (above, above_low) = two_sum(first, second);
    let inverse = reciprocal(below);
    let quotient = product((above, above_low + (first_low + second_low)), inverse);
    let (value, value_low) = product(product(quotient, inverse), power);
    let slope = (value + value_low) * scale * last;
    unless_nan(x, x.int(22).where_below(x, one, slope))
}

/// `factor exp(x / width)` up to 0, `above` beyond it.
#[inline(always)]
pub(super) fn exponential<V: Real>(x: V, width: V, factor: V, above: V) -> V {
    let (least, zero) = (x.splat(-V::C.exp_max), x.int(0));
    let ratio = x / width;
    // The rounding of the quotient would be seen in the tail.
    let rest = least.where_below(ratio, (-ratio).fma(width, x) / width, zero);
    let e = exp_sum(ratio.at_least(-V::C.exp_max).at_most(1.into()), rest);
    let (scale, last) = e.k.half_powers();
    let below = factor.fma(e.r + e.c, factor) * scale * last;
    unless_nan(x, zero.where_below(x, above, below))
}
