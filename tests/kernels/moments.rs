//! The moments of a layer against exact sums, at every location and scale, and the promises of the metrics.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]
#![expect(clippy::cast_possible_truncation, reason = "small whole numbers")]

use crate::matrices::{entries, generator, matrix, whole};
use initsweep::kernels::{Matrix, Moments, reference};
use initsweep::network::{Arithmetic, Metric, Reading};
use initsweep::simd::SimdLevel;

/// Unit roundoff of f64.
const U: f64 = f64::EPSILON / 2.0;

/// Moments of a whole matrix, block after block as the network measures them.
fn measure<T: Arithmetic>(level: SimdLevel, x: &Matrix<T>) -> Moments {
    let blocks = x.blocks().map(|(_, block)| T::moments(level, block, x.columns()));
    blocks.fold(Moments::default(), Moments::merge)
}

/// The same of rows of entries, its padding full of NaN, on the fastest level.
fn moments_of<T: Arithmetic>(x: &[Vec<T>]) -> Moments {
    measure(SimdLevel::detect(), &matrix(x, T::from_f64(f64::NAN)))
}

/// A column of one repeated value per row.
fn rows_of(values: &[f64], columns: usize) -> Vec<Vec<f64>> {
    values.iter().map(|&value| vec![value; columns]).collect()
}

/// Exact mean and central sums of `base + offset` for whole offsets: fractions of i128.
fn exact(base: f64, offsets: &[i64]) -> (f64, [f64; 3]) {
    let n = offsets.len() as i128;
    let power = |p: u32| offsets.iter().map(|&x| i128::from(x).pow(p)).sum::<i128>();
    let (s1, s2, s3, s4) = (power(1), power(2), power(3), power(4));
    let n_f = n as f64;
    let m2 = (n * s2 - s1 * s1) as f64 / n_f;
    let m3 = (n * n * s3 - 3 * n * s1 * s2 + 2 * s1 * s1 * s1) as f64 / (n_f * n_f);
    let m4 = n * n * n * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1 * s1 * s1 * s1;
    (base + s1 as f64 / n_f, [m2, m3, m4 as f64 / (n_f * n_f * n_f)])
}

/// Bounds of the rounding errors of mean and central sums, for values `base + offset` in `blocks` blocks.
///
/// A lane adds at most n/16 + 8 terms, so sums are off by `c U` of the sum of magnitudes, `c = n/16 + 16` with
/// the roundings of a term and of the reduction. The provisional mean is off by `shift = c U max|x|`, but never
/// beyond the extremes. Central sums about it, `s_p`, are off by `c U A_p`, `A_p = sum (|d| + shift)^p`; moved to
/// the true mean (`m4 = s4 - 4 h s3 + 6 h^2 s2 - 3 h^3 s1`, h = s1 / n), by `3`, `13` and `39 c U A_p`, because
/// `A_i A_j <= n A_(i+j)`. A merge adds 20 roundings, and means of blocks are rounded: `2 U max|x|` on every
/// deviation.
fn bounds(base: f64, offsets: &[i64], blocks: usize) -> (f64, [f64; 3]) {
    let n = offsets.len() as f64;
    let (mean, _) = exact(0.0, offsets);
    let deviations = || offsets.iter().map(|&x| (x as f64 - mean).abs());
    let largest = base.abs() + offsets.iter().map(|x| x.unsigned_abs()).max().unwrap() as f64;
    let c = n / 16.0 + 16.0 + 20.0 * blocks as f64;
    let shift = (c * U * largest).min(2.0 * deviations().fold(0.0, f64::max));
    let rounded = if blocks > 1 { 2.0 * U * largest } else { 0.0 };
    let central = [(2, 3.0), (3, 13.0), (4, 39.0)].map(|(p, factor)| {
        let sum = |extra: f64| deviations().map(|d| libm::pow(d + shift + extra, f64::from(p))).sum::<f64>();
        let exact_rounding = 2.0 * U * sum(0.0);
        factor * c * U * sum(0.0) + (sum(rounded) - sum(0.0)) + exact_rounding
    });
    (c * U * largest, central)
}

