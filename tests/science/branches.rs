//! Residual branches and norms: exact second moments and laws, and that nothing is predicted which is not known.

use crate::sweep::{Run, Scores, scaled, z_exact};
use initsweep::network::{Metric, Network, Norm, NormAt, Residual, Site};
use initsweep::theory::Predictor;

#[test]
fn two_layers_of_relu_between_are_exact_at_every_width() {
    // x + a W2 relu(W1 x), W1 of variance 2/n, W2 of 1/n: E q_L = (1 + a^2)^L, and E q_L^2 / (E q_L)^2 is the L-th power
    // of (1 + 2 a^2 (1 + 2/n) + a^4 (1 + 2/n)(1 + 5/n)) / (1 + a^2)^2, for L blocks on one input: given x, relu(W1 x) has
    // (2/n) chi^2_K of its square, and W2 of that is normal, with a part 2/n along x.
    let text = "name = 'branches'\nseed = 41\ntrials = 1\n[defaults]\nresidual = 'W phi(W x)'\nactivation = 'relu'\nbatch = 1\n\
                input_mean = 1\ninput_std = 0\nstd = 'sqrt((1 + odd(layer))/fan_in)'\n[[grid]]\nwidth = [20, 100]\n\
                depth = 20\nbranch_scale = '1/sqrt(depth/2)'\n[[grid]]\nwidth = 20\ndepth = 12\n[[grid]]\nwidth = 50\n\
                depth = 100\nbranch_scale = '2/depth'\n[measure]\nmetrics = ['second_moment']\nsites = ['stream']";
    let run = Run::new(text, scaled(1500));
    let mut scores = Scores::new("residual blocks of relu");
    let cases = [(20.0, 10, 0.1), (100.0, 10, 0.1), (20.0, 6, 1.0), (50.0, 50, 4e-4)];
    let published = [2.593_742_460_100_002, 2.593_742_460_100_002, 64.0, 1.020_197_260_317_439];
    for (cell, ((n, blocks, square), expected)) in cases.into_iter().zip(published).enumerate() {
        let q = run.values(cell, 2 * blocks, Site::Stream, Metric::SecondMoment);
        let step: f64 =
            1.0 + 2.0 * square * (1.0 + 2.0 / n) + square * square * (1.0 + 2.0 / n) * (1.0 + 5.0 / n);
        let ratio = libm::pow(step / (1.0 + square) / (1.0 + square), blocks as f64);
        scores.add(format!("cell {cell}"), z_exact(&q, expected, expected * (ratio - 1.0).sqrt()));
        let theory = run.row(cell, 2 * blocks, Site::Stream, Metric::SecondMoment).theory.expect("exact");
        assert!((theory / expected - 1.0).abs() < 1e-12, "{theory} is not {expected}");
    }
    scores.each_within_five();
}

#[test]
fn a_norm_before_the_branch_makes_growth_linear() {
    // E q_l = q_0 + a^2 l: 11 after ten blocks.
    let text = "name = 'pre-norm'\nseed = 42\ntrials = 1\n[defaults]\nresidual = 'W phi(W x)'\nactivation = 'relu'\nbatch = 1\n\
                norm_at = 'input'\nnorm_eps = 0\nstd = 'sqrt((1 + odd(layer))/fan_in)'\ndepth = 20\n[[grid]]\n\
                width = [64, 100]\nnorm = ['rms', 'layer']\n[measure]\nmetrics = ['second_moment']";
    let run = Run::new(text, scaled(2000));
    let mut scores = Scores::new("residual blocks behind a norm");
    for cell in 0..4 {
        let row = run.row(cell, 20, Site::Stream, Metric::SecondMoment);
        assert!((row.theory.expect("exact") / 11.0 - 1.0).abs() < 1e-12);
        scores.add(format!("cell {cell}"), row.z.expect("hidden by nothing"));
    }
    scores.each_within_five();
}

