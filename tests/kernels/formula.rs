//! Activations by formula: against the built-in twins, against `libm`, the same bits everywhere, slopes, symmetry.

use crate::activation::{FUNCTIONS, Float, Random, evaluate};
use initsweep::config;
use initsweep::kernels::Activation;
use initsweep::kernels::activation::Custom;
use initsweep::simd::SimdLevel;

/// An activation by formula.
fn formula(text: &str) -> Activation {
    config::formula(text).unwrap_or_else(|error| panic!("{error}"))
}

fn compiled(text: &str) -> &'static dyn Custom {
    match formula(text) {
        Activation::Formula(formula) => formula,
        _ => panic!("a formula is compiled"),
    }
}

/// The value at one point.
fn at(text: &str, x: f64) -> f64 {
    evaluate(formula(text), SimdLevel::detect(), &[x])[0]
}

/// Every operation, and the forms that people write.
const ALL_FORMS: [&str; 16] = [
    "x * sigmoid(1.702 * x)",
    "0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))",
    "x * tanh(softplus(x))",
    "relu(x) - 0.5",
    "where(x > 0 && x <= 2 || !(x < -1), x, 0.1 * x)",
    "where(x == 1, 2, 3) + where(x != 1, 2, 3) - where(x >= 0, 1, 4)",
    "min(max(x, -1), exp(-x)) / (1 + abs(x))",
    "sign(x) * sqrt(abs(x)) + step(x - 0.25)",
    "log(x) + log(1 + x^2)",
    "sin(3 * x) + cos(x/2) - atan(x)",
    "x^2.5 + abs(x)^-0.3 + 2^x",
    "erf(x) * gelu(x) - mish(-x) + silu(x)",
    "elu(x, 0.5) + celu(x, 2) + leaky_relu(x, -0.25)",
    "hardswish(x) * hardsigmoid(x) + logsigmoid(x)",
    "e^(-x^2) + x^-2 + x^17",
    "squared_relu(x) - relu6(x) * hardtanh(x) / softsign(x)",
];

/// Random moderate numbers, random bits, and special values.
fn sample<T: Float>(count: usize) -> Vec<T> {
    let mut random = Random(3);
    let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, -1.0, f64::MAX, 5e-324];
    let mut inputs: Vec<T> = special.iter().map(|&x| T::from_f64(x)).collect();
    for scale in [1e-3, 1.0, 5.0, 50.0, 800.0] {
        inputs.extend((0..count).map(|_| T::from_f64(scale * random.uniform())));
    }
    inputs.extend((0..count).map(|_| T::from_pattern(random.bits())));
    inputs
}

fn same_bits<T: Float>() {
    let inputs = sample::<T>(500);
    let bits = |y: &T| (!y.to_f64().is_nan()).then(|| y.bits());
    for text in ALL_FORMS {
        let activation = formula(text);
        let levels = SimdLevel::available();
        let expected = evaluate(activation, levels[0], &inputs);
        for level in &levels[1..] {
            for ((x, a), b) in inputs.iter().zip(&expected).zip(evaluate(activation, *level, &inputs)) {
                assert_eq!(bits(a), bits(&b), "{text} at {x:?}: {a:?}, {b:?} on {level}");
            }
        }
        // One element alone, whatever the block is that it stands in.
        for (x, y) in inputs.iter().zip(&expected).step_by(97) {
            assert_eq!(bits(y), bits(&evaluate(activation, levels[0], &[*x])[0]), "{text} at {x:?}");
        }
    }
}

#[test]
fn every_level_gives_the_same_bits_and_no_bit_depends_on_the_block() {
    same_bits::<f64>();
    same_bits::<f32>();
    let none: [f64; 0] = [];
    assert!(evaluate(formula("x + 1"), SimdLevel::detect(), &none).is_empty());
}

