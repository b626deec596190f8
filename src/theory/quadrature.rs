//! Expectations over a normal variable of functions that are smooth but at known points.
//!
//! ```text
//! E f(x) = sum over panels of int f(mu + sigma z) phi(z) dz,     z in [-12, 12]
//! ```
//!
//! Gauss-Legendre with 20 nodes in every panel. Gauss-Hermite is no choice: at a kink it is wrong in the third
//! digit with 64 nodes. Panels end
//!
//! - at every kink of f, so that f is analytic inside each panel;
//! - at growing distances from the *centres* of f, where f has structure of the width 1 whatever sigma is;
//! - and at every second unit of z, for the density.
//!
//! The part beyond 12 standard deviations is below 1e-31 of a polynomial. With poles no nearer than pi/2 to the real
//! axis (`tanh`), the error of a panel falls as `rho^-40` with `rho > 2.5`, so what is left is rounding: about
//! 1e-14 relative to `E |f|`.

use std::sync::OnceLock;

use crate::kernels::Activation;
use crate::simd::SimdLevel;

/// Nodes of one panel.
pub(super) const ORDER: usize = 20;

/// Where the standard normal density is cut off.
const REACH: f64 = 12.0;

/// Distances from a centre, in units of x, at which panels end. At 40 every activation here is its asymptote to
/// the last bit.
const DISTANCES: [f64; 6] = [0.0, 1.0, 2.5, 6.0, 15.0, 40.0];

/// Distances from a smoothed kink, in units of its smoothing, at which panels end.
const SMOOTHING: [f64; 4] = [2.0, 4.0, 6.0, 8.0];

/// An activation on the nodes of a quadrature against N(mean, std^2).
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Nodes, in standard deviations from the mean.
    pub z: Vec<f64>,
    /// Weights; they sum to 1.
    pub weight: Vec<f64>,
    /// The function there.
    pub y: Vec<f64>,
}

/// What is integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The activation.
    Value,
    /// Its derivative.
    Slope,
}

impl Nodes {
    /// Lays out the nodes for `phi(mean + std z)` and evaluates the activation on them.
    ///
    /// Deterministic: IEEE operations in a fixed order, `libm`, and the activation kernels, whose bits no
    /// instruction set changes.
    #[must_use]
    pub fn new(activation: Activation, mean: f64, std: f64) -> Self {
        Self::with_breaks((activation, Function::Value), mean, std, &[])
    }

    /// The same for the derivative of the activation.
    #[must_use]
    pub fn of_slope(activation: Activation, mean: f64, std: f64) -> Self {
        Self::with_breaks((activation, Function::Slope), mean, std, &[])
    }

    /// The same with panels ending at `more` points too (in z).
    fn with_breaks(
        (activation, function): (Activation, Function),
        mean: f64,
        std: f64,
        more: &[f64],
    ) -> Self {
        let mut breaks: Vec<f64> = (-6..=6).map(|i| 2.0 * f64::from(i)).collect();
        for centre in activation.centres() {
            for distance in DISTANCES {
                breaks.push((centre + distance - mean) / std);
                breaks.push((centre - distance - mean) / std);
            }
        }
        breaks.extend(more);
        breaks.retain(|z| z.abs() <= REACH);
        breaks.sort_by(f64::total_cmp);
        let (mut z, mut weight) = (Vec::new(), Vec::new());
        for pair in breaks.windows(2) {
            let (half, middle) = ((pair[1] - pair[0]) / 2.0, f64::midpoint(pair[0], pair[1]));
            if half > 0.0 {
                for &(node, legendre) in rule() {
                    let at = middle + half * node;
                    z.push(at);
                    weight.push(half * legendre * density(at));
                }
            }
        }
        let x: Vec<f64> = z.iter().map(|z| mean + std * z).collect();
        Self { z, weight, y: evaluate(activation, function, &x) }
    }

    /// `E f(z, phi(mean + std z))`.
    pub fn expect(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        let terms = self.z.iter().zip(&self.weight).zip(&self.y);
        terms.map(|((&z, &weight), &y)| weight * f(z, y)).sum()
    }
}

