//! Derivatives of the activations, in vectors, for the backward pass.
//!
//! Relative error of some ulps wherever the derivative has no zero; next to a zero that is no kink (gelu, `gelu_tanh`,
//! silu, mish and hardswish have one) of some ulps of the terms whose difference it is. At a kink it is what the usual
//! frameworks take: 0 for relu, at both ends of hardtanh and its relatives, and below 0 the slope of that side.
//! Infinities give the limits, NaN gives NaN.

use super::exp::{exp, exp_negated, exp_negated_sum, exp_sum};
use super::gelu::scaled_tail;
use super::real::Real;

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

/// `1 / (1 + exp(-x))`, and the same at `-x`, without cancellation in either.
#[inline(always)]
fn logistic_pair<V: Real>(x: V) -> (V, V) {
    (super::sigmoid::sigmoid(x), super::sigmoid::sigmoid(-x))
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
    let square = t * t;
    let (cubic, linear) = (x.splat(V::C.gelu_tanh_cubic_hi), x.splat(V::C.gelu_tanh_linear_hi));
    let inner = square.fma(cubic, linear);
    let inner_low = square.fma(cubic, linear - inner)
        + (t.fma(t, -square) * cubic + square * x.splat(V::C.gelu_tanh_cubic_lo) + V::C.gelu_tanh_linear_lo);
    let z = t * inner;
    let z_low = t.fma(inner, -z) + t * inner_low;
    let outer = square.fma(cubic * x.int(3), linear);
    weighted(t, &exp_negated_sum(z, z_low), t * outer)
}

/// `s + x s (1 - s)` with `s = sigmoid(x)`.
#[inline(always)]
pub(super) fn silu<V: Real>(x: V) -> V {
    // Beyond 42 it rounds to 1.
    let t = x.at_least(-V::C.exp_max).at_most(42.into());
    weighted(t, &exp_negated(t), t)
}

/// `s (1 + weight (1 - s))` with `s = 1 / (1 + e)`.
#[inline(always)]
fn weighted<V: Real>(x: V, e: &super::exp::Exp<V>, weight: V) -> V {
    let one = x.int(1);
    let (scale, last) = e.k.half_powers();
    // e = (1 + p) / (scale last): s = scale last / (scale last + 1 + p), 1 - s = (1 + p) / (the same).
    let power = one + (e.r + e.c);
    let small = scale * last;
    let below = small + power;
    let inverse = one / below;
    let complement = power * inverse;
    weight.fma(complement, one) * inverse * scale * last
}

/// `e ((e + 2) (w + 2) + 4 x (1 + e)) / (w + 2)^2` with `e = exp x`, `w = e (e + 2)`.
#[inline(always)]
pub(super) fn mish<V: Real>(x: V) -> V {
    let t = x.at_least(-V::C.exp_max).at_most(22.into());
    let (one, two) = (x.int(1), x.int(2));
    let e = exp(t);
    let (scale, last) = e.k.half_powers();
    let power = one + (e.r + e.c);
    let full = scale * last * power;
    let w = full * (full + two);
    let below = w + two;
    let above = (full + two).fma(below, t * x.int(4) * (one + full));
    unless_nan(x, x.int(22).where_below(x, one, power * (above / below / below) * scale * last))
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
    logistic_pair(x).0
}

/// `sigmoid(-x)`.
#[inline(always)]
pub(super) fn logsigmoid<V: Real>(x: V) -> V {
    logistic_pair(x).1
}
