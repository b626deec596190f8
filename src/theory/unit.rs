//! One unit: what an activation makes of normal pre-activations.
//!
//! `h ~ N(mu, K)`; for a pair of inputs `h, h'` have the covariance C. With the Hermite polynomials `He_j` of
//! `z = (h - mu) / sqrt K` and `p_j = E f(h) He_j(z)`, integration by parts gives every derivative of an expectation
//! without a derivative of f, so kinks do no harm:
//!
//! ```text
//! d/dmu = p_1 / sqrt K     d/dK = p_2 / 2K     d2/dmu2 = p_2 / K     d2/dmu dK = p_3 / 2 K^(3/2)     d2/dK2 = p_4 / 4 K^2
//! ```
//!
//! and Mehler's formula the covariance of functions of a pair, `c = C / K`:
//!
//! ```text
//! Cov(f(h), g(h')) = sum over k >= 1 of c^k f_k g_k,     f_k = p_k / sqrt(k!)
//! ```
//!
//! The series ends after [`TERMS`] terms. What the rest would give at c = 1 is known, `Cov(f(h), g(h))` less the
//! sum, and enters with the factor `c^(TERMS + 1)`: exact at c = 0 and 1. Where that leaves more than 1e-12 of
//! `E phi^2` in doubt, `E phi phi'` is integrated in two dimensions instead.

use super::gauss::ORDER;
use super::quadrature::{Function, Nodes, pair_product};
use crate::kernels::Activation;

/// Terms of Mehler's series.
pub const TERMS: usize = 100;

/// Largest doubt about `E phi phi'` that the series may leave, relative to `E phi^2`.
const DOUBT: f64 = 1e-12;

/// Symmetric 2 x 2: covariances of (value, square).
pub type Matrix = [[f64; 2]; 2];

/// An expectation as a function of (mu, K): value, gradient, second derivatives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jet {
    /// The expectation.
    pub value: f64,
    /// `d/dmu, d/dK`.
    pub gradient: [f64; 2],
    /// Second derivatives.
    pub hessian: Matrix,
}

impl Jet {
    /// From the projections `p_0 ... p_4` at variance K.
    #[must_use]
    pub fn from_projections([value, p1, p2, p3, p4]: [f64; 5], variance: f64) -> Self {
        let std = variance.sqrt();
        let mixed = p3 / (2.0 * variance * std);
        Self {
            value,
            gradient: [p1 / std, p2 / (2.0 * variance)],
            hessian: [[p2 / variance, mixed], [mixed, p4 / (4.0 * variance * variance)]],
        }
    }

    /// First-order change.
    #[must_use]
    pub fn slope(&self, step: [f64; 2]) -> f64 {
        self.gradient[0] * step[0] + self.gradient[1] * step[1]
    }

    /// `tr(hessian covariance) / 2`: what a spread of (mu, K) adds to the expectation.
    #[must_use]
    pub fn bend(&self, covariance: &Matrix) -> f64 {
        let [[mm, mk], [_, kk]] = self.hessian;
        0.5 * (mm * covariance[0][0] + 2.0 * mk * covariance[0][1] + kk * covariance[1][1])
    }
}

/// Moments of `x = phi(h)` for one unit, and for one unit on two inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// `E x`.
    pub mean: Jet,
    /// `E x^2`.
    pub square: Jet,
    /// `E x^4`.
    pub fourth: f64,
    /// `E (x - E x)^4 / Var(x)^2`; NaN for a constant.
    pub kurtosis: f64,
    /// Covariance of `(x, x^2)`.
    pub own: Matrix,
    /// Covariance of `(x, x^2)` with `(x', x'^2)`.
    pub cross: Matrix,
    /// `E x^2 - E x x' = E (x - x')^2 / 2`, to its own precision: near c = 1 it is far below that of `E x^2`.
    pub difference: f64,
}