/// Formulas beside the built-in activation that they are, and the largest error in units of the last place of
/// `|phi| + cancelled`: both are correct to 2 ulp of each step.
#[test]
fn formulas_are_their_built_in_twins() {
    let twins = [
        ("silu", "x * sigmoid(x)"),
        ("silu", "x / (1 + exp(-x))"),
        ("gelu_tanh", "0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))"),
        ("gelu", "x * (1 + erf(x / sqrt(2))) / 2"),
        ("mish", "x * tanh(log(1 + exp(x)))"),
        ("relu", "max(x, 0)"),
        ("relu", "where(x > 0, x, 0)"),
        ("relu", "(x + abs(x)) / 2"),
        ("relu6", "min(max(x, 0), 6)"),
        ("softplus", "log(1 + exp(x))"),
        ("softsign", "x / (1 + abs(x))"),
        ("hardtanh", "min(max(x, -1), 1)"),
        ("leaky_relu(0.01)", "where(x > 0, x, 0.01 * x)"),
        ("elu(1.5)", "where(x > 0, x, 1.5 * (exp(x) - 1))"),
        ("celu(1.5)", "max(x, 0) + min(0, 1.5 * (exp(x / 1.5) - 1))"),
        ("hardsigmoid", "min(max(x + 3, 0), 6) / 6"),
        ("hardswish", "x * min(max(x + 3, 0), 6) / 6"),
        ("logsigmoid", "-log(1 + exp(-x))"),
        ("squared_relu", "relu(x)^2"),
    ];
    let mut random = Random(5);
    let inputs: Vec<f64> =
        (0..4000).map(|i| random.uniform() * if i % 2 == 0 { 2.0 } else { 30.0 }).collect();
    for (name, text) in twins {
        let built_in: Activation = name.parse().unwrap();
        let values = evaluate(formula(text), SimdLevel::detect(), &inputs);
        for ((x, y), z) in inputs.iter().zip(values).zip(evaluate(built_in, SimdLevel::detect(), &inputs)) {
            // Up to 8 steps, of 2 ulp each, on numbers that are at most 1 + |x| before the last product with at most
            // |x|; the argument of tanh is as large as 20 times x, whose rounding its slope takes.
            let allowed = 16.0 * f64::EPSILON * (1.0 + x.abs()) * (1.0 + x.abs());
            assert!((y - z).abs() <= allowed, "{text} at {x}: {y}, {name} {z}");
        }
    }
}

#[test]
fn functions_are_those_of_libm() {
    type Plain = fn(f64) -> f64;
    let functions: [(&str, Plain); 9] = [
        ("exp(x)", libm::exp),
        ("log(x)", libm::log),
        ("sqrt(x)", libm::sqrt),
        ("sin(x)", libm::sin),
        ("cos(x)", libm::cos),
        ("atan(x)", libm::atan),
        ("abs(x)", f64::abs),
        ("x^0.3", |x| libm::pow(x, 0.3)),
        ("2^x", |x| libm::pow(2.0, x)),
    ];
    for (text, plain) in functions {
        for x in sample::<f64>(2000) {
            let (y, z) = (at(text, x), plain(x));
            // exp is ours, 2 ulp beside the 1 of libm's; a subnormal result has few digits.
            let close = (y - z).abs() <= 3.0 * f64::EPSILON * z.abs() + 5e-324 * 2.0;
            assert!(
                y.to_bits() == z.to_bits() || y.is_nan() && z.is_nan() || close,
                "{text} at {x}: {y}, {z}"
            );
        }
        for x in sample::<f32>(2000) {
            let y = evaluate(formula(text), SimdLevel::detect(), &[x])[0];
            #[expect(clippy::cast_possible_truncation, reason = "rounding to nearest is the intent")]
            let z = plain(f64::from(x)) as f32;
            let close = (y - z).abs() <= 3.0 * f32::EPSILON * z.abs() + 3e-45;
            // 0.3 is rounded to f32 before the power is taken.
            let is_power = text == "x^0.3";
            assert!(
                is_power || y.to_bits() == z.to_bits() || y.is_nan() && z.is_nan() || close,
                "{text} at {x}: {y}, {z}"
            );
        }
    }
}

