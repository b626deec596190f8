//! Exact predictions against exact fractions, closed forms and published constants.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use std::sync::Arc;

use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Operation, Precision, Site};
use initsweep::random::Law;
use initsweep::theory::linear_chain::{Chain, Layer};
use initsweep::theory::{Kind, LayerPrediction, Prediction, Predictor, predict};

/// A network of equal layers, 100 x 100 entries of N(0, 1).
fn network(operation: Operation, depth: usize, mean: f64, std: f64) -> Network {
    Network {
        operation,
        width: 100,
        depth,
        batch: 100,
        weight_std: Arc::from(vec![std; depth]),
        weight_mean: Arc::from(vec![mean; depth]),
        bias_std: Arc::from(vec![0.0; depth]),
        law: Law::Normal,
        activation: Activation::Linear,
        input_mean: 0.0,
        input_std: 1.0,
        precision: Precision::F64,
        ..Network::default()
    }
}

fn parse_layers(text: &str) -> Vec<Layer> {
    let number = |x: &str| x.parse().unwrap();
    text.split(' ')
        .map(|layer| layer.split(':').collect::<Vec<_>>())
        .map(|x| Layer { width: x[0].parse().unwrap(), mean: number(x[1]), std: number(x[2]) })
        .collect()
}

fn chain(batch: usize, layers: &[Layer]) -> Chain {
    layers[1..].iter().fold(Chain::input(batch, layers[0]), |chain, &layer| chain.next(layer))
}

#[track_caller]
fn assert_close(value: f64, expected: f64, tolerance: f64, what: &str) {
    let error = if expected == 0.0 { value.abs() } else { (value / expected - 1.0).abs() };
    assert!(error <= tolerance, "{what}: {value} against {expected}, relative error {error:e}");
}

#[track_caller]
fn assert_law(prediction: Option<Prediction>, mean: f64, variance: f64, tolerance: f64, what: &str) {
    let prediction = prediction.unwrap_or_else(|| panic!("{what} is covered"));
    assert_eq!(prediction.kind, Kind::Exact, "{what}");
    assert_close(prediction.value, mean, tolerance, what);
    assert_close(prediction.sd.unwrap(), variance.sqrt(), tolerance, &format!("sd of {what}"));
}

#[test]
fn linear_chain_equals_exact_fractions_in_every_layer_of_every_case() {
    let mut rows = 0;
    for line in include_str!("../oracles/linear_chain.csv").lines().skip(1) {
        let field: Vec<&str> = line.split(',').collect();
        let number = |i: usize| field[i].parse::<f64>().unwrap();
        let layer: usize = field[2].parse().unwrap();
        let layers = parse_layers(field[1]);
        let prediction = chain(field[0].parse().unwrap(), &layers[..=layer]).prediction();
        // All terms are non-negative: at most about 20 roundings per layer, all of them relative.
        let tolerance = 20.0 * f64::EPSILON * (layer + 1) as f64;
        assert_law(prediction.mean, number(3), number(4), tolerance, &format!("M in {line}"));
        assert_law(prediction.second_moment, number(5), number(6), tolerance, &format!("Q in {line}"));
        assert_law(prediction.variance, number(7), number(8), tolerance, &format!("S^2 in {line}"));
        rows += 1;
    }
    assert_eq!(rows, 195);
}

#[test]
fn seed_chains_have_their_published_rational_moments() {
    // E S^2, Var S^2, Var M after six layers of 100 x 100, from a derivation in other coordinates.
    let cases = [
        (0.0, 0.1, 9999.0 / 10_000.0, 0.005_715_137_152_917_304, 1.0 / 10_000.0),
        (0.0, 2.0, 4_095_590_400_000_000.0, 9.588_409_048_411_864e28, 409_600_000_000.0),
        (
            1.0,
            0.1,
            99_020_298_079_904_999_996_939_499.0 / 10_000.0,
            1.983_208_888_306_378_6e42,
            1_000_105_010_807_091_009_070_501.0 / 10_000.0,
        ),
    ];
    for (mean, std, e_s2, var_s2, var_m) in cases {
        let predictor = Predictor::new(&network(Operation::Matmul, 6, mean, std));
        let tolerance = 140.0 * f64::EPSILON;
        assert_law(predictor.predict(6, Site::Post, Metric::Variance), e_s2, var_s2, tolerance, "S^2");
        assert_law(predictor.predict(6, Site::Pre, Metric::Mean), 0.0, var_m, tolerance, "M");
    }
}

