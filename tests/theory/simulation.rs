//! Predictions against plain simulation: is the network that the theory solves the one that is meant?
//!
//! Exact fractions test the numbers; this tests their meaning (shapes, population moments, sites), with a naive network.

use std::sync::Arc;

use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Operation, Precision, Site};
use initsweep::random::Law;
use initsweep::statistics::Moments;
use initsweep::theory::Predictor;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

const TRIALS: usize = 4000;
const METRICS: [Metric; 5] = [Metric::Mean, Metric::SecondMoment, Metric::Variance, Metric::Std, Metric::Rms];

fn network(operation: Operation, depth: usize) -> Network {
    Network {
        operation,
        width: 30,
        depth,
        batch: 20,
        weight_std: Arc::from(vec![0.2; depth]),
        weight_mean: Arc::from(vec![0.02; depth]),
        bias_std: Arc::from(vec![0.0; depth]),
        law: Law::Normal,
        activation: Activation::Linear,
        input_mean: 0.3,
        input_std: 0.9,
        precision: Precision::F64,
        ..Network::default()
    }
}

fn normals(count: usize, mean: f64, std: f64, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    (0..count)
        .map(|_| {
            let z: f64 = StandardNormal.sample(rng);
            mean + std * z
        })
        .collect()
}

/// `W X` with W of shape n x n and X of n x B, both row after row.
fn product(w: &[f64], x: &[f64], n: usize, batch: usize) -> Vec<f64> {
    let entry = |i: usize, j: usize| (0..n).map(|k| w[i * n + k] * x[k * batch + j]).sum();
    (0..n * batch).map(|index| entry(index / batch, index % batch)).collect()
}

fn trial(network: &Network, rng: &mut Xoshiro256PlusPlus) -> [f64; 5] {
    let (n, batch) = (network.width, network.batch);
    let mut x = normals(n * batch, network.input_mean, network.input_std, rng);
    for (&mean, &std) in network.weight_mean.iter().zip(network.weight_std.iter()) {
        x = match network.operation {
            Operation::Matmul => product(&normals(n * n, mean, std, rng), &x, n, batch),
            Operation::Product => {
                x.iter().zip(normals(n * batch, mean, std, rng)).map(|(x, z)| x * z).collect()
            }
            Operation::Sum => x.iter().zip(normals(n * batch, mean, std, rng)).map(|(x, z)| x + z).collect(),
        };
    }
    let count = x.len() as f64;
    let m = x.iter().sum::<f64>() / count;
    let q = x.iter().map(|x| x * x).sum::<f64>() / count;
    let variance = x.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / count;
    [m, q, variance, variance.sqrt(), q.sqrt()]
}

#[test]
fn predictions_agree_with_a_plain_simulation() {
    let cases = [(Operation::Matmul, 2), (Operation::Product, 1), (Operation::Sum, 2)];
    for (seed, (operation, depth)) in (1..).zip(cases) {
        let network = network(operation, depth);
        let predictor = Predictor::new(&network);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let trials: Vec<[f64; 5]> = (0..TRIALS).map(|_| trial(&network, &mut rng)).collect();
        for (index, metric) in METRICS.into_iter().enumerate() {
            let Some(theory) = predictor.predict(depth, Site::Post, metric) else {
                panic!("{operation:?} {metric:?} is not covered")
            };
            let values: Vec<f64> = trials.iter().map(|values| values[index]).collect();
            let moments = Moments::of(&values).unwrap();
            let sd = theory.sd.or(moments.sd).unwrap();
            // |z| < 5, two-sided 6e-7, beyond the error of the theory.
            let off = ((moments.mean - theory.value).abs() - theory.error).max(0.0);
            assert!(
                off < 5.0 * sd / (TRIALS as f64).sqrt(),
                "{operation:?} {metric:?}: {theory:?}, off by {off}"
            );
            assert!(theory.error < 0.01 * theory.value.abs().max(sd), "{operation:?} {metric:?}: {theory:?}");
            let squares: Vec<f64> = values.iter().map(|x| (x - theory.value) * (x - theory.value)).collect();
            let moments = Moments::of(&squares).unwrap();
            let z = (moments.mean - sd * sd) / moments.std_error().unwrap();
            assert!(z.abs() < 5.0, "variance of {operation:?} {metric:?}: z = {z}");
        }
    }
}
