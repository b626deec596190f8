//! Theory of activations by formula: closed forms, built-in twins, and nothing where nothing is known.

use crate::close::{activation, assert_close};
use initsweep::config;
use initsweep::kernels::Activation;
use initsweep::network::{Metric, Network, Site};
use initsweep::random::Law;
use initsweep::theory::Predictor;
use initsweep::theory::mean_field::{MeanField, edge_of_chaos, gaussian_moments};
use initsweep::theory::quadrature::{Function, Nodes, pair_product};

/// What the quadrature of a formula promises, at least.
const DIGITS: f64 = 1e-9;

fn formula(text: &str) -> Activation {
    config::formula(text).unwrap_or_else(|error| panic!("{error}"))
}

/// `E phi, E phi^2, E phi'^2` over N(mean, std^2).
fn moments(text: &str, mean: f64, std: f64) -> [f64; 3] {
    let nodes = Nodes::new(formula(text), mean, std);
    let slope = Nodes::of_slope(formula(text), mean, std);
    [nodes.expect(|_, y| y), nodes.expect(|_, y| y * y), slope.expect(|_, y| y * y)]
}

fn check(text: &str, mean: f64, std: f64, expected: [f64; 3]) {
    for (i, (value, expected)) in moments(text, mean, std).into_iter().zip(expected).enumerate() {
        assert_close(value, expected, DIGITS, &format!("{text}, moment {i}"));
    }
}

#[test]
fn moments_are_those_of_closed_forms() {
    let density = 0.398_942_280_401_432_7;
    check("relu(x) - 0.5", 0.0, 1.0, [density - 0.5, 0.75 - density, 0.5]);
    check("3 * x - 1", 0.5, 2.0, [0.5, 36.25, 9.0]);
    check("x^3", 0.0, 1.0, [0.0, 15.0, 27.0]);
    for q in [0.01_f64, 0.5, 1.0, 2.0] {
        let std = q.sqrt();
        let (even, odd) = (f64::midpoint(1.0, libm::exp(-2.0 * q)), (1.0 - libm::exp(-2.0 * q)) / 2.0);
        check("sin(x)", 0.0, std, [0.0, odd, even]);
        check("cos(x)", 0.0, std, [libm::exp(-q / 2.0), even, odd]);
        // Where the density is cut off, at 12, the fourth power must not count: it is largest at 4 std.
        if q <= 1.0 {
            check("exp(x)", 0.0, std, [libm::exp(q / 2.0), libm::exp(2.0 * q), libm::exp(2.0 * q)]);
        }
        check("abs(x)", 0.0, std, [2.0 * density * std, q, 1.0]);
        check("relu(x)^2", 0.0, std, [q / 2.0, 1.5 * q * q, 2.0 * q]);
        // Price: E exp(-x^2/2) = 1/sqrt(1 + q), and the same with 1/2 of the width for squares.
        let bell = 1.0 / (1.0 + 2.0 * q).sqrt();
        let slope = q * bell * bell * bell;
        check("exp(-x^2/2)", 0.0, std, [1.0 / (1.0 + q).sqrt(), bell, slope]);
    }
    // A band of uniform width: P(0.25 < x <= 1.5).
    let band = 0.5 * (libm::erf(1.5 / std::f64::consts::SQRT_2) - libm::erf(0.25 / std::f64::consts::SQRT_2));
    let value = moments("where(x > 0.25 && x <= 1.5, 1, 0)", 0.0, 1.0);
    assert_close(value[0], band, DIGITS, "a band");
    assert_close(moments("step(x - 0.25)", 0.0, 1.0)[0], 0.401_293_674_317_076, DIGITS, "a step");
    // E log|x| = -(gamma + ln 2)/2.
    assert_close(moments("log(abs(x))", 0.0, 1.0)[0], -0.635_181_422_730_739_1, DIGITS, "log|x|");
}

#[test]
fn moments_are_those_of_the_built_in_twins() {
    let twins = [
        ("relu", "max(x, 0)"),
        ("relu", "where(x > 0, x, 0)"),
        ("leaky_relu(0.2)", "where(x > 0, x, 0.2 * x)"),
        ("silu", "x * sigmoid(x)"),
        ("gelu", "x * (1 + erf(x / sqrt(2))) / 2"),
        ("gelu_tanh", "0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))"),
        ("mish", "x * tanh(softplus(x))"),
        ("tanh", "2 * sigmoid(2 * x) - 1"),
        ("softsign", "x / (1 + abs(x))"),
        ("hardtanh", "min(max(x, -1), 1)"),
        ("elu(1)", "where(x > 0, x, exp(x) - 1)"),
        ("celu(2)", "where(x > 0, x, 2 * (exp(x / 2) - 1))"),
        ("hardswish", "x * relu6(x + 3) / 6"),
        ("hardsigmoid", "min(max(x + 3, 0), 6) / 6"),
        ("logsigmoid", "log(sigmoid(x))"),
        ("squared_relu", "max(x, 0)^2"),
    ];
    for (name, text) in twins {
        for (mean, std) in [(0.0, 1.0), (0.7, 0.05), (-1.2, 3.0)] {
            let built_in = activation(name);
            let (value, slope) = (Nodes::new(built_in, mean, std), Nodes::of_slope(built_in, mean, std));
            let square = |_, y: f64| y * y;
            check(text, mean, std, [value.expect(|_, y| y), value.expect(square), slope.expect(square)]);
        }
        for (c, function) in [(0.3, Function::Value), (0.95, Function::Value), (0.5, Function::Slope)] {
            let of = |phi| pair_product(phi, function, 0.0, 1.3, c);
            assert_close(of(formula(text)), of(activation(name)), DIGITS, &format!("{text} at {c}"));
        }
    }
}

