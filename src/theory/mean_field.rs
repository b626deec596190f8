//! Networks of infinite width with one activation, weights of mean 0: fixed points, edge of chaos, depth scales.
//!
//! `sigma_w^2 = n s^2` and `sigma_b = s_b` of every layer are the same. With q the variance of a pre-activation and c
//! the correlation of two inputs (Poole et al. 2016, Schoenholz et al. 2017):
//!
//! ```text
//! V(q)  = sigma_w^2 E phi(sqrt q z)^2 + sigma_b^2                 q* = V(q*)
//! C(c)  = (sigma_w^2 E phi(u) phi(v) + sigma_b^2) / q*            c* = C(c*)
//! chi   = sigma_w^2 E phi'(sqrt q* z)^2 = C'(1)                   chi_par = V'(q*)
//! xi_q  = -1 / ln |chi_par|,    xi_c = -1 / ln C'(c*)             layers for a deviation to fall by a factor e
//! ```
//!
//! On the edge of chaos `chi = 1`. Every q > 0 is the fixed point of at most one such pair,
//! `sigma_w^2 = 1 / E phi'^2` and `sigma_b^2 = q - sigma_w^2 E phi^2`, which must not be negative.

use super::quadrature::{Function, Nodes, pair_product};
use super::unit::Unit;
use crate::kernels::Activation;

/// Range of q in which fixed points are looked for, as powers of two, and the steps per factor of two.
const OCTAVES: (i32, i32) = (-40, 40);
const STEPS: i32 = 16;

/// Halvings of an interval: from a part of an octave to the last bits.
const HALVINGS: usize = 56;

/// Moments of an activation over `N(0, q)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianMoments {
    /// `E phi`.
    pub mean: f64,
    /// `E phi^2`.
    pub second: f64,
    /// `E phi'^2`.
    pub slope: f64,
    /// `d/dq E phi^2`.
    pub second_slope: f64,
    /// `E phi^4`.
    pub fourth: f64,
}

/// Moments of `activation` over `N(0, q)`, q > 0.
#[must_use]
pub fn gaussian_moments(activation: Activation, q: f64) -> GaussianMoments {
    let unit = Unit::new(activation, 0.0, q, q, false);
    let slope = Nodes::of_slope(activation, 0.0, q.sqrt()).expect(|_, y| y * y);
    GaussianMoments {
        mean: unit.mean.value,
        second: unit.square.value,
        slope,
        second_slope: unit.square.gradient[1],
        fourth: unit.fourth,
    }
}

impl GaussianMoments {
    /// The gain `1 / sqrt(E phi^2)`: the `sigma_w` that keeps q where it is, without biases.
    #[must_use]
    pub fn gain(&self, q: f64) -> f64 {
        (q / self.second).sqrt()
    }

    /// `(sigma_w, sigma_b^2)` on the edge of chaos with the fixed point q; `sigma_b^2 < 0` means that there is none.
    #[must_use]
    pub fn edge(&self, q: f64) -> (f64, f64) {
        ((1.0 / self.slope).sqrt(), q - self.second / self.slope)
    }
}

/// An infinitely wide network: every layer the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    /// The activation.
    pub activation: Activation,
    /// `sqrt n` times the std of one weight.
    pub sigma_w: f64,
    /// Std of one bias.
    pub sigma_b: f64,
}

/// A fixed point of the variance, and what happens to small deviations there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// Variance of a pre-activation.
    pub q: f64,
    /// `C'(1)`: growth of a small difference of two inputs.
    pub chi: f64,
    /// `V'(q)`: growth of a small deviation of q; stable below 1.
    pub chi_parallel: f64,
    /// The correlation that pairs of inputs tend to; NaN where C is not known.
    pub c: f64,
    /// `C'(c)` there.
    pub slope: f64,
}

impl FixedPoint {
    /// Depth scale of the variance, of the decay of a deviation, or of its growth where the point is unstable; infinite at
    /// `|chi_par| = 1`.
    #[must_use]
    pub fn variance_depth(&self) -> f64 {
        1.0 / libm::log(self.chi_parallel.abs()).abs()
    }

    /// Depth scale of the correlation.
    #[must_use]
    pub fn correlation_depth(&self) -> f64 {
        1.0 / libm::log(self.slope).abs()
    }
}

impl MeanField {
    /// `V(q)`.
    #[must_use]
    pub fn variance(&self, q: f64) -> f64 {
        let second = Nodes::new(self.activation, 0.0, q.sqrt()).expect(|_, y| y * y);
        self.sigma_w * self.sigma_w * second + self.sigma_b * self.sigma_b
    }

    /// `C(c)` at the fixed point q.
    #[must_use]
    pub fn correlation(&self, q: f64, c: f64) -> f64 {
        let product = pair_product(self.activation, Function::Value, 0.0, q.sqrt(), c);
        (self.sigma_w * self.sigma_w * product + self.sigma_b * self.sigma_b) / q
    }

