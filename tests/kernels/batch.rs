//! What a whole layer shows, against its definitions pair by pair, at every shape and scale.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use crate::matrices::{entries, generator, matrix, whole};
use initsweep::kernels::Matrix;
use initsweep::kernels::batch::{
    cosine_distance, dead_units, mean_magnitude, outside, pearson_distance, unit_variance,
};
use initsweep::simd::{Element, SimdLevel};
use proptest::prelude::*;

/// Unit roundoff of f64.
const U: f64 = f64::EPSILON / 2.0;

const SHAPES: [(usize, usize); 9] =
    [(1, 1), (1, 2), (2, 7), (5, 8), (9, 9), (127, 16), (128, 17), (130, 24), (300, 37)];

/// Column `a` of rows.
fn column(x: &[Vec<f64>], a: usize) -> Vec<f64> {
    x.iter().map(|row| row[a]).collect()
}

/// The column less its mean.
fn centred(column: &[f64]) -> Vec<f64> {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    column.iter().map(|x| x - mean).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean cosine over all pairs, by its definition.
fn mean_cosine(columns: &[Vec<f64>]) -> f64 {
    let mut cosines = Vec::new();
    for (i, a) in columns.iter().enumerate() {
        cosines.extend(columns[..i].iter().map(|b| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()));
    }
    cosines.iter().sum::<f64>() / cosines.len() as f64
}

fn columns(x: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..x[0].len()).map(|a| column(x, a)).collect()
}

/// The same entries in an element type that holds them exactly, padding full of NaN, and back.
fn of<T: Element>(x: &[Vec<f64>]) -> Matrix<T> {
    let x: Vec<Vec<T>> = x.iter().map(|row| row.iter().map(|&x| T::from_f64(x)).collect()).collect();
    matrix(&x, T::from_f64(f64::NAN))
}

fn level() -> SimdLevel {
    SimdLevel::detect()
}

/// Entries that f32 holds too.
fn random(seed: u64, rows: usize, columns: usize) -> Vec<Vec<f64>> {
    let mut rng = generator(seed);
    entries(rows, columns, || whole(&mut rng, 1 << 20) as f64 / 1024.0 + 100.0)
}

/// Rounding of a mean cosine or its distance: n terms a norm, n more a product, and B a mean, each of a quantity of
/// at most 1, in the fast form and in the plain one.
fn tolerance(rows: usize, columns: usize) -> f64 {
    8.0 * (rows + columns + 8) as f64 * U
}

#[test]
fn distances_are_one_less_the_mean_over_all_pairs() {
    fn check<T: Element>(x: &[Vec<f64>]) {
        let (n, b) = (x.len(), x[0].len());
        let m = of::<T>(x);
        let cosine = mean_cosine(&columns(x));
        assert!((1.0 - cosine_distance(level(), &m) - cosine).abs() <= tolerance(n, b), "{n} x {b}");
        if n > 2 {
            let centred: Vec<Vec<f64>> = columns(x).iter().map(|column| centred(column)).collect();
            let pearson = mean_cosine(&centred);
            // The mean, about 100 here, is rounded before it is taken off a std of about 600.
            assert!((1.0 - pearson_distance(level(), &m) - pearson).abs() <= tolerance(n, b), "{n} x {b}");
        }
    }
    for (seed, (rows, columns)) in (0..).zip(SHAPES.into_iter().filter(|shape| shape.1 > 1)) {
        let x = random(seed, rows, columns);
        check::<f64>(&x);
        check::<f32>(&x);
    }
}