#[test]
fn special_values_are_those_that_are_documented() {
    let same = |text: &str, x: f64, expected: f64| {
        let y = at(text, x);
        // Signs of zeros are not documented.
        assert!(
            (y - expected).abs() == 0.0
                || y.is_nan() && expected.is_nan()
                || y.to_bits() == expected.to_bits(),
            "{text} at {x}: {y}"
        );
    };
    let nan = f64::NAN;
    for (text, values) in [
        ("sign(x)", [-1.0, 0.0, 1.0, nan]),
        ("step(x)", [0.0, 0.0, 1.0, nan]),
        ("log(x)", [nan, f64::NEG_INFINITY, 0.0, nan]),
        ("sqrt(x)", [nan, 0.0, 1.0, nan]),
        ("where(x > 0, 1, 2)", [2.0, 2.0, 1.0, 2.0]),
        ("where(x != x, 1, 2)", [2.0, 2.0, 2.0, 1.0]),
        ("where(x <= 0, 1, 2)", [1.0, 1.0, 2.0, 2.0]),
        ("where(!(x <= 0), 1, 2)", [2.0, 2.0, 1.0, 1.0]),
        ("min(x, 0)", [-1.0, 0.0, 0.0, nan]),
        ("max(0, x)", [0.0, 0.0, 1.0, nan]),
        ("1 / x", [-1.0, f64::INFINITY, 1.0, nan]),
        ("x^-2", [1.0, f64::INFINITY, 1.0, nan]),
        ("x * 0 + elu(-1 - 0*x, 2)", [2.0 * libm::expm1(-1.0); 4].map(|y| y)),
    ] {
        for (x, expected) in [-1.0, 0.0, 1.0, nan].into_iter().zip(values) {
            if !(x.is_nan() && text.starts_with("x * 0")) {
                same(text, x, expected);
            }
        }
    }
    same("-2^2 + 0*x", 1.0, -4.0);
    same("2^3^2 + 0*x", 1.0, 512.0);
    same("pi - e + 0*x", 1.0, std::f64::consts::PI - std::f64::consts::E);
}

#[test]
fn slopes_by_rules_are_those_of_the_built_in_activations() {
    let mut random = Random(11);
    for (name, activation) in FUNCTIONS {
        let text = match activation.to_string().split_once('(') {
            Some((name, argument)) => format!("{name}(x, {argument}"),
            None => format!("{name}(x)"),
        };
        let formula = formula(&text);
        for _ in 0..2000 {
            let x = 8.0 * random.uniform();
            let (rule, table) = (formula.slope(x), activation.slope(x));
            // Both sum a few terms of at most 1 + |x|, or 2 |x| here, of some ulps each.
            let allowed = 16.0 * f64::EPSILON * (1.0 + x.abs());
            assert!((rule - table).abs() <= allowed, "{name} at {x}: {rule}, {table}");
        }
    }
}

#[test]
fn slopes_by_rules_are_central_differences() {
    let smooth = [
        "x * sigmoid(1.702 * x)",
        "exp(-x^2/2) * sin(3*x)",
        "cos(x)/(2 + sin(x))",
        "atan(x) * log(3 + x^2)",
        "sqrt(1 + x^2) - erf(x)",
        "(2 + tanh(x))^1.5 * 2^x",
        "(2 + cos(x))^x",
        "mish(gelu(x)) + softplus(-x) * silu(x)",
        "min(x^2, 100) + max(tanh(x), -5) + where(x < 20, x^3, 0)",
        "abs(x^2 + 1) * relu(x + 40) / (x + 50)",
        "1/(4 + x^4) - x^-3 * step(-100 - x)",
    ];
    // Central differences of order 8: 4/5, -1/5, 4/105, -1/280.
    let step = 1.0 / 64.0;
    let difference = |text: &str, x: f64| {
        let of = |k: f64| at(text, x + k * step) - at(text, x - k * step);
        (0.8 * of(1.0) - 0.2 * of(2.0) + 4.0 / 105.0 * of(3.0) - of(4.0) / 280.0) / step
    };
    let mut random = Random(13);
    for text in smooth {
        let slope = formula(text);
        for _ in 0..50 {
            let x = 3.0 * random.uniform();
            let (rule, difference) = (slope.slope(x), difference(text, x));
            // h^8 f^(9)/630, where f^(9) is at most 9! M with M = 10 the largest value within a distance of 1, nearer
            // than which none of these has a pole; and the rounding of 8 ulp of values up to 50, over the step.
            let allowed = 3_628_800.0 * libm::pow(step, 8.0) / 630.0 + 8.0 * f64::EPSILON * 50.0 / step;
            assert!((rule - difference).abs() <= allowed, "{text} at {x}: {rule}, {difference}");
        }
    }
}