/// `E f(u) f(v)`, f the activation or its derivative, for u, v normal of equal mean and std and of correlation c: integrals inside an integral.
///
/// Given u, v is normal of mean `mean + c (u - mean)` and std `std sqrt(1 - c^2)`; the inner expectation smooths the
/// kinks of v at that width, and the outer panels end around them.
#[must_use]
pub fn pair_product(activation: Activation, function: Function, mean: f64, std: f64, c: f64) -> f64 {
    let rest = ((1.0 - c) * (1.0 + c)).max(0.0).sqrt();
    let smoothed = activation.centres().iter().flat_map(|centre| {
        let (at, width) = ((centre - mean) / std / c, (rest / c).abs());
        SMOOTHING.into_iter().flat_map(move |k| [at - k * width, at + k * width]).chain([at])
    });
    let more: Vec<f64> = if c == 0.0 { Vec::new() } else { smoothed.collect() };
    let outer = Nodes::with_breaks((activation, function), mean, std, &more);
    if rest == 0.0 {
        let x: Vec<f64> = outer.z.iter().map(|z| mean + c * std * z).collect();
        let mirrored = evaluate(activation, function, &x);
        return outer.weight.iter().zip(&outer.y).zip(mirrored).map(|((w, y), other)| w * y * other).sum();
    }
    outer.expect(|z, y| {
        let inner = Nodes::with_breaks((activation, function), mean + c * std * z, std * rest, &[]);
        y * inner.expect(|_, y| y)
    })
}

/// The function at every x.
fn evaluate(activation: Activation, function: Function, x: &[f64]) -> Vec<f64> {
    if function == Function::Slope {
        return x.iter().map(|&x| activation.slope(x)).collect();
    }
    let mut rows: Vec<[f64; 8]> = vec![[0.0; 8]; x.len().div_ceil(8)];
    rows.as_flattened_mut()[..x.len()].copy_from_slice(x);
    activation.apply::<f64>(level(), &mut rows);
    let mut y = rows.into_flattened();
    y.truncate(x.len());
    y
}

/// The instruction set of this CPU; no bit depends on it.
fn level() -> SimdLevel {
    static LEVEL: OnceLock<SimdLevel> = OnceLock::new();
    *LEVEL.get_or_init(SimdLevel::detect)
}

/// Standard normal density.
fn density(z: f64) -> f64 {
    const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_5;
    libm::exp(-0.5 * z * z) / ROOT_TWO_PI
}

/// Nodes and weights of Gauss-Legendre on [-1, 1].
///
/// Newton's method on the Legendre polynomial from `cos(pi (i + 3/4) / (n + 1/2))` (Abramowitz and Stegun 22.16.6);
/// weights `2 / ((1 - x^2) P_n'(x)^2)` (25.4.29).
fn rule() -> &'static [(f64, f64); ORDER] {
    static RULE: OnceLock<[(f64, f64); ORDER]> = OnceLock::new();
    RULE.get_or_init(|| {
        std::array::from_fn(|i| {
            let mut x = libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (ORDER as f64 + 0.5));
            for _ in 0..10 {
                let (p, slope) = legendre(x);
                x -= p / slope;
            }
            let (_, slope) = legendre(x);
            (x, 2.0 / ((1.0 - x) * (1.0 + x) * slope * slope))
        })
    })
}

/// The Legendre polynomial of degree [`ORDER`] and its derivative.
fn legendre(x: f64) -> (f64, f64) {
    let (mut before, mut p) = (1.0, x);
    for k in 2..=ORDER {
        let k = k as f64;
        (before, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k);
    }
    (p, ORDER as f64 * (x * p - before) / ((x - 1.0) * (x + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legendre_integrates_even_powers_up_to_twice_its_order() {
        for power in (0..40_i32).step_by(2) {
            let sum: f64 = rule().iter().map(|(x, w)| w * libm::pow(*x, f64::from(power))).sum();
            // The exact integral of x^p over [-1, 1] is 2/(p+1); 20 terms with an ulp each.
            assert!((sum * (f64::from(power) + 1.0) / 2.0 - 1.0).abs() < 20.0 * f64::EPSILON, "x^{power}");
        }
    }

    #[test]
    fn normal_moments_are_right_whatever_the_panels() {
        for (activation, mean, std) in [
            (Activation::Tanh, 0.3, 0.01),
            (Activation::Hardtanh, -2.0, 50.0),
            (Activation::Linear, 0.0, 1.0),
        ] {
            let nodes = Nodes::new(activation, mean, std);
            for (power, moment) in [(0, 1.0), (2, 1.0), (4, 3.0), (8, 105.0)] {
                let value = nodes.expect(|z, _| libm::pow(z, f64::from(power)));
                assert!((value / moment - 1.0).abs() < 1e-14, "{activation} {power}: {value}");
            }
        }
    }
}