#[test]
fn unit_variance_is_the_mean_variance_of_a_row() {
    fn check<T: Element>(x: &[Vec<f64>]) {
        let (n, b) = (x.len() as f64, x[0].len() as f64);
        let variance = |row: &Vec<f64>| centred(row).iter().map(|d| d * d).sum::<f64>() / b;
        let expected = x.iter().map(variance).sum::<f64>() / n;
        let got = unit_variance(level(), &of::<T>(x), 0);
        assert!((got - expected).abs() <= 8.0 * (n * b) * U * expected, "{got} against {expected}");
        // In other units: the same bits.
        let scaled: Vec<Vec<f64>> =
            x.iter().map(|row| row.iter().map(|x| libm::scalbn(*x, 90)).collect()).collect();
        assert_eq!(unit_variance(level(), &of::<T>(&scaled), 90), got);
    }
    for (seed, (rows, columns)) in (100..).zip(SHAPES) {
        let x = random(seed, rows, columns);
        check::<f64>(&x);
        check::<f32>(&x);
    }
}

#[test]
fn equal_inputs_differ_by_nothing_to_the_bit_and_opposite_ones_by_two() {
    for (seed, (rows, columns)) in (200..).zip(SHAPES.into_iter().filter(|shape| shape.0 > 1 && shape.1 > 1))
    {
        let x: Vec<Vec<f64>> = random(seed, rows, 1).iter().map(|row| vec![row[0] / 3.0; columns]).collect();
        let m = of::<f64>(&x);
        assert_eq!(cosine_distance(level(), &m), 0.0, "{rows} x {columns}");
        assert_eq!(pearson_distance(level(), &m), 0.0, "{rows} x {columns}");
        assert_eq!(unit_variance(level(), &m, 0), 0.0, "{rows} x {columns}");
        let pair: Vec<Vec<f64>> = x.iter().map(|row| vec![row[0], -row[0]]).collect();
        assert!((cosine_distance(level(), &of::<f64>(&pair)) - 2.0).abs() <= tolerance(rows, 2));
    }
}

#[test]
fn what_is_undefined_is_nan() {
    let one = of::<f64>(&random(1, 5, 1));
    assert!(cosine_distance(level(), &one).is_nan() && pearson_distance(level(), &one).is_nan());
    let mut x = random(2, 150, 9);
    for row in &mut x {
        row[8] = 0.1;
    }
    let constant = of::<f64>(&x);
    assert!(pearson_distance(level(), &constant).is_nan(), "a constant input has no Pearson correlation");
    assert!(cosine_distance(level(), &constant) > 0.0);
    for row in &mut x {
        row[8] = 0.0;
    }
    assert!(cosine_distance(level(), &of::<f64>(&x)).is_nan(), "an input that is 0 has no direction");
}

#[test]
fn each_input_may_have_a_scale_of_its_own_down_to_subnormals() {
    let x = random(3, 140, 5);
    let plain = of::<f64>(&x);
    for exponents in [[0, 100, -100, 600, -600], [1003, 1003, 1003, 0, -1000], [-1064, -1064, 0, 0, 0]] {
        // Entries are multiples of 2^-10: from 2^-1064 on they are whole multiples of the smallest subnormal.
        let row = |row: &Vec<f64>| row.iter().zip(exponents).map(|(x, e)| libm::scalbn(*x, e)).collect();
        let scaled = of::<f64>(&x.iter().map(row).collect::<Vec<Vec<f64>>>());
        assert_eq!(cosine_distance(level(), &scaled), cosine_distance(level(), &plain), "{exponents:?}");
        assert_eq!(pearson_distance(level(), &scaled), pearson_distance(level(), &plain), "{exponents:?}");
    }
}

#[test]
fn the_distance_of_almost_equal_inputs_does_not_cancel() {
    // Columns (1, 0) and (1, e): 1 - cos = 1 - 1/sqrt(1 + e^2) = e^2/2 (1 - 3 e^2/4 + ...).
    for e in [1e-5, 1e-8, 1e-10, 1e-13] {
        let got = cosine_distance(level(), &of::<f64>(&[vec![1.0, 1.0], vec![0.0, e]]));
        let expected = e * e / 2.0 * (1.0 - 0.75 * e * e);
        // Unit vectors are rounded: their difference, of length e, is off by 2 U.
        assert!(
            (got / expected - 1.0).abs() <= 4.0 * U / e + 16.0 * U,
            "{e:e}: {got:e} against {expected:e}"
        );
    }
}

