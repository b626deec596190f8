//! Which draws cells share, and that nothing added to a sweep moves what was drawn before.

#![expect(clippy::float_cmp, reason = "equality to the bit is meant where it is asked")]

use crate::sweep::{Run, Scores, mean, scaled};
use initsweep::network::{Metric, Site};
use initsweep::output::{CellColumns, Row};

fn config(randomness: &str, grids: &str) -> String {
    format!(
        "name = 'draws'\nseed = 70\ntrials = 1\nrandomness = '{randomness}'\n[defaults]\nwidth = 40\nbatch = 12\n\
         {grids}\n[measure]\nlayers = 'all'\n"
    )
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// The places of a network of some depth.
fn places(depth: usize) -> impl Iterator<Item = (usize, Site)> {
    let inner = (1..=depth).flat_map(|layer| [(layer, Site::Pre), (layer, Site::Post)]);
    std::iter::once((0, Site::Input)).chain(inner)
}

/// How a metric answers to a factor `2^k` on every entry: `2^(power k)`.
fn homogeneity(metric: Metric) -> i32 {
    match metric {
        Metric::SecondMoment | Metric::Variance => 2,
        Metric::Mean | Metric::Std | Metric::Rms | Metric::Min | Metric::Max | Metric::AbsMax => 1,
        _ => 0,
    }
}

/// Whether all values of cell b are those of cell a times the power of two that `exponent(layer)` says, bit for bit.
fn assert_scaled(run: &Run, (a, b): (usize, usize), depth: usize, exponent: impl Fn(i32) -> i32) {
    for (layer, site) in places(depth) {
        for metric in Metric::DEFAULTS {
            let power = homogeneity(metric) * exponent(i32::try_from(layer).unwrap());
            let [a, b] = [a, b].map(|cell| run.values(cell, layer, site, metric));
            let expected: Vec<f64> = a.iter().map(|&a| libm::scalbn(a, power)).collect();
            assert_eq!(bits(&b), bits(&expected), "{metric} at layer {layer}, {site}");
        }
    }
}

#[test]
fn with_common_draws_a_power_of_two_on_the_weights_only_moves_exponents() {
    for precision in ["f64", "f32"] {
        for activation in ["linear", "relu", "leaky_relu(0.2)"] {
            for operation in ["matmul", "product"] {
                let grid = format!(
                    "[[grid]]\noperation = '{operation}'\nstd = [0.05, 0.2]\ndepth = 4\nprecision = '{precision}'\n\
                     activation = '{activation}'"
                );
                let run = Run::new(&config("common", &grid), 30);
                assert_scaled(&run, (run.find(&["std=0.05"]), run.find(&["std=0.2"])), 4, |layer| 2 * layer);
            }
        }
    }
}

#[test]
fn with_common_draws_a_power_of_two_on_the_input_only_moves_exponents() {
    let grid = "[[grid]]\nstd = 'he_normal'\ninput_std = [0.75, 6]\nactivation = 'relu'\ndepth = 3";
    let run = Run::new(&config("common", grid), 30);
    assert_scaled(&run, (run.find(&["input_std=0.75"]), run.find(&["input_std=6"])), 3, |_| 3);
}

#[test]
fn with_common_draws_he_and_lecun_differ_by_two_to_the_depth_up_to_rounding() {
    let (width, depth) = (40.0_f64, 6.0);
    let grid = "[[grid]]\nstd = ['sqrt(2/fan_in)', 'sqrt(1/fan_in)']\nactivation = 'relu'\ndepth = 6";
    let run = Run::new(&config("common", grid), 200);
    // The two stds, the weights and a sum of n products are rounded: |dh| <= (n + 4) u |W| |x| in either cell, where
    // the norm of |W| |x| is about sqrt n times that of W x; a norm squared counts twice, and so do two cells.
    let tolerance = 4.0 * depth * (width + 4.0) * width.sqrt() * f64::EPSILON / 2.0;
    for (layer, exponent) in (1..=6).zip(1..) {
        let [he, lecun] = [0, 1].map(|cell| run.values(cell, layer, Site::Post, Metric::SecondMoment));
        for (he, lecun) in he.iter().zip(&lecun) {
            let ratio = libm::scalbn(he / lecun, -exponent);
            assert!((ratio - 1.0).abs() < tolerance, "layer {layer}: {ratio}");
        }
    }
}

#[test]
fn with_common_draws_activations_see_the_same_first_layer() {
    let names = "['linear', 'relu', 'tanh', 'gelu', 'sigmoid']";
    let grid = format!("[[grid]]\nstd = 0.1\nactivation = {names}\ndepth = 2");
    let run = Run::new(&config("common", &grid), 30);
    for metric in Metric::DEFAULTS {
        let first = |cell| bits(&run.values(cell, 1, Site::Pre, metric));
        assert!((1..5).all(|cell| first(cell) == first(0)), "{metric}");
    }
}

/// `r sqrt T` of two samples: N(0, 1) asymptotically where they are independent.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centred = |x: &[f64]| x.iter().map(|value| value - mean(x).0).collect::<Vec<f64>>();
    let (a, b) = (centred(a), centred(b));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt() * (a.len() as f64).sqrt()
}

/// `ln q` of the last layer and of the input, for every cell of a small sweep.
fn log_norms(randomness: &str, trials: u64) -> Vec<[Vec<f64>; 2]> {
    let grids = "[[grid]]\nstd = ['sqrt(2/fan_in)', 'sqrt(1/fan_in)', 0.3]\nactivation = ['relu', 'linear']\ndepth = 3";
    let run = Run::new(&config(randomness, grids), trials);
    let log = |values: Vec<f64>| values.iter().map(|&q| libm::log(q)).collect::<Vec<f64>>();
    let one = |cell| {
        [(3, Site::Post), (0, Site::Input)]
            .map(|(l, site)| log(run.values(cell, l, site, Metric::SecondMoment)))
    };
    (0..run.cells.len()).map(one).collect()
}