#[test]
fn std_of_every_layer_of_the_seed_chains_is_that_of_the_delta_method_up_to_its_error() {
    // (mean, std, layer, E S, sd S) by the delta method on the exact moments, whose error is of the same order.
    let cases = [
        (0.0, 0.1, 1, 0.999_874_749_937_897_9, 0.012_267_440_605_517_559),
        (0.0, 0.1, 2, 0.999_798_996_150_113_8, 0.017_377_862_325_668_854),
        (0.0, 0.1, 3, 0.999_697_471_024_720_7, 0.022_472_876_919_293_245),
        (0.0, 0.1, 4, 0.999_569_901_697_585, 0.027_570_928_421_972_028),
        (0.0, 0.1, 5, 0.999_416_007_421_664_1, 0.032_679_186_894_396_73),
        (0.0, 0.1, 6, 0.999_235_499_433_604_8, 0.037_801_153_169_545_25),
        (0.0, 2.0, 1, 19.997_494_998_757_958, 0.245_348_812_110_351_17),
        (0.0, 2.0, 3, 7_997.579_768_197_766_5, 179.783_015_354_345_96),
        (0.0, 2.0, 6, 63_951_071.963_750_705, 2_419_273.802_850_896),
        (1.0, 0.1, 1, 9.975_230_037_613_791, 0.703_774_821_977_527_2),
        (1.0, 0.1, 3, 99_257.357_478_778_93, 7_073.917_350_100_447),
        (1.0, 0.1, 6, 99_257_354_078.613_5, 7_076_069_987.511_023),
    ];
    for (mean, std, layer, value, sd) in cases {
        let network = network(Operation::Matmul, 6, mean, std);
        let prediction = predict(&network, layer, Site::Post, Metric::Std).unwrap();
        assert_eq!(prediction.kind, Kind::Moments);
        assert!((prediction.value - value).abs() <= 1.5 * prediction.error, "E S: {prediction:?}");
        assert!(prediction.error <= 0.01 * sd, "{prediction:?}");
        assert_close(prediction.sd.unwrap(), sd, 0.03, "sd S");
    }
}

#[test]
fn other_means_of_weights_and_inputs_have_their_printed_spreads() {
    // Layer 6 of the std 0.1 chain: (weight mean, input mean, input std, sqrt(E S^2), sd M), half a unit of
    // the last digit.
    let cases = [
        (0.001, 0.0, 1.0, (1.000_252_009, 5e-10), (0.010_052_9, 5e-8)),
        (0.01, 0.0, 1.0, (1.101_259_184, 5e-10), (0.027_114_8, 5e-8)),
        (0.1, 0.0, 1.0, (100_528.956_55, 5e-6), (10_052.906, 5e-4)),
        (0.0, 0.5, 2.0, (2.060_849_339_5, 5e-11), (0.053_851_6, 5e-8)),
    ];
    for (mean, input_mean, input_std, (root, root_digit), (sd, sd_digit)) in cases {
        let network = Network { input_mean, input_std, ..network(Operation::Matmul, 6, mean, 0.1) };
        let variance = predict(&network, 6, Site::Pre, Metric::Variance).unwrap().value;
        let m = predict(&network, 6, Site::Pre, Metric::Mean).unwrap();
        assert!((variance.sqrt() - root).abs() <= root_digit, "{} is not {root}", variance.sqrt());
        assert!((m.sd.unwrap() - sd).abs() <= sd_digit, "{} is not {sd}", m.sd.unwrap());
    }
}

#[test]
fn widths_may_differ_from_layer_to_layer() {
    let layers = [(4, 0.5, 1.5), (5, 0.3, 0.5), (2, -0.2, 0.5_f64.sqrt())].map(|(width, mean, std)| Layer {
        width,
        mean,
        std,
    });
    let sd = chain(3, &layers).prediction().variance.unwrap().sd.unwrap();
    assert_close(sd * sd, 110.812_428_125, 60.0 * f64::EPSILON, "Var S^2");
}