#[track_caller]
fn assert_exact(moments: &Moments, base: f64, offsets: &[i64], blocks: usize) {
    let (mean, central) = exact(base, offsets);
    let (mean_bound, bounds) = bounds(base, offsets, blocks);
    assert_eq!((moments.exponent, moments.nonfinite, moments.count), (0, 0, offsets.len() as u64));
    assert!((moments.mean - mean).abs() <= mean_bound, "mean {} against {mean}", moments.mean);
    for (power, ((&got, want), bound)) in moments.central.iter().zip(central).zip(bounds).enumerate() {
        let power = power + 2;
        let error = (got - want).abs();
        assert!(error <= bound, "base {base}, sum of powers {power}: {got} against {want}, bound {bound}");
    }
    assert_eq!(moments.min, base + *offsets.iter().min().unwrap() as f64);
    assert_eq!(moments.max, base + *offsets.iter().max().unwrap() as f64);
}

#[test]
fn moments_of_whole_numbers_equal_exact_fractions_at_every_location() {
    let mut rng = generator(1);
    // Up to 2^50 the entries base + offset are exact, and the mean is 10^13 times the std.
    for base in [0.0, 1.0, -1e3, 1e8, -1e12, libm::scalbn(1.0, 50)] {
        for (rows, columns) in [(1, 1), (1, 7), (5, 3), (8, 8), (100, 17), (128, 64), (300, 37)] {
            let offsets = entries(rows, columns, || whole(&mut rng, 50));
            let x: Vec<Vec<f64>> =
                offsets.iter().map(|row| row.iter().map(|&d| base + d as f64).collect()).collect();
            assert_exact(&moments_of(&x), base, &offsets.concat(), rows.div_ceil(128));
        }
    }
}

#[test]
fn moments_of_f32_equal_exact_fractions() {
    let mut rng = generator(2);
    for base in [0.0_f32, f32::from_bits((127 + 20) << 23)] {
        for (rows, columns) in [(1, 1), (3, 9), (100, 17), (300, 37)] {
            let offsets = entries(rows, columns, || whole(&mut rng, 50));
            let x: Vec<Vec<f32>> =
                offsets.iter().map(|row| row.iter().map(|&d| base + d as f32).collect()).collect();
            assert_exact(&moments_of(&x), f64::from(base), &offsets.concat(), rows.div_ceil(128));
        }
    }
}

#[test]
fn every_batch_and_height_counts_each_entry_once() {
    for columns in 1..=50 {
        for rows in [1, 2, 3, 8, 127, 128, 129] {
            // Distinct powers of two would overflow; distinct whole numbers have one sum and two extremes.
            let mut next = 0_i64;
            let offsets = entries(rows, columns, || {
                next += 1;
                next
            });
            let narrow: Vec<Vec<f32>> =
                offsets.iter().map(|row| row.iter().map(|&x| x as f32).collect()).collect();
            let wide: Vec<Vec<f64>> =
                offsets.iter().map(|row| row.iter().map(|&x| x as f64).collect()).collect();
            let offsets = offsets.concat();
            assert_exact(&moments_of(&narrow), 0.0, &offsets, rows.div_ceil(128));
            assert_exact(&moments_of(&wide), 0.0, &offsets, rows.div_ceil(128));
        }
    }
}

#[test]
fn moments_agree_with_the_plain_reference() {
    let mut rng = generator(3);
    let x = entries(100, 30, || whole(&mut rng, 1 << 40) as f64 * libm::scalbn(1.0, -40) + 0.3);
    let (mean, variance, kurtosis) = reference::moments(&x.concat());
    let moments = moments_of(&x);
    // 3000 entries: the plain sums are off by 3000 U of their terms, kurtosis by three such sums, the mean of
    // magnitudes up to 1.3 by as much.
    let tolerance = 4.0 * 3000.0 * U;
    assert!((Metric::Mean.of(&Reading::from(&moments)) - mean).abs() <= tolerance);
    assert!((Metric::Variance.of(&Reading::from(&moments)) / variance - 1.0).abs() <= tolerance);
    assert!((Metric::Std.of(&Reading::from(&moments)) / variance.sqrt() - 1.0).abs() <= tolerance);
    assert!((Metric::Kurtosis.of(&Reading::from(&moments)) / kurtosis - 1.0).abs() <= tolerance);
    assert!(
        (Metric::SecondMoment.of(&Reading::from(&moments)) / (variance + mean * mean) - 1.0).abs()
            <= tolerance
    );
}

