//! Gelu, in the form with the Gaussian distribution function.

use super::exp::{Exp, exp_sum};
use super::real::Real;

/// `x * (1 + erf(x / sqrt 2)) / 2`; 2 ulp.
///
/// The tail of the Gaussian is `T(t) = exp(-t^2/2) H(q) / (t + 1)` with `t = |x|`, `q = (t - k) / (t + k)`
/// and a polynomial `H` for all `t`, after the map of Shepherd and Laframboise (Math. Comp. 36, 1981). The
/// result is `x T` for negative `x` and `x - x T` for positive `x`. In the negative tail `T` must hold its
/// relative precision, so `t^2/2`, the exponential, `H` and `1/(t + 1)` are carried in two parts.
#[inline(always)]
pub(super) fn gelu<V: Real>(x: V) -> V {
    let t = x.abs().at_most(V::C.mills_max);
    let e = bell(t);
    let (scale, last) = e.k.half_powers();
    let (tail, tail_low) = scaled_tail(t, &e);
    let signed = t.copysign(x);
    let negative = signed.fma(tail, signed * tail_low) * scale * last;
    let positive = (-signed).fma((tail + tail_low) * (scale * last), signed);
    let value = x.where_below(x.int(0), negative, positive);
    // Far out it is x, also for infinity; the sign is that of x also for zeros.
    x.splat(V::C.mills_max).where_below(x, x, value.copysign(x))
}

/// `exp(-t^2/2)`.
#[inline(always)]
pub(super) fn bell<V: Real>(t: V) -> Exp<V> {
    let square = t * t;
    let half = t.splat(-V::C.half);
    exp_sum(square * half, t.fma(t, -square) * half)
}

/// `T(t) / 2^k` in two parts, the second below a tenth of the first.
#[inline(always)]
pub(super) fn scaled_tail<V: Real>(t: V, e: &Exp<V>) -> (V, V) {
    let one = t.int(1);
    let power = one + e.r;
    let power_low = (one - power) + e.r + e.c;
    // One division for 1/(t + 1) and 1/(t + k).
    let sum = t + one;
    let other = t + V::C.mills_k;
    let both = one / (sum * other);
    let inverse = both * other;
    let rest = (-inverse).fma(t - (sum - one), (-inverse).fma(sum, one));
    // q + 1 = 2t/(t + k) is accurate near 0, where H is steepest.
    let (h, h_low) = mills((t * (both * sum)).fma(t.int(2), -one));
    let product = h * power;
    let product_low = h_low.fma(power, h.fma(power_low, h.fma(power, -product)));
    let tail = product * inverse;
    let tail_low = (product_low + product * rest).fma(inverse, product.fma(inverse, -tail));
    (tail, tail_low)
}

/// `H(q)` in two parts. It is between 0.39 and 0.53, so that the constant term dominates.
#[inline(always)]
fn mills<V: Real>(q: V) -> (V, V) {
    let (low, higher) = V::C.mills.split_first().expect("a polynomial has coefficients");
    let inner = q.polynomial(higher);
    let high = q.splat(V::C.mills_high);
    let h = q.fma(inner, high);
    (h, q.fma(inner, high - h) + *low)
}
