//! Pairs of inputs: their correlation at the input, through every activation, and through depth.
//!
//! With the operation `sum` and noise of std 0 a layer is its input, so `X_1 = phi(X_0)` entry by entry: every
//! expectation over `X_0` is exact at any width and batch.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use std::f64::consts::{LN_2, PI};

use crate::sweep::{Run, Scores, mean, scaled, z_exact, z_mean};
use initsweep::network::{Metric, Site};
use initsweep::statistics::normal;

/// `X_1 = phi(X_0)` for inputs of unit variance.
fn elementwise(seed: u64, grid: &str, metrics: &str) -> String {
    format!(
        "name = 'pairs'\nseed = {seed}\ntrials = 1\n[[grid]]\noperation = 'sum'\nstd = 0\n{grid}\n\
         [measure]\nlayers = 'all'\nmetrics = [{metrics}]\n"
    )
}

#[test]
fn inputs_have_the_mean_the_variance_and_the_correlation_that_are_asked_for() {
    // M is normal of variance sigma^2 (1 + (B-1) c) / (B n), and the mean of the variances of the n rows is
    // sigma^2 (1-c) chi^2_{n (B-1)} / (n B), independent of it.
    let mut means = Scores::new("mean of the input");
    let mut spreads = Scores::new("variance of its mean");
    let mut units = Scores::new("variance of a unit");
    for (seed, (n, b, precision)) in
        (1..).zip([(1_u32, 2_u32, "f64"), (3, 2, "f32"), (10, 9, "f64"), (140, 20, "f32"), (7, 33, "f64")])
    {
        let grid = format!(
            "width = {n}\nbatch = {b}\ninput_mean = 0.75\ninput_std = 2\nprecision = '{precision}'\n\
             input_correlation = ['-1/(batch-1)', '-0.5/(batch-1)', 0, 0.3, 0.99, 1]"
        );
        let run =
            Run::new(&elementwise(seed, &grid, "'mean', 'unit_variance', 'decorrelation'"), scaled(2000));
        let (n, b) = (f64::from(n), f64::from(b));
        let least = -1.0 / (b - 1.0);
        for (cell, c) in [least, least / 2.0, 0.0, 0.3, 0.99, 1.0].into_iter().enumerate() {
            let name = format!("{n} x {b}, c = {c:.3}");
            let of = |metric| run.values(cell, 0, Site::Input, metric);
            let variance = 4.0 * (1.0 + (b - 1.0) * c).max(0.0) / (b * n);
            let m = of(Metric::Mean);
            if c > least {
                means.add(&name, z_exact(&m, 0.75, variance.sqrt()));
                let squares: Vec<f64> = m.iter().map(|m| (m - 0.75) * (m - 0.75)).collect();
                spreads.add(&name, z_exact(&squares, variance, variance * 2_f64.sqrt()));
            } else {
                // Each row has the mean to rounding: B + 8 operations on numbers below 16, in f64 or f32.
                let rounding = if precision == "f64" { f64::EPSILON } else { f64::from(f32::EPSILON) };
                assert!(m.iter().all(|m| (m - 0.75).abs() < 16.0 * (b + 8.0) * rounding), "{name}");
            }
            let v = of(Metric::UnitVariance);
            let expected = 4.0 * (1.0 - c) * (b - 1.0) / b;
            if c < 1.0 {
                let sd = 4.0 * (1.0 - c) / b * (2.0 * (b - 1.0) / n).sqrt();
                units.add(&name, z_exact(&v, expected, sd));
            } else {
                assert!(v.iter().all(|v| *v == 0.0), "{name}: the inputs are equal to the bit");
                assert!(of(Metric::Decorrelation).iter().all(|d| *d == 0.0), "{name}");
            }
        }
    }
    for scores in [means, spreads, units] {
        scores.independent_and_within_five();
    }
}

