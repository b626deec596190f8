//! How fast gradients grow behind norms, in networks of infinite width whose layers are `phi(N(W X))`.
//!
//! A norm over the units leaves `N(0, 1)` in every entry, and its own slope takes nothing away where there are many units: a layer
//! multiplies the squared gradient by `E phi'^2 / E phi^2`. Batch norm makes of the B entries of a unit a vector `sqrt(B) u`, u
//! uniform on the sphere of all vectors of length 1 and mean 0 (Yang et al. 2019). With a and b two inputs,
//!
//! ```text
//! lambda = E phi_a^2 - E phi_a phi_b
//! J_B = B / (lambda (B - 3)) [E phi'_a^2 - (E phi'_a^2 - E phi'_a phi'_b) / B - (E h_a^2 phi'_a^2 - E h_a h_b phi'_a phi'_b) / B]
//! ```
//!
//! whatever the std of the weights. An entry is `h_a = sqrt(B-1) sin t` with a density as `cos^(B-3) t`, and given that
//! `h_b = sqrt(B-1) (r sin t + sqrt(1-r^2) cos t sin s)`, `r = -1/(B-1)`, with s as `cos^(B-4) s`. For `B -> inf` it is
//! `E phi'^2 / Var phi`.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::{Mutex, PoisonError};

use super::gauss::{ORDER, RESOLVED, doubt, rule};
use super::mean_field::{GaussianMoments, gaussian_moments};
use super::quadrature::{Function, ends, evaluate};
use crate::kernels::Activation;

/// The smallest batch for which the mean of the factor is finite.
pub const LEAST_BATCH: usize = 4;

/// Beyond so many standard deviations the density is below 1e-30 for every batch that has such entries.
const REACH: f64 = 14.0;

/// Panels that end ever closer to a place where a kink enters the range of the other entry: halvings.
const HALVINGS: i32 = 10;

/// Growth of squared gradients per layer behind a norm over the units, at its `N(0, 1)`.
#[must_use]
pub fn layer_norm_growth(moments: &GaussianMoments) -> f64 {
    moments.slope / moments.second
}

/// The same behind batch norm, for a batch that is large.
#[must_use]
pub fn large_batch_growth(moments: &GaussianMoments) -> f64 {
    moments.slope / (moments.second - moments.mean * moments.mean)
}

/// The same for a batch; NaN for less than [`LEAST_BATCH`] inputs, and where an activation by formula is not resolved to 1e-9.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "batches are far below 2^53")]
pub fn batch_norm_growth(activation: Activation, batch: usize) -> f64 {
    if batch < LEAST_BATCH || gaussian_moments(activation, 1.0).slope.is_nan() {
        return f64::NAN;
    }
    let b = batch as f64;
    let pairs = pairs(activation, batch);
    // Behind a norm the gradients of a unit sum to 0 over the batch.
    pairs.behind(b, -1.0 / (b - 1.0)) / (pairs.squares[0] - pairs.products[0])
}

/// Means over the entries of a unit behind batch norm, a and b two of them; all NaN where an activation by formula is not
/// resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairs {
    /// `E phi_a`.
    pub mean: f64,
    /// `E phi_a^2`, `E phi'_a^2`, `E h_a^2 phi'_a^2`.
    pub squares: [f64; 3],
    /// `E phi_a phi_b`, `E phi'_a phi'_b`, `E h_a h_b phi'_a phi'_b`.
    pub products: [f64; 3],
}

impl Pairs {
    /// Those of the entries themselves, without an activation.
    pub fn of_entries(b: f64) -> Self {
        let r = -1.0 / (b - 1.0);
        Self { mean: 0.0, squares: [1.0; 3], products: [r, 1.0, r] }
    }

    /// What the squared gradient of an entry before the norm is, times the difference `E h_a^2 - E h_a h_b` there: from a squared
    /// gradient of 1 after the activation, and `correlation` between those of two inputs.
    pub fn behind(&self, b: f64, correlation: f64) -> f64 {
        let [own, mean, along] = [
            self.squares[1],
            self.squares[1] + (b - 1.0) * correlation * self.products[1],
            self.squares[2] + (b - 1.0) * correlation * self.products[2],
        ];
        b / (b - 3.0) * (own - mean / b - along / b)
    }
}

/// An activation, a batch, and their means.
type Known = (Activation, usize, Pairs);

