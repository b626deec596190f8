//! Weights that are fitted to the batch, `std = "lsuv"` (Mishkin and Matas 2016).

use crate::sweep::{Run, scaled};
use initsweep::network::{Metric, Site};
use initsweep::theory::Kind;

fn config(seed: u64, grids: &str, measure: &str) -> String {
    format!("name = 'lsuv'\nseed = {seed}\ntrials = 1\n{grids}\n[measure]\nlayers = 'all'\n{measure}\n")
}

#[test]
fn the_std_before_every_activation_is_what_is_written_in_every_trial() {
    let grids = "[defaults]\nstd = ['lsuv', 'sqrt(2)*lsuv']\nactivation = ['relu', 'tanh', 'gelu', 'linear']\n\
                 law = ['normal', 'orthogonal', 'uniform', 'student_t(3)']\nprecision = ['f64', 'f32']\n\
                 [[grid]]\nwidth = 70\ndepth = 5\nbatch = [1, 9]\n\
                 [[grid]]\nshape = [[7, 130, 60, 200]]\nbatch = 17\ninput_mean = 3\n\
                 [[grid]]\nwidth = 64\ndepth = 4\nbatch = 8\nresidual = ['phi(W x)', 'W phi(W x)']\nnorm = ['none', 'layer']\n\
                 norm_at = 'input'";
    let run = Run::new(&config(601, grids, "metrics = ['std', 'overflowed']"), 3);
    let mut judged = 0;
    for cell in 0..run.cells.len() {
        let network = &run.cells[cell].network;
        let content = run.cells[cell].content();
        let target: f64 = if content.contains("std=1*lsuv") { 1.0 } else { 2_f64.sqrt() };
        // A rounding for each entry, and those of its sums: some units of the last place.
        let tolerance = if content.contains("f64") { 1e-13 } else { 1e-5 };
        for layer in 1..=network.depth {
            for std in run.values(cell, layer, Site::Pre, Metric::Std) {
                assert!((std - target).abs() <= tolerance, "{content}, layer {layer}: {std}");
                judged += 1;
            }
            let row = run.row(cell, layer, Site::Pre, Metric::Std);
            assert_eq!(row.theory_kind, Some(Kind::Exact), "{content}");
            assert!((row.theory.unwrap() - target).abs() < 1e-15);
            assert!(row.cell.weight_std.is_nan(), "the std of a weight is another one in every trial");
        }
    }
    assert!(judged > 1000, "{judged}");
}

#[test]
fn a_fit_changes_the_size_of_a_layer_and_nothing_else() {
    // With common draws, linear layers differ from those of std 1 by a factor per trial. Shape is free of it.
    let grids = "[[grid]]\nwidth = 30\ndepth = 3\nbatch = 4\nstd = ['lsuv', 1]";
    let text = config(602, grids, "sites = ['pre']\nmetrics = ['kurtosis', 'correlation', 'std', 'abs_max']");
    let run = Run::new(&format!("randomness = 'common'\n{text}"), scaled(50));
    for layer in 1..=3 {
        for metric in [Metric::Kurtosis, Metric::Correlation] {
            let [fitted, plain] = [0, 1].map(|cell| run.values(cell, layer, Site::Pre, metric));
            for (a, b) in fitted.iter().zip(&plain) {
                // A hundred entries, each rounded thirty times a layer; kurtosis takes fourth powers.
                assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{metric}, layer {layer}: {a}, {b}");
            }
        }
        let of = |cell, metric| run.values(cell, layer, Site::Pre, metric);
        for ((largest, std), fitted) in
            of(1, Metric::AbsMax).iter().zip(of(1, Metric::Std)).zip(of(0, Metric::AbsMax))
        {
            assert!((largest / std - fitted).abs() <= 1e-12 * fitted, "layer {layer}");
        }
    }
}

