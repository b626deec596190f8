//! Histograms of the entries against their theory.

use initsweep::output::BinRow;
use initsweep::run;

fn bins(text: &str) -> Vec<BinRow> {
    run::sweep(text).unwrap_or_else(|error| panic!("{error}")).histograms.concat()
}

/// The largest distance from a prediction, in standard errors, over bins that hold enough entries for one.
fn worst(rows: &[BinRow], said: impl Fn(&BinRow) -> Option<f64>, tolerance: f64) -> (f64, usize) {
    let distance = |row: &BinRow| {
        let (estimate, expected) = (row.estimate?, said(row)?);
        let error = row.sd? / f64::from(u32::try_from(row.trials).unwrap()).sqrt();
        // Of a bin that is nearly empty the spread is not known.
        (expected > 2e-3).then(|| ((estimate - expected).abs() - tolerance).max(0.0) / error)
    };
    let all: Vec<f64> = rows.iter().filter_map(distance).collect();
    (all.iter().copied().fold(0.0, f64::max), all.len())
}

#[test]
fn layer_one_of_normal_networks_is_a_mixture_of_normals_through_the_activation() {
    for (activation, width) in [("'tanh'", 5), ("'relu'", 5), ("'gelu'", 3), ("'linear'", 1)] {
        let rows = bins(&format!(
            "name = 'a'\ntrials = 4000\nseed = 11\n[[grid]]\nwidth = {width}\nbatch = 2\nstd = '1.5/sqrt(fan_in)'\n\
             bias_std = 0.3\nactivation = {activation}\n[measure]\nlayers = [1]\nsites = ['pre', 'post']\nmetrics = ['mean']\n\
             histogram = {{ from = -1, to = 1, bins = 10 }}"
        ));
        let (worst, count) = worst(&rows, |row| row.theory, 0.0);
        assert!(count >= 16 && worst < 5.0, "{activation}: {worst} of {count}");
    }
}

#[test]
fn deep_networks_and_their_gradients_have_the_laws_of_the_limit() {
    let rows = bins(
        "name = 'a'\ntrials = 300\nseed = 12\n[[grid]]\nwidth = 256\ndepth = 4\nbatch = 2\nstd = '1.3/sqrt(fan_in)'\n\
         bias_std = 0.2\nactivation = 'tanh'\n[measure]\nlayers = [2, 3]\nsites = ['pre', 'post', 'grad_pre', 'grad_post']\n\
         metrics = ['mean']\nhistogram = { from = -0.4, to = 0.4, bins = 10 }",
    );
    // The limit is off by the order depth / width.
    let (worst, count) = worst(&rows, |row| row.theory_mean_field, 3.0 / 256.0);
    assert!(count > 40 && worst < 5.0, "{worst} of {count}");
    assert!(rows.iter().all(|row| row.theory.is_none()));
}