#[test]
fn second_moment_of_a_zero_mean_chain_has_its_closed_form() {
    // E Q^2 / (E Q)^2 from the zonal polynomials (Muirhead 1982, Thm 7.2.7); s^2 = 1/n.
    let printed = [
        (100, 1, 6, 0.385_598),
        (100, 100, 6, 0.075_606),
        (100, 32, 50, 0.599_301),
        (256, 64, 100, 0.443_124),
        (1024, 128, 1024, 1.320_790),
    ];
    for (width, batch, depth, cv) in printed {
        let (n, b) = (width as f64, batch as f64);
        let (trace2, square) = (n * b * (n * b + 2.0), n * b * (n + b + 1.0));
        let power = |base: f64| (0..depth).fold(1.0, |product, _| product * base);
        let symmetric = power((n + 2.0) / n) * (trace2 + 2.0 * square) / 3.0;
        let other = power((n - 1.0) / n) * 2.0 * (trace2 - square) / 3.0;
        let expected = ((symmetric + other) / (n * b * n * b) - 1.0).sqrt();
        let network = Network { width, batch, ..network(Operation::Matmul, depth, 0.0, 1.0 / n.sqrt()) };
        let q = predict(&network, depth, Site::Pre, Metric::SecondMoment).unwrap();
        let value = q.sd.unwrap() / q.value;
        // The closed form subtracts 1 from a ratio, 1/cv^2 of its digits; s^2 = 1/n is rounded, 4 depth
        // units in Q^2.
        let tolerance = (30.0 + 10.0 / (cv * cv)) * f64::EPSILON * depth as f64;
        assert_close(value, expected, tolerance, "cv of Q");
        assert!((value - cv).abs() < 6e-7);
    }
}

#[test]
fn depth_one_thousand_overflows_neither_state_nor_ratios() {
    let layers = |std| Predictor::new(&network(Operation::Matmul, 1000, 0.0, std));
    let (tame, wild) = (layers(0.125), layers(2.0));
    // A power of two in every weight changes exponents alone: 2 = 16 * 0.125, so Q grows by 2^8 per layer.
    for (layer, exponent) in [(1, 8), (50, 400), (110, 880)] {
        let [tame, wild] = [&tame, &wild].map(|p| p.predict(layer, Site::Pre, Metric::SecondMoment).unwrap());
        assert_eq!(wild.value, libm::scalbn(tame.value, exponent));
        assert_eq!(wild.sd.unwrap(), libm::scalbn(tame.sd.unwrap(), exponent));
    }
    assert!(tame.predict(1000, Site::Pre, Metric::SecondMoment).is_some());
    assert!(wild.predict(1000, Site::Pre, Metric::SecondMoment).is_none());
    // What symmetry says is true at any scale; its spread is out of range.
    let mean = wild.predict(1000, Site::Pre, Metric::Mean).unwrap();
    assert_eq!((mean.value, mean.sd), (0.0, None));
}

#[test]
fn extreme_weights_do_not_underflow_to_a_false_zero() {
    let tiny = Predictor::new(&network(Operation::Matmul, 1, 0.0, 1e-200));
    let m = tiny.predict(1, Site::Pre, Metric::Mean).unwrap();
    assert_close(m.sd.unwrap(), 1e-201, 40.0 * f64::EPSILON, "sd M");
    assert!(tiny.predict(1, Site::Pre, Metric::Variance).is_none());
    let dead = Predictor::new(&network(Operation::Matmul, 1, 0.0, 0.0));
    assert_eq!(dead.predict(1, Site::Pre, Metric::Std).unwrap().value, 0.0);
}

#[test]
fn first_three_lines_of_the_forum_thread() {
    // Product, sum, and the sum scaled by 1/sqrt 2: sd M, E S, sd S, to the digits printed.
    let half = 0.5_f64.sqrt();
    let scaled = Network { input_std: half, ..network(Operation::Sum, 1, 0.0, half) };
    let cases = [
        (network(Operation::Product, 1, 0.0, 1.0), Kind::Moments, 0.01, 0.999_850, 0.014_141_6),
        (network(Operation::Sum, 1, 0.0, 1.0), Kind::Exact, 0.014_142_1, 1.414_107_5, 0.009_999_87),
        (scaled, Kind::Exact, 0.01, 0.999_925, 0.007_070_98),
    ];
    for (network, kind, sd_m, e_s, sd_s) in cases {
        let m = predict(&network, 1, Site::Pre, Metric::Mean).unwrap();
        let s = predict(&network, 1, Site::Post, Metric::Std).unwrap();
        assert_eq!((m.value, m.kind, s.kind), (0.0, Kind::Exact, kind));
        assert!((m.sd.unwrap() - sd_m).abs() < 5e-8 && (s.value - e_s).abs() < 5e-7);
        // Of the product the sd is known to second order in the spread of its square, 8e-4.
        let tolerance = if kind == Kind::Exact { 5e-8 } else { 2.0 * 8e-4 * sd_s };
        assert!((s.sd.unwrap() - sd_s).abs() < tolerance);
    }
}

