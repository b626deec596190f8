//! Derivatives of the activations, in vectors, for the backward pass.
//!
//! Relative error of some ulps wherever the derivative has no zero; next to a zero that is no kink (gelu, `gelu_tanh`,
//! silu, mish and hardswish have one) of some ulps of the terms whose difference it is. At a kink it is what the usual
//! frameworks take: 0 for relu, at both ends of hardtanh and its relatives, and below 0 the slope of that side.
//! Infinities give the limits, NaN gives NaN.

use super::exp::{Exp, exp, exp_negated, exp_negated_sum, exp_sum};
use super::gelu::scaled_tail;
use super::real::Real;
use super::sigmoid::{gelu_tanh_cubic, gelu_tanh_sum, sigmoid as logistic};

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
    let zero = x.int(0);
    x.where_below(zero, zero, x * x.int(2))
}

/// `1 / (1 + |x|)^2`.
#[inline(always)]
pub(super) fn softsign<V: Real>(x: V) -> V {
    let inverse = x.int(1) / (x.abs() + x.int(1));
    inverse * inverse
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
    let inverse = one / below;
    // 1/(1 + e) to twice the precision, and its square.
    let inverse_low = (-inverse).fma(below_low, (-inverse).fma(below, one)) * inverse;
    let square = inverse * inverse;
    let square_low = inverse.fma(inverse, -square) + inverse * inverse_low * a.int(2);
    let product = square.fma(power, square * power_low) + square_low * power;
    product * a.int(factor) * scale * last
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
    let square = t * t;
    let half = x.splat(-V::C.half);
    let e = exp_sum(square * half, t.fma(t, -square) * half);
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
    let (product, product_low) = gelu_tanh_cubic(t);
    let (z, z_low) = gelu_tanh_sum(t, (product, product_low));
    let three = t.int(3);
    let triple = product * three;
    let triple_low = product.fma(three, -triple) + product_low * three;
    weighted(&exp_negated_sum(z, z_low), gelu_tanh_sum(t, (triple, triple_low)))
}

/// `s + x s (1 - s)` with `s = sigmoid(x)`.
#[inline(always)]
pub(super) fn silu<V: Real>(x: V) -> V {
    // Beyond 42 it rounds to 1.
    let t = x.at_least(-V::C.exp_max).at_most(42.into());
    weighted(&exp_negated(t), (t, t.int(0)))
}

/// The sum of two numbers, and what it rounds off: Knuth's two-sum.
#[inline(always)]
fn two_sum<V: Real>(a: V, b: V) -> (V, V) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// `s (1 + weight (1 - s))` with `s = 1 / (1 + e)`, of a weight in two parts.
///
/// `e = (1 + p) / 2^k`: s is `2^k / (2^k + 1 + p)` and its complement `(1 + p) / (2^k + 1 + p)`; the power is multiplied
/// last, so that the negative tail keeps full precision. Every step is carried in two parts.
#[inline(always)]
fn weighted<V: Real>(e: &Exp<V>, (weight, weight_low): (V, V)) -> V {
    let one = weight.int(1);
    let (scale, last) = e.k.half_powers();
    let (p, p_low) = two_sum(e.r, e.c);
    let (power, power_low) = two_sum(one, p);
    let power_low = power_low + p_low;
    let (below, below_low) = two_sum(scale * last, power);
    let below_low = below_low + power_low;
    let inverse = one / below;
    let inverse_low = (-inverse).fma(below_low, (-inverse).fma(below, one)) * inverse;
    let complement = power * inverse;
    let complement_low = power.fma(inverse, -complement) + (power * inverse_low + power_low * inverse);
    let product = weight * complement;
    let product_low = weight.fma(complement, -product) + (weight * complement_low + weight_low * complement);
    let (sum, sum_low) = two_sum(one, product);
    let sum_low = sum_low + product_low;
    let value = sum * inverse;
    let value_low = sum.fma(inverse, -value) + (sum * inverse_low + sum_low * inverse);
    (value + value_low) * scale * last
}

/// `e ((e + 2) (w + 2) + 4 x (1 + e)) / (w + 2)^2` with `e = exp x`, `w = e (e + 2)`.
#[inline(always)]
pub(super) fn mish<V: Real>(x: V) -> V {
    let t = x.at_least(-V::C.exp_max).at_most(22.into());
    let (one, two) = (x.int(1), x.int(2));
    let e = exp(t);
    let (scale, last) = e.k.half_powers();
    let (p, p_low) = two_sum(e.r, e.c);
    let (power, power_low) = two_sum(one, p);
    let power_low = power_low + p_low;
    // e in two parts; in the tail it is far below the 2 that it is added to.
    let (full, full_low) = (scale * last * power, scale * last * power_low);
    let (outer, outer_low) = two_sum(two, full);
    let outer_low = outer_low + full_low;
    let w = full * outer;
    let w_low = full.fma(outer, -w) + (full * outer_low + full_low * outer);
    let (below, below_low) = two_sum(two, w);
    let below_low = below_low + w_low;
    // (e + 2) (w + 2) + 4 x (1 + e)
    let first = outer * below;
    let first_low = outer.fma(below, -first) + (outer * below_low + outer_low * below);
    let (next, next_low) = two_sum(one, full);
    let weight = t * x.int(4);
    let second = weight * next;
    let second_low = weight.fma(next, -second) + weight * (next_low + full_low);
    let (sum, sum_low) = two_sum(first, second);
    let sum_low = sum_low + (first_low + second_low);
    let inverse = one / below;
    let inverse_low = (-inverse).fma(below_low, (-inverse).fma(below, one)) * inverse;
    let quotient = sum * inverse;
    let quotient_low = sum.fma(inverse, -quotient) + (sum * inverse_low + sum_low * inverse);
    let ratio = quotient * inverse;
    let ratio_low = quotient.fma(inverse, -ratio) + (quotient * inverse_low + quotient_low * inverse);
    let value = ratio * power;
    let value_low = ratio.fma(power, -value) + (ratio * power_low + ratio_low * power);
    let slope = (value + value_low) * scale * last;
    unless_nan(x, x.int(22).where_below(x, one, slope))
}

/// `factor exp(x)` up to 0, `above` beyond it.
#[inline(always)]
pub(super) fn exponential<V: Real>(x: V, argument: V, factor: V, above: V) -> V {
    let e = exp(argument.at_least(-V::C.exp_max).at_most(1.into()));
    let (scale, last) = e.k.half_powers();
    let below = factor.fma(e.r + e.c, factor) * scale * last;
    unless_nan(x, x.int(0).where_below(x, above, below))
}

/// `sigmoid(x)`.
#[inline(always)]
pub(super) fn softplus<V: Real>(x: V) -> V {
    logistic(x)
}

/// `sigmoid(-x)`.
#[inline(always)]
pub(super) fn logsigmoid<V: Real>(x: V) -> V {
    logistic(-x)
}
