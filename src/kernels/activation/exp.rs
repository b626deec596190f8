//! The exponential, in pieces that its users put together without loss; elu and selu; the exponential itself.

use super::real::Real;

/// `exp a = 2^k * (1 + r + c)` with `|r| <= ln(2)/2`.
///
/// Cody and Waite's reduction: `k` is the integer nearest to `a / ln 2` and `r = a - k ln 2` with `ln 2` in
/// two parts, the first subtracted exactly. `c = r^2 * P(r)` is the rest of the series, at most 0.07. The
/// absolute error of `1 + r + c` is below `2^-54` (`f64`) and `2^-25` (`f32`), mostly from rounding `r`.
pub(super) struct Exp<V> {
    /// `k + shifter`, for [`Real::power`] and [`Real::half_powers`].
    pub k: V,
    /// Reduced argument.
    pub r: V,
    /// `exp r - 1 - r`.
    pub c: V,
}

/// `exp a = 2^k * (1 + r + c)`; `k` may leave the range of normal exponents by a factor of two.
#[inline(always)]
pub(super) fn exp<V: Real>(a: V) -> Exp<V> {
    let (k, r) = reduce(a);
    finish(k, r)
}

/// `exp(a + low) = 2^k * (1 + r + c)` for a `low` below the last bit of `a`.
#[inline(always)]
pub(super) fn exp_sum<V: Real>(a: V, low: V) -> Exp<V> {
    let (k, r) = reduce(a);
    finish(k, r + low)
}

/// `exp(-a) = 2^-k * (1 + r + c)`: the reciprocal power, for quotients that are scaled last.
#[inline(always)]
pub(super) fn exp_negated<V: Real>(a: V) -> Exp<V> {
    let (k, r) = reduce_negated(a);
    finish(k, r)
}

/// `exp(-a - low) = 2^-k * (1 + r + c)`.
#[inline(always)]
pub(super) fn exp_negated_sum<V: Real>(a: V, low: V) -> Exp<V> {
    let (k, r) = reduce_negated(a);
    finish(k, r - low)
}

/// `k + shifter` and `a - k ln 2`.
#[inline(always)]
fn reduce<V: Real>(a: V) -> (V, V) {
    let k = a.fma(a.splat(V::C.log2e), a.splat(V::C.shifter));
    let n = k - V::C.shifter;
    let r = n.fma(a.splat(-V::C.ln2_hi), a);
    (k, n.fma(a.splat(-V::C.ln2_lo), r))
}

/// `k + shifter` and `k ln 2 - a`.
#[inline(always)]
fn reduce_negated<V: Real>(a: V) -> (V, V) {
    let k = a.fma(a.splat(V::C.log2e), a.splat(V::C.shifter));
    let n = k - V::C.shifter;
    let r = n.fma(a.splat(V::C.ln2_hi), -a);
    (k, n.fma(a.splat(V::C.ln2_lo), r))
}

/// The series of the exponential at `r`.
#[inline(always)]
fn finish<V: Real>(k: V, r: V) -> Exp<V> {
    Exp { k, r, c: r * r * r.polynomial(V::C.exp) }
}

/// `x` for `x >= 0`, else `alpha * (exp x - 1)`; 1 ulp.
///
/// `exp x - 1 = (2^k - 1) + 2^k r + 2^k c`, where the first term is exact and dominates unless `k = 0`, when
/// it is zero and `r = x`. The sum is kept in two parts, so that only the product with `alpha` rounds.
#[inline(always)]
pub(super) fn elu<V: Real>(x: V, positive: V, alpha: V) -> V {
    // exp(-46) - 1 rounds to -1.
    let e = exp(x.at_least((-46).into()));
    let scale = e.k.power();
    let first = scale - x.int(1);
    let sum = scale.fma(e.r, first);
    let rest = scale.fma(e.c, scale.fma(e.r, first - sum));
    let high = sum + rest;
    let low = rest - (high - sum);
    x.where_below(x.int(0), alpha.fma(high, alpha * low), positive)
}

/// `exp x`; 2 ulp.
#[inline(always)]
pub(super) fn exponential<V: Real>(x: V) -> V {
    let e = exp(x.at_least(-V::C.exp_max).at_most(V::C.exp_max));
    let (scale, last) = e.k.half_powers();
    (e.r + e.c + x.int(1)) * scale * last
}
