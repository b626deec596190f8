//! Singular values: of matrices that are known, of all shapes and sizes of entries, with the same bits everywhere.
//!
//! An algorithm that ends with the singular values of `A + E`, `|E|_F <= p(n) u |A|_F`, is off by no more than that (Weyl). For
//! reflections and rotations, p(n) is a small multiple of n in theory, and of 1 in practice; these tests allow `max(m, n) 2^-52`
//! of the largest singular value, what counts as 0.

use crate::matrices::{entries, generator, matrix, whole};
use initsweep::kernels::Matrix;
use initsweep::kernels::bidiagonal::Dense;
use initsweep::kernels::singular::singular_values;
use initsweep::simd::SimdLevel;

type Rows = Vec<Vec<f64>>;

/// By every instruction set, which have to agree.
fn of(rows: &Rows) -> Vec<f64> {
    let a: Matrix<f64> = matrix(rows, f64::NAN);
    let mut levels = SimdLevel::available().into_iter();
    let find = |level| singular_values(level, &a, &mut Dense::default());
    let first = levels.next().map(find).expect("some level");
    for level in levels {
        let other = find(level);
        assert!(first.iter().zip(&other).all(|(x, y)| x.to_bits() == y.to_bits()), "{level}");
    }
    first
}

fn assert_close(found: &[f64], expected: &[f64], (rows, columns): (usize, usize)) {
    assert_eq!(found.len(), expected.len());
    let bound = rows.max(columns) as f64 * f64::EPSILON * expected[0];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= bound, "{found} for {expected}, within {bound}");
    }
    assert!(found.is_sorted_by(|x, y| x >= y));
}

fn random(rows: usize, columns: usize, seed: u64) -> Rows {
    let mut rng = generator(seed);
    entries(rows, columns, || whole(&mut rng, 1 << 20) as f64 / f64::from(1 << 20))
}

fn transposed(a: &Rows) -> Rows {
    (0..a[0].len()).map(|column| a.iter().map(|row| row[column]).collect()).collect()
}

fn product(a: &Rows, b: &Rows) -> Rows {
    let b = transposed(b);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum();
    a.iter().map(|row| b.iter().map(|column| dot(row, column)).collect()).collect()
}

