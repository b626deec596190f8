//! What the science tests share: a sweep run through the public API, and tables of z-scores.
//!
//! Every oracle is judged by its own z, `|z| < 5` (two-sided 6e-7), and every set of independent z also by its
//! chi-squared, inside the central band that it leaves once in a million. Seeds are fixed, so a test passes always
//! or never. With `INITSWEEP_NIGHTLY=1` there are ten times the trials: the z of a true bug grows by sqrt 10, the
//! z of chance does not.

use crate::nightly::nightly;
use initsweep::config::Source;
use initsweep::network::{Metric, Site};
use initsweep::output::Row;
use initsweep::run::{self, Options, Rows};
use initsweep::sweep::Cell;

/// Ten times as many on the nightly switch.
pub fn scaled(trials: u64) -> u64 {
    if nightly() { 10 * trials } else { trials }
}

/// A sweep that has been run: config to rows, as the command does it.
pub struct Run {
    pub cells: Vec<Cell>,
    rows: Rows,
}

impl Run {
    /// Runs a config with `trials` trials per cell.
    pub fn new(text: &str, trials: u64) -> Self {
        let source = Source::new("science.toml", text).trials(trials);
        let run = run::Run::new(source, Options { threads: 2, ..Options::default() });
        let rows = run.and_then(|run| run.keeping_values().rows());
        let rows = rows.unwrap_or_else(|error| panic!("{error}"));
        Self { cells: rows.work.plan.cells.clone(), rows }
    }

    /// The cell with all these parameters, such as `width=10` and `law=uniform`, as its canonical text has them.
    pub fn find(&self, parameters: &[&str]) -> usize {
        let has_all = |index: &usize| {
            let content = self.cells[*index].content();
            parameters.iter().all(|parameter| content.split(';').any(|part| part == *parameter))
        };
        let mut found = (0..self.rows.cells.len()).filter(has_all);
        let first = found.next().unwrap_or_else(|| panic!("no cell has {parameters:?}"));
        assert!(found.next().is_none(), "several cells have {parameters:?}");
        first
    }

    /// One row of `summary.csv`.
    pub fn row(&self, cell: usize, layer: usize, site: Site, metric: Metric) -> &Row {
        let is_it = |row: &&Row| row.layer == layer && row.site == site && row.metric == metric;
        self.rows.cells[cell].iter().find(is_it).expect("the row is measured")
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.cells.iter().flatten()
    }

    /// What is measured.
    pub fn metrics(&self) -> Vec<Metric> {
        let mut metrics = Vec::new();
        for row in &self.rows.cells[0] {
            if !metrics.contains(&row.metric) {
                metrics.push(row.metric);
            }
        }
        metrics
    }

    /// The trial values behind a row.
    pub fn values(&self, cell: usize, layer: usize, site: Site, metric: Metric) -> Vec<f64> {
        self.rows.values(cell, layer, site, metric).expect("the observable is measured")
    }
}

/// Mean of a sample, and the standard error of that mean.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// z of the sample mean against an expectation, with the sample's standard error.
pub fn z_mean(values: &[f64], expected: f64) -> f64 {
    let (mean, error) = mean(values);
    (mean - expected) / error
}

/// z of the sample mean against an expectation, with the exact sd of one value.
pub fn z_exact(values: &[f64], expected: f64, sd: f64) -> f64 {
    (mean(values).0 - expected) / (sd / (values.len() as f64).sqrt())
}

/// z of the `power`-th central moment about the known `centre`: `E (x - centre)^power = expected`.
pub fn z_central(values: &[f64], centre: f64, power: i32, expected: f64) -> f64 {
    let one = |x: &f64| (0..power).fold(1.0, |product, _| product * (x - centre));
    z_mean(&values.iter().map(one).collect::<Vec<f64>>(), expected)
}

/// Scores of one table.
pub struct Scores {
    name: &'static str,
    scores: Vec<(String, f64)>,
}

impl Scores {
    pub fn new(name: &'static str) -> Self {
        Self { name, scores: Vec::new() }
    }

    pub fn add(&mut self, what: impl Into<String>, z: f64) {
        self.scores.push((what.into(), z));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.scores.len()
    }

    /// Asserts `|z| < 5` of each.
    pub fn each_within_five(&self) {
        let (what, worst) = self.scores.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap();
        println!("{}: {} scores, largest |z| at {what}: {worst:.3}", self.name, self.scores.len());
        for (what, z) in &self.scores {
            assert!(z.abs() < 5.0, "{}: z = {z} at {what}", self.name);
        }
    }

    /// Asserts `|z| < 5` of each, and the chi-squared of all, which must be independent.
    pub fn independent_and_within_five(&self) {
        self.each_within_five();
        let chi_squared: f64 = self.scores.iter().map(|(_, z)| z * z).sum();
        let below = chi_squared_cdf(chi_squared, self.scores.len());
        println!("{}: chi-squared {chi_squared:.2} of {}, p = {below:.4}", self.name, self.scores.len());
        assert!(
            below > 5e-7 && below < 1.0 - 5e-7,
            "{}: chi-squared {chi_squared} of {}",
            self.name,
            self.scores.len()
        );
    }
}

/// `P(chi^2_k <= x)`, the regularised lower incomplete gamma function of `k/2` and `x/2`, by its power series
/// (Abramowitz and Stegun 6.5.29); rounding is far below the 5e-7 it is compared with.
fn chi_squared_cdf(x: f64, k: usize) -> f64 {
    let (a, x) = (k as f64 / 2.0, x / 2.0);
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = a;
    while term > 1e-17 * sum {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum * libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0))
}
