//! The singular values of Jacobians: against those of differences of plain networks, found in another way, and the same bits
//! in every order of work.

use crate::gradients::forms;
use crate::plain::{Nudged, Rows, TRIAL, WIDE, key, nudged};
use initsweep::kernels::Activation;
use initsweep::network::{
    Arithmetic, Metric, Network, Norm, Observables, Operation, Precision, Runner, Sequential, Site, Workspace,
};
use initsweep::random::Law;
use initsweep::simd::SimdLevel;

const METRICS: [Metric; 6] = [
    Metric::Max,
    Metric::MinNonzero,
    Metric::Rank,
    Metric::SecondMoment,
    Metric::SquareVariance,
    Metric::Log2Condition,
];

fn values<T: Arithmetic>(network: &Network, observables: &Observables, level: SimdLevel) -> Vec<f64> {
    let mut out = vec![0.0; observables.len()];
    let mut workspace = Workspace::<T>::new(network, observables);
    let runner = Runner { network, observables, key: key(), level };
    runner.run(TRIAL, &mut workspace, &mut Sequential::default(), &mut out);
    out
}

fn is_known(network: &Network) -> bool {
    network.operation == Operation::Matmul && network.norm != Norm::Batch
}

/// The step of the differences.
const H: f64 = 1e-5;

/// `dX_l/dX_0` of the first input by central differences, one entry of it after the other; by layer, transposed.
fn differences(network: &Network) -> Vec<Rows<f64>> {
    let pass = |entry: usize, h: f64| {
        nudged(network, &WIDE, &|_, place, mut x| {
            if matches!(place, Nudged::Input) {
                x[entry][0] += h;
            }
            x
        })
    };
    let mut all = vec![Rows::new(); network.depth + 1];
    for entry in 0..network.units(0) {
        let [up, down] = [H, -H].map(|h| pass(entry, h));
        for (layer, columns) in all.iter_mut().enumerate() {
            let both = up[layer][Site::Stream].iter().zip(&down[layer][Site::Stream]);
            columns.push(both.map(|(up, down)| (up[0] - down[0]) / (2.0 * H)).collect());
        }
    }
    all
}

/// Singular values by rotations of pairs of rows, until all are orthogonal (Hestenes 1958); the largest first.
fn by_rotations(mut rows: Rows<f64>) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for _ in 0..30 {
        for i in 0..rows.len() {
            for j in i + 1..rows.len() {
                let (a, b, c) = (dot(&rows[i], &rows[i]), dot(&rows[j], &rows[j]), dot(&rows[i], &rows[j]));
                if c * c <= 1e-32 * a * b {
                    continue;
                }
                let zeta = (b - a) / (2.0 * c);
                let t = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cos = 1.0 / (1.0 + t * t).sqrt();
                let (one, other) = (rows[i].clone(), rows[j].clone());
                for (k, (x, y)) in one.iter().zip(&other).enumerate() {
                    rows[i][k] = cos * (x - t * y);
                    rows[j][k] = cos * (t * x + y);
                }
            }
        }
    }
    let mut values: Vec<f64> = rows.iter().map(|row| dot(row, row).sqrt()).collect();
    values.sort_by(|x, y| y.total_cmp(x));
    values
}

/// Differences are off by `h^2` times a third derivative, of the order of 10, and by `2^-52 / h` of rounding per entry: 1e-8 of
/// an entry of 1 with 21 x 13 entries, 1e-6 with room for derivatives that are larger behind norms.
#[test]
fn singular_values_are_those_of_differences_of_plain_networks() {
    let mut compared = 0;
    for network in forms().into_iter().filter(is_known) {
        let observables = Observables::new(0..=network.depth, &[Site::Jacobian], &METRICS);
        let found = values::<f64>(&network, &observables, SimdLevel::detect());
        let count = network.units(0) as f64;
        for (layer, rows) in differences(&network).into_iter().enumerate().skip(1) {
            let values = by_rotations(rows);
            let mean = values.iter().map(|s| s * s).sum::<f64>() / count;
            let variance = values.iter().map(|s| (s * s - mean) * (s * s - mean)).sum::<f64>() / count;
            let at = |metric| found[observables.index(layer, Site::Jacobian, metric).expect("measured")];
            let error = 1e-6 * values[0].max(1.0);
            let close = |x: f64, y: f64, power: f64| {
                assert!((x - y).abs() < power * error, "{x} {y} in layer {layer} of {network:?}");
            };
            close(at(Metric::Max), values[0], 1.0);
            close(at(Metric::SecondMoment), mean, 2.0 * values[0]);
            close(at(Metric::SquareVariance), variance, 4.0 * values[0] * values[0] * values[0]);
            let rank = values.iter().filter(|value| **value > error).count();
            let smallest = values[rank - 1];
            // Behind a norm there are directions that it nearly removes.
            let is_clear = network.norm == Norm::None || rank == values.len();
            if smallest > 1e3 * error && is_clear {
                assert!((at(Metric::Rank) - rank as f64).abs() < 0.5, "{values:?} {network:?}");
                close(at(Metric::MinNonzero), smallest, 1.0);
                close(at(Metric::Log2Condition), libm::log2(values[0] / smallest), 3.0 / smallest);
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared} of full spectra");
}

/// f32 networks have Jacobians in f64: one layer without an activation is W itself, whose squares add up to those of its entries.
#[test]
fn every_instruction_set_gives_the_same_bits_in_both_precisions() {
    let wide = |activation, depth| Network {
        widths: [140, 149, 131].into(),
        ..crate::layers::network(Operation::Matmul, activation, Law::Normal, depth)
    };
    for activation in [Activation::Relu, Activation::Gelu] {
        for norm in [Norm::None, Norm::Layer] {
            for precision in Precision::ALL {
                let network = Network { precision, norm, ..wide(activation, 3) };
                let observables = Observables::new([1, 3], &[Site::Post, Site::Jacobian], &METRICS);
                let of = |level| match precision {
                    Precision::F64 => values::<f64>(&network, &observables, level),
                    Precision::F32 => values::<f32>(&network, &observables, level),
                };
                let bits = |level| of(level).into_iter().map(f64::to_bits).collect::<Vec<_>>();
                let mut levels = SimdLevel::available().into_iter();
                let first = levels.next().map(bits).expect("some level");
                assert!(levels.all(|level| bits(level) == first), "{activation} {norm} {precision}");
                // What the layers hold does not depend on whether they are differentiated.
                let alone = Observables::new([1, 3], &[Site::Post], &METRICS);
                let (level, mut places) = (SimdLevel::detect(), alone.places());
                let plain = match precision {
                    Precision::F64 => values::<f64>(&network, &alone, level),
                    Precision::F32 => values::<f32>(&network, &alone, level),
                };
                assert!(places.all(|(layer, site)| {
                    let [here, there] =
                        [&alone, &observables].map(|all| all.at(layer, site).expect("measured"));
                    plain[here].iter().zip(&first[there]).all(|(x, y)| x.to_bits() == *y)
                }));
            }
        }
    }
}

/// Of what has no Jacobian nothing is recorded.
#[test]
fn a_jacobian_that_is_not_known_is_undefined() {
    for network in forms().into_iter().filter(|network| !is_known(network)) {
        let observables = Observables::new(0..=network.depth, &[Site::Jacobian], &METRICS);
        assert!(
            values::<f64>(&network, &observables, SimdLevel::detect()).iter().all(|value| value.is_nan())
        );
    }
}
