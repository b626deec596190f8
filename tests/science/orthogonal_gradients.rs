//! Orthogonal weights on the way back: what holds in every trial, exact laws, and no change of the forward pass.

use crate::sweep::{Run, Scores, mean, scaled};
use initsweep::network::{Metric, Site};

/// A square matrix keeps the length of every gradient, and all singular values of a product of them are 1.
#[test]
fn a_linear_chain_keeps_gradients_and_singular_values_in_every_trial() {
    for (precision, rounding) in [("f64", 1e-12), ("f32", 1e-5)] {
        let text = format!(
            "name = 'isometry'\nseed = 81\ntrials = 1\n[defaults]\nprecision = '{precision}'\nstd = 'orthogonal'\n\
             activation = 'linear'\ndepth = 6\n[[grid]]\nwidth = 40\nbatch = [1, 3, 50]\n\
             [measure]\nlayers = 'all'\nsites = ['grad_post', 'jacobian']\ncotangent = 'sign'\n\
             metrics = ['second_moment', 'max', 'min_nonzero', 'rank']"
        );
        let run = Run::new(&text, 20);
        for cell in 0..run.cells.len() {
            for layer in 0..=6 {
                for value in run.values(cell, layer, Site::GradPost, Metric::SecondMoment) {
                    assert!((value * 40.0 - 1.0).abs() < 100.0 * rounding, "{value}");
                }
            }
            for layer in 1..=6 {
                let at = |metric| run.values(cell, layer, Site::Jacobian, metric);
                for value in at(Metric::Max).into_iter().chain(at(Metric::MinNonzero)) {
                    assert!((value - 1.0).abs() < 1e-11, "{value}");
                }
            }
        }
    }
}

/// `E tr(J^T J)^2 / n` of relu, gain sqrt 2, 20 units, 4 layers: 5.895097670924, computed independently; Gaussian weights of that
/// std have 12.7. `E |G_0|^2 = 1` and `E |D_l|^2 = 1/2`.
#[test]
fn relu_networks_of_orthogonal_weights_have_the_exact_moments_of_haar_matrices() {
    let text = "name = 'haar'\nseed = 82\ntrials = 1\n[[grid]]\nwidth = 20\ndepth = 4\nbatch = 2\nstd = 'orthogonal(sqrt(2))'\n\
                activation = 'relu'\n[measure]\nlayers = 'all'\nsites = ['grad_pre', 'grad_post', 'jacobian']\n\
                metrics = ['second_moment', 'square_variance']";
    let run = Run::new(text, scaled(2000));
    let mut scores = Scores::new("relu of orthogonal weights");
    let [means, variances] =
        [Metric::SecondMoment, Metric::SquareVariance].map(|metric| run.values(0, 4, Site::Jacobian, metric));
    let fourths: Vec<f64> = means.iter().zip(&variances).map(|(mean, v)| v + mean * mean).collect();
    let mut score = |name: &str, values: &[f64], expected: f64| {
        let (mean, error) = mean(values);
        scores.add(name.to_owned(), (mean - expected) / error);
    };
    score("P/n", &fourths, 5.895_097_670_924);
    score("T/n", &means, 1.0);
    let square = |layer, site| -> Vec<f64> {
        run.values(0, layer, site, Metric::SecondMoment).into_iter().map(|value| 20.0 * value).collect()
    };
    score("G_0", &square(0, Site::GradPost), 1.0);
    score("D_1", &square(1, Site::GradPre), 0.5);
    score("D_3", &square(3, Site::GradPre), 0.5);
    scores.each_within_five();
}

/// The forward pass takes the same short way whether or not gradients are asked for.
#[test]
fn gradients_change_no_bit_of_the_forward_pass() {
    let text = |sites: &str| {
        format!(
            "name = 'forward'\nseed = 83\ntrials = 1\n[[grid]]\nshape = [[30, 17, 40, 21]]\nbatch = [1, 5, 60]\nstd = 'orthogonal'\n\
             activation = 'tanh'\n[measure]\nlayers = 'all'\nsites = ['pre', 'post'{sites}]\nmetrics = ['mean', 'second_moment']"
        )
    };
    let [plain, both] =
        ["", ", 'grad_weight', 'grad_post', 'jacobian'"].map(|sites| Run::new(&text(sites), 10));
    for cell in 0..3 {
        for (layer, site) in [(1, Site::Pre), (2, Site::Post), (3, Site::Post)] {
            let bits = |run: &Run| -> Vec<u64> {
                run.values(cell, layer, site, Metric::SecondMoment).into_iter().map(f64::to_bits).collect()
            };
            assert_eq!(bits(&plain), bits(&both));
        }
    }
}
