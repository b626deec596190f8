//! Exact spread of the second moment in linear networks whose weights are not normal: one input, mean 0, no bias.
//!
//! For iid weights of variance `s^2` and excess kurtosis kappa (any symmetric law), `A = E (sum x^2)^2` and
//! `F = E sum x^4` obey
//!
//! ```text
//! A' = n' s^4 [(n' + 2) A + kappa F]      F' = n' s^4 [3 A + kappa F]
//! ```
//!
//! by expanding `h_i = sum_j w_ij x_j` into monomials; kappa = 0 is the product `prod (1 + 2/n)`.

use super::root::{Skewness, Square};

/// `E (sum x^2)^2` and `E sum x^4` of one layer beside `E sum x^2`, in units of powers of `2^scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fourth {
    width: f64,
    second: f64,
    squared: f64,
    quartic: f64,
    scale: i32,
}

impl Fourth {
    /// An input of iid `N(mean, std^2)` entries.
    #[must_use]
    pub fn input(width: usize, mean: f64, std: f64) -> Self {
        let n = width as f64;
        let (square, v) = (mean * mean, std * std);
        let fourth = 3.0 * v * v + 6.0 * v * square + square * square;
        let second = square + v;
        let squared = n * (n - 1.0) * second * second + n * fourth;
        Self { width: n, second: n * second, squared, quartic: n * fourth, scale: 0 }
    }

    /// An input whose entries are all 1.
    #[must_use]
    pub fn ones(width: usize) -> Self {
        Self::input(width, 1.0, 0.0)
    }

    /// The next layer, of `width` units.
    #[must_use]
    pub fn next(&self, width: usize, s: f64, excess: f64) -> Self {
        let (n, v) = (width as f64, s * s);
        let mut next = Self {
            width: n,
            second: n * v * self.second,
            squared: n * v * v * ((n + 2.0) * self.squared + excess * self.quartic),
            quartic: n * v * v * (3.0 * self.squared + excess * self.quartic),
            ..*self
        };
        if next.second.is_normal() {
            let shift = libm::ilogb(next.second).div_euclid(2);
            next.scale += shift;
            next.second = libm::scalbn(next.second, -2 * shift);
            next.squared = libm::scalbn(next.squared, -4 * shift);
            next.quartic = libm::scalbn(next.quartic, -4 * shift);
        }
        next
    }

    /// The law of the second moment Q.
    #[must_use]
    pub(super) fn second_moment(&self) -> Square {
        let n = self.width;
        let variance = (self.squared - self.second * self.second).max(0.0) / n / n;
        Square { mean: self.second / n, variance, scale: self.scale, skewness: Skewness::Product }
    }

    /// `E (sum x^2)^2 / (E sum x^2)^2`.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.squared / self.second / self.second
    }
}
