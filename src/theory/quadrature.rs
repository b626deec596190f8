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
//!
//! Of a formula nothing is known for certain. Its panels are halved until each is seen to be resolved (`theory::refine`),
//! its slope is held against its values by integration by parts, and where that does not come out to 1e-9, every
//! expectation is NaN: no number, rather than a wrong one.

use std::sync::OnceLock;

pub use super::gauss::Nodes;
use super::gauss::{ORDER, RESOLVED, doubt, rule};
use super::refine::{Refined, refined};
use crate::kernels::Activation;
use crate::simd::SimdLevel;

/// Where the standard normal density is cut off.
const REACH: f64 = 12.0;

/// Distances from a centre, in units of x, at which panels end. At 40 every activation here is its asymptote to
/// the last bit.
const DISTANCES: [f64; 6] = [0.0, 1.0, 2.5, 6.0, 15.0, 40.0];

/// Distances from a smoothed kink, in units of its smoothing, at which panels end.
const SMOOTHING: [f64; 4] = [2.0, 4.0, 6.0, 8.0];

/// Largest difference of the two sides of an integration by parts, in parts of the size of what is integrated.
const AGREES: f64 = 1e-9;

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
        let nodes = Self::with_breaks((activation, Function::Slope), mean, std, &[]);
        let is_whole = !matches!(activation, Activation::Formula(_))
            || nodes.is_slope_of(&Self::new(activation, mean, std), std);
        if is_whole { nodes } else { Self::unresolved() }
    }

    /// Nodes on which every expectation is NaN.
    fn unresolved() -> Self {
        Self { z: vec![0.0; ORDER], weight: vec![f64::NAN; ORDER], y: vec![f64::NAN; ORDER] }
    }

    fn is_unresolved(&self) -> bool {
        self.weight[0].is_nan()
    }

    /// Whether these slopes are all that the values change by: `std E phi' He_k = E phi He_(k+1)` for k from 0 to 2. A
    /// jump changes the right side alone; all three are the same only if there is none, or by a rare chance.
    fn is_slope_of(&self, values: &Self, std: f64) -> bool {
        let hermite: [fn(f64) -> f64; 4] = [|_| 1.0, |z| z, |z| z * z - 1.0, |z| z * (z * z - 3.0)];
        let size = |nodes: &Self| nodes.expect(|z, y| (1.0 + (z * z * z).abs()) * y.abs());
        let scale = std * size(self) + size(values);
        (0..3).all(|k| {
            let slopes = std * self.expect(|z, y| hermite[k](z) * y);
            (slopes - values.expect(|z, y| hermite[k + 1](z) * y)).abs() <= AGREES * scale
        })
    }

    /// The same with panels ending at `more` points too (in z).
    fn with_breaks(phi: (Activation, Function), mean: f64, std: f64, more: &[f64]) -> Self {
        let Refined { nodes, is_resolved, .. } = Self::refined(phi, mean, std, more, [0.0; 3]);
        if is_resolved { nodes } else { Self::unresolved() }
    }

    /// The same with how far they can be trusted: those of a built-in activation are. Sizes below `floor` are as it is.
    fn refined(
        (activation, function): (Activation, Function),
        mean: f64,
        std: f64,
        more: &[f64],
        floor: [f64; 3],
    ) -> Refined {
        let mut breaks: Vec<f64> = (-6..=6).map(|i| 2.0 * f64::from(i)).collect();
        breaks.extend(ends(activation).map(|x| (x - mean) / std));
        breaks.extend(more);
        breaks.retain(|z| z.abs() <= REACH);
        breaks.sort_by(f64::total_cmp);
        let panels = breaks.windows(2).map(|pair| [pair[0], pair[1]]);
        let panels: Vec<[f64; 2]> = panels.filter(|[low, high]| high - low > 0.0).collect();
        let lay_out = |panels: &[[f64; 2]]| {
            let (z, weight): (Vec<f64>, Vec<f64>) = panels.iter().flat_map(|panel| nodes(*panel)).unzip();
            let x: Vec<f64> = z.iter().map(|z| mean + std * z).collect();
            Self { z, weight, y: evaluate(activation, function, &x) }
        };
        match activation {
            Activation::Formula(_) => refined(panels, floor, lay_out).unwrap_or_else(|| Refined {
                nodes: Self::unresolved(),
                sizes: [f64::NAN; 3],
                doubt: f64::INFINITY,
                is_resolved: false,
            }),
            _ => Refined { nodes: lay_out(&panels), sizes: [0.0; 3], doubt: 0.0, is_resolved: true },
        }
    }
}

