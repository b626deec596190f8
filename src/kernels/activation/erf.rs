//! The error function.

use super::exp::exp;
use super::real::Real;

/// `erf x`; 2 ulp.
///
/// Below 1 an odd polynomial, from 1 on `1 - exp L(t)` with a polynomial `L` for `log(erfc t)`: there the
/// complement is at most 0.16, so that the exponential hardly adds to the rounding of the last subtraction.
#[inline(always)]
pub(super) fn erf<V: Real>(x: V) -> V {
    let one = x.int(1);
    let t = x.abs().at_most(V::C.erfc_max);
    let small = t.fma(x.splat(V::C.erf_high), t * (t * t).polynomial(V::C.erf));
    let e = exp((t - one).polynomial(V::C.log_erfc));
    let scale = e.k.power();
    let large = one - scale.fma(e.r + e.c, scale);
    t.where_below(one, small, large).copysign(x)
}