#[test]
fn a_power_of_two_scales_every_metric_exactly_from_the_largest_to_the_smallest_numbers() {
    let mut rng = generator(4);
    let values = entries(300, 11, || whole(&mut rng, 1000));
    let scaled = |exponent: i32| -> Vec<Vec<f64>> {
        values.iter().map(|row| row.iter().map(|&x| libm::scalbn(x as f64, exponent)).collect()).collect()
    };
    let plain = moments_of(&scaled(0));
    // 1000 * 2^1014 is just finite; 2^-1074 makes every entry a subnormal.
    for exponent in [1014, 900, 664, 300, 172, 170, 1, -1, -180, -190, -191, -300, -664, -1000, -1040, -1074]
    {
        let moments = moments_of(&scaled(exponent));
        for (metric, power) in [
            (Metric::Mean, 1),
            (Metric::Std, 1),
            (Metric::Rms, 1),
            (Metric::AbsMax, 1),
            (Metric::Kurtosis, 0),
        ] {
            let (got, want) = (metric.of(&Reading::from(&moments)), metric.of(&Reading::from(&plain)));
            let want_scaled = libm::scalbn(want, power * exponent);
            // A subnormal result is rounded to a multiple of 2^-1074; nothing else may differ, for the work is
            // the same in other units.
            assert_eq!(got, want_scaled, "{metric} at 2^{exponent}");
        }
    }
}

#[test]
fn huge_and_tiny_decimal_scales_are_finite_and_right() {
    for scale in [1e200, 1e-200, 1e300, 1e-300, 1e308, f64::MIN_POSITIVE] {
        let moments = moments_of(&rows_of(&[scale, -scale, 0.5 * scale, -0.5 * scale], 9));
        // Mean 0, variance 5/8, fourth moment 17/32: a lane adds at most 8 terms of 2 roundings, the sums 4 more
        // of 16, the quotients 4.
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() <= 24.0 * U;
        assert!(Metric::Mean.of(&Reading::from(&moments)).abs() <= 24.0 * U * scale, "{scale:e}");
        assert!(near(Metric::Std.of(&Reading::from(&moments)), 0.625_f64.sqrt() * scale), "{scale:e}");
        assert!(near(Metric::Kurtosis.of(&Reading::from(&moments)), 34.0 / 25.0), "{scale:e}");
        assert_eq!((moments.min, moments.max), (-scale, scale));
    }
}

#[test]
fn blocks_of_zeros_do_not_hide_tiny_blocks() {
    for tiny in [1e-100, 1e-200, 1e-300, 5e-324] {
        for zeros_first in [true, false] {
            let mut x = rows_of(&[0.0; 128], 3);
            let other = rows_of(&[tiny; 128], 3);
            x = if zeros_first { [x, other].concat() } else { [other, x].concat() };
            let moments = moments_of(&x);
            // Half 0, half tiny: mean and std are tiny / 2, exactly but for the smallest number of all, whose half
            // rounds to 0.
            assert_eq!(Metric::Mean.of(&Reading::from(&moments)), tiny / 2.0, "{tiny:e}, {zeros_first}");
            assert_eq!(Metric::Std.of(&Reading::from(&moments)), tiny / 2.0, "{tiny:e}, {zeros_first}");
            assert_eq!(Metric::Kurtosis.of(&Reading::from(&moments)), 1.0, "{tiny:e}, {zeros_first}");
            assert_eq!(moments.zeros, 384);
        }
    }
}

#[test]
fn constant_entries_have_std_zero_and_no_kurtosis() {
    for value in [0.0, 0.1, -0.3, 1.0 / 3.0, 1e8 + 0.1, 1e-250, 1e250, 5e-324] {
        for (rows, columns) in [(1, 1), (7, 3), (128, 10), (300, 17)] {
            let moments = moments_of(&vec![vec![value; columns]; rows]);
            let what = format!("{rows} x {columns} entries of {value:e}");
            assert_eq!(Metric::Mean.of(&Reading::from(&moments)), value, "{what}");
            assert_eq!(Metric::Std.of(&Reading::from(&moments)), 0.0, "{what}");
            assert!(Metric::Kurtosis.of(&Reading::from(&moments)).is_nan(), "{what}");
        }
    }
}