/// `E phi(u)^2`, and `E phi(u) phi(v)` for unit variances and correlation 0, .25, .5, .75, .9: Gaussian integrals,
/// split at the kinks, to 13 digits; arc-cosine kernels of Cho and Saul (2009) for relu, Williams (1997) for erf.
const PAIR_KERNELS: [(&str, f64, [f64; 5]); 12] = [
    ("linear", 1.0, [0.0, 0.25, 0.5, 0.75, 0.9]),
    (
        "relu",
        0.5,
        [
            0.159_154_943_091_9,
            0.226_654_938_922_3,
            0.304_498_890_522_1,
            0.394_001_053_776,
            0.454_769_199_422_3,
        ],
    ),
    (
        "leaky_relu(0.01)",
        0.500_05,
        [
            0.155_987_759_724_4,
            0.224_644_505_637_7,
            0.303_439_362_600_7,
            0.393_660_432_805_8,
            0.454_719_292_353_8,
        ],
    ),
    (
        "tanh",
        0.394_294_490_397_841,
        [0.0, 0.092_067_948_121_1, 0.186_324_413_203_4, 0.285_543_692_375_9, 0.349_203_350_581_9],
    ),
    (
        "erf",
        0.464_559_054_397_54,
        [0.0, 0.106_600_758_076_2, 0.216_346_895_938_8, 0.333_333_333_333_3, 0.409_665_529_398_3],
    ),
    (
        "hardtanh",
        0.516_058_550_961_713,
        [0.0, 0.117_133_856_512_2, 0.238_169_165_800_8, 0.368_115_836_653_5, 0.453_545_356_774_9],
    ),
    (
        "sigmoid",
        0.293_379_035_858_093,
        [0.25, 0.260_683_228_476_7, 0.271_428_325_631_7, 0.282_301_538_934, 0.288_918_012_260_3],
    ),
    (
        "softplus",
        0.921_245_908_859_3,
        [
            0.649_731_407_058_7,
            0.713_566_174_111_7,
            0.780_078_165_206_9,
            0.849_290_986_647_3,
            0.892_131_424_068_7,
        ],
    ),
    (
        "gelu",
        0.425_221_482_570_299,
        [
            0.079_577_471_545_95,
            0.147_693_188_216_1,
            0.227_294_915_022,
            0.319_225_777_671_5,
            0.380_968_870_594_8,
        ],
    ),
    (
        "silu",
        0.355_775_519_817_352,
        [
            0.042_692_222_822_93,
            0.109_044_470_868_6,
            0.183_169_663_088_2,
            0.265_282_451_143_5,
            0.318_538_427_891_5,
        ],
    ),
    (
        "elu(1)",
        0.644_945_417_492_924,
        [
            0.025_766_854_120_78,
            0.172_958_252_879_7,
            0.324_783_648_956_8,
            0.481_772_944_380_4,
            0.578_818_963_309_4,
        ],
    ),
    ("selu", 1.0, [0.0, 0.243_810_497_912_9, 0.490_569_128_325_5, 0.741_588_575_935_9, 0.895_259_309_096_1]),
];

#[test]
fn every_activation_maps_a_correlation_as_its_pair_kernel_says() {
    let names: Vec<String> = PAIR_KERNELS.iter().map(|(name, ..)| format!("'{name}'")).collect();
    let mut scores = Scores::new("variance of a unit behind the activation");
    for (seed, b) in [(11, 2_u32), (12, 5)] {
        let grid = format!(
            "width = 150\nbatch = {b}\ninput_correlation = [0, 0.25, 0.5, 0.75, 0.9]\nactivation = [{}]",
            names.join(", ")
        );
        let run = Run::new(&elementwise(seed, &grid, "'unit_variance'"), scaled(300));
        let mut cells = 0..;
        for (name, square, kernel) in PAIR_KERNELS {
            for (c, product) in [0.0, 0.25, 0.5, 0.75, 0.9].into_iter().zip(kernel) {
                let cell = cells.next().unwrap();
                let b = f64::from(b);
                let expected = (square - product) * (b - 1.0) / b;
                let values = run.values(cell, 1, Site::Post, Metric::UnitVariance);
                scores.add(format!("{name}, c = {c}, B = {b}"), z_mean(&values, expected));
            }
        }
    }
    scores.independent_and_within_five();
}

#[test]
fn units_dead_on_the_whole_batch_are_as_frequent_as_orthant_probabilities() {
    // Sheppard (1899): P(both below 0) = 1/4 + asin(c) / (2 pi), of three 1/8 + 3 asin(c) / (4 pi); one half of one.
    let mut scores = Scores::new("dead units");
    let cases = [(1, 0.0), (2, -0.6), (2, 0.0), (2, 0.5), (2, 0.9), (3, -0.4), (3, 0.5), (3, 0.9)];
    for (seed, (b, c)) in (20..).zip(cases) {
        let grid = format!("width = 100\nbatch = {b}\ninput_correlation = {c}\nactivation = 'relu'");
        let metrics = "'fraction_dead', 'fraction_saturated', 'fraction_zero'";
        let run = Run::new(&elementwise(seed, &grid, metrics), scaled(1000));
        let p = match b {
            1 => 0.5,
            2 => 0.25 + libm::asin(c) / (2.0 * PI),
            _ => 0.125 + 3.0 * libm::asin(c) / (4.0 * PI),
        };
        let dead = run.values(0, 1, Site::Post, Metric::FractionDead);
        // Units are independent here.
        scores.add(format!("{b} inputs, c = {c}"), z_exact(&dead, p, (p * (1.0 - p) / 100.0).sqrt()));
        assert!(run.values(0, 1, Site::Pre, Metric::FractionDead).iter().all(|dead| *dead == 0.0));
        // Of relu, the saturated entries are those that become 0.
        let zero = run.values(0, 1, Site::Post, Metric::FractionZero);
        assert_eq!(run.values(0, 1, Site::Pre, Metric::FractionSaturated), zero);
        assert_eq!(run.values(0, 1, Site::Post, Metric::FractionSaturated), zero);
    }
    scores.independent_and_within_five();
}