#[test]
fn dead_units_and_entries_in_tails_are_counted_once_each() {
    for (rows, columns) in SHAPES {
        let x: Vec<Vec<f64>> = (0..rows)
            .map(|row| (0..columns).map(|a| if row % 3 == 0 || a > 0 { 0.0 } else { -1.0 }).collect())
            .collect();
        let alive = x.iter().filter(|row| row[0] != 0.0).count() as u64;
        assert_eq!(dead_units(&of::<f64>(&x)), rows as u64 - alive);
        assert_eq!(dead_units(&of::<f32>(&x)), rows as u64 - alive);
        let all = (rows * columns) as u64;
        for (tails, expected) in [
            ([-1.0, f64::INFINITY], alive),
            ([-1.5, 0.0], all - alive),
            ([-1.5, 0.5], 0),
            ([-1.0, 0.0], all),
            ([f64::NEG_INFINITY, f64::INFINITY], 0),
        ] {
            assert_eq!(outside(&of::<f64>(&x), tails), expected, "{tails:?}");
            assert_eq!(outside(&of::<f32>(&x), tails), expected, "{tails:?}");
        }
    }
    let odd = of::<f64>(&[vec![f64::NAN, 0.0], vec![f64::INFINITY, f64::NEG_INFINITY]]);
    assert_eq!((dead_units(&odd), outside(&odd, [-1.0, 1.0])), (0, 2));
}

proptest! {
    #[test]
    fn every_level_gives_the_same_bits_and_rotations_of_signs_change_nothing(
        seed in any::<u64>(), rows in 2_usize..140, columns in 2_usize..20,
    ) {
        let x = random(seed, rows, columns);
        let m = of::<f64>(&x);
        let all = |level| {
            [cosine_distance(level, &m), pearson_distance(level, &m), unit_variance(level, &m, 0)].map(f64::to_bits)
        };
        for level in SimdLevel::available() {
            prop_assert_eq!(all(level), all(SimdLevel::detect()));
        }
        let distance = cosine_distance(level(), &m);
        let largest = columns as f64 / (columns - 1) as f64;
        prop_assert!((0.0..=largest + tolerance(rows, columns)).contains(&distance));
        // A unit may be replaced by its negative: an orthogonal map, and an exact one.
        let mirrored: Vec<Vec<f64>> = x.iter().enumerate()
            .map(|(i, row)| row.iter().map(|x| if i % 2 == 0 { *x } else { -x }).collect()).collect();
        prop_assert_eq!(cosine_distance(level(), &of::<f64>(&mirrored)), distance);
        // Variance over everything = mean variance within units + variance of the units' means.
        let flat: Vec<f64> = x.concat();
        let total = dot(&centred(&flat), &centred(&flat)) / flat.len() as f64;
        let means: Vec<f64> = x.iter().map(|row| row.iter().sum::<f64>() / columns as f64).collect();
        let between = dot(&centred(&means), &centred(&means)) / rows as f64;
        let sum = unit_variance(level(), &m, 0) + between;
        prop_assert!((sum / total - 1.0).abs() <= 8.0 * (rows * columns + 100) as f64 * U);
    }
}

#[test]
fn the_mean_magnitude_is_that_of_its_definition_at_every_scale_and_on_every_level() {
    for (n, b) in SHAPES {
        let mut rng = generator(17);
        // Whole numbers: every sum is exact, in any order.
        let x = entries(n, b, || whole(&mut rng, 1000) as f64);
        let sum: f64 = x.iter().flatten().map(|x| x.abs()).sum();
        for exponent in [-900, 0, 900] {
            let scaled: Vec<Vec<f64>> =
                x.iter().map(|row| row.iter().map(|x| libm::scalbn(*x, exponent)).collect()).collect();
            for level in SimdLevel::available() {
                let mean = mean_magnitude(level, &matrix(&scaled, f64::NAN), exponent);
                assert_eq!(mean, sum / b as f64 / n as f64, "{n} x {b}, {level}");
            }
        }
    }
}
