//! Every prediction against the engine: many networks, one verdict.
//!
//! A row passes if `|z| < 5` (two-sided 5.7e-7, so about 1 % for all rows together). That finds single large errors; many
//! small ones show in the sum of `z^2`. Rows of one cell are dependent, so the sum takes one row per cell and family of
//! metrics: sums over cells, which draw independently, are chi-squared to the extent that means over trials are normal.

use std::collections::BTreeMap;

use crate::nightly::nightly;
use initsweep::config::Source;
use initsweep::kernels::Activation;
use initsweep::network::{Metric, Site};
use initsweep::random::Law;
use initsweep::run::{Options, Run};
use initsweep::statistics::{Kind as Values, Moments, Summary};
use initsweep::sweep::{self, Cell};
use initsweep::theory::{Prediction, Predictor};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

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
const FAMILIES: [&[Metric]; 5] = [
    &[Metric::Mean],
    &[Metric::SecondMoment, Metric::Variance, Metric::Std, Metric::Rms],
    &[Metric::Kurtosis],
    &[Metric::FractionZero, Metric::Dead],
    &[Metric::Log2Rms],
];

/// What is measured.
const METRICS: &str =
    "['mean', 'second_moment', 'variance', 'std', 'rms', 'kurtosis', 'fraction_zero', 'dead', 'log2_rms']";

/// The i-th network: the lists have lengths without common factors, so that everything meets everything.
fn grid(i: usize, widths: &[usize]) -> String {
    let (activation, law, mean) = (ACTIVATIONS[i % 16], LAWS[i % 7], MEANS[i % 5]);
    let width = widths[i % widths.len()];
    let (batch, bias) = ([1, 8, 30][i % 3], ["0", "0.3", "0"][(i / 3) % 3]);
    let gain = ["1.4", "1", "1.8", "0.7"][(i / 16) % 4];
    let correlation = if batch > 1 && i.is_multiple_of(4) { 0.5 } else { 0.0 };
    let (input_mean, input_std) = ([0.0, 0.0, 0.7][(i / 5) % 3], [1.0, 0.5][(i / 2) % 2]);
    format!(
        "[[grid]]\nwidth = {width}\ndepth = 4\nbatch = {batch}\nstd = '{gain}/sqrt(fan_in)'\nmean = '{mean}'\n\
         bias_std = '{bias}'\nactivation = '{activation}'\nlaw = '{law}'\ninput_mean = {input_mean}\n\
         input_std = {input_std}\ninput_correlation = {correlation}\n"
    )
}

/// One row with a prediction.
struct Row {
    cell: usize,
    family: usize,
    theory: Prediction,
    estimate: f64,
    error: f64,
    what: String,
}

impl Row {
    /// The z-score under a theory that is off by `factor`.
    fn z(&self, factor: f64) -> Option<f64> {
        Prediction { value: self.theory.value * factor, ..self.theory }.z_score(self.estimate, self.error)
    }
}

/// Runs a sweep and hands every summary, with its cell, to `visit`.
fn run(text: &str, mut visit: impl FnMut(usize, &Cell, (usize, Site, Metric), &Summary)) {
    let options = Options { threads: 2, ..Options::default() };
    let run = Run::new(Source::new("self-test", text), options).expect("a valid config");
    let rows = run.keeping_values().rows().expect("it fits");
    let measure = &rows.work.sweep.measure;
    for (index, cell) in rows.work.plan.cells.iter().enumerate() {
        for (layer, site) in sweep::observables(measure, cell.network.depth).places() {
            for &metric in &measure.metrics {
                let values = rows.values(index, layer, site, metric).unwrap();
                let kind = if metric.is_indicator() { Values::Indicator } else { Values::Value };
                visit(index, cell, (layer, site, metric), &Summary::of(&values, kind));
            }
        }
    }
}

/// Runs a sweep and hands every summary that has a theory, with its cell, to `visit`.
pub fn run_with_theory(
    text: &str,
    mut visit: impl FnMut(usize, &Cell, (usize, Site, Metric), &Summary, Prediction),
) {
    let mut predictor: Option<(usize, Predictor)> = None;
    run(text, |index, cell, place, summary| {
        if predictor.as_ref().is_none_or(|(other, _)| *other != index) {
            predictor = Some((index, Predictor::new(&cell.network)));
        }
        let (layer, site, metric) = place;
        if let Some(theory) = predictor.as_ref().unwrap().1.predict(layer, site, metric) {
            visit(index, cell, place, summary, theory);
        }
    });
}

fn simulate(cells: usize, widths: &[usize], trials: usize) -> Vec<Row> {
    simulate_grids(cells, |i| grid(i, widths), trials)
}

