//! Products with orthogonal matrices that are never made: against the matrix itself, made by its definition.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant")]

use crate::layers::run;
use crate::matrices::{entries, generator, matrix, rows};
use crate::score::{assert_z, z};
use initsweep::kernels::Matrix;
use initsweep::kernels::reflect::Reflected;
use initsweep::network::{Network, Precision, Sequential};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

type Rows = Vec<Vec<f64>>;

fn normals(rng: &mut impl Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| StandardNormal.sample(rng)).collect()
}

/// `O X`, cut to `cut` rows, by the kernel; vector k of the reflections is `vectors[k]`.
fn product(level: SimdLevel, x: &Rows, vectors: &[Vec<f64>], cut: usize) -> Rows {
    let n = vectors[0].len();
    let mut reflected = Reflected::new(n, x[0].len());
    let rank = reflected.load(&matrix(x, f64::NAN), n);
    reflected.triangulate(level, x.len());
    for k in (0..rank).rev() {
        reflected.vector(k).as_flattened_mut()[..n - k].copy_from_slice(&vectors[k]);
        reflected.turn(level, k);
    }
    let mut h = Matrix::new(cut, x[0].len());
    reflected.store(1.0, &mut h);
    rows(&h)
}

/// `F(x)` on the last rows of an identity: the reflection that takes `e_1` to `x / |x|` if x begins with a negative
/// entry, and the negative of the one that takes it to `-x / |x|` otherwise.
fn factor(n: usize, x: &[f64]) -> Rows {
    let k = n - x.len();
    let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let sign = if x[0] < 0.0 { -1.0 } else { 1.0 };
    let mut u = x.to_vec();
    u[0] += sign * norm;
    let square: f64 = u.iter().map(|u| u * u).sum();
    let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
    let entry = |i: usize, j: usize| {
        if i < k || j < k {
            return unit(i, j);
        }
        -sign * (unit(i, j) - 2.0 * u[i - k] * u[j - k] / square)
    };
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

fn times(a: &Rows, b: &Rows) -> Rows {
    let entry = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(a, b)| a * b[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
}

fn transposed(x: &Rows) -> Rows {
    (0..x[0].len()).map(|column| x.iter().map(|row| row[column]).collect()).collect()
}

/// Largest difference of two matrices.
fn difference(a: &Rows, b: &Rows) -> f64 {
    let rows = a.iter().zip(b).flat_map(|(a, b)| a.iter().zip(b));
    rows.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Vectors of all reflections of a matrix of `n` rows.
fn vectors(rng: &mut impl Rng, n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|k| normals(rng, n - k)).collect()
}

#[test]
fn a_product_is_that_of_the_matrix_behind_the_vectors() {
    // Tall, square, and more columns than rows; a zero column and a double one; ragged tiles.
    for (n, fan_in, batch) in [(1, 1, 1), (2, 2, 3), (9, 9, 4), (20, 13, 8), (17, 17, 25), (150, 130, 11)] {
        let mut rng = generator(u64::try_from(n + batch).unwrap());
        let mut x = entries(fan_in, batch, || StandardNormal.sample(&mut rng));
        for row in x.iter_mut().filter(|_| batch > 3) {
            row[1] = 0.0;
            row[3] = row[2];
        }
        let vectors = vectors(&mut rng, n);
        let h = product(SimdLevel::detect(), &x, &vectors, n);
        // Norms of columns are a few times sqrt n; each of at most 2 n reflections rounds by a few times 2^-53 of them.
        let rounding = 20.0 * (n * n) as f64 * f64::EPSILON;
        let gram = |x: &Rows| times(&transposed(x), x);
        assert!(difference(&gram(&h), &gram(&x)) < 10.0 * rounding, "Gram matrix, {n} x {batch}");
        // O^T H = [R; 0] with a triangle R: the columns lie where those of O say.
        let rank = fan_in.min(batch);
        let o = vectors[..rank].iter().map(|x| factor(n, x)).reduce(|a, b| times(&a, &b)).unwrap();
        let r = times(&transposed(&o), &h);
        for (i, row) in r.iter().enumerate() {
            let below = row.iter().enumerate().filter(|(j, _)| *j < i || i >= rank);
            let largest = below.map(|(_, x)| x.abs()).fold(0.0, f64::max);
            assert!(largest < rounding, "{n} x {batch}: {largest} in row {i} below the diagonal");
        }
        for level in SimdLevel::available() {
            assert!(product(level, &x, &vectors, n) == h, "{level}");
        }
        let cut = n.div_ceil(2);
        assert!(product(SimdLevel::detect(), &x, &vectors, cut) == h[..cut], "the first rows");
    }
}

#[test]
fn columns_of_any_size_keep_their_norm_and_others_are_not_touched() {
    let mut rng = generator(5);
    let x = entries(12, 5, || StandardNormal.sample(&mut rng));
    let vectors = vectors(&mut rng, 12);
    let level = SimdLevel::detect();
    let h = product(level, &x, &vectors, 12);
    // A power of two of its own for every column passes through to the bit.
    let scales = [900, -900, 0, -3, 40].map(|exponent| libm::scalbn(1.0, exponent));
    let scaled = |x: &Rows| -> Rows {
        x.iter().map(|row| row.iter().zip(scales).map(|(x, scale)| x * scale).collect()).collect()
    };
    assert!(product(level, &scaled(&x), &vectors, 12) == scaled(&h));
    // What is not finite makes its own column NaN; the others are as if it were 0.
    let with = |first: f64, second: f64| -> Rows {
        let mut x = x.clone();
        (x[4][2], x[7][4]) = (first, second);
        x
    };
    let broken = product(level, &with(f64::INFINITY, f64::NAN), &vectors, 12);
    let mut zeroed = x.clone();
    for row in &mut zeroed {
        (row[2], row[4]) = (0.0, 0.0);
    }
    let plain = product(level, &zeroed, &vectors, 12);
    for (broken, plain) in broken.iter().zip(&plain) {
        for column in 0..5 {
            let is_hit = column == 2 || column == 4;
            assert!(if is_hit { broken[column].is_nan() } else { broken[column] == plain[column] });
        }
    }
}

#[test]
fn the_matrix_is_haar_distributed() {
    // The trace is an irreducible real character of O(N): E tr O = 0, E (tr O)^2 = 1, E tr O^2 = 1 (Frobenius and Schur).
    // An entry has E O_11^2 = 1/N, E O_11^4 = 3 / (N (N+2)). Without the sign in front of the reflections O_11 would
    // always be negative.
    let (n, count) = (5, 40_000);
    let mut rng = generator(6);
    let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
    let identity: Rows = (0..n).map(|i| (0..n).map(|j| unit(i, j)).collect()).collect();
    let mut values = [(); 6].map(|()| Vec::new());
    for _ in 0..count {
        let o = product(SimdLevel::detect(), &identity, &vectors(&mut rng, n), n);
        let trace = |o: &Rows| (0..n).map(|i| o[i][i]).sum::<f64>();
        let (first, last) = (o[0][0] * o[0][0], o[4][2]);
        let all = [trace(&o), trace(&o) * trace(&o), trace(&times(&o, &o)), first, first * first, last];
        values.iter_mut().zip(all).for_each(|(values, value)| values.push(value));
    }
    let expected = [("tr O", 0.0), ("(tr O)^2", 1.0), ("tr O^2", 1.0)];
    let entries = [("O_11^2", 0.2), ("O_11^4", 3.0 / 35.0), ("O_53", 0.0)];
    for ((what, mean), values) in expected.into_iter().chain(entries).zip(&values) {
        let count = values.len() as f64;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        assert_z(z(values.iter().sum(), count, mean, squares / count), what);
    }
}

fn network(widths: &[usize], batch: usize) -> Network {
    let depth = widths.len() - 1;
    Network {
        width: widths[1],
        widths: widths.into(),
        depth,
        batch,
        weight_std: (0..depth).map(|l| 1.0 / (widths[l].max(widths[l + 1]) as f64).sqrt()).collect(),
        weight_mean: vec![0.0; depth].into(),
        bias_std: vec![0.0; depth].into(),
        law: Law::Orthogonal,
        ..Network::default()
    }
}

#[test]
fn a_network_has_the_same_bits_on_every_level_and_alone_or_in_blocks() {
    for network in [network(&[150, 150, 40, 300], 19), network(&[7, 9, 9], 40)] {
        let (values, x) = run(&network, SimdLevel::detect(), &mut Sequential::<f64>::default());
        for level in SimdLevel::available() {
            let (others, y) = run(&network, level, &mut Sequential::<f64>::default());
            assert!(x == y && same(&values, &others), "{level}");
        }
        let narrow = Network { precision: Precision::F32, ..network.clone() };
        let (_, x) = run(&narrow, SimdLevel::detect(), &mut Sequential::<f32>::default());
        for level in SimdLevel::available() {
            assert!(run(&narrow, level, &mut Sequential::<f32>::default()).1 == x, "{level}");
        }
    }
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

#[test]
fn an_isometry_of_many_layers_keeps_the_gram_matrix() {
    let deep = network(&[64; 101], 5);
    let gram = |x: &Rows| times(&transposed(x), x);
    let (_, x) =
        run(&Network { depth: 1, ..deep.clone() }, SimdLevel::detect(), &mut Sequential::<f64>::default());
    let (_, y) = run(&deep, SimdLevel::detect(), &mut Sequential::<f64>::default());
    // Squared norms of 64; each of 100 layers rounds by at most about sqrt(64) times 2^-53 of them.
    assert!(difference(&gram(&x), &gram(&y)) < 100.0 * 64.0 * 8.0 * f64::EPSILON);
    assert!(difference(&x, &y) > 0.1, "the layers differ");
}
