//! What the predictor refuses to say about laws and networks that its theories do not cover.

use std::sync::Arc;

use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Operation, Site};
use initsweep::random::Law;
use initsweep::theory::{Kind, Prediction, Predictor, predict};

/// Three layers of 100 linear units, with a batch of as many.
fn network() -> Network {
    Network {
        width: 100,
        depth: 3,
        batch: 100,
        weight_std: Arc::from([0.1; 3]),
        weight_mean: Arc::from([0.0; 3]),
        bias_std: Arc::from([0.0; 3]),
        ..Network::default()
    }
}

/// Metrics with a prediction at a layer, before and after the activation.
fn predicted(network: &Network, layer: usize) -> Vec<(Site, Metric, Prediction)> {
    let all = [Site::Pre, Site::Post].into_iter().flat_map(|site| Metric::ALL.map(|metric| (site, metric)));
    all.filter_map(|(site, metric)| Some((site, metric, predict(network, layer, site, metric)?))).collect()
}

#[test]
fn beside_biases_that_are_not_normal_nothing_is_predicted_but_what_holds_for_every_symmetric_law() {
    let (law, bias_std) = (Law::Uniform, Arc::from([0.0, 0.1, 0.0]));
    for (activation, batch) in
        [Activation::Linear, Activation::Relu, Activation::Tanh].into_iter().flat_map(|a| [(a, 1), (a, 5)])
    {
        let shape = Network { activation, batch, ..network() };
        let normal = Network { bias_std: Arc::clone(&bias_std), ..shape };
        let uniform = Network { bias_law: law, ..normal.clone() };
        assert_eq!(predicted(&uniform, 1), predicted(&normal, 1), "layer 1 has no biases");
        for layer in [2, 3] {
            for (site, metric, prediction) in predicted(&uniform, layer) {
                let known = predict(&normal, layer, site, metric).expect("known of normal biases too");
                assert_eq!(prediction.kind, Kind::Exact);
                // Two exact theories of it differ by rounding: some 10 operations in 3 layers.
                assert!((prediction.value - known.value).abs() <= 100.0 * f64::EPSILON * known.value.abs());
                // Expectations of squares, signs, and what one input makes of normal weights alone.
                let spread = match metric {
                    Metric::FractionZero | Metric::Dead => true,
                    Metric::Kurtosis => layer == 3 && batch == 1,
                    Metric::Mean | Metric::SecondMoment | Metric::Variance => false,
                    _ => panic!("{metric} of {activation} at layer {layer}"),
                };
                assert!(spread || prediction.sd.is_none(), "{metric} of {activation} at layer {layer}");
            }
            let limit = |site| Predictor::new(&uniform).mean_field(layer, site, Metric::SecondMoment);
            assert_eq!((limit(Site::Pre), limit(Site::Post)), (None, None));
        }
        let linear = activation != Activation::Tanh;
        assert_eq!(predict(&uniform, 3, Site::Pre, Metric::SecondMoment).is_some(), linear, "{activation}");
        for operation in [Operation::Product, Operation::Sum] {
            assert_eq!(predicted(&Network { operation, ..uniform.clone() }, 2), []);
        }
    }
}
