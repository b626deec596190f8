//! Numbers that once misled, each with the right one.

#![expect(clippy::float_cmp, reason = "an exact number is meant as such")]

use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Operation, Precision, Site};
use initsweep::random::Law;
use initsweep::theory::mean_field::MeanField;
use initsweep::theory::{Kind, Prediction, Predictor, predict};

/// A network of equal layers: std and mean of the weights in units of `1/sqrt n` and `1/n`.
fn network(activation: Activation, width: usize, depth: usize, (gain, mean): (f64, f64)) -> Network {
    let n = width as f64;
    Network {
        activation,
        width,
        depth,
        batch: 1,
        operation: Operation::Matmul,
        weight_std: vec![gain / n.sqrt(); depth].into(),
        weight_mean: vec![mean / n; depth].into(),
        bias_std: vec![0.0; depth].into(),
        ..Network::default()
    }
}

fn at(network: &Network, layer: usize, site: Site, metric: Metric) -> Option<Prediction> {
    predict(network, layer, site, metric)
}

#[test]
fn the_std_of_a_linear_network_with_a_weight_mean_comes_from_its_exact_variance_in_every_layer() {
    // 400 trials gave 1.255(15) in layer 8, where the exact variance is 1.5911 and the limit of infinite width 1.
    let network = Network { batch: 64, ..network(Activation::Linear, 64, 10, (1.0, 1.0)) };
    let predictor = Predictor::new(&network);
    for layer in 1..=10 {
        let [std, variance] =
            [Metric::Std, Metric::Variance].map(|m| predictor.predict(layer, Site::Pre, m).unwrap());
        assert_eq!(std.kind, Kind::Moments, "layer {layer}");
        // Jensen, and not more below than its error.
        assert!(std.value <= variance.value.sqrt(), "layer {layer}");
    }
    let (std, variance) = (
        predictor.predict(8, Site::Pre, Metric::Std).unwrap(),
        predictor.predict(8, Site::Pre, Metric::Variance).unwrap(),
    );
    assert!((variance.value - 1.5911).abs() < 5e-5, "{variance:?}");
    assert!((std.value - 1.255).abs() < 3.0 * 0.015 + std.error && std.error < 0.05, "{std:?}");
    assert_eq!(predictor.mean_field(8, Site::Pre, Metric::Std), Some(1.0));
}

#[test]
fn the_limit_of_infinite_width_is_one_curve_through_all_layers() {
    for (activation, width) in [(Activation::Tanh, 256), (Activation::Relu, 64), (Activation::Gelu, 256)] {
        let predictor = Predictor::new(&network(activation, width, 60, (1.2, 0.0)));
        for metric in [Metric::SecondMoment, Metric::Std, Metric::Rms, Metric::Variance, Metric::Log2Rms] {
            for layer in 1..=60 {
                for site in [Site::Pre, Site::Post] {
                    assert!(
                        predictor.mean_field(layer, site, metric).is_some(),
                        "{activation} {metric} {layer}"
                    );
                }
            }
        }
    }
}

#[test]
fn odd_activations_of_a_symmetric_input_have_the_mean_zero_whatever_the_mean_of_the_weights() {
    for activation in [Activation::Tanh, Activation::Erf, Activation::Softsign, Activation::Linear] {
        let network = network(activation, 64, 3, (1.4, 1.0));
        for (layer, site) in [(1, Site::Pre), (1, Site::Post), (3, Site::Pre), (3, Site::Post)] {
            let mean = at(&network, layer, site, Metric::Mean).unwrap();
            assert_eq!((mean.value, mean.kind), (0.0, Kind::Exact), "{activation}, layer {layer}");
        }
        let shifted = Network { input_mean: 0.5, ..network };
        assert_ne!(at(&shifted, 3, Site::Post, Metric::Mean).unwrap().value, 0.0, "{activation}");
    }
    // The first layer makes a symmetric one of any input, if its weights have no mean.
    let mut healed = network(Activation::Tanh, 64, 3, (1.4, 1.0));
    healed.weight_mean = vec![0.0, 1.0 / 64.0, 1.0 / 64.0].into();
    healed.input_mean = 0.5;
    assert_eq!(at(&healed, 3, Site::Post, Metric::Mean).unwrap().value, 0.0);
}