    /// `C'(c)` at the fixed point q.
    #[must_use]
    pub fn correlation_slope(&self, q: f64, c: f64) -> f64 {
        self.sigma_w * self.sigma_w * pair_product(self.activation, Function::Slope, 0.0, q.sqrt(), c)
    }

    /// The fixed points q > 0, ascending: the roots of `V(q) - q` between 2^-40 and 2^40. Where V is the identity (relu with gain sqrt 2), there is no sign change and none is found.
    #[must_use]
    pub fn fixed_points(&self) -> Vec<FixedPoint> {
        let excess = |q: f64| {
            let excess = self.variance(q) / q - 1.0;
            if excess.abs() < 1e-13 { 0.0 } else { excess }
        };
        roots(excess).into_iter().map(|q| self.at(q)).collect()
    }

    /// What happens at a fixed point q.
    #[must_use]
    pub fn at(&self, q: f64) -> FixedPoint {
        let moments = gaussian_moments(self.activation, q);
        let gain = self.sigma_w * self.sigma_w;
        let chi = gain * moments.slope;
        let c = self.correlation_fixed_point(q, chi);
        let slope = if c < 1.0 { self.correlation_slope(q, c) } else { chi };
        FixedPoint { q, chi, chi_parallel: gain * moments.second_slope, c, slope }
    }

    /// The stable fixed point of C: 1 if chi <= 1, else the one below 1. C is a power series with positive
    /// coefficients, so it is convex on [0, 1], and there is exactly one.
    fn correlation_fixed_point(&self, q: f64, chi: f64) -> f64 {
        if chi <= 1.0 + 1e-12 {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        if self.correlation(q, 0.0) <= 0.0 {
            return 0.0;
        }
        for _ in 0..HALVINGS {
            let c = f64::midpoint(low, high);
            match self.correlation(q, c) {
                next if next.is_nan() => return f64::NAN,
                next if next > c => low = c,
                _ => high = c,
            }
        }
        low
    }
}

/// The points of the edge of chaos with bias std `sigma_b > 0`: pairs `(sigma_w, q)`, ascending in q.
#[must_use]
pub fn edge_of_chaos(activation: Activation, sigma_b: f64) -> Vec<(f64, f64)> {
    let excess = |q: f64| gaussian_moments(activation, q).edge(q).1 - sigma_b * sigma_b;
    roots(excess).into_iter().map(|q| (gaussian_moments(activation, q).edge(q).0, q)).collect()
}

/// The roots of f between powers of two, ascending: by sign changes and halving, and where |f| is smallest between
/// two steps, for two roots may lie between neighbours, or one where f only touches 0.
fn roots(f: impl Fn(f64) -> f64) -> Vec<f64> {
    let at = |i: i32| libm::exp2(f64::from(i) / f64::from(STEPS));
    let steps: Vec<(f64, f64)> = (OCTAVES.0 * STEPS..=OCTAVES.1 * STEPS).map(|i| (at(i), f(at(i)))).collect();
    let mut found = Vec::new();
    for pair in steps.windows(2) {
        let [(low, before), (high, now)] = [pair[0], pair[1]];
        if now == 0.0 && before != 0.0 {
            found.push(high);
        } else if before * now < 0.0 {
            found.push(halve(&f, low, high, before > 0.0));
        }
    }
    for triple in steps.windows(3) {
        let [left, middle, right] = [triple[0].1, triple[1].1, triple[2].1];
        let same_sign = left * middle > 0.0 && right * middle > 0.0;
        let (near, far) = (left.abs().min(right.abs()), left.abs().max(right.abs()));
        // Where f is flat, rounding makes extrema.
        if same_sign && middle.abs() <= near && middle.abs() < 0.9 * far {
            found.extend(touching(&f, triple[0].0, triple[2].0));
        }
    }
    found.sort_by(f64::total_cmp);
    found.dedup();
    found
}

/// The roots around the extremum nearest to 0 that f, of one sign at both ends, has between low and high.
fn touching(f: &impl Fn(f64) -> f64, low: f64, high: f64) -> Vec<f64> {
    let sign = f(low).signum();
    let (mut left, mut right) = (libm::log(low), libm::log(high));
    let height = |x: f64| sign * f(libm::exp(x));
    for _ in 0..HALVINGS {
        let golden = 0.381_966_011_250_105_1 * (right - left);
        let (a, b) = (left + golden, right - golden);
        if height(a) < height(b) { right = b } else { left = a }
    }
    let middle = libm::exp(f64::midpoint(left, right));
    let lowest = sign * f(middle);
    if lowest < 0.0 {
        vec![halve(f, low, middle, sign > 0.0), halve(f, middle, high, sign < 0.0)]
    } else if lowest < TOUCHES {
        vec![middle]
    } else {
        Vec::new()
    }
}

/// Height below which an extremum is a root: the rounding of a quadrature.
const TOUCHES: f64 = 1e-12;

/// A root of f between low and high, f(low) being positive or not.
fn halve(f: &impl Fn(f64) -> f64, mut low: f64, mut high: f64, positive: bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if (f(middle) > 0.0) == positive { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
