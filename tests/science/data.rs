//! Inputs from a file: what a layer of fixed inputs is known to have, and what is not claimed.

use std::path::PathBuf;

use crate::npy::{of_rows, samples};
use crate::sweep::{Run, Scores, scaled, z_central};
use initsweep::network::{Backward, Metric, Site};
use initsweep::theory::entries::Entries;

/// The folder with a file of samples, and what stands in it.
fn file(name: &str) -> (tempfile::TempDir, PathBuf, Vec<Vec<f64>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let rows = samples(30, 7);
    std::fs::write(&path, of_rows(&rows)).unwrap();
    (folder, path, rows)
}

#[test]
fn the_first_layer_has_the_second_moment_of_the_samples_and_no_theory_claims_more() {
    // That a mean is 0 by symmetry is known too; nothing else, and nothing behind the tanh.
    // W ~ N(0, s^2), one column x, chosen out of N: entries h_i ~ N(0, s^2 |x|^2), so that q = mean h_i^2 has, over W and the
    // choice, mean s^2 M1 and variance s^4 (M2 (1 + 2/n) - M1^2), M1 and M2 the means of |x|^2 and |x|^4 over the file.
    let (_folder, path, rows) = file("x.npy");
    let (n, s) = (11.0, 0.3);
    let text = format!(
        "name = 'data'\nseed = 81\ntrials = 1\n[[grid]]\nwidth = 11\nbatch = 1\nstd = {s}\ninput = '{}'\n\
         activation = 'tanh'\ndepth = 2\n[measure]\nlayers = 'all'\nsites = ['input', 'pre', 'post', 'grad_pre', 'grad_post', \
         'grad_weight', 'jacobian']\nmetrics = ['mean', 'std', 'second_moment', 'rms', 'variance', 'kurtosis', 'log2_rms', 'dead']",
        path.display()
    );
    let run = Run::new(&text, scaled(20_000));
    for row in run.rows() {
        let is_known = match (row.layer, row.site, row.metric) {
            (0, Site::Input, metric) => matches!(metric, Metric::Mean | Metric::SecondMoment),
            (1, Site::Pre, metric) => {
                matches!(metric, Metric::Mean | Metric::SecondMoment | Metric::Variance)
            }
            (_, Site::Pre | Site::Post, metric) => metric == Metric::Mean,
            _ => false,
        };
        assert_eq!(row.theory.is_some(), is_known, "{} {} {}", row.layer, row.site, row.metric);
        assert_eq!(row.theory_mean_field, None);
        assert!(row.z.is_none_or(|z| z.abs() < 5.0), "{} {}: {:?}", row.layer, row.metric, row.z);
    }
    for site in [Site::Input, Site::Pre, Site::Post, Site::GradPre, Site::GradPost] {
        let laws = Entries::new(&run.cells[0].network, Some(Backward::default()));
        let layer = usize::from(site != Site::Input);
        assert_eq!(laws.fractions(layer, site, &[0.0, 1.0]), [None, None], "{site}");
    }
    let squares: Vec<f64> = rows.iter().map(|row| row.iter().map(|x| x * x).sum()).collect();
    let mean = |of: fn(f64) -> f64| squares.iter().map(|&q| of(q)).sum::<f64>() / 30.0;
    let (m1, m2) = (mean(|q| q), mean(|q| q * q));
    let mut scores = Scores::new("samples of a file");
    let q = run.values(0, 1, Site::Pre, Metric::SecondMoment);
    let input = run.values(0, 0, Site::Input, Metric::SecondMoment);
    let laws = [
        ("layer 1", q, s * s * m1, s * s * s * s * (m2 * (1.0 + 2.0 / n) - m1 * m1)),
        ("input", input, m1 / 7.0, (m2 - m1 * m1) / 49.0),
    ];
    for (what, values, mean, variance) in laws {
        scores.add(format!("mean, {what}"), z_central(&values, mean, 1, 0.0));
        scores.add(format!("variance, {what}"), z_central(&values, mean, 2, variance));
    }
    scores.each_within_five();
}

#[test]
fn whatever_the_samples_are_their_mean_square_decides_second_moments_of_homogeneous_layers() {
    // Not standardised, so that the samples have a mean; an uneven law of weights, biases, unequal widths, branches. Rows of
    // a cell hang together, so each counts on its own: |z| < 5.
    let (_folder, path, _) = file("x.npy");
    let text = format!(
        "name = 'data'\nseed = 82\ntrials = 1\ndefaults = {{ input = '{}', depth = 4 }}\n\
         grid = [\n\
         {{ width = 9, batch = [1, 6], std = 'he_normal', bias_std = 0.2, activation = ['relu', 'linear', 'leaky_relu(-0.5)'] }},\n\
         {{ width = '6 + 5*layer', batch = 3, std = 'sqrt(2/fan_in)', law = ['uniform', 'rademacher'], activation = 'relu' }},\n\
         {{ width = 7, batch = 2, std = '1/sqrt(fan_in)', activation = 'relu', residual = 'W phi(W x)', branch_scale = 0.5 }},\n\
         ]\n[measure]\nlayers = 'all'\nsites = ['input', 'pre', 'post', 'branch', 'stream']\n\
         metrics = ['mean', 'second_moment', 'variance']",
        path.display()
    );
    let run = Run::new(&text, scaled(20_000));
    let mut scores = Scores::new("layers above samples of a file");
    let mut known = 0;
    for row in run.rows().filter(|row| row.theory.is_some()) {
        let what = format!("{} {} {} {}", row.cell.cell, row.layer, row.site, row.metric);
        assert_eq!(row.theory_kind, Some(initsweep::theory::Kind::Exact), "{what}");
        if let Some(z) = row.z {
            scores.add(what, z);
            known += 1;
        }
    }
    assert!(known > 100, "{known}");
    scores.each_within_five();
}