/// `I - 2 u u^T / u^T u`.
fn reflection(n: usize, seed: u64) -> Rows {
    let u = random(1, n, seed).remove(0);
    let square: f64 = u.iter().map(|x| x * x).sum();
    let entry = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * u[i] * u[j] / square;
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

fn diagonal(values: &[f64], rows: usize) -> Rows {
    let entry = |i: usize, j: usize| if i == j { values[i] } else { 0.0 };
    (0..rows).map(|i| (0..values.len()).map(|j| entry(i, j)).collect()).collect()
}

#[test]
fn a_diagonal_matrix_has_its_magnitudes_and_turning_it_changes_them_by_rounding_alone() {
    let values = [-3.0, 2.0, 1.0, 0.75, -0.5, 0.25, 1e-3, -1e-6, 1e-9];
    let magnitudes: Vec<f64> = values.iter().map(|x| f64::abs(*x)).collect();
    for rows in [9, 10, 17, 140] {
        let plain = diagonal(&values, rows);
        assert_close(&of(&plain), &magnitudes, (rows, 9));
        let turned = product(&product(&reflection(rows, 1), &plain), &reflection(9, 2));
        assert_close(&of(&turned), &magnitudes, (rows, 9));
        assert_close(&of(&transposed(&turned)), &magnitudes, (rows, 9));
    }
}

/// The entries `1/(i + j + 1)` in f64, and numbers over eleven octaves; singular values to 20 digits by mpmath 1.4.1 with 60.
#[test]
fn matrices_of_wide_spectra_agree_with_arithmetic_of_sixty_digits() {
    let hilbert = (0..10_u8).map(|i| (0..7_u8).map(|j| 1.0 / f64::from(i + j + 1)).collect()).collect();
    let expected = [
        1.703_422_789_369_242,
        0.303_861_884_355_195_1,
        0.027_332_449_735_275_177,
        0.001_576_339_549_570_015_6,
        6.043_943_253_959_586e-5,
        1.483_519_405_353_112_4e-6,
        2.021_119_265_425_589e-8,
    ];
    assert_close(&of(&hilbert), &expected, (10, 7));
    let power = |exponent: i32| libm::scalbn(1.0, -3 * exponent);
    let entry =
        |i: i32, j: i32| power(i + j) * (1.0 + f64::from(i * j) / 16.0) + if i == j { power(i) } else { 0.0 };
    let graded = (0..6).map(|i| (0..6).map(|j| entry(i, j)).collect()).collect();
    let expected = [
        2.008_496_327_644_482,
        0.133_242_909_705_592_3,
        0.015_794_704_326_685_32,
        0.001_956_917_374_160_230_6,
        2.442_250_870_824_081e-4,
        3.051_940_665_420_805e-5,
    ];
    assert_close(&of(&graded), &expected, (6, 6));
}

#[test]
fn a_product_of_reflections_has_singular_values_of_one() {
    let (n, mut all) = (37, reflection(37, 3));
    for seed in 4..12 {
        all = product(&all, &reflection(n, seed));
    }
    // Nine products, each of n roundings per entry.
    for value in of(&all) {
        assert!((value - 1.0).abs() < 10.0 * n as f64 * f64::EPSILON, "{value}");
    }
}

#[test]
fn rows_that_repeat_each_other_lose_rank_to_the_bit() {
    for (rows, columns, rank) in [(20, 20, 7), (40, 9, 3), (9, 40, 8), (130, 131, 1), (12, 12, 12)] {
        let a = product(&random(rows, rank, 20), &random(rank, columns, 21));
        let values = of(&a);
        assert_eq!(
            values.iter().filter(|value| **value > 0.0).count(),
            rank,
            "{rows} x {columns}: {values:?}"
        );
    }
    assert!(of(&vec![vec![0.0; 5]; 7]).iter().all(|value| value.to_bits() == 0));
}

/// `sum s^2 = |A|_F^2`, `sum s^4 = |A^T A|_F^2`, and the determinant of a triangle.
#[test]
fn sums_of_powers_and_products_are_those_of_the_entries() {
    for (index, (rows, columns)) in
        [(1, 1), (1, 9), (2, 2), (5, 3), (8, 8), (33, 40), (129, 64), (200, 200)].into_iter().enumerate()
    {
        let a = random(rows, columns, 30 + index as u64);
        let values = of(&a);
        let squares = |a: &Rows| a.iter().flatten().map(|x| x * x).sum::<f64>();
        let sum = |power: i32| values.iter().map(|x| libm::pow(*x, power.into())).sum::<f64>();
        let relative = (8 + rows * columns) as f64 * f64::EPSILON;
        assert!((sum(2) / squares(&a) - 1.0).abs() < relative);
        assert!((sum(4) / squares(&product(&transposed(&a), &a)) - 1.0).abs() < 4.0 * relative);
    }
    let triangle: Rows = (0..6_u8)
        .map(|i| (0..6_u8).map(|j| if j < i { 0.0 } else { 1.0 + f64::from(i + 2 * j) / 8.0 }).collect())
        .collect();
    let determinant: f64 = (0..6).map(|i| triangle[i][i]).product();
    let values = of(&triangle);
    let found: f64 = values.iter().product();
    // Each factor is off by `6 2^-52` of the largest one.
    let bound: f64 = values.iter().map(|value| 6.0 * f64::EPSILON * values[0] / value).sum();
    assert!((found / determinant - 1.0).abs() <= bound);
}

/// A power of two passes through to the bit, as far as f64 goes; what is not finite has none.
#[test]
fn the_size_of_the_entries_does_not_matter() {
    let a = random(11, 14, 50);
    let values = of(&a);
    for exponent in [-960, -300, 300, 990] {
        let scaled = a.iter().map(|row| row.iter().map(|x| libm::scalbn(*x, exponent)).collect()).collect();
        let expected: Vec<u64> = values.iter().map(|x| libm::scalbn(*x, exponent).to_bits()).collect();
        assert_eq!(of(&scaled).iter().map(|x| x.to_bits()).collect::<Vec<_>>(), expected, "2^{exponent}");
    }
    for odd in [f64::NAN, f64::INFINITY] {
        let mut a = a.clone();
        a[3][2] = odd;
        assert!(of(&a).iter().all(|value| value.is_nan()));
    }
}