/// See [`Pairs`]; for [`LEAST_BATCH`] inputs and more. Some 30 ms of integrals inside integrals, which the cells of a sweep have
/// in common: each is computed once in a process.
#[expect(clippy::cast_precision_loss, reason = "batches are far below 2^53")]
pub(super) fn pairs(activation: Activation, batch: usize) -> Pairs {
    static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());
    if activation == Activation::Linear {
        return Pairs::of_entries(batch as f64);
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((.., pairs)) = known.iter().find(|one| (one.0, one.1) == (activation, batch)) {
        return *pairs;
    }
    // Whoever needs the same waits for it.
    let pairs = Sphere { activation, b: batch as f64 }.pairs();
    known.push((activation, batch, pairs));
    pairs
}

/// The entries of a unit behind batch norm.
#[derive(Clone, Copy)]
struct Sphere {
    activation: Activation,
    b: f64,
}

/// Nodes of an angle with their weights, which sum to 1 over all panels, and what there is of the activation.
struct Angles {
    angle: Vec<f64>,
    weight: Vec<f64>,
    /// `phi`, `phi'` and `h phi'`.
    functions: [Vec<f64>; 3],
}

impl Sphere {
    fn pairs(self) -> Pairs {
        let (root, r) = ((self.b - 1.0).sqrt(), -1.0 / (self.b - 1.0));
        let apart = (1.0 - r * r).sqrt();
        let outer = self.angles(self.b - 3.0, [0.0, root], &self.entering(libm::acos(r)));
        let mut means = [[0.0; 3]; 2];
        let mut terms = vec![[0.0; 3]; outer.angle.len()];
        for (node, (&t, &weight)) in outer.angle.iter().zip(&outer.weight).enumerate() {
            let own: [f64; 3] = std::array::from_fn(|k| outer.functions[k][node]);
            let inner =
                self.angles(self.b - 4.0, [root * r * libm::sin(t), root * apart * libm::cos(t)], &[]);
            for k in 0..3 {
                let other: f64 = inner.functions[k].iter().zip(&inner.weight).map(|(y, w)| y * w).sum();
                terms[node][k] = weight * own[k] * other;
                means[0][k] += weight * own[k] * own[k];
                means[1][k] += terms[node][k];
            }
        }
        // Of a formula nothing is known for certain.
        let is_formula = matches!(self.activation, Activation::Formula(_));
        let is_resolved = !is_formula
            || (0..3).all(|k| {
                let of_panel = |panel: &[[f64; 3]]| doubt(panel.iter().map(|terms| terms[k]));
                terms.chunks_exact(ORDER).map(of_panel).sum::<f64>() <= RESOLVED * means[0][k]
            });
        if !is_resolved {
            return Pairs { mean: f64::NAN, squares: [f64::NAN; 3], products: [f64::NAN; 3] };
        }
        let mean = outer.functions[0].iter().zip(&outer.weight).map(|(y, w)| y * w).sum();
        Pairs { mean, squares: means[0], products: means[1] }
    }

    /// Where the other entry begins to have a part on either side of a kink, seen from the angle of this one.
    fn entering(self, between: f64) -> Vec<f64> {
        let places =
            self.activation.structure().into_iter().map(|(centre, _)| centre / (self.b - 1.0).sqrt());
        let at = places.filter(|sine| sine.abs() <= 1.0).map(libm::asin).flat_map(|at| {
            // sin(t + c) and sin(t - c), cos c = r: what h_b is at its two ends.
            let c = between;
            [at - c, at + c, PI - at - c, PI - at + c, -PI - at - c, -PI - at + c]
        });
        let all: Vec<f64> = at.collect();
        let near = |at: &f64| {
            (0..HALVINGS)
                .flat_map(|k| {
                    let distance = 0.25 * libm::exp2(-f64::from(k));
                    [at - distance, at + distance]
                })
                .collect::<Vec<_>>()
        };
        all.iter().flat_map(near).chain(all.iter().copied()).collect()
    }

