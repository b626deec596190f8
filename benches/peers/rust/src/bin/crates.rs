//! What a Rust user would write without initsweep: `gemm`, `rand_distr` and `rand_xoshiro`.

use std::hint::black_box;

use gemm::Parallelism;
use initsweep_peers::{Task, check, input, product, time, weight};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

fn main() {
    let task = Task::from_args(0);
    match task.element.as_str() {
        "f64" => run::<f64>(&task),
        "f32" => run::<f32>(&task),
        element => panic!("no {element}"),
    }
}

trait Number: Copy + 'static + Into<f64> + std::ops::Mul<Output = Self> {
    fn from_f64(value: f64) -> Self;
    fn normal(generator: &mut Xoshiro256PlusPlus) -> Self;
}

macro_rules! impl_number {
    ($($element:ty)*) => {$(
        impl Number for $element {
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            fn normal(generator: &mut Xoshiro256PlusPlus) -> Self {
                StandardNormal.sample(generator)
            }
        }
    )*};
}
impl_number!(f64 f32);

fn run<T: Number>(task: &Task) {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut fill = |scale: f64, out: &mut [T]| {
        let scale = T::from_f64(scale);
        out.fill_with(|| T::normal(&mut generator) * scale);
    };
    let zeros = |len: usize| vec![T::from_f64(0.0); len];
    match task.job.as_str() {
        "network" => {
            let (width, depth, batch) = (task.size(0), task.size(1), task.size(2));
            let (mut x, mut h, mut w) = (zeros(width * batch), zeros(width * batch), zeros(width * width));
            let std = 1.0 / (width as f64).sqrt();
            task.networks(|| {
                fill(1.0, &mut x);
                for _ in 0..depth {
                    fill(std, &mut w);
                    multiply(width, width, batch, &w, &x, &mut h);
                    std::mem::swap(&mut x, &mut h);
                }
                std_of(&x)
            });
        }
        "normals" => {
            let mut x = zeros(10_000);
            fill(1.0, &mut x);
            let squares: f64 = x.iter().map(|&x| x.into() * x.into()).sum();
            check("the second moment", squares / 1e4, 1.0, 2f64.sqrt(), 1e4);
            time(|| fill(1.0, black_box(&mut x)));
        }
        "gemm" => {
            let (m, k, batch) = (task.size(0), task.size(1), task.size(2));
            let at = |of: fn(usize, usize) -> f64, rows: usize, columns: usize| -> Vec<T> {
                (0..rows * columns).map(|i| T::from_f64(of(i / columns, i % columns))).collect()
            };
            let (w, x, mut h) = (at(weight, m, k), at(input, k, batch), zeros(m * batch));
            multiply(m, k, batch, &w, &x, &mut h);
            for row in 0..m {
                let column = row * 31 % batch;
                assert_eq!(
                    h[row * batch + column].into(),
                    product(row, column, k),
                    "entry ({row}, {column})"
                );
            }
            time(|| multiply(m, k, batch, &w, black_box(&x), black_box(&mut h)));
        }
        job => panic!("no {job}"),
    }
}

/// `h = w x`, all row-major.
fn multiply<T: Number>(m: usize, k: usize, n: usize, w: &[T], x: &[T], h: &mut [T]) {
    assert!(w.len() == m * k && x.len() == k * n && h.len() == m * n);
    let (one, zero) = (T::from_f64(1.0), T::from_f64(0.0));
    let row = |columns: usize| columns as isize;
    // SAFETY: three matrices of the asserted sizes, the written one borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            h.as_mut_ptr(),
            1,
            row(n),
            false,
            w.as_ptr(),
            1,
            row(k),
            x.as_ptr(),
            1,
            row(n),
            zero,
            one,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// The population std, in one pass of eight sums that the compiler can vectorise.
fn std_of<T: Number>(x: &[T]) -> f64 {
    let (mut sums, mut squares) = ([0.0; 8], [0.0; 8]);
    for x in x.chunks_exact(8) {
        for lane in 0..8 {
            let x: f64 = x[lane].into();
            sums[lane] += x;
            squares[lane] += x * x;
        }
    }
    for &x in x.chunks_exact(8).remainder() {
        sums[0] += x.into();
        squares[0] += x.into() * x.into();
    }
    let n = x.len() as f64;
    let (mean, square) = (sums.iter().sum::<f64>() / n, squares.iter().sum::<f64>() / n);
    (square - mean * mean).sqrt()
}