#[test]
fn ties_of_random_signs_are_no_part_of_exact_claims() {
    // Two units, entries 1: h = 2, 0, 0, -2 with equal probability, so 3/4 of the units are 0 after relu, not 1/2.
    let constant = Network {
        input_mean: 1.0,
        input_std: 0.0,
        law: Law::Rademacher,
        ..network(Activation::Relu, 2, 2, (1.0, 0.0))
    };
    for (site, metric) in
        [(Site::Post, Metric::FractionZero), (Site::Pre, Metric::FractionZero), (Site::Post, Metric::Dead)]
    {
        assert_eq!(at(&constant, 1, site, metric), None, "{site} {metric}");
    }
    // An input with a density has no ties in the first layer; equal rows make them in the second.
    let normal = Network { input_mean: 0.0, input_std: 1.0, ..constant.clone() };
    assert_eq!(at(&normal, 1, Site::Post, Metric::FractionZero).unwrap().value, 0.5);
    assert_eq!(at(&normal, 2, Site::Post, Metric::FractionZero), None);
    let uniform = Network { law: Law::Uniform, ..constant };
    assert_eq!(at(&uniform, 2, Site::Pre, Metric::Dead).unwrap().value, 0.25);
}

#[test]
fn sums_on_a_lattice_have_no_first_order() {
    // Measured: tanh, 8/sqrt(n), n = 61: std .94949, where the first order says .94142, 71 standard errors off.
    let tanh = Network {
        input_mean: 1.0,
        input_std: 0.0,
        law: Law::Rademacher,
        ..network(Activation::Tanh, 61, 1, (8.0, 0.0))
    };
    let blurred = Network { input_std: 0.05, ..tanh.clone() };
    let normal = Network { input_mean: 0.0, input_std: 1.0, ..tanh.clone() };
    let hardtanh =
        Network { activation: Activation::Hardtanh, ..network(Activation::Tanh, 144, 1, (3.0, 0.0)) };
    let hardtanh = Network { input_mean: 1.0, input_std: 0.0, law: Law::Rademacher, ..hardtanh };
    for network in [&tanh, &blurred, &hardtanh] {
        assert_eq!(at(network, 1, Site::Post, Metric::Std), None);
    }
    assert_eq!(at(&normal, 1, Site::Post, Metric::Std).unwrap().kind, Kind::FirstOrder);
    let uniform = Network { law: Law::Uniform, ..tanh };
    assert_eq!(at(&uniform, 1, Site::Post, Metric::Std).unwrap().kind, Kind::FirstOrder);
}

#[test]
fn the_std_of_few_saturated_units_knows_that_their_mean_varies() {
    // Q hardly varies, the mean of n signs does. Measured elsewhere, 200,000 networks each: mean and standard error. Without
    // the mean's own spread the first order said .8935 for 16 units, six standard errors off, as if it knew.
    let of = |width: usize| Network {
        width,
        widths: vec![17, width].into(),
        batch: 3,
        weight_std: vec![(2.0_f64 / 21.0).sqrt()].into(),
        bias_std: vec![0.3].into(),
        input_mean: 3.0,
        input_correlation: -0.5,
        ..network(Activation::Erf, width, 1, (1.0, 0.0))
    };
    for (width, measured, error, sd) in
        [(12, 0.884_178, 1.3e-4, 0.0568), (16, 0.892_917, 1e-4, 0.0441), (32, 0.905_888, 5.8e-5, 0.0260)]
    {
        let std = at(&of(width), 1, Site::Post, Metric::Std).unwrap();
        assert!((std.value - measured).abs() < 5.0 * error + std.error, "{width}: {std:?}");
        assert!(std.error < 0.1 * sd, "{width}: {std:?}");
        assert!(std.sd.is_none_or(|known| (known / sd - 1.0).abs() < 0.1), "{width}: {std:?}");
    }
    // Of four units the mean is no small correction.
    assert_eq!(at(&of(4), 1, Site::Post, Metric::Std), None);
}