impl Unit {
    /// The pre-activation itself: `x = h`; `difference` is K - C.
    #[must_use]
    pub fn identity(mu: f64, k: f64, difference: f64) -> Self {
        let covariances = |c: f64| {
            let mixed = 2.0 * mu * c;
            [[c, mixed], [mixed, 2.0 * c * (c + 2.0 * mu * mu)]]
        };
        let square = mu * mu;
        Self {
            mean: Jet { value: mu, gradient: [1.0, 0.0], hessian: [[0.0; 2]; 2] },
            square: Jet { value: k + square, gradient: [2.0 * mu, 1.0], hessian: [[2.0, 0.0], [0.0, 0.0]] },
            fourth: 3.0 * k * k + 6.0 * k * square + square * square,
            kurtosis: 3.0,
            own: covariances(k),
            cross: covariances(k - difference),
            difference,
        }
    }

    /// `x = phi(h)`; `difference` is K - C, and `pairs` says whether the covariances of two inputs are wanted (else they
    /// are those of independent ones).
    #[must_use]
    pub fn new(activation: Activation, mu: f64, k: f64, difference: f64, pairs: bool) -> Self {
        if activation == Activation::Linear {
            return Self::identity(mu, k, difference);
        }
        let nodes = Nodes::new(activation, mu, k.sqrt());
        let mean = projections(&nodes, |y| y);
        let square = projections(&nodes, |y| y * y);
        let (a, q) = (mean[0], square[0]);
        let mixed = nodes.expect(|_, y| (y - a) * (y * y - q));
        let own = [
            [nodes.expect(|_, y| (y - a) * (y - a)), mixed],
            [mixed, nodes.expect(|_, y| (y * y - q) * (y * y - q))],
        ];
        let central = nodes.expect(|_, y| (y - a) * (y - a) * (y - a) * (y - a));
        let (cross, difference) = if pairs {
            cross((activation, mu, k), difference, &nodes, &own)
        } else {
            ([[0.0; 2]; 2], own[0][0])
        };
        Self {
            mean: Jet::from_projections(mean, k),
            square: Jet::from_projections(square, k),
            fourth: own[1][1] + q * q,
            kurtosis: central / (own[0][0] * own[0][0]),
            own,
            cross,
            difference,
        }
    }
}

/// `E f He_j` for `j = 0 ... 4`. From j = 1 on a constant changes nothing, and without it less is lost to rounding.
pub fn projections(nodes: &Nodes, f: impl Fn(f64) -> f64) -> [f64; 5] {
    let value = nodes.expect(|_, y| f(y));
    let rest = |hermite: fn(f64) -> f64| nodes.expect(|z, y| hermite(z) * (f(y) - value));
    [
        value,
        rest(|z| z),
        rest(|z| z * z - 1.0),
        rest(|z| z * (z * z - 3.0)),
        rest(|z| (z * z - 6.0) * z * z + 3.0),
    ]
}

/// Covariances of `(x, x^2)` on two inputs, and `E x^2 - E x x'`.
fn cross(
    (activation, mu, k): (Activation, f64, f64),
    difference: f64,
    nodes: &Nodes,
    own: &Matrix,
) -> (Matrix, f64) {
    let lost = (difference / k).clamp(0.0, 2.0);
    let c = 1.0 - lost;
    if c == 0.0 {
        return ([[0.0; 2]; 2], own[0][0]);
    }
    if lost == 0.0 {
        return (*own, 0.0);
    }
    let mehler = Mehler::new(nodes);
    let rest = libm::pow(c, (TERMS + 1) as f64);
    let closed = |i: usize, j: usize| {
        let (at_c, at_one) = mehler.covariance(i, j, c);
        (at_c + rest * (own[i][j] - at_one), own[i][j] - at_one)
    };
    let ((mut first, beyond), (mixed, _), (second, _)) = (closed(0, 0), closed(0, 1), closed(1, 1));
    let mean = nodes.expect(|_, y| y);
    let mut between = mehler.difference(lost, beyond);
    if (rest * beyond).abs() > DOUBT * (own[0][0] + mean * mean) {
        let product = |c| pair_product(activation, Function::Value, mu, k.sqrt(), c);
        first = product(c) - mean * mean;
        let slope = |c| pair_product(activation, Function::Slope, mu, k.sqrt(), c);
        between = if lost < NEAR { difference * mean_slope(slope, lost) } else { own[0][0] - first };
    }
    ([[first, mixed], [mixed, second]], between)
}