/// Networks of all residuals, norms and places, at a size at which every theory speaks.
fn networks(activations: &str, width: usize) -> String {
    format!(
        "name = 'structures'\nseed = 43\ntrials = 1\n[[grid]]\nwidth = {width}\ndepth = 4\nbatch = 3\nstd = '1.2/sqrt(fan_in)'\n\
         bias_std = 0.2\nactivation = {activations}\nresidual = ['none', 'phi(W x)', 'W phi(x)', 'W phi(W x)']\n\
         skip = 0.9\nbranch_scale = '0.5*layer'\nnorm = ['none', 'layer', 'rms']\nnorm_eps = 0\n\
         norm_at = ['pre_activation', 'input', 'post_activation', 'output']\n[measure]\nlayers = 'all'\n\
         metrics = ['second_moment']"
    )
}

#[test]
fn what_is_predicted_holds_for_every_residual_norm_and_place() {
    // z is taken with the spread of the trials, of laws that are skewed: 300 of them make it normal enough for |z| < 5.
    let run = Run::new(&networks("['relu', 'linear', 'tanh']", 64), scaled(300));
    let mut scores = Scores::new("second moments of residuals and norms");
    let (mut exact, mut units) = (0, 0);
    for index in 0..run.cells.len() {
        let network = &run.cells[index].network;
        if network.residual == Residual::None && network.norm == Norm::None {
            continue;
        }
        for (layer, site) in (1..=4).flat_map(|layer| Site::FORWARD.map(|site| (layer, site))) {
            if site == Site::Input {
                continue;
            }
            let row = run.row(index, layer, site, Metric::SecondMoment);
            let Some(theory) = row.theory else { continue };
            exact += 1;
            if let Some(z) = row.z {
                scores.add(format!("{} layer {layer} {site}", run.cells[index].law_text), z);
                continue;
            }
            // Normalised: the same in every trial.
            units += 1;
            let estimate = row.estimate.expect("finite");
            assert!((estimate - theory).abs() < 1e-12, "{estimate}, {theory}, {}", run.cells[index].law_text);
        }
    }
    assert!(exact > 200 && units > 50, "{exact} {units}");
    scores.each_within_five();
}

#[test]
fn theory_says_nothing_of_what_it_does_not_know() {
    let plain = Network {
        width: 80,
        depth: 4,
        batch: 1,
        weight_std: [0.1; 4].into(),
        weight_mean: [0.0; 4].into(),
        bias_std: [0.0; 4].into(),
        activation: initsweep::kernels::Activation::Relu,
        ..Network::default()
    };
    let known = |network: &Network, metrics: &[Metric]| -> Vec<(usize, Site, Metric)> {
        let predictor = Predictor::new(network);
        let places = (1..=4).flat_map(|layer| Site::FORWARD.map(|site| (layer, site)));
        let all = places.flat_map(|(layer, site)| metrics.iter().map(move |&metric| (layer, site, metric)));
        all.filter(|&(layer, site, metric)| predictor.predict(layer, site, metric).is_some()).collect()
    };
    assert!(known(&plain, &Metric::ALL).len() > 50);
    let others: Vec<Metric> = Metric::ALL.into_iter().filter(|one| *one != Metric::SecondMoment).collect();
    let second = [Metric::SecondMoment];
    let forms = [Residual::Outside, Residual::Inside, Residual::Between];
    for residual in forms {
        let network = Network { residual, ..plain.clone() };
        assert!(known(&network, &others).is_empty(), "{residual}");
        // Relu in a branch is known where the product is last, and what it adds to nowhere else.
        let stream = known(&network, &second).contains(&(4, Site::Stream, Metric::SecondMoment));
        assert_eq!(stream, residual == Residual::Between, "{residual}");
        for (skip, branch_scale) in [(0.5, 1.0), (1.0, 0.5)] {
            let network =
                Network { skip: [skip; 4].into(), branch_scale: [branch_scale; 4].into(), ..network.clone() };
            assert!(known(&network, &others).is_empty());
        }
    }
    for residual in [Residual::None].into_iter().chain(forms) {
        for norm_at in NormAt::ALL {
            for (norm, norm_eps) in [(Norm::Batch, 0.0), (Norm::Layer, 1e-5), (Norm::Rms, 1e-5)] {
                let network = Network { residual, norm, norm_at, norm_eps, batch: 4, ..plain.clone() };
                assert_eq!(known(&network, &Metric::ALL), [], "{residual} {norm} {norm_at}");
            }
            let narrow =
                Network { residual, norm: Norm::Layer, norm_at, norm_eps: 0.0, width: 8, ..plain.clone() };
            assert_eq!(known(&narrow, &Metric::ALL), [], "{residual} {norm_at}");
            let network = Network { width: 80, ..narrow };
            assert!(known(&network, &others).is_empty());
            let mean = Network { weight_mean: [0.1; 4].into(), ..network };
            assert_eq!(known(&mean, &Metric::ALL), [], "{residual} {norm_at}");
        }
    }
}

