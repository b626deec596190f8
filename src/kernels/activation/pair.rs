//! Numbers in two parts, of about twice the precision: the rounded number, and what it rounds off.

use super::real::Real;

/// The sum of two numbers: Knuth's two-sum, whichever is the larger one.
#[inline(always)]
pub(super) fn two_sum<V: Real>(a: V, b: V) -> (V, V) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The sum of a number and one in two parts.
#[inline(always)]
pub(super) fn sum<V: Real>(a: V, (b, b_low): (V, V)) -> (V, V) {
    let (sum, low) = two_sum(a, b);
    (sum, low + b_low)
}

/// The product of two numbers in two parts.
#[inline(always)]
pub(super) fn product<V: Real>((a, a_low): (V, V), (b, b_low): (V, V)) -> (V, V) {
    let product = a * b;
    (product, a.fma(b, -product) + (a * b_low + a_low * b))
}

/// The reciprocal of a number in two parts.
#[inline(always)]
pub(super) fn reciprocal<V: Real>((a, a_low): (V, V)) -> (V, V) {
    let one = a.int(1);
    let inverse = one / a;
    (inverse, (-inverse).fma(a_low, (-inverse).fma(a, one)) * inverse)
}