fn simulate_grids(cells: usize, grid: impl Fn(usize) -> String, trials: usize) -> Vec<Row> {
    let mut text = format!(
        "name = 'self-test'\nseed = 5\ntrials = {trials}\n[measure]\nlayers = 'all'\nmetrics = {METRICS}\n"
    );
    (0..cells).for_each(|i| text += &grid(i));
    let mut rows = Vec::new();
    run_with_theory(&text, |index, cell, (layer, site, metric), summary, theory| {
        let Some(family) = FAMILIES.iter().position(|family| family.contains(&metric)) else { return };
        let (Some(estimate), Some(sd)) = (summary.estimate, theory.sd.or(summary.sd)) else { return };
        if summary.reliability.is_ok() {
            let error = sd / (summary.trials as f64).sqrt();
            let what = format!("{metric} {site} layer {layer} {theory:?} {estimate} {}", cell.law_text);
            rows.push(Row { cell: index, family, theory, estimate, error, what });
        }
    });
    rows
}

/// How far the sum of `z^2`, over one row of each cell, is from its expectation, in standard deviations of chi-squared
/// (Wilson and Hilferty 1931); and the number of cells.
fn deviation(rows: &[Row], family: usize, factor: f64) -> (usize, f64) {
    let mut cells: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.family == family) {
        cells.entry(row.cell).or_default().extend(row.z(factor));
    }
    cells.retain(|_, z| !z.is_empty());
    // Another place of the list in every cell, so that all layers, sites and metrics have their turn.
    let sum: f64 = cells.iter().map(|(cell, z)| z[cell * 7 % z.len()]).map(|z| z * z).sum();
    let n = cells.len() as f64;
    (cells.len(), (libm::cbrt(sum / n) - (1.0 - 2.0 / (9.0 * n))) / (2.0 / (9.0 * n)).sqrt())
}

/// What speaks against a theory that is off by `factor`.
fn problems(rows: &[Row], factor: f64) -> Vec<String> {
    let wild = rows.iter().filter_map(|row| Some((row.z(factor).filter(|z| z.abs() >= 5.0)?, row)));
    let mut problems: Vec<String> = wild.map(|(z, row)| format!("z = {z:.1}: {}", row.what)).collect();
    for family in 0..FAMILIES.len() {
        let (cells, deviation) = deviation(rows, family, factor);
        println!("factor {factor}, family {family}: {cells} cells, sum of z^2 off by {deviation:.2} sd");
        // 4 standard deviations: 6e-5 per family.
        if deviation.abs() > 4.0 {
            problems.push(format!("family {family}, {cells} cells: sum of z^2 off by {deviation:.1} sd"));
        }
    }
    println!("factor {factor}: {} rows, {} problems", rows.len(), problems.len());
    problems
}

/// The rows are right under the theory, and wrong under one that is 2 % off, in every family it can touch.
fn judge(rows: &[Row]) {
    let found = problems(rows, 1.0);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let wrong = problems(rows, 1.02);
    assert!(wrong.iter().any(|problem| problem.starts_with("z = ")), "no row shows 2 %");
    assert!(deviation(rows, 1, 1.02).1 > 4.0, "the sum does not show 2 %");
}

#[test]
fn predictions_hold_for_forty_networks_and_two_percent_more_does_not() {
    let rows = simulate(40, &[12, 30, 64, 100], 600);
    assert!(rows.iter().filter(|row| row.z(1.0).is_some()).count() > 400, "{}", rows.len());
    judge(&rows);
}

#[test]
fn predictions_hold_for_networks_of_unequal_widths() {
    // Growing, shrinking, a bottleneck, and an input of its own.
    let shapes =
        ["[20, 60, 30, 90, 40]", "[100, 70, 40, 25, 12]", "[30, 100, 15, 100, 30]", "[150, 50, 50, 50, 50]"];
    let ragged = |i: usize| {
        let shape = format!("shape = {}", shapes[(i + i / 16) % 4]);
        grid(i, &[1]).replace("width = 1\ndepth = 4", &shape)
    };
    let rows = simulate_grids(40, ragged, 600);
    assert!(rows.iter().filter(|row| row.z(1.0).is_some()).count() > 400, "{}", rows.len());
    judge(&rows);
}

#[test]
fn predictions_hold_for_240_networks_of_all_kinds() {
    if !nightly() {
        return;
    }
    let rows = simulate(240, &[5, 300, 17, 64, 9, 120, 200, 36, 250], 2000);
    assert!(rows.iter().filter(|row| row.z(1.0).is_some()).count() > 3000, "{}", rows.len());
    judge(&rows);
}