#[test]
fn what_is_said_to_be_odd_is_odd_to_the_bit_but_for_zeros_and_nothing_else_is_said() {
    let odd = [
        "x",
        "-2 * x",
        "tanh(x)^3",
        "x / (1 + abs(x))",
        "sin(x) * cos(x)",
        "where(abs(x) < 1, x, sign(x))",
        "erf(x) * exp(-x^2) + atan(x) - x^5",
        "softsign(sin(x)) * min(x^2, 4)",
    ];
    let other =
        ["x + 1", "relu(x)", "exp(x)", "abs(x)", "x^2", "where(x > 0, x, x)+relu(x)", "sigmoid(x) - 0.5"];
    for text in odd {
        assert!(compiled(text).is_odd(), "{text}");
        for x in sample::<f64>(300) {
            let (y, z) = (at(text, x), -at(text, -x));
            let is_zero = y == 0.0 && z == 0.0;
            assert!(
                y.to_bits() == z.to_bits() || is_zero || y.is_nan() && z.is_nan(),
                "{text} at {x}: {y} {z}"
            );
        }
    }
    assert!(other.iter().all(|text| !compiled(text).is_odd()));
}

#[test]
fn kinks_jumps_and_ends_of_domains_are_found() {
    let found = |text: &str, points: &[f64]| {
        let mut known: Vec<f64> = compiled(text).structure().iter().map(|(point, _)| *point).collect();
        known.sort_by(f64::total_cmp);
        known.dedup();
        for point in points {
            let near = |at: &&f64| (**at - point).abs() <= 4.0 * f64::EPSILON * point.abs();
            assert!(known.iter().any(|at| near(&at)), "{text}: {point} is not in {known:?}");
        }
        assert!(known.len() <= points.len() + 2, "{text}: {known:?}");
    };
    found("relu(x) - 0.5", &[0.0]);
    found("relu(x - 0.3)", &[0.3]);
    found("abs(x^2 - 2)", &[-std::f64::consts::SQRT_2, std::f64::consts::SQRT_2, 0.0]);
    found("where(x > 1.25, x, 0.1)", &[1.25]);
    found("min(x, 2 - x)", &[1.0]);
    found("relu6(2 * x + 1)", &[-0.5, 2.5]);
    found("sqrt(x + 0.75)", &[-0.75]);
    found("1/(x - 1e-6)", &[1e-6]);
    found("relu(relu(x - 1) - 2)", &[1.0, 3.0]);
    found("hardtanh(x - 1000)", &[999.0, 1001.0]);
}

#[test]
fn identities_are_texts_and_names_are_names() {
    let (a, b) = (formula("x*sigmoid( 1.702 *x )"), formula("x * sigmoid(1.702 * x)"));
    assert_eq!(
        (a.content(), b.content()),
        ("x*sigmoid(1.702*x)".to_owned(), "x*sigmoid(1.702*x)".to_owned())
    );
    assert_ne!(a, b);
    assert_eq!(a.to_string(), "x*sigmoid( 1.702 *x )");
    assert_eq!(formula("prelu(x) + swish(x)").content(), "leaky_relu(x, 0.25)+silu(x)");
    assert_eq!(a.tails(), None);
}