#[test]
fn products_of_pairs_are_those_of_closed_forms() {
    for (q, c) in [(0.5_f64, 0.3), (1.0, -0.6), (2.0, 0.99)] {
        let of = |text: &str, function| pair_product(formula(text), function, 0.0, q.sqrt(), c);
        let (sinh, cosh) = (libm::sinh(c * q), libm::cosh(c * q));
        assert_close(of("sin(x)", Function::Value), libm::exp(-q) * sinh, DIGITS, "sin");
        assert_close(of("sin(x)", Function::Slope), libm::exp(-q) * cosh, DIGITS, "cos");
        // Cho and Saul 2009, degree 0: the jump is in the value.
        let angle = 0.5 - libm::acos(c) / (2.0 * std::f64::consts::PI);
        assert_close(of("step(x)", Function::Value), angle, DIGITS, "step");
        assert!(of("step(x)", Function::Slope).is_nan());
    }
}

#[test]
fn what_the_grid_of_kinks_misses_is_refined() {
    // Both roots of the inner argument lie in one interval of the grid; the other form has each alone.
    let missed = moments("abs(abs(x - 0.5025) - 0.001)", 0.0, 1.0);
    check("abs(x - 0.5015) + abs(x - 0.5035) - abs(x - 0.5025) - 0.001", 0.0, 1.0, missed);
}

#[test]
fn nothing_is_said_where_nothing_is_known() {
    // No number at all; no finite moment; a growth that the cut-off of the density would hide; too many waves.
    for text in
        ["log(x)", "sqrt(x)", "1/x", "exp(x^2)", "exp(x^2/4)", "exp(4*x)", "sin(1000000*x)", "x/(x-x)"]
    {
        assert!(moments(text, 0.0, 1.0).iter().all(|value| value.is_nan()), "{text}");
    }
    // The value is known, but not the slope: it jumps, or its square has no mean.
    for text in [
        "step(x)",
        "sign(x) + x",
        "where(abs(x) < 1, 1, 0)",
        "where(x > 0.5, x, 0)",
        "where(abs(x) < 1, x, 0)",
        "atan(1/x)",
        "sqrt(abs(x))",
        "log(abs(x))",
    ] {
        let [mean, second, slope] = moments(text, 0.0, 1.0);
        assert!(mean.is_finite() && second.is_finite() && slope.is_nan(), "{text}: {slope}");
    }
}

#[test]
fn fixed_points_and_edges_are_those_of_the_built_in_twin() {
    let (by_formula, built_in) = (formula("2 * sigmoid(2 * x) - 1"), Activation::Tanh);
    let points = |activation| MeanField { activation, sigma_w: 2.5, sigma_b: 0.3 }.fixed_points();
    let (a, b) = (points(by_formula), points(built_in));
    assert_eq!((a.len(), b.len()), (1, 1));
    for (a, b) in [(a[0].q, b[0].q), (a[0].chi, b[0].chi), (a[0].c, b[0].c), (a[0].slope, b[0].slope)] {
        assert_close(a, b, DIGITS, "a fixed point");
    }
    let (a, b) = (edge_of_chaos(by_formula, 0.3), edge_of_chaos(built_in, 0.3));
    assert_eq!(a.len(), b.len());
    for ((w, q), (v, r)) in a.into_iter().zip(b) {
        assert_close(w, v, DIGITS, "the edge");
        assert_close(q, r, 1e-7, "its q, a root of a function that is flat there");
    }
    assert!(gaussian_moments(formula("log(x)"), 1.0).second.is_nan());
}

#[test]
fn predictions_of_layers_are_those_of_the_twin_or_none() {
    let network = |activation| Network {
        width: 100,
        depth: 4,
        batch: 3,
        weight_std: [0.12; 4].into(),
        weight_mean: [0.001; 4].into(),
        bias_std: [0.1; 4].into(),
        law: Law::Normal,
        activation,
        ..Network::default()
    };
    let [twin, silu, log] = [formula("x * sigmoid(x)"), Activation::Silu, formula("log(x)")]
        .map(|activation| Predictor::new(&network(activation)));
    for (layer, site) in (1..=4).flat_map(|layer| [(layer, Site::Pre), (layer, Site::Post)]) {
        for metric in Metric::ALL {
            let (a, b) = (twin.predicted(layer, site, metric), silu.predicted(layer, site, metric));
            let value = |one: Option<f64>| one.unwrap_or(1e9);
            assert_close(value(a.mean_field), value(b.mean_field), DIGITS, metric.name());
            let value = |one: initsweep::theory::Predicted| one.theory.map_or(1e9, |one| one.value);
            assert_close(value(a), value(b), DIGITS, metric.name());
            let later = layer > 1 || site == Site::Post;
            let none = log.predicted(layer, site, metric);
            assert!(
                !later || none.theory.is_none() && none.mean_field.is_none(),
                "{metric} of layer {layer}"
            );
        }
    }
}
