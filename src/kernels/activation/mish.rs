//! Mish.

use super::exp::exp;
use super::real::Real;

/// From here on mish rounds to `x`.
const TOP: i8 = 20;

/// `x tanh(ln(1 + exp x))`; 2 ulp.
///
/// With `e = exp x` it is `x e (e + 2) / (e (e + 2) + 2)`. One factor `e` of the numerator is kept as
/// `1 + r + c` and its power of two multiplied last, so that the negative tail keeps full precision. All
/// terms are carried in two parts.
#[inline(always)]
pub(super) fn mish<V: Real>(x: V) -> V {
    let x_low = x.at_least(-V::C.exp_max);
    let (one, two, top) = (x.int(1), x.int(2), x.int(TOP));
    let e = exp(x_low.at_most(TOP.into()));
    let (half, last) = e.k.half_powers();
    let scale = half * last;
    let p = e.r + e.c;
    let power = one + p;
    let power_low = (one - power) + p;

    let factor = scale.fma(power, two);
    let factor_low = scale.fma(power, two - factor) + scale * power_low;
    let above = power * factor;
    let above_low = power_low.fma(factor, power.fma(factor_low, power.fma(factor, -above)));
    let below = scale.fma(above, two);
    let below_low = scale.fma(above, two - below) + scale * above_low;

    let inverse = one / below;
    let quotient = above * inverse;
    let rest = (-quotient).fma(below, above) + (-quotient).fma(below_low, above_low);
    let value = x_low.fma(quotient, x_low * (rest * inverse)) * half * last;
    top.where_below(x, x, value.copysign(x))
}