/// Where panels end for the structure of an activation.
pub(super) fn ends(activation: Activation) -> impl Iterator<Item = f64> {
    activation.structure().into_iter().flat_map(|(centre, width)| {
        DISTANCES.into_iter().flat_map(move |distance| [centre + width * distance, centre - width * distance])
    })
}

/// `E f(u) f(v)`, f the activation or its derivative, for u, v normal of equal mean and std and of correlation c: integrals inside an integral.
///
/// Given u, v is normal of mean `mean + c (u - mean)` and std `std sqrt(1 - c^2)`; the inner expectation smooths the
/// kinks of v at that width, and the outer panels end around them.
#[must_use]
pub fn pair_product(activation: Activation, function: Function, mean: f64, std: f64, c: f64) -> f64 {
    let is_formula = matches!(activation, Activation::Formula(_));
    if is_formula && function == Function::Slope && Nodes::of_slope(activation, mean, std).is_unresolved() {
        return f64::NAN;
    }
    let rest = ((1.0 - c) * (1.0 + c)).max(0.0).sqrt();
    let structure = activation.structure();
    let smoothed = structure.iter().flat_map(|(centre, _)| {
        let (at, width) = ((centre - mean) / std / c, (rest / c).abs());
        SMOOTHING.into_iter().flat_map(move |k| [at - k * width, at + k * width]).chain([at])
    });
    let more: Vec<f64> = if c == 0.0 { Vec::new() } else { smoothed.collect() };
    let Refined { nodes: outer, sizes, is_resolved: is_outer_resolved, .. } =
        Nodes::refined((activation, function), mean, std, &more, [0.0; 3]);
    if !is_outer_resolved {
        return f64::NAN;
    }
    if rest == 0.0 {
        let x: Vec<f64> = outer.z.iter().map(|z| mean + c * std * z).collect();
        let mirrored = evaluate(activation, function, &x);
        return outer.weight.iter().zip(&outer.y).zip(mirrored).map(|((w, y), other)| w * y * other).sum();
    }
    // What is in doubt far out need not be known: its weight is small.
    let (mut terms, mut within) = (Vec::with_capacity(outer.z.len()), 0.0);
    for ((&z, &weight), &y) in outer.z.iter().zip(&outer.weight).zip(&outer.y) {
        let inner = Nodes::refined((activation, function), mean + c * std * z, std * rest, &[], sizes);
        terms.push(weight * (y * inner.nodes.expect(|_, y| y)));
        within += if y == 0.0 { 0.0 } else { (weight * y).abs() * inner.doubt };
    }
    let sum = terms.iter().sum();
    if is_formula && !leaves_no_doubt(&terms, within) { f64::NAN } else { sum }
}

/// Whether the terms of a sum over panels, of which so much is in doubt by themselves, leave no doubt about it.
fn leaves_no_doubt(terms: &[f64], within: f64) -> bool {
    let size: f64 = terms.iter().map(|term| term.abs()).sum();
    let doubts = terms.chunks_exact(ORDER).map(|panel| doubt(panel.iter().copied()));
    within + doubts.sum::<f64>() <= RESOLVED * size
}

/// Nodes and weights of one panel, for the standard normal density.
fn nodes([low, high]: [f64; 2]) -> impl Iterator<Item = (f64, f64)> {
    let (half, middle) = ((high - low) / 2.0, f64::midpoint(low, high));
    rule().iter().map(move |&(node, legendre)| {
        let at = middle + half * node;
        (at, half * legendre * density(at))
    })
}

/// The function at every x.
#[must_use]
pub fn evaluate(activation: Activation, function: Function, x: &[f64]) -> Vec<f64> {
    let mut rows: Vec<[f64; 8]> = vec![[0.0; 8]; x.len().div_ceil(8)];
    rows.as_flattened_mut()[..x.len()].copy_from_slice(x);
    match (function, activation) {
        (Function::Value, _) => activation.apply::<f64>(level(), &mut rows),
        (Function::Slope, Activation::Formula(formula)) => formula.apply_slope(level(), &mut rows),
        (Function::Slope, _) => return x.iter().map(|&x| activation.slope(x)).collect(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
