//! The matrix product against the plain reference and exact sums, and whole layers against plain ones.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]
#![expect(clippy::cast_possible_truncation, reason = "small whole numbers")]

use crate::draws::{rows as draw, stream};
use crate::matrices::{entries, fill, generator, matrix, rows, whole};
use initsweep::kernels::{Matrix, MultiplyStored, Scratch, StoredWeights, reference};
use initsweep::random::{Law, Sample};
use initsweep::simd::SimdLevel;

type Rows<T> = Vec<Vec<T>>;

/// An element type with its fused multiply-add.
trait Number: MultiplyStored + Sample + Default {
    fn fma(a: Self, b: Self, c: Self) -> Self;
}

impl Number for f64 {
    fn fma(a: Self, b: Self, c: Self) -> Self {
        a.mul_add(b, c)
    }
}

impl Number for f32 {
    fn fma(a: Self, b: Self, c: Self) -> Self {
        a.mul_add(b, c)
    }
}

/// The kernel on every level: NaN in the padding of the input and all over the output beforehand.
fn products<T: Number>(w: &[Vec<T>], x: &[Vec<T>], scratch: &mut Scratch<T>) -> Vec<(SimdLevel, Rows<T>)> {
    let weights = StoredWeights::from_fn(w.len(), x.len(), |row, column| w[row][column]);
    let nan = T::from_f64(f64::NAN);
    let input = matrix(x, nan);
    let mut out = Matrix::new(w.len(), x[0].len());
    let mut multiply = |level| {
        fill(&mut out, nan);
        T::multiply_stored(level, &weights, scratch, &input, &mut out);
        (level, rows(&out))
    };
    SimdLevel::available().into_iter().map(&mut multiply).collect()
}

/// Normal entries, a few streams of them again and again: what matters is that they differ.
fn normals<T: Number>(count: usize) -> Vec<T> {
    let vectors =
        draw::<T>(SimdLevel::detect(), Law::Normal, &mut stream(1, Law::Normal, 0), count / T::LANES);
    vectors.iter().flat_map(AsRef::as_ref).copied().collect()
}

fn assert_reference<T: Number>(sizes: impl IntoIterator<Item = (usize, usize, usize)>) {
    let pool = normals::<T>(1 << 16);
    let mut next = 0;
    let mut draw = || {
        next = (next + 1) % pool.len();
        pool[next]
    };
    let mut scratch = Scratch::default();
    for (m, k, b) in sizes {
        let (w, x) = (entries(m, k, &mut draw), entries(k, b, &mut draw));
        let plain = reference::multiply(&w, &x, T::fma);
        for (level, product) in products(&w, &x, &mut scratch) {
            assert!(product == plain, "{m} x {k} times {k} x {b} on {level}");
        }
    }
}

#[test]
fn every_small_shape_equals_the_reference_to_the_bit_on_every_level() {
    let all = || (1..=20).flat_map(|m| (1..=20).flat_map(move |k| (1..=20).map(move |b| (m, k, b))));
    assert_reference::<f64>(all());
    assert_reference::<f32>(all());
}

#[test]
fn shapes_at_the_edges_of_blocks_and_groups_equal_the_reference_to_the_bit() {
    // Rows: panels of 8, groups of 64, blocks of 128. Depths: blocks of 128, odd ones for f32.
    let all = || {
        [1, 23, 63, 64, 65, 127, 128, 129, 257].into_iter().flat_map(|m| {
            let depths = [1, 24, 25, 127, 128, 129, 255, 256, 257];
            depths.into_iter().flat_map(move |k| [1, 9, 17].map(|b| (m, k, b)))
        })
    };
    assert_reference::<f64>(all());
    assert_reference::<f32>(all());
}

#[test]
fn every_number_of_tiles_equals_the_reference_to_the_bit() {
    let edges =
        |lanes: usize| (1..=8).flat_map(move |tiles| [tiles * lanes - 1, tiles * lanes, tiles * lanes + 1]);
    // Panels of 8, of 5 to 7 and of at most 4 valid rows take different paths.
    let all = |lanes| {
        [4, 8, 13, 19]
            .into_iter()
            .flat_map(move |m| edges(lanes).flat_map(move |b| [19, 131].map(|k| (m, k, b))))
    };
    assert_reference::<f64>(all(8));
    assert_reference::<f32>(all(16));
}

/// Whole entries of at most `limit`, their exact product, and the sums of magnitudes.
fn exact(m: usize, k: usize, b: usize, limit: i64, seed: u64) -> [Rows<i128>; 4] {
    let mut rng = generator(seed);
    let mut integer = || i128::from(whole(&mut rng, limit));
    let (w, x) = (entries(m, k, &mut integer), entries(k, b, &mut integer));
    let product = reference::multiply(&w, &x, |a, b, c| a * b + c);
    let sizes = reference::multiply(&w, &x, |a, b, c| (a * b).abs() + c);
    [w, x, product, sizes]
}

fn rounded<T: Number>(x: &[Vec<i128>]) -> Rows<T> {
    x.iter().map(|row| row.iter().map(|&x| T::from_f64(x as f64)).collect()).collect()
}

