//! Where an activation is saturated.
//!
//! A pre-activation h is saturated if it lies in a tail, an interval without end, on all of which the slope of the
//! activation is below a hundredth of its steepest, `|phi'| < sup |phi'| / 100`; the ends of an interval of slope 0
//! belong to it.
//!
//! [`tails`](super::Activation::tails) gives their ends, and each variant of the enumeration names its own.
//!
//! The slopes of gelu, silu and mish also pass through 0 near -0.75, -1.28 and -1.19, where they are not flat: that
//! is no tail.
//!
//! Of an activation between two horizontal asymptotes, [`Activation::beyond`] says it by a threshold t instead: h is saturated
//! if phi(h) has gone at least the part t of the way from the middle of its range to either end, `|phi(h)| >= t` of tanh and
//! `|2 phi(h) - 1| >= t` of sigmoid. Glorot and Bengio (2010) look at the same: how many units are near an asymptote.

use crate::kernels::Activation;

impl Activation {
    /// The pre-activations that are saturated by a threshold `0 < t < 1`: h is if `h <= beyond(t)[0] || h >= beyond(t)[1]`.
    ///
    /// With `phi` between `a` and `b`, these solve `phi(h) = (a + b)/2 -+ t (b - a)/2`, to a few ulps. `None` for activations
    /// that are not bounded on both sides, or not known to be, as formulas are not.
    #[must_use]
    pub fn beyond(self, threshold: f64) -> Option<[f64; 2]> {
        let t = threshold;
        let high = match self {
            Self::Tanh => libm::atanh(t),
            // sigmoid(x) = (1 + tanh(x/2)) / 2
            Self::Sigmoid => 2.0 * libm::atanh(t),
            Self::Erf => inverse_erf(t),
            Self::Softsign => t / (1.0 - t),
            Self::Hardtanh => t,
            Self::Hardsigmoid => 3.0 * t,
            Self::Relu6 => return Some([3.0 * (1.0 - t), 3.0 * (1.0 + t)]),
            _ => return None,
        };
        Some([-high, high])
    }
}