#[test]
fn limits_of_residual_and_normalised_networks_are_approached_as_one_over_n() {
    // What is left at width n is c/n: `(4 e(4n) - e(n)) / 3` has none of it, and of the order 1/n^2 a quarter of its square in
    // units of the limit. Forward and backward, at every site and every kind of step.
    let text = |width: usize| {
        format!(
            "name = 'limits'\nseed = 61\ntrials = 1\ndefaults = {{ width = {width}, depth = 4, std = 'sqrt(2/fan_in)', batch = 12, \
             norm_eps = 0 }}\ngrid = [\n\
             {{ norm = 'batch', activation = ['relu', 'tanh'] }},\n\
             {{ norm = 'batch', norm_at = 'input', residual = 'W phi(W x)', activation = 'gelu' }},\n\
             {{ norm = ['layer', 'rms'], activation = ['relu', 'gelu'], bias_std = 0.2 }},\n\
             {{ norm = 'layer', norm_at = 'input', residual = 'W phi(W x)', activation = 'gelu' }},\n\
             {{ norm = 'rms', norm_at = 'output', residual = ['W phi(W x)', 'phi(W x)'], activation = 'tanh' }},\n\
             {{ norm = 'layer', norm_at = 'post_activation', activation = 'softplus' }},\n\
             {{ residual = 'W phi(x)', activation = ['gelu', 'relu'], branch_scale = 0.5 }},\n\
             {{ residual = 'phi(W x)', activation = ['tanh', 'relu'], branch_scale = 0.5, skip = 0.9 }},\n\
             {{ residual = 'W phi(W x)', activation = 'softplus', branch_scale = 0.5, bias_std = 0.1, input_mean = 0.5 }},\n\
             ]\n[measure]\nlayers = 'all'\n\
             sites = ['pre', 'post', 'branch', 'stream', 'grad_pre', 'grad_post', 'grad_weight']\n\
             metrics = ['mean', 'second_moment', 'correlation', 'unit_variance']"
        )
    };
    let [near, far] = [64, 256].map(|width| Run::new(&text(width), scaled(120)));
    let (mut known, mut sites) = (0, std::collections::BTreeSet::new());
    for (near, far) in near.rows().zip(far.rows()) {
        // Sums over the layer and means per entry have a factor of the width in gradients.
        let unit = if far.site.is_gradient() { 4.0 } else { 1.0 };
        let Some(limit) = far.theory_mean_field else { continue };
        let (near, near_error) = (near.estimate.unwrap() / unit, near.std_error.unwrap() / unit);
        let (estimate, error) = (far.estimate.unwrap(), far.std_error.unwrap());
        let extrapolated = (4.0 * estimate - near) / 3.0;
        let error = libm::hypot(4.0 * error, near_error) / 3.0;
        let size = if limit == 0.0 { 1.0 } else { limit.abs() };
        let relative = (near - limit) / size;
        let left = 0.25 * relative * relative * size;
        let off = (extrapolated - limit).abs();
        let what = format!("{} layer {} {} {}", far.cell.cell, far.layer, far.site, far.metric);
        assert!(off < 5.0 * error + left + 1e-12 * size, "{what}: {extrapolated} +- {error}, not {limit}");
        known += 1;
        sites.insert(format!("{} {}", far.site, far.metric));
    }
    println!("{known} rows");
    assert!(known > 1000 && sites.len() >= 7 * 2, "{known} {sites:?}");
}
