//! Every prediction against the engine: many networks, one verdict.
//!
//! A row passes if `|z| < 5` (two-sided 5.7e-7, so about 1 % for all rows together). That finds single large errors; many
//! small ones show in the sum of `z^2`. Rows of one cell are dependent, so the sum takes one row per cell and family of
//! metrics: sums over cells, which draw independently, are chi-squared to the extent that means over trials are normal.

#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

use std::fmt::Write as _;

use initsweep::config::{self, Source};
use initsweep::engine::{Engine, Options, Progress, Verbosity};
use initsweep::network::{Metric, Site};
use initsweep::simd::SimdLevel;
use initsweep::statistics::{Kind as Values, Summary, normal};
use initsweep::sweep::{self, Cell};
use initsweep::theory::{Kind, Prediction, Predictor};

const ACTIVATIONS: [&str; 16] = [
    "relu",
    "tanh",
    "gelu",
    "leaky_relu(0.2)",
    "sigmoid",
    "linear",
    "erf",
    "softplus",
    "silu",
    "hardtanh",
    "elu(1.5)",
    "selu",
    "mish",
    "softsign",
    "gelu_tanh",
    "leaky_relu(-0.5)",
];
const LAWS: [&str; 7] =
    ["normal", "normal", "uniform", "truncated_normal", "normal", "laplace", "rademacher"];
const MEANS: [&str; 5] = ["0", "1/fan_in", "0", "-0.6/fan_in", "0.3/sqrt(fan_in)"];
const FAMILIES: [&[Metric]; 4] = [
    &[Metric::Mean],
    &[Metric::SecondMoment, Metric::Variance, Metric::Std, Metric::Rms],
    &[Metric::Kurtosis],
    &[Metric::FractionZero, Metric::Dead],
];

/// The i-th network: the lists have lengths without common factors, so that everything meets everything.
fn grid(i: usize, widths: &[usize]) -> String {
    let (activation, law, mean) = (ACTIVATIONS[i % 16], LAWS[i % 7], MEANS[i % 5]);
    let width = widths[i % widths.len()];
    let (batch, bias) = ([1, 8, 1][i % 3], ["0", "0.3", "0"][(i / 3) % 3]);
    let gain = ["1.4", "1", "1.8", "0.7"][(i / 16) % 4];
    let (input_mean, input_std) = ([0.0, 0.0, 0.7][(i / 5) % 3], [1.0, 0.5][(i / 2) % 2]);
    format!(
        "[[grid]]\nwidth = {width}\ndepth = 4\nbatch = {batch}\nstd = '{gain}/sqrt(fan_in)'\nmean = '{mean}'\n\
         bias_std = '{bias}'\nactivation = '{activation}'\nlaw = '{law}'\ninput_mean = {input_mean}\n\
         input_std = {input_std}\n"
    )
}

/// One row with a z-score.
struct Scored {
    cell: usize,
    family: usize,
    z: f64,
    what: String,
}

/// Runs a sweep and hands every summary, with its cell, to `visit`.
fn run(text: &str, mut visit: impl FnMut(usize, &Cell, (usize, Site, Metric), &Summary)) {
    let plan = config::parse(&Source::new("self-test", text)).expect("a valid config");
    let cells: Vec<Cell> = plan.cells().collect::<Result<_, _>>().expect("valid cells");
    let groups = sweep::group(&cells, &plan.measure, plan.randomness, plan.seed);
    let engine = Engine::new(Options { threads: 2, level: SimdLevel::detect() }).expect("threads");
    let trials = usize::try_from(plan.trials).unwrap();
    let tables = engine.run(&groups, trials, &Progress::start(0.0, Verbosity::Quiet));
    for (group, table) in groups.iter().zip(&tables) {
        for &index in &group.cells {
            let cell = &cells[index];
            for (layer, site) in sweep::panel(&plan.measure, cell.network.depth).places() {
                let range = group.panel.at(layer, site).unwrap();
                for (&metric, values) in plan.measure.metrics.iter().zip(table.columns(range)) {
                    let kind = if metric.is_indicator() { Values::Indicator } else { Values::Value };
                    visit(index, cell, (layer, site, metric), &Summary::of(&values, kind));
                }
            }
        }
    }
}

/// The z-score of a row under a theory that is off by `factor`.
fn z_score(summary: &Summary, theory: Prediction, factor: f64) -> Option<f64> {
    let theory = Prediction { value: theory.value * factor, ..theory };
    let error = theory.sd.or(summary.sd)? / (summary.trials as f64).sqrt();
    theory.z_score(summary.estimate.filter(|_| summary.reliable)?, error)
}

fn score(cells: usize, widths: &[usize], trials: usize, factor: f64) -> Vec<Scored> {
    let mut text = format!("name = 'self-test'\nseed = 5\ntrials = {trials}\n[measure]\nlayers = 'all'\n");
    (0..cells).for_each(|i| text += &grid(i, widths));
    let mut scored = Vec::new();
    let mut predictor: Option<(usize, Predictor)> = None;
    run(&text, |index, cell, (layer, site, metric), summary| {
        if predictor.as_ref().is_none_or(|(other, _)| *other != index) {
            predictor = Some((index, Predictor::new(&cell.network)));
        }
        let Some(theory) = predictor.as_ref().unwrap().1.predict(layer, site, metric) else { return };
        let Some(family) = FAMILIES.iter().position(|family| family.contains(&metric)) else { return };
        if let Some(z) = z_score(summary, theory, factor) {
            let mut what =
                format!("z = {z:.2} {metric} {site} layer {layer} {theory:?} {:?} ", summary.estimate);
            write!(what, "{} {}", cell.law_text, cell.network.width).unwrap();
            scored.push(Scored { cell: index, family, z, what });
        }
    });
    scored
}

