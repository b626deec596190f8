//! The hyperbolic tangent.

use super::exp::exp;
use super::real::Real;

/// `tanh x`; 1 ulp.
///
/// With `exp(-2|x|) = 2^k (1 + r + c)` it is `(1 - 2^k - 2^k (r + c)) / (1 + 2^k + 2^k (r + c))`. There is no
/// cancellation: for small `x`, `k = 0` and the numerator is `-r - c` with `r = -2|x|` exactly. Numerator and
/// denominator are carried in two parts and the quotient is corrected by its remainder.
#[inline(always)]
pub(super) fn tanh<V: Real>(x: V) -> V {
    // tanh(20) rounds to 1.
    let e = exp((x.abs() * x.int(-2)).at_least((-40).into()));
    let one = x.int(1);
    let scale = e.k.power();
    let r = scale * e.r;
    let c = scale * e.c;
    let first = one - scale;
    let above = first - r;
    let above_low = (first - above) - r - c;
    let first = one + scale;
    let below = first + r;
    let below_low = (first - below) + r + c;
    let inverse = one / (below + below_low);
    let quotient = (above + above_low) * inverse;
    let rest = (-quotient).fma(below, above) + (-quotient).fma(below_low, above_low);
    rest.fma(inverse, quotient).copysign(x)
}