#[test]
fn saturated_entries_are_as_frequent_as_the_normal_law_says() {
    let mut scores = Scores::new("saturated entries");
    let activations = ["tanh", "sigmoid", "erf", "gelu", "softplus", "hardtanh", "linear"];
    let grid = format!("width = 200\nbatch = 8\ninput_std = 2\nactivation = {activations:?}");
    for precision in ["f64", "f32"] {
        let grid = format!("{grid}\nprecision = '{precision}'");
        let run = Run::new(&elementwise(30, &grid, "'fraction_saturated'"), scaled(200));
        // tanh: artanh(sqrt(.99)), sigmoid: twice that, erf: sqrt(ln 100), softplus: ln 99.
        let ends = [2.993_222_8, 5.986_445_7, 2.145_966, 3.021_662_6, 4.595_119_9, 1.0, f64::INFINITY];
        for (cell, (name, end)) in activations.iter().zip(ends).enumerate() {
            let tails = if *name == "gelu" || *name == "softplus" { 1.0 } else { 2.0 };
            let p = tails * normal::cdf(-end / 2.0);
            let values = run.values(cell, 1, Site::Post, Metric::FractionSaturated);
            if p == 0.0 {
                assert!(values.iter().all(|share| *share == 0.0));
            } else {
                scores.add(
                    format!("{name}, {precision}"),
                    z_exact(&values, p, (p * (1.0 - p) / 1600.0).sqrt()),
                );
            }
            assert!(run.values(cell, 0, Site::Input, Metric::FractionSaturated).iter().all(|x| x.is_nan()));
        }
    }
    scores.each_within_five();
}

#[test]
fn correlations_collapse_in_linear_networks_at_the_exact_rate() {
    // Two inputs: E ln(1 - c_L^2) - E ln(1 - c_0^2) = sum over layers of psi((n-1)/2) - psi(n/2), for 1 - c^2 is the
    // ratio of a Gram determinant to its diagonal, and the Bartlett factors of W x are chi-squared.
    let mut scores = Scores::new("ln(1 - c^2) of two inputs");
    for (seed, (n, depth, per_layer)) in
        (40..).zip([(10, 6, -0.117_246_742_1), (10, 60, -0.117_246_742_1), (100, 6, -0.010_152_022_7)])
    {
        let text = format!(
            "name = 'collapse'\nseed = {seed}\ntrials = 1\n[[grid]]\nwidth = {n}\ndepth = {depth}\nbatch = 2\n\
             std = '1/sqrt(fan_in)'\ninput_correlation = [0, 0.6]\n\
             [measure]\nlayers = [0, {depth}]\nmetrics = ['decorrelation', 'correlation']\n"
        );
        let run = Run::new(&text, scaled(2000));
        for cell in 0..2 {
            let log = |layer, site| {
                let d = run.values(cell, layer, site, Metric::Decorrelation);
                let c = run.values(cell, layer, site, Metric::Correlation);
                assert!(d.iter().zip(&c).all(|(d, c)| *c == 1.0 - d));
                d.into_iter().map(|d| libm::log(d * (2.0 - d)))
            };
            let fall: Vec<f64> =
                log(depth, Site::Post).zip(log(0, Site::Input)).map(|(end, start)| end - start).collect();
            scores.add(format!("n = {n}, L = {depth}, cell {cell}"), z_mean(&fall, depth as f64 * per_layer));
        }
    }
    scores.independent_and_within_five();
}

#[test]
fn the_variance_of_a_unit_walks_through_linear_layers_exactly() {
    // Given X, E of the variance over inputs of one unit of W X is (s^2 |d|^2 + m^2 (1 d)^2) / B, summed over the
    // deviations d of the inputs from their mean: n s^2 a layer for mean 0, n (s^2 + m^2) for the first layer.
    let mut scores = Scores::new("unit variance");
    let text = "name = 'units'\nseed = 50\ntrials = 1\n[[grid]]\nwidth = 30\ndepth = 5\nbatch = 7\n\
                std = '1.1/sqrt(fan_in)'\nmean = [0, 0.05]\ninput_std = 1.5\ninput_correlation = [-0.1, 0, 0.8]\n\
                [measure]\nlayers = 'all'\nmetrics = ['unit_variance']";
    let run = Run::new(text, scaled(3000));
    for (cell, (m, c)) in
        [(0.0, -0.1), (0.0, 0.0), (0.0, 0.8), (0.05, -0.1), (0.05, 0.0), (0.05, 0.8)].into_iter().enumerate()
    {
        let mut expected = 2.25 * (1.0 - c) * 6.0 / 7.0;
        for layer in 1..=if m == 0.0 { 5 } else { 1 } {
            expected *= 1.21 + 30.0 * m * m;
            let values = run.values(cell, layer, Site::Pre, Metric::UnitVariance);
            scores.add(format!("mean {m}, c = {c}, layer {layer}"), z_mean(&values, expected));
        }
    }
    scores.each_within_five();
}

