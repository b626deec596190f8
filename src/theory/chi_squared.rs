//! Chi squared with n degrees of freedom, as a mixture of points.
//!
//! The trapezoidal rule in the logarithm: its error falls faster than any power for a density that is smooth and falls off on
//! both sides.

/// Points of the rule, those that count nothing among them.
const POINTS: u32 = 480;

/// The parts of a whole, with their values.
pub(super) fn chi_squared(n: usize) -> Vec<(f64, f64)> {
    let half = n as f64 / 2.0;
    // With s = n e^u the density of u is that of e^(half (u - e^u)); its curvature at 0 is half.
    let reach = 12.0 / half.sqrt();
    let (low, high) = (-reach - 40.0 / half, reach.min(5.0));
    let at = |step: u32| low + (high - low) * f64::from(step) / f64::from(POINTS);
    let density = |u: f64| libm::exp(half * (u - libm::exp(u) + 1.0));
    let all: Vec<(f64, f64)> = (0..=POINTS)
        .map(at)
        .map(|u| (density(u), 2.0 * half * libm::exp(u)))
        .filter(|(part, _)| *part > 1e-18)
        .collect();
    let whole: f64 = all.iter().map(|(part, _)| part).sum();
    all.into_iter().map(|(part, square)| (part / whole, square)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_has_its_first_three_moments() {
        for n in [1, 2, 3, 10, 1000, 100_000] {
            let law = chi_squared(n);
            let count = n as f64;
            let moment =
                |power: f64| law.iter().map(|(part, x)| part * libm::pow(x / count, power)).sum::<f64>();
            let expected = [1.0, 1.0, 1.0 + 2.0 / count, (1.0 + 2.0 / count) * (1.0 + 4.0 / count)];
            for (power, expected) in [0.0, 1.0, 2.0, 3.0].into_iter().zip(expected) {
                // The trapezoidal rule is far below this; what is left is the rounding of some hundred terms.
                assert!((moment(power) / expected - 1.0).abs() < 1e-11, "{n} {power}: {}", moment(power));
            }
        }
    }

    #[test]
    fn averages_over_chi_squares_are_exact() {
        for n in [1, 2, 3, 10, 1000, 10_000_000] {
            let count = n as f64;
            let average = |f: &dyn Fn(f64) -> f64| {
                chi_squared(n).iter().map(|(part, square)| part * f(square / count)).sum::<f64>()
            };
            // E v = 1, E v^2 = 1 + 2/n, E exp(-n v) = 3^(-n/2) for v = chi^2_n / n; some hundred terms of rounding.
            let close = |found: f64, exact: f64| {
                assert!((found - exact).abs() <= 1e-13 * exact, "n = {n}: {found}, not {exact}");
            };
            close(average(&|v| v), 1.0);
            close(average(&|v| v * v), 1.0 + 2.0 / count);
            if n < 20 {
                close(average(&|v| libm::exp(-count * v)), libm::pow(3.0, -0.5 * count));
            }
        }
    }
}
