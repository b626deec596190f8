//! Gradients of weights beside the weights: against norms of the matrices by plain loops.

use crate::plain::{Rows, TRIAL, key, weights};
use initsweep::kernels::Activation;
use initsweep::network::{
    Arithmetic, Metric, Network, Observables, Operation, Precision, Runner, Sequential, Site, Workspace,
};
use initsweep::random::{Affine, Law};
use initsweep::simd::SimdLevel;

fn values<T: Arithmetic>(network: &Network, observables: &Observables) -> Vec<f64> {
    let mut out = vec![0.0; observables.len()];
    let mut workspace = Workspace::<T>::new(network, observables);
    let runner = Runner { network, observables, key: key(), level: SimdLevel::detect() };
    runner.run(TRIAL, &mut workspace, &mut Sequential::default(), &mut out);
    out
}

fn assert_relative<T: Arithmetic>(network: &Network) {
    let observables =
        Observables::new(0..=network.depth, &Site::ALL, &[Metric::Relative, Metric::SecondMoment]);
    let values = values::<T>(network, &observables);
    for (layer, site) in observables.places() {
        let at = |metric| values[observables.index(layer, site, metric).expect("measured")];
        if site != Site::GradWeight {
            assert!(at(Metric::Relative).is_nan());
            continue;
        }
        let affine = Affine { shift: network.weight_mean[layer - 1], scale: network.weight_std[layer - 1] };
        let w: Rows<T> = weights(network, affine, layer);
        let squares: f64 = w.iter().flatten().map(|w| w.to_f64() * w.to_f64()).sum();
        let count = (network.units(layer - 1) * network.units(layer)) as f64;
        let expected = (at(Metric::SecondMoment) * count / squares).sqrt();
        // Both are sums of as many squares of f64.
        assert!(
            (at(Metric::Relative) / expected - 1.0).abs() < count * f64::EPSILON,
            "layer {layer} of {network:?}"
        );
    }
}

#[test]
fn a_relative_gradient_is_the_quotient_of_two_norms() {
    for law in [Law::Normal, Law::Uniform] {
        for widths in [vec![9, 13, 5, 21], vec![140, 300, 129, 8]] {
            let shape = Network {
                widths: widths.into(),
                ..crate::layers::network(Operation::Matmul, Activation::Tanh, law, 3)
            };
            assert_relative::<f64>(&shape);
            assert_relative::<f32>(&Network { precision: Precision::F32, ..shape });
        }
    }
    // |W|_F is the same in every trial: std times the root of the number of entries.
    let orthogonal = Network {
        law: Law::Orthogonal,
        widths: vec![9, 13, 13, 5].into(),
        ..crate::layers::network(Operation::Matmul, Activation::Tanh, Law::Orthogonal, 3)
    };
    let observables = Observables::new([1, 2, 3], &[Site::GradWeight], &[Metric::Relative, Metric::Rms]);
    let found = values::<f64>(&orthogonal, &observables);
    for layer in [1, 2, 3] {
        let at = |metric| found[observables.index(layer, Site::GradWeight, metric).expect("measured")];
        let expected = at(Metric::Rms) / orthogonal.weight_std[layer - 1];
        // A root, a quotient and a product are rounded on either side.
        assert!((at(Metric::Relative) / expected - 1.0).abs() < 8.0 * f64::EPSILON, "layer {layer}");
    }
    // The squares of these weights, and of some of the gradients, vanish in f64.
    let small = Network {
        weight_std: [1e-170, 1e-160].into(),
        weight_mean: [0.0; 2].into(),
        bias_std: [0.0; 2].into(),
        width: 12,
        depth: 2,
        ..Network::default()
    };
    let observables = Observables::new([1, 2], &[Site::GradWeight], &[Metric::Relative, Metric::Log2Rms]);
    let found = values::<f64>(&small, &observables);
    for layer in [1, 2] {
        let at = |metric| found[observables.index(layer, Site::GradWeight, metric).expect("measured")];
        let log2 = libm::log2(at(Metric::Relative));
        let expected = at(Metric::Log2Rms) - libm::log2(small.weight_std[layer - 1]);
        // The rms of 144 normal weights is their std, to within 6 of its standard errors of 6 %.
        assert!((log2 - expected).abs() < 0.6, "{log2} {expected}");
    }
}