#[test]
fn correlations_of_wide_rectified_networks_follow_the_map_of_cho_and_saul() {
    // c' = (sqrt(1 - c^2) + (pi - acos c) c) / pi from c = 0. At width n the mean is off by a / n + O(1/n^2): of two
    // widths, 2 c(2n) - c(n) is off by O(1/n^2), (L/n)^2 = 2e-4 here, below a tenth of its error of 4e-3.
    let depth = 3;
    let text = format!(
        "name = 'map'\nseed = 60\ntrials = 1\n[[grid]]\nwidth = [200, 400]\ndepth = {depth}\nbatch = 2\nstd = 'sqrt(2/fan_in)'\n\
         activation = 'relu'\n[measure]\nlayers = 'all'\nsites = ['post']\nmetrics = ['correlation']\n"
    );
    let trials = 120;
    let run = Run::new(&text, trials);
    let mut scores = Scores::new("correlation behind relu");
    let mut c = 0.0_f64;
    for layer in 1..=depth {
        c = ((1.0 - c * c).sqrt() + (PI - libm::acos(c)) * c) / PI;
        let [(narrow, narrow_error), (wide, wide_error)] =
            [0, 1].map(|cell| mean(&run.values(cell, layer, Site::Post, Metric::Correlation)));
        let error = (4.0 * wide_error * wide_error + narrow_error * narrow_error).sqrt();
        assert!(error > 2e-3, "{error}");
        scores.add(format!("layer {layer}"), (2.0 * wide - narrow - c) / error);
    }
    scores.each_within_five();
}

#[test]
fn the_logarithm_of_the_norm_stays_finite_a_thousand_layers_deep() {
    // One input: ln(|x_L|^2 / |x_0|^2) is a sum of L independent ln(s^2 chi^2_n), of mean psi(n/2) + ln(2 s^2) and
    // variance psi1(n/2) each; n = 10 here, s = 2 and s = 1/100: the rms is 2^2600 and 2^-5000.
    let (mean, variance) = (-0.619_921_464_0 / 6.0, 1.327_937_734_4 / 6.0);
    let depth = 1000;
    let mut scores = Scores::new("log2 of the rms");
    for (seed, precision) in [(70, "f64"), (71, "f32")] {
        let text = format!(
            "name = 'deep'\nseed = {seed}\ntrials = 1\n[[grid]]\nwidth = 10\ndepth = {depth}\nbatch = 1\ninput_mean = 1\n\
             input_std = 0\nstd = [2, 0.01]\nprecision = '{precision}'\n[measure]\nrescale = true\n\
             metrics = ['log2_rms', 'log2_abs_max', 'log2_std', 'rms', 'overflowed']\n"
        );
        let run = Run::new(&text, scaled(400));
        for (cell, std) in [2.0, 0.01].into_iter().enumerate() {
            let of = |metric| run.values(cell, depth, Site::Post, metric);
            let logs = of(Metric::Log2Rms);
            let one = mean + libm::log(10.0 * std * std);
            let expected = 0.5 / LN_2 * depth as f64 * one;
            let sd = 0.5 / LN_2 * (depth as f64 * variance).sqrt();
            scores.add(format!("std {std}, {precision}"), z_exact(&logs, expected, sd));
            assert!(of(Metric::Overflowed).iter().all(|overflowed| *overflowed == 0.0));
            // Beyond f64 the rms itself is 0 or infinite, and never anything else.
            let end = if std > 1.0 { f64::INFINITY } else { 0.0 };
            assert!(of(Metric::Rms).iter().all(|rms| *rms == end));
            for (rms, (std, largest)) in
                logs.iter().zip(of(Metric::Log2Std).into_iter().zip(of(Metric::Log2AbsMax)))
            {
                assert!(
                    std <= rms + 1e-9
                        && *rms <= largest + 1e-9
                        && largest <= rms + 0.5 * libm::log2(10.0) + 1e-9
                );
            }
        }
    }
    scores.each_within_five();
}