#[test]
fn a_product_of_two_normal_arrays_equals_its_brute_force_moments() {
    // x ~ N(.5, 1.5^2), z ~ N(-.3, .7^2): h = x z. Raw moments of a product are products of raw moments.
    let raw = |m: f64, s: f64| {
        let v = s * s;
        [m, m * m + v, m * (m * m + 3.0 * v), m * m * (m * m + 6.0 * v) + 3.0 * v * v]
    };
    let (x, z) = (raw(0.5, 1.5), raw(-0.3, 0.7));
    let h = [0, 1, 2, 3].map(|i| x[i] * z[i]);
    let v = h[1] - h[0] * h[0];
    let fourth = h[3] - 4.0 * h[0] * h[2] + 6.0 * h[0] * h[0] * h[1] - 3.0 * h[0] * h[0] * h[0] * h[0];
    let n = 12.0;
    let network = Network {
        width: 4,
        batch: 3,
        input_mean: 0.5,
        input_std: 1.5,
        ..network(Operation::Product, 1, -0.3, 0.7)
    };
    let tolerance = 100.0 * f64::EPSILON;
    let predictor = Predictor::new(&network);
    let get = |metric| predictor.predict(1, Site::Pre, metric);
    assert_law(get(Metric::Mean), h[0], v / n, tolerance, "M");
    assert_law(get(Metric::SecondMoment), h[1], (h[3] - h[1] * h[1]) / n, tolerance, "Q");
    let var_s2 = (n - 1.0) / (n * n * n) * ((n - 1.0) * fourth - (n - 3.0) * v * v);
    assert_law(get(Metric::Variance), v * (n - 1.0) / n, var_s2, tolerance, "S^2");
    // cv^2 is above 1: too little is known of the root to say anything.
    assert_eq!(get(Metric::Std), None);
}

#[test]
fn deep_products_multiply_and_deep_sums_add() {
    // E h^4 / (E h^2)^2 = 3^(L+1) for a product of L + 1 centred normals.
    let network = network(Operation::Product, 3, 0.0, 2.0);
    let q = predict(&network, 3, Site::Post, Metric::SecondMoment).unwrap();
    assert_eq!(q.value, 64.0);
    assert_close(q.sd.unwrap(), 64.0 * (80.0_f64 / 10_000.0).sqrt(), 40.0 * f64::EPSILON, "sd Q");
    let sum = Network { operation: Operation::Sum, ..network };
    let q = predict(&sum, 3, Site::Post, Metric::SecondMoment).unwrap();
    assert_close(q.value, 13.0, 4.0 * f64::EPSILON, "E Q");
    assert_close(q.sd.unwrap(), 13.0 * (2.0_f64 / 10_000.0).sqrt(), 40.0 * f64::EPSILON, "sd Q");
}

#[test]
fn every_input_layer_is_known_exactly() {
    let relu = Network {
        activation: Activation::Relu,
        law: Law::Uniform,
        ..network(Operation::Matmul, 2, 0.0, 0.1)
    };
    let std = predict(&relu, 0, Site::Input, Metric::Std).unwrap();
    assert_eq!(std.kind, Kind::Exact);
    // c(9999) sqrt(.9999) = .99992499812...: the delta method is off by cv^4 / 128 = 3e-10.
    assert_close(std.value, 0.999_924_997_499_843_8, 4e-10, "E S");
    assert_eq!(predict(&relu, 0, Site::Input, Metric::Mean).unwrap().sd, Some(0.01));
    let kurtosis = predict(&relu, 0, Site::Input, Metric::Kurtosis).unwrap();
    assert_eq!((kurtosis.kind, kurtosis.value), (Kind::Exact, 3.0 * 9999.0 / 10_001.0));
}

