//! The vector operations that the activations are written in, for both precisions.

use std::ops::{Add, Div, Mul, Neg, Sub};

use fearless_simd::{Select, Simd, SimdBase, SimdFloat, f32x16, f64x8};

use super::coefficients::{F32, F64};
use super::constants::Constants;
use crate::simd::Fused;

/// A vector of reals on one instruction set. Every operation gives the same bits on all of them.
pub(super) trait Real:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<Self::Scalar, Output = Self>
    + Sub<Self::Scalar, Output = Self>
    + Mul<Self::Scalar, Output = Self>
{
    /// The instruction set.
    type Simd: Simd;
    /// Element type.
    type Scalar: Copy + Neg<Output = Self::Scalar> + From<i8> + 'static;
    /// One vector in memory.
    type Row: Copy;
    /// Constants of this precision.
    const C: Constants<Self::Scalar>;

    /// From memory.
    fn load(simd: Self::Simd, row: &Self::Row) -> Self;
    /// To memory.
    fn store(self, row: &mut Self::Row);
    /// `value` in all lanes; `self` only gives the instruction set.
    fn splat(self, value: Self::Scalar) -> Self;
    /// `self * b + c`, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// `then` where `self < limit`, else (also for NaN) `otherwise`.
    fn where_below(self, limit: Self, then: Self, otherwise: Self) -> Self;
    /// `then` where `self == other`, else (also for NaN) `otherwise`.
    fn where_equal(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// Square root, rounded once; NaN below 0.
    fn sqrt(self) -> Self;
    /// `self` raised to at least `limit`, which is not zero; NaN stays.
    fn at_least(self, limit: Self::Scalar) -> Self;
    /// `self` lowered to at most `limit`, which is not zero; NaN stays.
    fn at_most(self, limit: Self::Scalar) -> Self;
    /// `2^k` where `self = k + shifter`, for `k` in the range of normal numbers.
    fn power(self) -> Self;
    /// Two powers of two with product `2^k` where `self = k + shifter`.
    ///
    /// `k` may leave the range of normal numbers by a factor of two at either end; multiplying by one power
    /// after the other rounds once.
    fn half_powers(self) -> (Self, Self);

    /// A small integer in all lanes.
    #[inline(always)]
    fn int(self, value: i8) -> Self {
        self.splat(value.into())
    }

    /// The polynomial at `self`.
    ///
    /// Horner's rule for the even and the odd powers apart: two short chains keep more of the processor
    /// busy than a long one.
    #[inline(always)]
    fn polynomial(self, coefficients: &[Self::Scalar]) -> Self {
        let square = self * self;
        let degree = coefficients.len() - 1;
        let mut sums = [self.splat(coefficients[degree - 1]), self.splat(coefficients[degree])];
        let mut rest = &coefficients[..degree - 1];
        // No iterator adapters: closures need not be inlined into code for the instruction set.
        while let [lower @ .., even, odd] = rest {
            sums = [sums[0].fma(square, self.splat(*even)), sums[1].fma(square, self.splat(*odd))];
            rest = lower;
        }
        match rest {
            [constant] => sums[1].fma(self, sums[0]).fma(self, self.splat(*constant)),
            _ => sums[1].fma(self, sums[0]),
        }
    }
}

macro_rules! real {
    ($vector:ident, $scalar:ty, $lanes:literal, $constants:ident, $bias:literal, $mantissa:literal) => {
        impl<S: Simd> Real for $vector<S> {
            type Simd = S;
            type Scalar = $scalar;
            type Row = [$scalar; $lanes];
            const C: Constants<$scalar> = $constants;

            #[inline(always)]
            fn load(simd: S, row: &Self::Row) -> Self {
                Self::load_array_ref(simd, row)
            }
            #[inline(always)]
            fn store(self, row: &mut Self::Row) {
                self.store_array(row);
            }
            #[inline(always)]
            fn splat(self, value: $scalar) -> Self {
                SimdBase::splat(self.simd, value)
            }
            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                self.fused(b, c)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                SimdBase::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                SimdFloat::copysign(self, sign)
            }
            #[inline(always)]
            fn where_below(self, limit: Self, then: Self, otherwise: Self) -> Self {
                self.simd_lt(limit).select(then, otherwise)
            }
            #[inline(always)]
            fn where_equal(self, other: Self, then: Self, otherwise: Self) -> Self {
                self.simd_eq(other).select(then, otherwise)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                SimdFloat::sqrt(self)
            }
            #[inline(always)]
            fn at_least(self, limit: $scalar) -> Self {
                let limit = self.splat(limit);
                if self.simd.level().is_fallback() {
                    return self.where_below(limit, limit, self);
                }
                // The second operand is the result where one is NaN.
                limit.max(self)
            }
            #[inline(always)]
            fn at_most(self, limit: $scalar) -> Self {
                let limit = self.splat(limit);
                if self.simd.level().is_fallback() {
                    return limit.where_below(self, limit, self);
                }
                limit.min(self)
            }
            #[inline(always)]
            fn power(self) -> Self {
                Self::from_bits(self.to_bits() << $mantissa)
            }
            #[inline(always)]
            fn half_powers(self) -> (Self, Self) {
                let sum = self.to_bits() + $bias;
                let half = sum >> 1;
                (Self::from_bits(half << $mantissa), Self::from_bits((sum - half) << $mantissa))
            }
        }
    };
}

real!(f64x8, f64, 8, F64, 1023, 52);
real!(f32x16, f32, 16, F32, 127, 23);
