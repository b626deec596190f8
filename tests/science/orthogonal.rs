//! Orthogonal weights: exact laws of one input and of linear networks.

use crate::sweep::{Run, Scores, scaled, z_central, z_exact, z_mean};
use initsweep::network::{Metric, Site};

#[test]
fn relu_keeps_beta_variables_of_its_input() {
    // Gain sqrt 2: |x'|^2 / |x|^2 = 2 Beta(K/2, (n-K)/2), K ~ Bin(n, 1/2), so E q = 1, E q^2 = (1 + 3/(n+2))^L; mean and
    // variance of the logarithm per layer as below, computed elsewhere, for n = 10, 50, 100; all of networks that live, for
    // the logarithm, of which at n = 10 one layer kills 2^-10.
    let text = "name = 'orthogonal'\nseed = 61\ntrials = 1\n[[grid]]\nwidth = [10, 50, 100]\ndepth = 5\nbatch = 1\n\
                input_mean = 1\ninput_std = 0\nactivation = 'relu'\nstd = 'orthogonal(sqrt(2))'\n[measure]\n\
                metrics = ['second_moment', 'log2_rms', 'dead', 'fraction_zero', 'kurtosis', 'mean', 'std']\n\
                layers = 'all'\nsites = ['pre', 'post']";
    let run = Run::new(text, scaled(20_000));
    let mut scores = Scores::new("relu with orthogonal weights");
    let laws = [(10.0, -0.204_140_766_69, 0.645_411_297_32), (50.0, -0.031_605_468_83, 0.067_357_470_09)];
    let laws = laws.into_iter().chain([(100.0, -0.015_387_553_62, 0.031_738_658_92)]);
    for (cell, (n, mean, variance)) in laws.enumerate() {
        for layer in [1, 3, 5] {
            let depth = f64::from(u8::try_from(layer).unwrap());
            let q = run.values(cell, layer, Site::Post, Metric::SecondMoment);
            let fourth = libm::pow(1.0 + 3.0 / (n + 2.0), depth);
            let row = run.row(cell, layer, Site::Post, Metric::SecondMoment);
            assert!((row.theory.expect("exact") - 1.0).abs() < 1e-13);
            assert!((row.theory_sd.expect("exact") / (fourth - 1.0).sqrt() - 1.0).abs() < 1e-12);
            scores.add(format!("q, n = {n}, layer {layer}"), z_exact(&q, 1.0, (fourth - 1.0).sqrt()));
            scores.add(format!("q^2, n = {n}, layer {layer}"), z_central(&q, 1.0, 2, fourth - 1.0));
            let logs: Vec<f64> = q.iter().filter(|q| **q > 0.0).map(|&q| libm::log(q)).collect();
            scores.add(format!("ln q, n = {n}, layer {layer}"), z_mean(&logs, depth * mean));
            let squares = z_central(&logs, depth * mean, 2, depth * variance);
            scores.add(format!("its variance, n = {n}, layer {layer}"), squares);
        }
    }
    // All that theory says, of every metric.
    let mut said = 0;
    for cell in 0..3 {
        for layer in 1..=5 {
            for site in [Site::Pre, Site::Post] {
                for metric in run.metrics() {
                    let row = run.row(cell, layer, site, metric);
                    said += usize::from(row.theory.is_some());
                    if let Some(z) = row.z {
                        scores.add(format!("{metric} of {site}, cell {cell}, layer {layer}"), z);
                    }
                }
            }
        }
    }
    assert!(said > 100, "{said} rows with a theory");
    scores.each_within_five();
}

#[test]
fn a_narrower_layer_keeps_a_beta_variable() {
    // 6 -> 10 keeps |x|, 10 -> 6 takes Beta(3, 2) of |x|^2: E = 3/5, E ln = psi(3) - psi(5) = -7/12, Var ln = psi1(3) -
    // psi1(5) = 25/144. With std = gain / sqrt(max(fan_in, fan_out)) and gain 1.
    let text = "name = 'orthogonal'\nseed = 62\ntrials = 1\n[[grid]]\nshape = [6, 10, 6]\nbatch = 1\ninput_mean = 1\n\
                input_std = 0\nstd = 'orthogonal'\n[measure]\nmetrics = ['second_moment']\nlayers = 'all'";
    let run = Run::new(text, scaled(20_000));
    let mut scores = Scores::new("unequal widths");
    let one = run.values(0, 1, Site::Post, Metric::SecondMoment);
    assert!(one.iter().all(|q| (q - 0.6).abs() < 1e-14), "|x|^2 = 6 in 10 units");
    let q = run.values(0, 2, Site::Post, Metric::SecondMoment);
    let logs: Vec<f64> = q.iter().map(|&q| libm::log(q)).collect();
    // Var Beta(3, 2) = 6 / (25 * 6).
    scores.add("E", z_exact(&q, 0.6, 0.2));
    scores.add("E ln", z_exact(&logs, -7.0 / 12.0, (25.0_f64 / 144.0).sqrt()));
    scores.add("Var ln", z_central(&logs, -7.0 / 12.0, 2, 25.0 / 144.0));
    let row = run.row(0, 2, Site::Post, Metric::SecondMoment);
    assert!((row.theory.expect("exact") - 0.6).abs() < 1e-15);
    assert!((row.theory_sd.expect("exact") - 0.2).abs() < 1e-15);
    scores.each_within_five();
}

#[test]
fn theory_holds_for_batches_biases_and_other_activations() {
    let text = "name = 'orthogonal'\nseed = 63\ntrials = 1\n[defaults]\nstd = 'orthogonal(1.2)'\n[[grid]]\nwidth = 24\n\
                depth = 3\nbatch = [1, 4, 40]\nactivation = ['linear', 'relu', 'leaky_relu(0.3)', 'tanh', 'gelu']\n\
                bias_std = [0, 0.4]\ninput_mean = [0, 0.5]\n[[grid]]\nshape = [9, 20, 12, 12]\nbatch = [1, 3]\n\
                activation = ['linear', 'relu']\n[measure]\nlayers = 'all'\nsites = ['pre', 'post']\n\
                metrics = ['mean', 'second_moment', 'variance', 'std', 'rms', 'kurtosis', 'fraction_zero', 'dead', 'log2_rms']";
    let run = Run::new(text, scaled(400));
    let mut scores = Scores::new("theory of orthogonal weights");
    for cell in 0..run.cells.len() {
        for layer in 1..=3 {
            for site in [Site::Pre, Site::Post] {
                for metric in run.metrics() {
                    let row = run.row(cell, layer, site, metric);
                    if let Some(z) = row.z {
                        scores.add(format!("{metric} of {site}, cell {cell}, layer {layer}"), z);
                    }
                }
            }
        }
    }
    scores.each_within_five();
}
