//! The clock, the check and the arguments that the Rust peers share.
//!
//! Every peer, in every language, is called `peer JOB f64|f32 numbers...`, refuses a wrong result, and prints
//! `wall on_core`: the median seconds of one unit of work on the two clocks.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// At least this long on the clock, after the warm-up of the check.
const LONG_ENOUGH: Duration = Duration::from_millis(300);
/// Shorter units are timed in batches: reading the clocks must not count.
const SLICE: f64 = 200e-6;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Times `unit` and prints its two medians.
pub fn time(mut unit: impl FnMut()) {
    unit();
    let start = Instant::now();
    unit();
    let batch = (SLICE / start.elapsed().as_secs_f64()).max(1.0) as usize;
    let (mut wall, mut core) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    while begin.elapsed() < LONG_ENOUGH || wall.len() < 5 {
        let (start, busy) = (Instant::now(), ProcessTime::now());
        for _ in 0..batch {
            unit();
        }
        core.push(busy.elapsed().as_secs_f64() / batch as f64);
        wall.push(start.elapsed().as_secs_f64() / batch as f64);
    }
    println!("{:e} {:e}", median(wall), median(core));
}

/// Refuses `count` values whose mean is five standard errors from what theory says.
pub fn check(what: &str, mean: f64, expected: f64, sd: f64, count: f64) {
    let z = (mean - expected) / (sd / count.sqrt());
    assert!(z.abs() < 5.0, "{what} is {z:.1} standard errors off: {mean}");
}

/// What the command line asks for; after the job and the type come only numbers.
pub struct Task {
    /// What is to be timed.
    pub job: String,
    /// `f64` or `f32`.
    pub element: String,
    numbers: Vec<f64>,
}

impl Task {
    /// From the arguments after the first `skip`.
    pub fn from_args(skip: usize) -> Self {
        let mut rest = std::env::args().skip(1 + skip);
        let mut word = || rest.next().expect("peer JOB f64|f32 numbers...");
        let (job, element) = (word(), word());
        Self { job, element, numbers: rest.map(|x| x.parse().expect("a number")).collect() }
    }

    /// Argument `index` as a size.
    pub fn size(&self, index: usize) -> usize {
        self.numbers[index] as usize
    }

    /// `network`: after width, depth and batch come the law of the last layer's std and the number of networks
    /// to check it with. Times the networks once that is done.
    pub fn networks(&self, mut one: impl FnMut() -> f64) {
        let (mean, sd, count) = (self.numbers[3], self.numbers[4], self.numbers[5]);
        let sum: f64 = (0..self.size(5)).map(|_| one()).sum();
        check("the std", sum / count, mean, sd, count);
        time(|| {
            std::hint::black_box(one());
        });
    }
}

/// Small whole numbers, so that every product is exact: entry of the weights and of the input of `gemm`.
pub fn weight(row: usize, column: usize) -> f64 {
    ((row * 7 + column * 3) % 11) as f64 - 5.0
}

/// See [`weight`].
pub fn input(row: usize, column: usize) -> f64 {
    ((row * 5 + column * 2) % 13) as f64 - 6.0
}

/// Entry of their product, for the check.
pub fn product(row: usize, column: usize, depth: usize) -> f64 {
    (0..depth).map(|k| weight(row, k) * input(k, column)).sum()
}