#[test]
fn a_square_below_the_range_of_f64_is_unknown_and_not_0() {
    let small = network(Activation::Relu, 10, 200, (0.01 * 10.0_f64.sqrt(), 0.0));
    let predictor = Predictor::new(&small);
    let known = |layer: usize, metric| predictor.predict(layer, Site::Post, metric);
    assert!(known(50, Metric::SecondMoment).unwrap().value > 0.0);
    for metric in [Metric::SecondMoment, Metric::Variance, Metric::Std, Metric::Rms] {
        assert!(known(200, metric).is_none_or(|known| known.value != 0.0), "{metric}");
    }
    // log2 of the root: 200 layers of about -3.9 + ... each.
    assert!(known(200, Metric::Log2Rms).unwrap().value < -512.0);
    // A true 0 is known.
    let dead = network(Activation::Relu, 10, 3, (0.0, 0.0));
    assert_eq!(at(&dead, 3, Site::Post, Metric::SecondMoment).unwrap().value, 0.0);
}

#[test]
fn entries_that_f32_does_not_resolve_are_said_to_be_so() {
    let network = network(Activation::Linear, 512, 69, (0.01 * 512.0_f64.sqrt(), 0.0));
    let single = Predictor::new(&Network { precision: Precision::F32, ..network.clone() });
    let double = Predictor::new(&network);
    // 0.226 per layer: 2^-139 and more at layer 62.
    assert!(single.is_resolved(40) && !single.is_resolved(69));
    assert!(double.is_resolved(69));
}

#[test]
fn what_two_inputs_have_not_in_common_is_known_far_below_rounding() {
    // Measured in layer 40: 2.9e-18. From layer to layer it is multiplied by chi, once it is small.
    let network = Network {
        batch: 2,
        bias_std: vec![0.4; 60].into(),
        ..network(Activation::Tanh, 300, 60, (0.7, 0.0))
    };
    let predictor = Predictor::new(&network);
    let at = |layer| predictor.mean_field(layer, Site::Post, Metric::Decorrelation).unwrap();
    assert!((1e-18..1e-17).contains(&at(40)), "{}", at(40));
    let field = MeanField { activation: Activation::Tanh, sigma_w: 0.7, sigma_b: 0.4 };
    let chi = field.fixed_points()[0].chi;
    for layer in [30, 45, 59] {
        assert!((at(layer + 1) / at(layer) / chi - 1.0).abs() < 1e-6, "layer {layer}");
    }
    // A kink: relu at the edge of chaos, 1 - c falls as 9 pi^2 / (2 l^2) (Hayou et al. 2019), slowly.
    let relu = Network { batch: 2, ..self::network(Activation::Relu, 300, 400, (2.0_f64.sqrt(), 0.0)) };
    let predictor = Predictor::new(&relu);
    let at = |layer| predictor.mean_field(layer, Site::Pre, Metric::Decorrelation).unwrap();
    let law = |layer: f64| 4.5 * std::f64::consts::PI * std::f64::consts::PI / (layer * layer);
    assert!((at(400) / law(400.0) - 1.0).abs() < 0.1, "{} {}", at(400), law(400.0));
}

#[test]
fn neighbouring_and_tangent_fixed_points_are_found() {
    let found = |activation, sigma_w, sigma_b| -> Vec<f64> {
        let field = MeanField { activation, sigma_w, sigma_b };
        field.fixed_points().iter().map(|point| point.q).collect()
    };
    let silu = found(Activation::Silu, 1.449_137_674_62, 0.574_974_24);
    assert_eq!(silu.len(), 2, "{silu:?}");
    assert!((silu[0] - 2.571_903).abs() < 1e-5 && (silu[1] - 2.770_525).abs() < 1e-5, "{silu:?}");
    let gelu = found(Activation::Gelu, 1.408_211_013_107_605, 0.415_839_380_958_642_9);
    assert!(gelu.iter().any(|q| (q - 3.034_98).abs() < 1e-4), "{gelu:?}");
    assert!(gelu.iter().any(|q| (q - 3.561_55).abs() < 1e-4), "{gelu:?}");
    let unstable =
        MeanField { activation: Activation::Silu, sigma_w: 1.449_137_674_62, sigma_b: 0.574_974_24 };
    let points = unstable.fixed_points();
    assert!(points[0].chi_parallel < 1.0 && points[1].chi_parallel > 1.0);
    assert!(points[1].variance_depth().is_finite() && points[1].variance_depth() > 0.0);
}
