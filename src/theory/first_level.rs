//! Exact expectations of the batch statistics of linear layers: any iid weights, any mean, biases, any batch.
//!
//! With independent entries of mean m and variance `s^2` and biases of variance `s_b^2`, whatever their laws, four
//! second moments of a layer X (n x B) close a linear recursion. `t_a` is the sum of column a, `t = sum_a t_a`:
//!
//! ```text
//! P = E sum x_ja^2     R = E sum_a t_a^2     G = E sum_j (sum_a x_ja)^2     T = E t^2     (and E t)
//!
//! P' = n' (m^2 R + s^2 P + B s_b^2)          R' = n'^2 m^2 R + n' (s^2 P + B s_b^2)
//! G' = n' (m^2 T + s^2 G + B^2 s_b^2)        T' = n'^2 m^2 T + n' (s^2 G + B^2 s_b^2)        E t' = n' m E t
//! ```
//!
//! `E M = E t / N`, `E Q = P / N`, `E S^2 = P / N - T / N^2`, `N = B n`. The last is a difference, and is left out where
//! it is below 1e-4 of `P / N`: the exact chain of [`super::linear_chain`] has no such limit.

use super::prediction::{LayerPrediction, Prediction, value_only};

/// The second moments of one layer, in units of `4^scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    batch: f64,
    width: f64,
    total: f64,
    sum_squares: f64,
    columns: f64,
    rows: f64,
    total_square: f64,
    scale: i32,
}

impl Moments {
    /// The input: entries of mean `mean` and std `std`, independent between rows, of correlation `rho` within one.
    #[must_use]
    pub fn input((batch, width): (usize, usize), mean: f64, std: f64, rho: f64) -> Self {
        let (b, n) = (batch as f64, width as f64);
        let (square, v) = (mean * mean, std * std);
        let row = v * (1.0 + (b - 1.0) * rho);
        let start = Self {
            batch: b,
            width: n,
            total: b * n * mean,
            sum_squares: b * n * (square + v),
            columns: b * n * (n * square + v),
            rows: n * b * (b * square + row),
            total_square: b * n * (b * n * square + row),
            scale: 0,
        };
        start.normalised()
    }

    /// The next layer, of `width` units: weights of mean m and std s, biases of std `bias`.
    #[must_use]
    pub fn next(&self, width: usize, m: f64, s: f64, bias: f64) -> Self {
        let (b, n) = (self.batch, width as f64);
        let (square, v) = (m * m, s * s);
        let bias = libm::scalbn(bias, -self.scale);
        let noise = b * bias * bias;
        let next = Self {
            width: n,
            total: n * m * self.total,
            sum_squares: n * (square * self.columns + v * self.sum_squares + noise),
            columns: n * (n * square * self.columns + v * self.sum_squares + noise),
            rows: n * (square * self.total_square + v * self.rows + b * noise),
            total_square: n * (n * square * self.total_square + v * self.rows + b * noise),
            ..*self
        };
        next.normalised()
    }

    /// Expectations of mean, second moment and variance.
    #[must_use]
    pub fn prediction(&self) -> LayerPrediction {
        let count = self.batch * self.width;
        let variance = (self.sum_squares - self.total_square / count) / count;
        LayerPrediction {
            mean: self.value(self.total / count, 1),
            second_moment: self.value(self.sum_squares / count, 2),
            variance: self.value(variance, 2).filter(|_| variance * count > 1e-4 * self.sum_squares),
            ..LayerPrediction::default()
        }
    }

    fn value(&self, value: f64, power: i32) -> Option<Prediction> {
        value_only(value, power * self.scale)
    }

    fn normalised(mut self) -> Self {
        if self.sum_squares.is_normal() {
            let shift = libm::ilogb(self.sum_squares).div_euclid(2);
            self.scale += shift;
            self.total = libm::scalbn(self.total, -shift);
            let fields = [&mut self.sum_squares, &mut self.columns, &mut self.rows, &mut self.total_square];
            for field in fields {
                *field = libm::scalbn(*field, -2 * shift);
            }
        }
        self
    }
}
