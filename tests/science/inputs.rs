//! Inputs of every law, and layers that are one: what is predicted of them, and what is not.

use crate::sweep::{Run, Scores, scaled, z_central};
use initsweep::network::{Metric, Network, Site};
use initsweep::random::Law;
use initsweep::theory::Predictor;

#[test]
fn what_is_predicted_of_inputs_of_any_law_holds() {
    let laws = "['uniform', 'truncated_normal', 'rademacher', 'laplace', 'student_t(5)', 'student_t(3)']";
    let metrics = "['mean', 'second_moment', 'variance', 'std', 'rms', 'kurtosis', 'fraction_zero', 'dead', 'log2_rms']";
    let text = format!(
        "name = 'inputs'\nseed = 71\ntrials = 1\n[defaults]\ninput_law = {laws}\ninput_std = 0.7\ndepth = 2\n[[grid]]\n\
         width = 16\nstd = '1.2/sqrt(fan_in)'\nbatch = [1, 6]\ninput_mean = [0, 0.5]\n\
         activation = ['linear', 'relu', 'tanh']\nlaw = ['normal', 'uniform', 'rademacher']\n[[grid]]\nwidth = 16\n\
         std = 'orthogonal'\nactivation = ['linear', 'relu']\nbatch = [1, 6]\n[measure]\nlayers = 'all'\n\
         metrics = {metrics}"
    );
    let run = Run::new(&text, scaled(400));
    let mut scores = Scores::new("inputs of any law");
    let mut said = [0; 3];
    for (index, cell) in run.cells.iter().enumerate() {
        for (layer, said) in said.iter_mut().enumerate() {
            let sites = if layer == 0 { &[Site::Input][..] } else { &[Site::Pre, Site::Post][..] };
            for &site in sites {
                for metric in run.metrics() {
                    let row = run.row(index, layer, site, metric);
                    *said += usize::from(row.theory.is_some());
                    if let Some(z) = row.z {
                        scores.add(format!("{metric} of {site} of layer {layer}, {}", cell.content()), z);
                    }
                }
            }
        }
    }
    assert!(said.iter().all(|&said| said > 300), "{said:?}");
    scores.each_within_five();
}

#[test]
fn the_spread_of_the_inputs_is_that_of_their_fourth_moment() {
    // Var of the mean of N squares is (kurtosis - 1) s^4 / N, about mean 0.
    let laws = [("uniform", 1.8), ("rademacher", 1.0), ("laplace", 6.0), ("student_t(12)", 3.75)];
    let names: Vec<&str> = laws.iter().map(|law| law.0).collect();
    let text = format!(
        "name = 'inputs'\nseed = 72\ntrials = 1\n[[grid]]\nwidth = 20\nbatch = 2\nstd = 1\ninput_law = {names:?}\n\
         [measure]\nlayers = 'all'\nmetrics = ['second_moment']"
    );
    let run = Run::new(&text, scaled(20_000));
    let mut scores = Scores::new("spread of the inputs");
    for (cell, (law, kurtosis)) in laws.into_iter().enumerate() {
        let q = run.values(cell, 0, Site::Input, Metric::SecondMoment);
        let variance = (kurtosis - 1.0) / 40.0;
        let row = run.row(cell, 0, Site::Input, Metric::SecondMoment);
        assert!((row.theory_sd.expect("exact") - f64::sqrt(variance)).abs() < 1e-12, "{law}");
        if kurtosis > 1.0 {
            scores.add(law, z_central(&q, 1.0, 2, variance));
        } else {
            assert!(q.iter().all(|q| (q - 1.0).abs() < 1e-14), "{law}");
        }
    }
    scores.each_within_five();
}

#[test]
fn of_tied_layers_the_first_alone_is_predicted() {
    let network = |tied: bool, depth: usize| Network {
        width: 16,
        depth,
        tied,
        weight_std: vec![0.25; depth].into(),
        weight_mean: vec![0.0; depth].into(),
        bias_std: vec![0.0; depth].into(),
        ..Network::default()
    };
    let all = |network: &Network, layer: usize| -> Vec<_> {
        let predictor = Predictor::new(network);
        let sites = [Site::Input, Site::Pre, Site::Post, Site::Branch, Site::Stream];
        let all = sites.into_iter().flat_map(|site| Metric::ALL.map(|metric| (site, metric)));
        all.map(|(site, metric)| predictor.predicted(layer, site, metric)).collect()
    };
    let [tied, free] = [true, false].map(|tied| network(tied, 3));
    for layer in [0, 1] {
        assert_eq!(all(&tied, layer), all(&free, layer));
        assert!(all(&tied, layer).iter().any(|one| one.theory.is_some()));
    }
    let nothing =
        |layer| all(&tied, layer).iter().all(|one| one.theory.is_none() && one.mean_field.is_none());
    assert!(nothing(2) && nothing(3));
    assert!(Network { law: Law::Uniform, ..free } != tied);
}

#[test]
fn powers_of_one_matrix_grow_where_those_of_many_do_not() {
    // E |W^2 x|^2 / |x|^2 = E tr (W^T)^2 W^2 / n = s^4 (n^2 + 2) for x of independent entries: of the three pairings of
    // W_ij W_jk W_il W_lk one leaves n^3 terms and two leave n. With s^2 = 1/n that is 1 + 2/n^2, where two matrices give 1.
    let text = "name = 'tied'\nseed = 73\ntrials = 1\n[[grid]]\nwidth = 4\ndepth = 2\nbatch = 3\nstd = '1/sqrt(fan_in)'\n\
                tied = [true, false]\n[measure]\nmetrics = ['second_moment']";
    let run = Run::new(text, scaled(20_000));
    let mut scores = Scores::new("tied linear layers");
    for (cell, expected) in [1.125, 1.0].into_iter().enumerate() {
        let q = run.values(cell, 2, Site::Post, Metric::SecondMoment);
        scores.add(format!("tied = {}", cell == 0), crate::sweep::z_mean(&q, expected));
    }
    scores.each_within_five();
}