#[test]
fn limits_of_infinite_width_are_approached_as_one_over_n() {
    // What is known in the limit only is compared with `(4 e(4n) - e(n)) / 3`, in which the term of order 1/n is gone.
    // What is left is of order 1/n^2, the relative square of the term of order 1/n, of which the extrapolation keeps a quarter.
    let estimates = |width: usize| {
        let list = ACTIVATIONS.map(|name| format!("'{name}'")).join(", ");
        let text = format!(
            "name = 'limit'\nseed = 3\ntrials = 1000\n[[grid]]\nwidth = {width}\ndepth = 2\nbatch = 4\n\
             std = '1.2/sqrt(fan_in)'\nmean = '0.5/fan_in'\nbias_std = '0.2'\nactivation = [{list}]\n\
             [measure]\nmetrics = ['kurtosis', 'correlation', 'centred_correlation', 'unit_variance']\nsites = ['post']"
        );
        let mut rows = Vec::new();
        run(&text, |_, cell, (layer, site, metric), summary| {
            let limit = Predictor::new(&cell.network).mean_field(layer, site, metric).unwrap();
            rows.push((
                limit,
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
}

/// Random networks of every kind: `seed` numbers the draw.
fn any_grid(rng: &mut Xoshiro256PlusPlus) -> String {
    let mut pick = |list: &[&str]| list[rng.random_range(0..list.len())].to_owned();
    let activation = pick(&[&ACTIVATIONS[..], &Activation::NAMES].concat());
    let law = pick(&[&LAWS[..], &Law::NAMES].concat()).replace("student_t", "student_t(5)");
    let mean = if law == "orthogonal" { "0".to_owned() } else { pick(&MEANS) };
    let bias = pick(&["0", "0", "0.3"]);
    let gain = pick(&["0.5", "1", "1.2", "1.5", "2.5"]);
    let batch = pick(&["1", "1", "4", "16"]);
    let (input_mean, input_std) = (pick(&["0", "0", "0.7"]), pick(&["1", "0.5", "0"]));
    let (width, depth) = (rng.random_range(20..=300), rng.random_range(2..=30));
    // An input that is 0 throughout has no theory worth a test.
    let input_mean = if input_mean == "0" && input_std == "0" { "1".to_owned() } else { input_mean };
    format!(
        "[[grid]]\nwidth = {width}\ndepth = {depth}\nbatch = {batch}\nstd = '{gain}/sqrt(fan_in)'\nmean = '{mean}'\n\
         bias_std = '{bias}'\nactivation = '{activation}'\nlaw = '{law}'\ninput_mean = {input_mean}\n\
         input_std = {input_std}\n"
    )
}

/// Whether a row is outside, and what it is.
type Outcome = (bool, String);

#[test]
fn what_theory_says_is_explained_by_the_interval_and_its_own_error() {
    // A 95 % interval misses in 5 %, of reliable ones in 6 % at most. The rows of one cell are dependent, so each cell
    // counts once, with its share of misses; the standard error of their mean comes from the cells themselves.
    let cells = if nightly() { 320 } else { 30 };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(77);
    let metrics = "['mean', 'second_moment', 'variance', 'std', 'rms', 'fraction_zero', 'log2_rms']";
    let mut text = format!(
        "name = 'honest'\nseed = 8\ntrials = 400\n[measure]\nlayers = 'all'\nsites = ['pre', 'post']\nmetrics = {metrics}\n"
    );
    (0..cells).for_each(|_| text += &any_grid(&mut rng));
    let mut found: BTreeMap<&str, BTreeMap<usize, Vec<Outcome>>> = BTreeMap::new();
    run_with_theory(&text, |index, cell, (layer, site, metric), summary, theory| {
        let (Some(estimate), Some(error)) = (summary.estimate, summary.std_error) else { return };
        if !summary.reliability.is_ok() || error == 0.0 {
            return;
        }
        let off = (estimate - theory.value).abs() - theory.error;
        let what = format!(
            "{metric} {site} layer {layer} z = {:.1} {theory:?} {estimate} {:?}",
            off / error,
            cell.network
        );
        found
            .entry(theory.kind.name())
            .or_default()
            .entry(index)
            .or_default()
            .push((off > 1.966 * error, what));
    });
    for (kind, cells) in &found {
        let share = |rows: &Vec<Outcome>| rows.iter().filter(|row| row.0).count() as f64 / rows.len() as f64;
        let shares: Vec<f64> = cells.values().map(share).collect();
        let moments = Moments::of(&shares).unwrap();
        let rows: usize = cells.values().map(Vec::len).sum();
        println!(
            "{kind}: {rows} rows of {} cells, {:.4} +- {:.4} outside",
            shares.len(),
            moments.mean,
            moments.std_error().unwrap()
        );
        let worst = cells.values().filter(|rows| share(rows) > 0.5);
        let worst: Vec<&str> = worst.map(|rows| rows.iter().find(|row| row.0).unwrap().1.as_str()).collect();
        let most = 0.06 + 5.0 * moments.std_error().unwrap();
        assert!(moments.mean < most, "{kind}: {:.4}\n{}", moments.mean, worst.join("\n"));
        println!("{}", worst.join("\n"));
    }
}