#[test]
fn products_of_small_whole_numbers_are_exact() {
    fn assert_exact<T: Number>() {
        for (m, k, b) in [(1, 1, 1), (8, 128, 8), (13, 37, 25), (130, 300, 50)] {
            // At most 300 * 64 < 2^24: every partial sum is a number of the type.
            let [w, x, product, _] = exact(m, k, b, 8, 5);
            for (level, got) in products::<T>(&rounded(&w), &rounded(&x), &mut Scratch::default()) {
                assert!(got == rounded(&product), "{m} x {k} x {b} on {level}");
            }
        }
    }
    assert_exact::<f64>();
    assert_exact::<f32>();
}

#[test]
fn powers_of_two_pick_out_rows_exactly() {
    // A weighted permutation: row r of the product is 2^(r - 60) times row (7 r + 3) mod n of X.
    let n = 131;
    let x: Rows<f64> = entries(n, 21, {
        let mut pool = normals(1 << 12).into_iter();
        move || pool.next().unwrap()
    });
    let source = |row: usize| (7 * row + 3) % n;
    let weight = |row: usize| libm::scalbn(1.0, i32::try_from(row).unwrap() - 60);
    let w: Rows<f64> =
        (0..n).map(|r| (0..n).map(|k| if k == source(r) { weight(r) } else { 0.0 }).collect()).collect();
    for (level, got) in products(&w, &x, &mut Scratch::default()) {
        for (r, row) in got.iter().enumerate() {
            let want: Vec<f64> = x[source(r)].iter().map(|x| x * weight(r)).collect();
            assert!(*row == want, "row {r} on {level}");
        }
    }
}

#[test]
fn rounding_stays_within_the_bound_of_a_sum_in_order() {
    /// k roundings: the error of a sum is at most `k U / (1 - k U)` of the sum of magnitudes (Higham 2002, 3.1).
    fn assert_bounded<T: Number>(limit: i64, unit_roundoff: f64) {
        for (m, k, b) in [(9, 7, 5), (17, 129, 9), (33, 600, 17)] {
            let [w, x, product, sizes] = exact(m, k, b, limit, 6);
            let (w, x) = (rounded::<T>(&w), rounded(&x));
            let plain = reference::multiply(&w, &x, T::fma);
            let gamma = k as f64 * unit_roundoff / (1.0 - k as f64 * unit_roundoff);
            let mut inexact = 0;
            for got in products(&w, &x, &mut Scratch::default()).into_iter().map(|one| one.1).chain([plain]) {
                for ((got, want), sizes) in got.iter().zip(&product).zip(&sizes) {
                    for ((got, &want), &size) in got.iter().zip(want).zip(sizes) {
                        // Sums far below 2^120 are whole and compared as such.
                        let error = (got.to_f64() as i128 - want).unsigned_abs();
                        inexact += usize::from(error > 0);
                        assert!(error as f64 <= gamma * size as f64, "{m} x {k} x {b}: {error}");
                    }
                }
            }
            assert!(k < 100 || inexact > 0, "products that need no rounding test nothing");
        }
    }
    // Entries are exact; products of twice their bits are not.
    assert_bounded::<f64>(1 << 45, f64::EPSILON / 2.0);
    assert_bounded::<f32>(1 << 20, f64::from(f32::EPSILON) / 2.0);
}

#[test]
fn the_order_of_the_sum_is_that_of_the_columns() {
    let large = libm::scalbn(1.0, 60);
    // 1 - 2^60 + 2^60 in order: the 1 is lost; in any other order of pairs it is not.
    let w = vec![vec![1.0, -large, large, 3.0]; 9];
    for (level, got) in products(&w, &vec![vec![1.0; 9]; 4], &mut Scratch::default()) {
        assert!(got.iter().flatten().all(|&sum| sum == 3.0), "{level}: {got:?}");
    }
}

#[test]
fn one_rounding_per_step_is_seen() {
    // (1 + e)^2 - (1 + 2 e) = e^2: zero where the product is rounded by itself.
    let e = f64::EPSILON;
    let (w, x) = (vec![vec![-(1.0 + 2.0 * e), 1.0 + e]], vec![vec![1.0], vec![1.0 + e]]);
    for (level, got) in products(&w, &x, &mut Scratch::default()) {
        assert_eq!(got[0][0], e * e, "{level}");
    }
}

#[test]
fn a_nonfinite_weight_or_input_reaches_its_own_row_or_column_only() {
    let (mut w, mut x) = (vec![vec![1.0_f32; 40]; 20], vec![vec![1.0_f32; 40]; 40]);
    w[11][39] = f32::NAN;
    x[39][33] = f32::INFINITY;
    for (level, got) in products(&w, &x, &mut Scratch::default()) {
        for (r, row) in got.iter().enumerate() {
            for (c, &h) in row.iter().enumerate() {
                let right = if r == 11 {
                    h.is_nan()
                } else if c == 33 {
                    h == f32::INFINITY
                } else {
                    h == 40.0
                };
                assert!(right, "({r}, {c}) on {level}: {h}");
            }
        }
    }
}
