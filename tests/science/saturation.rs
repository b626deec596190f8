//! Saturation by a threshold: against the activations themselves, and against theory.

use crate::sweep::{Run, Scores, mean, scaled, z_mean};
use initsweep::network::{Metric, Site};
use initsweep::theory::Kind;

fn config(seed: u64, threshold: f64, grids: &str) -> String {
    format!(
        "name = 'saturation'\nseed = {seed}\ntrials = 1\n{grids}\n[measure]\nlayers = 'all'\nsites = ['pre', 'post']\n\
         metrics = ['fraction_saturated']\nsaturation = {threshold}\n"
    )
}

#[test]
fn theory_of_layer_one_is_exact_at_every_width_batch_and_shift() {
    let activations = ["tanh", "sigmoid", "erf", "softsign", "hardtanh", "hardsigmoid", "relu6"];
    let grids = format!(
        "[defaults]\nactivation = {activations:?}\n[[grid]]\nwidth = 3\nbatch = [1, 4]\nstd = 1.5\ninput_std = 2\n\
         [[grid]]\nwidth = 5\ninput_width = 2\nbatch = 3\nstd = 1\nbias_std = 0.7\nbias_mean = 0.5\n\
         [[grid]]\nwidth = 4\nbatch = 1\nstd = 0.8\nmean = 0.3\ninput_mean = 0.7\ninput_std = 0\nprecision = 'f32'"
    );
    let run = Run::new(&config(501, 0.8, &grids), scaled(4000));
    let mut scores = Scores::new("saturated in layer 1");
    for cell in 0..run.cells.len() {
        let values = run.values(cell, 1, Site::Pre, Metric::FractionSaturated);
        assert_eq!(values, run.values(cell, 1, Site::Post, Metric::FractionSaturated));
        let row = run.row(cell, 1, Site::Post, Metric::FractionSaturated);
        assert_eq!(row.theory_kind, Some(Kind::Exact), "{}", run.cells[cell].content());
        scores.add(run.cells[cell].content(), z_mean(&values, row.theory.unwrap()));
    }
    assert_eq!(scores.count(), 7 * 4);
    scores.each_within_five();
}

#[test]
fn deeper_layers_tend_to_the_limit_as_first_order_says() {
    let grids = "[[grid]]\nwidth = [60, 400]\ndepth = 4\nbatch = [1, 3]\nactivation = ['tanh', 'sigmoid', 'relu6']\n\
                 law = ['normal', 'uniform']\nstd = '2/sqrt(fan_in)'\nbias_std = 0.3";
    let run = Run::new(&config(502, 0.9, grids), scaled(400));
    let mut scores = Scores::new("saturated in deeper layers");
    let mut judged = 0;
    for (cell, layer) in (0..run.cells.len()).flat_map(|cell| (2..=4).map(move |layer| (cell, layer))) {
        let row = run.row(cell, layer, Site::Post, Metric::FractionSaturated);
        let limit = row.theory_mean_field.expect("there is a limit");
        let (found, error) = mean(&run.values(cell, layer, Site::Post, Metric::FractionSaturated));
        // What is beyond the limit is of the order of 1/n: ten of its own size, a generous factor.
        let width = run.cells[cell].network.width as f64;
        assert!((found - limit).abs() < 10.0 / width + 5.0 * error, "{found} +- {error}, limit {limit}");
        if let Some(theory) = row.theory {
            let distance = ((found - theory).abs() - row.theory_error.unwrap()).max(0.0);
            scores.add(format!("{}, layer {layer}", run.cells[cell].content()), distance / error);
            judged += 1;
        }
    }
    assert!(judged >= 36, "only {judged} have a theory");
    scores.each_within_five();
}

#[test]
fn a_threshold_counts_what_the_activation_itself_says() {
    // For hardtanh, `|phi(h)| >= 1/2` is `|h| >= 1/2`, a bound without rounding; of one entry per trial, the fraction is 0 or 1.
    let text = config(503, 0.5, "[[grid]]\nwidth = 1\nbatch = 1\nstd = 1\nactivation = 'hardtanh'")
        .replace("metrics = ['fraction_saturated']", "metrics = ['fraction_saturated', 'abs_max']");
    let run = Run::new(&text, 500);
    let saturated = run.values(0, 1, Site::Post, Metric::FractionSaturated);
    let sizes = run.values(0, 1, Site::Post, Metric::AbsMax);
    for (saturated, size) in saturated.iter().zip(&sizes) {
        assert_eq!(*saturated > 0.0, *size >= 0.5, "{size}");
    }
    assert!(saturated.contains(&0.0) && saturated.contains(&1.0));
}
