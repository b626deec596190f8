//! The activations without a transcendental function.

use super::real::Real;

/// `max(x, 0)`, exact; a zero keeps its sign.
#[inline(always)]
pub(super) fn relu<V: Real>(x: V) -> V {
    let zero = x.int(0);
    x.where_below(zero, zero, x)
}

/// `x` for `x >= 0`, else `slope * x`; half an ulp.
#[inline(always)]
pub(super) fn leaky_relu<V: Real>(x: V, slope: V) -> V {
    x.where_below(x.int(0), slope * x, x)
}

/// `x / (1 + |x|)`; 2 ulp.
#[inline(always)]
pub(super) fn softsign<V: Real>(x: V) -> V {
    let bounded = x.at_least(-V::C.huge).at_most(V::C.huge);
    bounded / (bounded.abs() + x.int(1))
}

/// `min(max(x, -1), 1)`, exact.
#[inline(always)]
pub(super) fn hardtanh<V: Real>(x: V) -> V {
    x.at_least((-1).into()).at_most(1.into())
}

/// `min(max(x + 3, 0), 6) / 6`; 1 ulp: next to -3 the sum is exact.
#[inline(always)]
pub(super) fn hardsigmoid<V: Real>(x: V) -> V {
    relu(x + x.int(3)).at_most(6.into()) / x.int(6)
}

/// `x * min(max(x + 3, 0), 6) / 6`; 2 ulp, 0 also for minus infinity.
#[inline(always)]
pub(super) fn hardswish<V: Real>(x: V) -> V {
    x.at_least((-3).into()) * hardsigmoid(x)
}

/// `max(x, 0)^2`, half an ulp.
#[inline(always)]
pub(super) fn squared_relu<V: Real>(x: V) -> V {
    let positive = relu(x);
    positive * positive
}