#[test]
fn with_independent_draws_cells_and_trials_are_uncorrelated() {
    let cells = log_norms("independent", scaled(2000));
    // Correlations of pairs of independent samples are uncorrelated, so the scores of a table are independent.
    let mut last = Scores::new("correlation of last layers");
    let mut input = Scores::new("correlation of inputs");
    let mut lags = Scores::new("correlation of neighbouring trials");
    for (a, [last_a, input_a]) in cells.iter().enumerate() {
        for (b, [last_b, input_b]) in cells.iter().enumerate().take(a) {
            last.add(format!("cells {a} and {b}"), correlation(last_a, last_b));
            input.add(format!("cells {a} and {b}"), correlation(input_a, input_b));
        }
        lags.add(format!("cell {a}"), correlation(&last_a[1..], &last_a[..last_a.len() - 1]));
    }
    last.independent_and_within_five();
    input.independent_and_within_five();
    lags.independent_and_within_five();
}

#[test]
fn with_common_draws_cells_are_correlated_and_trials_are_not() {
    let trials = scaled(2000);
    let cells = log_norms("common", trials);
    let sqrt_t = (trials as f64).sqrt();
    // Cells 0, 2 and 4 are relu at three stds, 1, 3 and 5 linear: one function up to a factor, correlation 1.
    for (a, b) in [(0, 2), (0, 4), (1, 3), (1, 5)] {
        assert!(correlation(&cells[a][0], &cells[b][0]) > (1.0 - 1e-10) * sqrt_t, "cells {a} and {b}");
        assert_eq!(bits(&cells[a][1]), bits(&cells[b][1]));
    }
    let z = correlation(&cells[0][0], &cells[1][0]);
    assert!(z > 5.0, "relu and linear share their draws: {z}");
    // The cells are one sample here, so one score says it.
    let values = &cells[0][0];
    let z = correlation(&values[1..], &values[..values.len() - 1]);
    assert!(z.abs() < 5.0, "neighbouring trials: {z}");
}

#[test]
fn a_shallow_cell_is_the_beginning_of_a_deep_one_bit_for_bit() {
    for randomness in ["independent", "common"] {
        let grid = |depth: &str| {
            config(
                randomness,
                &format!(
                    "[[grid]]\nstd = 'he_uniform'\nbias_std = 0.1\nactivation = 'tanh'\ndepth = {depth}"
                ),
            )
        };
        let [both, three, six] = ["[3, 6]", "3", "6"].map(|depth| Run::new(&grid(depth), 25));
        let (shallow, deep) = (both.find(&["depth=3"]), both.find(&["depth=6"]));
        for (layer, site) in places(6) {
            for metric in Metric::DEFAULTS {
                let alone = six.values(0, layer, site, metric);
                assert_eq!(bits(&alone), bits(&both.values(deep, layer, site, metric)));
                if layer > 3 {
                    continue;
                }
                assert_eq!(
                    bits(&alone),
                    bits(&three.values(0, layer, site, metric)),
                    "{metric}, layer {layer}"
                );
                let (a, b) = (both.row(shallow, layer, site, metric), both.row(deep, layer, site, metric));
                // All columns but the two that name the cell, as text, where NaN equals NaN.
                let text = |row: &Row| {
                    let cell = CellColumns { cell: String::new(), depth: 0, ..(*row.cell).clone() };
                    format!("{:?}", Row { cell: cell.into(), ..row.clone() })
                };
                assert_eq!(text(a), text(b));
            }
        }
    }
}

#[test]
fn adding_values_cells_metrics_or_trials_leaves_old_values_as_they_were() {
    for randomness in ["independent", "common"] {
        let before = "[[grid]]\nstd = [0.1, 0.2]\ndepth = 2\nactivation = ['relu', 'gelu']";
        let after = "[[grid]]\nlabel = 'new'\nwidth = [7, 200]\nstd = 0.1\nlaw = 'laplace'\nprecision = 'f32'\n\
                     [[grid]]\nstd = [0.05, 0.1, 0.15, 0.2]\ndepth = [1, 2, 5]\nmean = [0, 0.01]\n\
                     activation = ['linear', 'gelu', 'relu']";
        let old = Run::new(&config(randomness, before), 20);
        let new = Run::new(&config(randomness, after), 33);
        // The same measured at one place only.
        let few = config(randomness, before)
            .replace("layers = 'all'", "layers = [2]\nsites = ['post']\nmetrics = ['std']");
        let few = Run::new(&few, 20);
        for (cell, old_cell) in old.cells.iter().enumerate() {
            let same =
                |run: &Run| run.cells.iter().position(|new| new.content() == old_cell.content()).unwrap();
            for (layer, site) in places(2) {
                for metric in Metric::DEFAULTS {
                    let (a, b) =
                        (old.values(cell, layer, site, metric), new.values(same(&new), layer, site, metric));
                    assert_eq!(bits(&a), bits(&b[..20]), "{metric} at layer {layer}, {site}");
                }
            }
            let std = |run: &Run, cell| bits(&run.values(cell, 2, Site::Post, Metric::Std));
            assert_eq!(std(&old, cell), std(&few, same(&few)));
        }
        let first = old.values(0, 2, Site::Post, Metric::Std);
        assert!(first.iter().skip(1).all(|&value| value != first[0]), "trials differ");
    }
}