/// The verdict: the rows beyond 5, and per family the number of cells and how far the sum of `z^2` over one row of each
/// is from its expectation, in standard deviations of chi-squared (Wilson and Hilferty 1931).
fn verdict(scored: &[Scored]) -> (Vec<&Scored>, Vec<(usize, f64)>) {
    let wild = scored.iter().filter(|row| row.z.abs() >= 5.0).collect();
    let family = |family: usize| {
        let mut cells: std::collections::BTreeMap<usize, Vec<f64>> = std::collections::BTreeMap::new();
        for row in scored.iter().filter(|row| row.family == family) {
            cells.entry(row.cell).or_default().push(row.z);
        }
        // Another place of the list in every cell, so that all layers, sites and metrics have their turn.
        let sum: f64 = cells.iter().map(|(cell, z)| z[cell * 7 % z.len()]).map(|z| z * z).sum();
        let n = cells.len() as f64;
        let deviation = (libm::cbrt(sum / n) - (1.0 - 2.0 / (9.0 * n))) / (2.0 / (9.0 * n)).sqrt();
        (cells.len(), deviation)
    };
    (wild, (0..FAMILIES.len()).map(family).collect())
}

fn holds(scored: &[Scored]) -> Result<(), String> {
    let (wild, families) = verdict(scored);
    let mut problems = String::new();
    for row in &wild {
        writeln!(problems, "{}", row.what).unwrap();
    }
    for (family, (cells, deviation)) in families.iter().enumerate() {
        // 4 standard deviations: 6e-5 per family.
        if deviation.abs() > 4.0 {
            writeln!(problems, "family {family}: {cells} cells, sum of z^2 off by {deviation:.1} sd")
                .unwrap();
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("{problems}{families:?} of {} rows", scored.len())) }
}

#[test]
fn predictions_hold_for_forty_networks() {
    let scored = score(40, &[12, 30, 64, 100], 600, 1.0);
    assert!(scored.len() > 400, "{}", scored.len());
    holds(&scored).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn a_theory_that_is_two_percent_off_is_caught() {
    assert!(holds(&score(40, &[12, 30, 64, 100], 600, 1.02)).is_err());
}

#[test]
fn predictions_hold_for_240_networks_of_all_kinds() {
    if std::env::var_os("INITSWEEP_NIGHTLY").is_none() {
        return;
    }
    let widths = [5, 300, 17, 64, 9, 120, 200, 36, 250];
    let scored = score(240, &widths, 4000, 1.0);
    assert!(scored.len() > 3000, "{}", scored.len());
    holds(&scored).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(holds(&score(240, &widths, 4000, 1.02)).is_err());
}

#[test]
fn limits_of_infinite_width_are_approached_as_one_over_n() {
    // What is known in the limit only is compared with `(4 e(4n) - e(n)) / 3`, in which the term of order 1/n is gone.
    // What is left is of order 1/n^2, some (6/60)^2 for a kurtosis, of which the extrapolation keeps a quarter.
    let estimates = |width: usize| {
        let list = ACTIVATIONS.map(|name| format!("'{name}'")).join(", ");
        let text = format!(
            "name = 'limit'\nseed = 3\ntrials = 1000\n[[grid]]\nwidth = {width}\ndepth = 2\nbatch = 4\n\
             std = '1.2/sqrt(fan_in)'\nmean = '0.5/fan_in'\nbias_std = '0.2'\nactivation = [{list}]\n\
             [measure]\nmetrics = ['kurtosis']\nsites = ['post']"
        );
        let mut rows = Vec::new();
        run(&text, |_, cell, (layer, site, metric), summary| {
            let theory = Predictor::new(&cell.network).predict(layer, site, metric).unwrap();
            assert_eq!(theory.kind, Kind::MeanField);
            assert_eq!(theory.z_score(summary.estimate.unwrap(), 1e-300), None);
            rows.push((
                theory.value,
                summary.estimate.unwrap(),
                summary.std_error.unwrap(),
                cell.network.activation,
            ));
        });
        rows
    };
    for (near, far) in estimates(60).into_iter().zip(estimates(240)) {
        let extrapolated = (4.0 * far.1 - near.1) / 3.0;
        let error = libm::hypot(4.0 * far.2, near.2) / 3.0;
        let z = (extrapolated - far.0) / error;
        let left = 0.25 * (near.1 / near.0 - 1.0) * (near.1 / near.0 - 1.0) * near.0;
        assert!((extrapolated - far.0).abs() < 5.0 * error + left, "{}: z = {z:.1}, {near:?} {far:?}", far.3);
    }
    assert!(normal::cdf(-5.0) < 3e-7);
}