#[test]
fn an_input_of_two_entries_has_the_std_of_a_half_normal() {
    // S = |x1 - x2| / 2 = |N(0, 1/2)|: E S = 1 / sqrt pi, Var S = 1/2 - 1/pi. 100 roundings of the
    // recurrence.
    let pair = Network { width: 2, batch: 1, ..network(Operation::Matmul, 1, 0.0, 1.0) };
    let s = predict(&pair, 0, Site::Input, Metric::Std).unwrap();
    let pi = std::f64::consts::PI;
    assert_close(s.value, 1.0 / pi.sqrt(), 150.0 * f64::EPSILON, "E S");
    assert_close(s.sd.unwrap(), (0.5 - 1.0 / pi).sqrt(), 300.0 * f64::EPSILON, "sd S");
}

#[test]
fn a_nonlinear_network_is_exact_up_to_its_first_pre_activation() {
    let linear = network(Operation::Matmul, 3, 0.0, 0.1);
    let tanh = Network { activation: Activation::Tanh, ..linear.clone() };
    let at = |layer, site| predict(&tanh, layer, site, Metric::Variance).unwrap();
    assert_eq!(at(1, Site::Pre), predict(&linear, 1, Site::Pre, Metric::Variance).unwrap());
    assert_eq!(at(1, Site::Pre).kind, Kind::Exact);
    assert_eq!((at(1, Site::Post).kind, at(2, Site::Pre).kind), (Kind::FirstOrder, Kind::FirstOrder));
}

#[test]
fn a_bias_leaves_the_expectation_exact_and_its_spread_of_first_order() {
    let biased = Network { bias_std: Arc::from([0.0, 0.1, 0.0]), ..network(Operation::Matmul, 3, 0.0, 0.1) };
    let at = |layer, site, metric| predict(&biased, layer, site, metric);
    let q = |layer| at(layer, Site::Post, Metric::SecondMoment).unwrap();
    assert_eq!(q(3).kind, Kind::Exact);
    assert_close(q(3).value, 1.01, 1e-14, "E Q");
    // With as many inputs as units, their chance correlations make as much spread as first order knows of.
    assert_eq!(q(3).sd, None);
    // A bias of std .1 changes Q and its spread by about 1 %, and first order is right to some 1/n.
    let std = 0.001_f64.sqrt();
    let wide = Network { width: 1000, batch: 2, ..network(Operation::Matmul, 3, 0.0, std) };
    let biased = Network { bias_std: biased.bias_std.clone(), ..wide.clone() };
    let [with, without] = [biased, wide]
        .map(|network| predict(&network, 2, Site::Post, Metric::SecondMoment).unwrap().sd.unwrap());
    assert!((with / without - 1.0).abs() < 0.03, "{with} {without}");
}

#[test]
fn nothing_is_predicted_for_another_site_or_depth_or_for_extremes() {
    let network = network(Operation::Matmul, 3, 0.0, 0.1);
    let at = |layer, site, metric| predict(&network, layer, site, metric);
    assert_eq!((at(0, Site::Pre, Metric::Mean), at(1, Site::Input, Metric::Mean)), (None, None));
    assert_eq!((at(1, Site::Pre, Metric::Max), at(9, Site::Pre, Metric::Mean)), (None, None));
    let biased = Network { operation: Operation::Sum, bias_std: Arc::from([0.1; 3]), ..network };
    assert_eq!(predict(&biased, 1, Site::Pre, Metric::Mean), None);
}

#[test]
fn a_default_prediction_knows_nothing() {
    assert_eq!(LayerPrediction::default().mean, None);
}

#[test]
fn nothing_exact_is_predicted_from_the_first_layer_on_whose_biases_have_a_mean() {
    for operation in Operation::ALL {
        let plain = network(operation, 3, 0.0, 0.1);
        let shifted = Network { bias_mean: [0.0, -0.5, 0.0].into(), ..plain.clone() };
        let centred = Network { bias_mean: [0.0; 3].into(), ..plain.clone() };
        for (site, metric) in
            [Site::Pre, Site::Post].into_iter().flat_map(|site| Metric::ALL.map(|m| (site, m)))
        {
            let at = |network: &Network, layer| predict(network, layer, site, metric);
            assert_eq!(at(&shifted, 1), at(&plain, 1), "{metric}");
            for beyond in [2, 3].into_iter().filter_map(|layer| at(&shifted, layer)) {
                assert_eq!((operation, beyond.kind), (Operation::Matmul, Kind::FirstOrder), "{metric}");
            }
            assert_eq!([1, 2, 3].map(|l| at(&centred, l)), [1, 2, 3].map(|l| at(&plain, l)), "{metric}");
        }
    }
}