/// Part of K that two inputs have not in common, below which `E x^2 - E x x'` is too near 0 to be a difference.
const NEAR: f64 = 1e-4;

/// Returns the mean of `E phi'(h) phi'(h')` over the correlations from 1 down to `1 - lost`, which is
/// `(E x^2 - E x x') / (K - C)`, for it is the derivative of `E x x'` by C.
///
/// At a kink it goes with the root of the distance from 1, so that root is the variable: three nodes of Gauss and
/// Legendre are exact to its fourth power.
fn mean_slope(slope: impl Fn(f64) -> f64, lost: f64) -> f64 {
    let reach = 0.6_f64.sqrt();
    let nodes = [(-reach, 5.0 / 18.0), (0.0, 8.0 / 18.0), (reach, 5.0 / 18.0)];
    let at = |node: f64| f64::midpoint(1.0, node);
    nodes
        .iter()
        .map(|&(node, weight)| 2.0 * at(node) * weight * slope(1.0 - lost * at(node) * at(node)))
        .sum()
}

/// Hermite coefficients `f_1, f_2, ...` of phi and of `phi^2`.
#[derive(Clone, Debug)]
pub struct Mehler([Vec<f64>; 2]);

impl Mehler {
    /// Projects the functions on the nodes: with the normalised polynomials
    /// `h_(k+1) = (z h_k - sqrt k h_(k-1)) / sqrt(k+1)`.
    #[must_use]
    pub fn new(nodes: &Nodes) -> Self {
        let mean = nodes.expect(|_, y| y);
        let square = nodes.expect(|_, y| y * y);
        let mut sums = [vec![0.0; TERMS], vec![0.0; TERMS]];
        let roots: [f64; TERMS + 1] = std::array::from_fn(|k| (k as f64).sqrt());
        let panels = nodes.z.chunks_exact(ORDER).zip(nodes.weight.chunks_exact(ORDER));
        for ((z, weight), y) in panels.zip(nodes.y.chunks_exact(ORDER)) {
            let first: [f64; ORDER] = std::array::from_fn(|i| weight[i] * (y[i] - mean));
            let second: [f64; ORDER] = std::array::from_fn(|i| weight[i] * (y[i] * y[i] - square));
            let z: [f64; ORDER] = std::array::from_fn(|i| z[i]);
            // The nodes of a panel side by side, so that their divisions overlap; the sums in the order of the nodes.
            let (mut before, mut now) = ([1.0; ORDER], z);
            for k in 1..=TERMS {
                let add = |sum: f64, factors: &[f64; ORDER]| {
                    factors.iter().zip(&now).fold(sum, |sum, (factor, h)| sum + factor * h)
                };
                sums[0][k - 1] = add(sums[0][k - 1], &first);
                sums[1][k - 1] = add(sums[1][k - 1], &second);
                if k < TERMS {
                    for i in 0..ORDER {
                        let next = (z[i] * now[i] - roots[k] * before[i]) / roots[k + 1];
                        (before[i], now[i]) = (now[i], next);
                    }
                }
            }
        }
        Self(sums)
    }

    /// `sum f_k^2 (1 - c^k)` of the values, `c = 1 - lost`; `beyond` is what the series lacks at c = 1.
    fn difference(&self, lost: f64, beyond: f64) -> f64 {
        let rest = |k: f64| {
            if lost < 1.0 { -libm::expm1(k * libm::log1p(-lost)) } else { 1.0 - libm::pow(1.0 - lost, k) }
        };
        let terms = self.0[0].iter().enumerate().map(|(i, f)| f * f * rest((i + 1) as f64));
        terms.sum::<f64>() + beyond * rest((TERMS + 1) as f64)
    }

    /// The series of functions i and j at c, and at 1.
    fn covariance(&self, i: usize, j: usize, c: f64) -> (f64, f64) {
        let products = self.0[i].iter().zip(&self.0[j]).map(|(f, g)| f * g);
        let mut power = 1.0;
        products.fold((0.0, 0.0), |(at_c, at_one), product| {
            power *= c;
            (at_c + power * product, at_one + product)
        })
    }
}
