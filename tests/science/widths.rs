//! Networks of unequal widths: `|x_l|^2 / |x_{l-1}|^2` is `s^2 chi^2` with as many degrees of freedom as the layer has
//! units, or active units, whatever the others have.

use crate::sweep::{Run, Scores, scaled, z_exact};
use initsweep::network::{Metric, Site};
use initsweep::theory::log_law;

#[test]
fn the_mean_square_is_kept_by_fan_in_and_telescopes_by_fan_out() {
    // prod s^2 fan_in: 1, n_0/n_L, and prod 2 n_{l-1} / (n_{l-1} + n_l) (Glorot and Bengio 2010). With
    // Q_l = Q_0 prod s^2 n_{l-1} chi^2_{n_l} / n_l, E Q^2 / (E Q)^2 = prod (1 + 2/n_l), for relu prod (1 + 5/n_l).
    let widths = [8.0, 20.0, 5.0, 12.0];
    let text = "name = 'widths'\nseed = 31\ntrials = 1\n[defaults]\nshape = [8, 20, 5, 12]\nbatch = 1\ninput_mean = 1\n\
                input_std = 0\n[[grid]]\nstd = ['1/sqrt(fan_in)', '1/sqrt(fan_out)', 'xavier_normal']\n[[grid]]\n\
                std = ['sqrt(2/fan_in)', 'sqrt(2/fan_out)', 'sqrt(2)*xavier_normal']\nactivation = 'relu'\n[measure]\n\
                metrics = ['second_moment', 'log2_rms']\nlayers = 'all'";
    let run = Run::new(text, scaled(20_000));
    assert_eq!(run.cells.len(), 6);
    let mut scores = Scores::new("mean squares of unequal widths");
    for (i, expected) in [1.0, 2.0 / 3.0, 0.537_815_126_050_420_1].into_iter().cycle().take(6).enumerate() {
        let excess = if i < 3 { 2.0 } else { 5.0 };
        let ratio: f64 = widths[1..].iter().map(|n| 1.0 + excess / n).product();
        let q = run.values(i, 3, Site::Post, Metric::SecondMoment);
        scores.add(format!("cell {i}"), z_exact(&q, expected, expected * (ratio - 1.0).sqrt()));
        let row = run.row(i, 3, Site::Post, Metric::SecondMoment);
        let theory = row.theory.expect("exact");
        assert!((theory / expected - 1.0).abs() < 1e-13, "{theory} is not {expected}");
    }
    // Linear: the mean and variance of log2 |x_L|^2 are sums over the layers, psi(n/2) + ln 2 s^2 and psi1(n/2).
    for (i, fan) in [0, 1].into_iter().enumerate() {
        let shape = [8_usize, 20, 5, 12];
        let laws = (1..4).map(|l| log_law::linear(shape[l], 1.0 / (shape[l - 1 + fan] as f64).sqrt()));
        let (mean, variance) = laws.fold((0.0, 0.0), |(m, v), law| (m + law.mean, v + law.variance));
        // ln Q_L = ln |x_L|^2 - ln n_L, and |x_0|^2 = n_0.
        let mean = mean + libm::log(8.0 / 12.0);
        let scale = 0.5 / std::f64::consts::LN_2;
        let values = run.values(i, 3, Site::Post, Metric::Log2Rms);
        scores.add(format!("log, cell {i}"), z_exact(&values, mean * scale, variance.sqrt() * scale));
    }
    scores.each_within_five();
}

#[test]
fn glorot_loses_what_alternating_widths_take() {
    // (4ab / (a+b)^2)^(1/2) per layer: (10, 40) three times gives 0.64^3.
    let text = "name = 'widths'\nseed = 32\ntrials = 1\n[[grid]]\nstd = 'xavier_normal'\nbatch = 1\ninput_mean = 1\n\
                input_std = 0\ndepth = 6\ninput_width = 10\nwidth = '25 + 15*(-1)^(layer+1)'\n[measure]\n\
                metrics = ['second_moment']";
    let run = Run::new(text, scaled(20_000));
    assert_eq!(run.cells[0].network.widths[..], [10, 40, 10, 40, 10, 40, 10]);
    let q = run.values(0, 6, Site::Post, Metric::SecondMoment);
    let (expected, ratio) = (0.262_144, libm::pow(1.05 * 1.2, 3.0));
    let mut scores = Scores::new("alternating widths");
    scores.add("q".to_owned(), z_exact(&q, expected, expected * (ratio - 1.0).sqrt()));
    scores.each_within_five();
    let theory = run.row(0, 6, Site::Post, Metric::SecondMoment).theory.expect("exact");
    assert!((theory / expected - 1.0).abs() < 1e-13);
}
