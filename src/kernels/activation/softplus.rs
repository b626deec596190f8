//! Softplus, and the logarithm that it needs.

use super::exp::exp;
use super::real::Real;

/// `ln(1 + exp x)`; 2 ulp.
///
/// `max(x, 0) + log1p(exp(-|x|))`, where the exponential is at most 1.
#[inline(always)]
pub(super) fn softplus<V: Real>(x: V) -> V {
    let e = exp((-x.abs()).at_least(-V::C.exp_max));
    let (scale, last) = e.k.half_powers();
    let power = (e.r + e.c + x.int(1)) * scale * last;
    let zero = x.int(0);
    x.where_below(zero, zero, x) + log1p(power)
}

/// `ln(1 + e)` for `0 <= e <= 1`.
///
/// Above `sqrt 2 - 1` it is `ln 2 + ln(1 + u)` with `u = (e - 1)/2`, else `u = e`. With `s = u / (2 + u)`,
/// `ln(1 + u) = 2 atanh s = u - s (u - s^2 P(s^2))`.
#[inline(always)]
fn log1p<V: Real>(e: V) -> V {
    let one = e.int(1);
    let seam = e.splat(V::C.log_seam);
    let u = e.where_below(seam, e, (e - one) * e.splat(V::C.half));
    let base = e.where_below(seam, e.int(0), e.splat(V::C.ln2));
    let s = u / (u + e.int(2));
    let square = s * s;
    let inner = (-square).fma(square.polynomial(V::C.log), u);
    let base_low = e.where_below(seam, e.int(0), e.splat(V::C.ln2_rest));
    let high = base + u;
    high + (-s).fma(inner, (base - high) + u + base_low)
}