    /// Nodes over an angle of density `cos^power`, at which `h = middle + radius sin(angle)`; panels end at `more`, too.
    fn angles(self, power: f64, [middle, radius]: [f64; 2], more: &[f64]) -> Angles {
        let mut breaks = vec![-FRAC_PI_2, FRAC_PI_2];
        // The density is that of a normal variable of std 1 / sqrt(power).
        let width = 1.0 / power.max(1.0).sqrt();
        breaks.extend((-7..=7).map(|k| 2.0 * f64::from(k) * width));
        let sines = ends(self.activation).map(|end| (end - middle) / radius);
        breaks.extend(sines.filter(|sine| sine.abs() < 1.0).map(libm::asin));
        breaks.extend(more);
        let far = (REACH * width).min(FRAC_PI_2);
        breaks.retain(|angle| angle.abs() <= far);
        breaks.extend([-far, far]);
        breaks.sort_by(f64::total_cmp);
        let panels = breaks.windows(2).filter(|pair| pair[1] > pair[0]);
        let (mut angle, mut weight) = (Vec::new(), Vec::new());
        for pair in panels {
            let (half, centre) = ((pair[1] - pair[0]) / 2.0, f64::midpoint(pair[0], pair[1]));
            for &(node, legendre) in rule() {
                let at = centre + half * node;
                angle.push(at);
                weight.push(half * legendre * libm::pow(libm::cos(at), power));
            }
        }
        let whole: f64 = weight.iter().sum();
        for weight in &mut weight {
            *weight /= whole;
        }
        let h: Vec<f64> = angle.iter().map(|angle| middle + radius * libm::sin(*angle)).collect();
        let phi = evaluate(self.activation, Function::Value, &h);
        let slope = evaluate(self.activation, Function::Slope, &h);
        let slope_h = slope.iter().zip(&h).map(|(slope, h)| slope * h).collect();
        Angles { angle, weight, functions: [phi, slope, slope_h] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_growth(activation: Activation, batch: usize, expected: f64, tolerance: f64) {
        let found = batch_norm_growth(activation, batch);
        assert!((found / expected - 1.0).abs() < tolerance, "{activation}, {batch}: {found}, not {expected}");
    }

    #[test]
    fn linear_networks_grow_by_the_moment_of_an_inverse_chi_square() {
        // (B-2)/(B-3).
        for batch in [4, 5, 6, 8, 10, 16, 32, 64, 128, 256, 4096] {
            let b = f64::from(u32::try_from(batch).unwrap());
            assert_growth(Activation::Linear, batch, (b - 2.0) / (b - 3.0), 1e-11);
        }
    }

    #[test]
    fn relu_networks_grow_as_their_closed_form_says() {
        // With r = -1/(B-1), p = (pi - acos r)/(2 pi), l = 1/2 - (sqrt(1-r^2) + (pi - acos r) r)/(2 pi):
        // (B/2 - (1/2 - p + l)) / (l (B-3)), theorem 8 of Yang et al. 2019. Where the range is a few angles alone, the kink leaves
        // roots in the outer integrand.
        for (batch, tolerance) in [
            (4, 1e-10),
            (5, 1e-10),
            (6, 1e-10),
            (8, 1e-10),
            (16, 1e-10),
            (32, 1e-10),
            (256, 1e-10),
            (4096, 1e-10),
        ] {
            let b = f64::from(u32::try_from(batch).unwrap());
            let r = -1.0 / (b - 1.0);
            let angle = PI - libm::acos(r);
            let p = angle / (2.0 * PI);
            let l = 0.5 - ((1.0 - r * r).sqrt() + angle * r) / (2.0 * PI);
            assert_growth(Activation::Relu, batch, (b / 2.0 - (0.5 - p + l)) / (l * (b - 3.0)), tolerance);
        }
    }

    #[test]
    fn other_activations_grow_as_an_independent_quadrature_says() {
        let named = |name: &str| name.parse::<Activation>().unwrap();
        // A rule of Gauss and Legendre of 800 nodes in both angles, to thirteen digits.
        let smooth = [
            ("tanh", 1.358_548_125_411_4, 1.208_302_759_930_8),
            ("erf", 1.405_054_086_088_5, 1.256_095_845_451_7),
            ("gelu", 1.622_300_933_320_1, 1.371_237_439_967_1),
            ("silu", 1.471_968_495_329_7, 1.257_311_290_745_7),
        ];
        // Others, to ten.
        let kinked = [
            ("elu", 1.291_109_776_8, 1.115_548_475_5),
            ("selu", 1.271_139_393_5, 1.105_713_255_1),
            ("hardtanh", 1.504_267_037_2, 1.353_467_675),
        ];
        for (all, tolerance) in [(&smooth[..], 1e-12), (&kinked[..], 1e-10)] {
            for &(name, of_8, of_32) in all {
                assert_growth(named(name), 8, of_8, tolerance);
                assert_growth(named(name), 32, of_32, tolerance);
            }
        }
    }

    #[test]
    fn large_batches_tend_to_their_limit_and_small_ones_have_none() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            let limit = large_batch_growth(&gaussian_moments(activation, 1.0));
            // The difference falls off as 1/B, of a size of some units.
            assert!((batch_norm_growth(activation, 1 << 16) - limit).abs() < 1e-4, "{activation}");
        }
        assert!(batch_norm_growth(Activation::Tanh, 3).is_nan());
    }
}