#[test]
fn known_kurtoses() {
    let kurtosis = |values: &[f64]| Metric::Kurtosis.of(&Reading::from(&moments_of(&rows_of(values, 5))));
    assert_eq!(kurtosis(&[1.0, -1.0]), 1.0);
    // 0 three times, then +-2: m2 = 8/5... of n = 8: m2 = 1, m4 = 4.
    assert_eq!(kurtosis(&[2.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 4.0);
    // 1 to 5: m2 = 2, m4 = 34/5.
    assert!((kurtosis(&[1.0, 2.0, 3.0, 4.0, 5.0]) - 1.7).abs() <= 8.0 * 1.7 * U);
}

#[test]
fn one_nonfinite_entry_is_counted_wherever_it_is_and_makes_the_promised_metrics() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for (row, column) in [(0, 0), (127, 16), (128, 8), (299, 18), (200, 0)] {
            let mut x = vec![vec![1.0; 19]; 300];
            x[row][column] = bad;
            x[5][5] = 0.0;
            let moments = moments_of(&x);
            assert_eq!((moments.count, moments.nonfinite, moments.zeros), (5700, 1, 1), "{bad}");
            for metric in Metric::DEFAULTS {
                let value = metric.of(&Reading::from(&moments));
                let right = match metric {
                    Metric::Mean | Metric::Min | Metric::Max | Metric::Kurtosis => value.is_nan(),
                    Metric::FractionZero | Metric::FractionNonfinite => value == 1.0 / 5700.0,
                    Metric::Dead => value == 0.0,
                    Metric::Overflowed => value == 1.0,
                    _ => value == f64::INFINITY,
                };
                assert!(right, "{metric} with {bad}: {value}");
            }
        }
    }
}

#[test]
fn sums_beyond_the_largest_number_are_not_mistaken_for_infinities() {
    let moments = moments_of(&rows_of(&[f64::MAX, f64::MAX, f64::MAX, f64::MAX / 2.0], 20));
    assert_eq!(moments.nonfinite, 0);
    // Mean 7/8, std sqrt(3)/8 of the largest number: a few roundings.
    assert!((Metric::Mean.of(&Reading::from(&moments)) / f64::MAX - 0.875).abs() <= 8.0 * U);
    assert!((Metric::Std.of(&Reading::from(&moments)) / f64::MAX - 3_f64.sqrt() / 8.0).abs() <= 8.0 * U);
}

#[test]
fn negative_zero_is_zero() {
    let moments = moments_of(&rows_of(&[0.0, -0.0, -0.0], 7));
    assert_eq!(moments.zeros, 21);
    assert_eq!(Metric::Dead.of(&Reading::from(&moments)), 1.0);
    for extreme in [moments.min, moments.max, Metric::AbsMax.of(&Reading::from(&moments))] {
        assert_eq!(extreme.to_bits(), 0, "a positive zero on every level");
    }
}

#[test]
fn every_level_gives_the_same_bits_whatever_the_padding_holds() {
    let mut rng = generator(6);
    for columns in [1, 7, 8, 9, 15, 16, 17, 31, 40] {
        for exponent in [0, 600, -1040] {
            let x = entries(131, columns, || libm::scalbn(whole(&mut rng, 1 << 50) as f64, exponent - 50));
            let mut all = Vec::new();
            for level in SimdLevel::available() {
                for padding in [0.0, 7.0, f64::NAN, f64::INFINITY] {
                    all.push(measure(level, &matrix(&x, padding)));
                }
            }
            assert!(all.iter().all(|one| *one == all[0]), "{columns} columns at 2^{exponent}: {all:?}");
            let x: Vec<Vec<f32>> = x.iter().map(|row| row.iter().map(|&x| x as f32).collect()).collect();
            let all = SimdLevel::available().into_iter().map(|level| measure(level, &matrix(&x, f32::NAN)));
            let all: Vec<Metric13> = all.map(|moments| bits(&moments)).collect();
            assert!(all.iter().all(|one| *one == all[0]), "{columns} columns at 2^{exponent}");
        }
    }
}

type Metric13 = [u64; 13];

fn bits(moments: &Moments) -> Metric13 {
    Metric::DEFAULTS.map(|metric| {
        let value = metric.of(&Reading::from(moments));
        if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
    })
}

#[test]
fn merging_is_associative_to_rounding_and_the_empty_set_is_its_identity() {
    let mut rng = generator(7);
    let parts: Vec<Vec<i64>> = [3, 40, 500].map(|n| (0..n).map(|_| whole(&mut rng, 1000)).collect()).into();
    let measured = |part: &[i64]| moments_of(&[part.iter().map(|&x| x as f64).collect::<Vec<f64>>()]);
    let [a, b, c] = [0, 1, 2].map(|i| measured(&parts[i]));
    assert_eq!(a.merge(Moments::default()), a);
    assert_eq!(Moments::default().merge(a), a);
    let all = parts.concat();
    for merged in [a.merge(b).merge(c), a.merge(b.merge(c)), c.merge(a).merge(b), measured(&all)] {
        assert_exact(&merged, 0.0, &all, 3);
    }
}