/// `erfinv(t)`, `0 < t < 1`: Winitzki's approximation, good to two digits, and three of Halley's steps, which take them to six, and
/// to all. The complement `1 - t` is exact from 1/2 on, where the error function itself would lose digits.
fn inverse_erf(t: f64) -> f64 {
    const A: f64 = 0.147;
    let log = libm::log((1.0 - t) * (1.0 + t));
    let b = std::f64::consts::FRAC_2_PI / A + 0.5 * log;
    let start = ((b * b - log / A).sqrt() - b).max(0.0).sqrt();
    (0..3).fold(start, |x, _| {
        let excess = if t < 0.5 { libm::erf(x) - t } else { (1.0 - t) - libm::erfc(x) };
        let step = excess / (std::f64::consts::FRAC_2_SQRT_PI * libm::exp(-x * x));
        x - step / (1.0 + x * step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::activation::RATIO;
    use crate::simd::SimdLevel;

    /// phi on the points, by the kernel.
    fn phi(activation: Activation, points: &[f64]) -> Vec<f64> {
        let mut rows = vec![[0.0; 8]; points.len().div_ceil(8)];
        bytemuck::cast_slice_mut::<_, f64>(&mut rows)[..points.len()].copy_from_slice(points);
        activation.apply::<f64>(SimdLevel::detect(), &mut rows);
        bytemuck::cast_slice::<_, f64>(&rows)[..points.len()].to_vec()
    }

    /// Slopes by differences between points 2^-10 apart, at the midpoints from -40 to 40.
    fn slopes(activation: Activation) -> Vec<(f64, f64)> {
        let step = libm::scalbn(1.0, -10);
        let points: Vec<f64> = (-40_960..=40_960).map(|i| f64::from(i) * step).collect();
        let values = phi(activation, &points);
        let slope = |(x, y): (&[f64], &[f64])| (f64::midpoint(x[0], x[1]), (y[1] - y[0]) / step);
        points.windows(2).zip(values.windows(2)).map(slope).collect()
    }

    #[test]
    fn slopes_are_below_a_hundredth_of_the_steepest_in_the_tails_and_reach_it_at_their_ends() {
        let mut all: Vec<Activation> = Activation::NAMES.iter().map(|name| name.parse().unwrap()).collect();
        for (slope, alpha) in [(0.0, 0.0), (0.009, 0.005), (-0.5, 3.0), (101.0, 101.0)] {
            all.extend([Activation::LeakyRelu { slope }, Activation::Elu { alpha }]);
            all.extend((0.001..10.0).contains(&alpha).then_some(Activation::Celu { alpha }));
        }
        for activation in all {
            let [low, high] = activation.tails().expect("those of built-in activations are known");
            let slopes = slopes(activation);
            let limit = slopes.iter().fold(0.0_f64, |most, (_, slope)| most.max(slope.abs())) / RATIO;
            // A slope by differences is exact at a point of its interval, 2^-11 away at most; the steepest is met as
            // closely. Slopes of all of these change by less than a hundredth of themselves over 2^-10.
            for &(x, slope) in &slopes {
                let inside = x <= low - 1e-3 || x >= high + 1e-3;
                assert!(!inside || slope.abs() <= limit * 1.01, "{activation} at {x}: slope {slope}");
            }
            // Just inside the middle, the slope is steep again: the tails could not be longer. Without a steepest slope
            // there is no limit: the tail is where the slope is 0.
            for (end, side) in
                [(low, 1.0), (high, -1.0)].into_iter().filter(|_| activation != Activation::SquaredRelu)
            {
                let near = |x: f64| (x - end) * side > 0.0 && (x - end) * side < 2e-3;
                let steep = slopes.iter().any(|&(x, slope)| near(x) && slope.abs() >= limit * 0.99);
                assert!(steep || end.is_infinite(), "{activation}: the tail at {end} could be longer");
            }
        }
    }

    #[test]
    fn at_the_ends_of_a_threshold_the_activation_has_gone_that_part_of_its_way() {
        use Activation::{Erf, Hardsigmoid, Hardtanh, Relu6, Sigmoid, Softsign, Tanh};
        let bounded = [
            (Tanh, [-1.0, 1.0]),
            (Erf, [-1.0, 1.0]),
            (Softsign, [-1.0, 1.0]),
            (Hardtanh, [-1.0, 1.0]),
            (Sigmoid, [0.0, 1.0]),
            (Hardsigmoid, [0.0, 1.0]),
            (Relu6, [0.0, 6.0]),
        ];
        for (activation, [a, b]) in bounded {
            for t in [1e-3, 0.5, 0.9, 0.97, 0.999, 1.0 - 1e-9] {
                let ends = activation.beyond(t).unwrap();
                for (found, side) in phi(activation, &ends).into_iter().zip([-1.0, 1.0]) {
                    let wanted = f64::midpoint(a, b) + side * t * (b - a) / 2.0;
                    // An ulp of h moves phi by `|h phi'(h)|` ulps, at most half its range; the kernel is good to two.
                    let limit = 6.0 * f64::EPSILON * (b - a);
                    assert!((found - wanted).abs() <= limit, "{activation}, {t}: {found}, not {wanted}");
                }
            }
        }
        let others = Activation::NAMES.iter().map(|name| name.parse::<Activation>().unwrap());
        for activation in others.filter(|one| bounded.iter().all(|(bounded, _)| bounded != one)) {
            let far = phi(activation, &[-1e5, 1e5]);
            assert!(activation.beyond(0.97).is_none() && far.iter().any(|y| y.abs() > 100.0), "{activation}");
        }
    }

    #[test]
    fn without_a_tail_the_outermost_slopes_are_steep() {
        for name in Activation::NAMES {
            let activation: Activation = name.parse().unwrap();
            let slopes = slopes(activation);
            let most = slopes.iter().fold(0.0_f64, |most, (_, slope)| most.max(slope.abs()));
            let ends = [slopes[0], slopes[slopes.len() - 1]];
            for ((_, slope), end) in ends.into_iter().zip(activation.tails().into_iter().flatten()) {
                assert_eq!(end.is_infinite(), slope.abs() * RATIO >= most * 0.999, "{activation}: {end}");
            }
        }
    }
}