#[test]
fn the_backward_pass_takes_the_factors_for_constants() {
    // Of a linear network of std 1 whose last pre-activations have std S, all factors together are 1 / S: the gradient at the
    // input is that of the plain network over S, and that of the weights of layer l over S times the factor of layer l.
    let grids = "[[grid]]\nwidth = 12\ndepth = 4\nbatch = 3\nstd = ['lsuv', 1]\nprecision = ['f64', 'f32']";
    let measure = "sites = ['pre', 'grad_post', 'grad_weight']\nmetrics = ['std', 'rms']";
    let run = Run::new(&format!("randomness = 'common'\n{}", config(603, grids, measure)), scaled(40));
    for (precision, tolerance) in [("f64", 1e-12), ("f32", 1e-4)] {
        let find = |std: &str| run.find(&[&format!("std={std}"), &format!("precision={precision}")]);
        let (fitted, plain) = (find("1*lsuv"), find("1"));
        let last = run.values(plain, 4, Site::Pre, Metric::Std);
        let gradient = |cell| run.values(cell, 0, Site::GradPost, Metric::Rms);
        for ((a, b), std) in gradient(fitted).iter().zip(gradient(plain)).zip(&last) {
            assert!((a * std / b - 1.0).abs() < tolerance, "{precision}: {a}, {b}, {std}");
        }
        for layer in 1..=4 {
            let below = match layer {
                1 => vec![1.0; last.len()],
                _ => run.values(plain, layer - 1, Site::Pre, Metric::Std),
            };
            let own = run.values(plain, layer, Site::Pre, Metric::Std);
            let weights = |cell| run.values(cell, layer, Site::GradWeight, Metric::Rms);
            for (trial, (a, b)) in weights(fitted).iter().zip(weights(plain)).enumerate() {
                let factor = below[trial] / own[trial];
                let expected = b / last[trial] / factor;
                assert!(
                    (a / expected - 1.0).abs() < tolerance,
                    "{precision}, layer {layer}: {a}, {expected}"
                );
            }
        }
    }
}

#[test]
fn no_theory_of_normal_weights_stands_beside_fitted_ones() {
    let grids = "[[grid]]\nwidth = 100\ndepth = 3\nstd = 'lsuv'\nactivation = ['relu', 'tanh', 'linear']\nbatch = [1, 5]\n\
                 residual = ['none', 'W phi(x)']";
    let run = Run::new(&config(604, grids, "gradients = true"), 3);
    for row in run.rows().filter(|row| row.site != Site::Input) {
        let is_known = row.site == Site::Pre && [Metric::Std, Metric::Variance].contains(&row.metric);
        assert!(row.theory.is_none() || is_known, "{} at {} of layer {}", row.metric, row.site, row.layer);
        assert!(row.theory_mean_field.is_none() && row.z.is_none());
    }
}

#[test]
fn a_layer_that_is_constant_stays_and_is_counted() {
    // One unit and one input: a product is one number, without a std. With relu, half of the layers are 0, and stay 0.
    let grids = "[[grid]]\nwidth = 1\ndepth = 6\nbatch = 1\nstd = 'lsuv'\nactivation = 'relu'";
    let run = Run::new(&config(605, grids, "metrics = ['std', 'dead', 'overflowed', 'abs_max']"), 400);
    let dead = run.values(0, 6, Site::Post, Metric::Dead);
    // Alive with probability 2^-6.
    assert!(dead.contains(&1.0) && dead.contains(&0.0));
    for layer in 1..=6 {
        assert!(run.values(0, layer, Site::Pre, Metric::Std).iter().all(|&std| std == 0.0));
        assert!(run.values(0, layer, Site::Pre, Metric::Overflowed).iter().all(|&one| one == 0.0));
        assert_eq!(run.row(0, layer, Site::Pre, Metric::Std).theory, None);
    }
    // What is not finite is not scaled either: products of f32 beyond its range.
    let grids =
        "[[grid]]\nwidth = 9\ndepth = 2\nbatch = 2\nstd = 'lsuv'\ninput_std = 3e38\nprecision = 'f32'";
    let run = Run::new(&config(606, grids, "metrics = ['overflowed']"), 20);
    assert!(run.values(0, 1, Site::Pre, Metric::Overflowed).contains(&1.0));
}
