//! `initsweep theory`: predictions without sampling.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::arguments::ConfigArguments;
use super::failure::Failure;
use super::progress::Layout;
use super::stdout::{print, show};
use crate::config;
use crate::kernels::Activation;
use crate::output;
use crate::theory::mean_field::{FixedPoint, GaussianMoments, MeanField, edge_of_chaos, gaussian_moments};
use crate::theory::normalised::{batch_norm_growth, large_batch_growth, layer_norm_growth};

/// Bias stds of the table of critical points.
const BIASES: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.5, 1.0];

#[derive(Args)]
pub struct Arguments {
    /// The config whose predictions are printed as CSV, in the columns of summary.csv that need no trials; `-` reads
    /// it from stdin
    #[arg(value_name = "CONFIG", required_unless_present = "of", conflicts_with = "of")]
    path: Option<PathBuf>,

    /// Override one key of the config; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "path")]
    overrides: Vec<String>,

    /// An activation whose infinitely wide networks are described: moments, gains, fixed points, edge of chaos, depth
    /// scales
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Activation>, group = "of")]
    activation: Option<Activation>,

    /// The same of an activation by formula, such as "relu(x) - 0.5"
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true, group = "of")]
    formula: Option<String>,

    /// Std of one weight times the root of the fan-in: a number, or an expression such as 5/3 [default: the gain, which keeps the variance 1]
    #[arg(long, value_name = "X", requires = "of", allow_negative_numbers = true, value_parser = positive)]
    sigma_w: Option<f64>,

    /// Std of one bias: a number or an expression [default: 0]
    #[arg(long, value_name = "X", requires = "of", allow_negative_numbers = true, value_parser = not_negative)]
    sigma_b: Option<f64>,
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0, "positive")
}

fn not_negative(text: &str) -> Result<f64, String> {
    number(text, |x| x >= 0.0, "0 or positive")
}

fn number(text: &str, fine: impl Fn(f64) -> bool, what: &str) -> Result<f64, String> {
    let value = config::number(text)?;
    if fine(value) { Ok(value) } else { Err(format!("it must be {what}, and is {value}")) }
}

/// Prints predictions.
///
/// # Errors
///
/// Mistakes in the config, and a stdout that cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let formula = arguments.formula.as_deref().map(|text| config::formula(text).map_err(Failure::Config));
    if let Some(activation) = arguments.activation.or(formula.transpose()?) {
        return show(&describe(activation, arguments.sigma_w, arguments.sigma_b.unwrap_or(0.0)));
    }
    let path = arguments.path.clone().expect("clap asks for one of the two");
    let work = ConfigArguments::of(path, arguments.overrides.clone()).prepare(false, &Layout::default())?;
    for (index, cell) in work.plan.cells.iter().enumerate() {
        let rows = output::predictions(cell, &work.sweep);
        let text = output::predictions_csv(&rows, index == 0)
            .map_err(|error| Failure::failed(format!("cannot format the predictions: {error}")))?;
        print(&text)?;
    }
    Ok(())
}

/// Everything about one activation.
fn describe(activation: Activation, sigma_w: Option<f64>, sigma_b: f64) -> String {
    let moments = gaussian_moments(activation, 1.0);
    let gain = moments.gain(1.0);
    let mut text = format!("{activation}: networks of infinite width, weights of mean 0\n");
    text += &moments_table(&moments);
    text += &norms(activation, &moments);
    text += &fixed_points(&MeanField { activation, sigma_w: sigma_w.unwrap_or(gain), sigma_b });
    text += &edge(activation, &moments);
    text
}

fn moments_table(moments: &GaussianMoments) -> String {
    let gain = moments.gain(1.0);
    let sd = (moments.second - moments.mean * moments.mean).sqrt();
    let lines = [
        ("E phi", moments.mean, ""),
        ("E phi^2", moments.second, ""),
        ("E phi'^2", moments.slope, ""),
        ("E phi^4 / (E phi^2)^2", moments.fourth / (moments.second * moments.second), "6 for relu"),
        ("1/sqrt(E phi^2)", gain, "the gain: sigma_w that keeps q = 1, sigma_b = 0"),
        ("1/sd(phi)", 1.0 / sd, "post-activations of variance 1"),
        (
            "chi at the gain",
            gain * gain * moments.slope,
            "growth of a small difference of inputs, and of squared gradients",
        ),
        (
            "chi_par at the gain",
            gain * gain * moments.second_slope,
            "growth of a deviation of q; stable below 1",
        ),
    ];
    let text = lines.iter().fold("\nOver N(0, 1)\n".to_owned(), |text, (name, value, note)| {
        let value = known(*value, 14);
        text + format!("  {name:<23}{value:<20}{note}").trim_end() + "\n"
    });
    let all_known = lines.iter().all(|(_, value, _)| !value.is_nan());
    text + if all_known { "" } else { UNKNOWN }
}

/// Batches of the table of batch norm.
const BATCHES: [usize; 6] = [4, 8, 16, 32, 64, 256];

/// How fast gradients grow behind norms, to the nine digits that the quadrature of batch norm is good for.
fn norms(activation: Activation, moments: &GaussianMoments) -> String {
    let of_batch = |batch| (format!("batch norm, B = {batch}"), batch_norm_growth(activation, batch));
    let over_units = ("layer or rms norm".to_owned(), layer_norm_growth(moments));
    let of_many = ("batch norm, many".to_owned(), large_batch_growth(moments));
    let all: Vec<_> = [over_units].into_iter().chain(BATCHES.map(of_batch)).chain([of_many]).collect();
    let title = "\nGrowth of squared gradients per layer phi(N(W X)), whatever sigma_w\n".to_owned();
    let line =
        |text: String, (name, growth): &(String, f64)| text + &format!("  {name:<23}{}\n", known(*growth, 9));
    let text = all.iter().fold(title, line);
    text + if all.iter().any(|(_, growth)| growth.is_nan()) { UNKNOWN } else { "" }
}

/// What is said where a number is missing.
const UNKNOWN: &str =
    "  -: infinite, or not resolved to 1e-9; of a function that jumps, all about its slope\n";

/// A number, if it is one.
fn known(value: f64, digits: usize) -> String {
    if value.is_nan() { "-".to_owned() } else { format!("{value:.digits$}") }
}

/// What is said if V is not known wherever it was asked for.
fn gaps(field: &MeanField) -> &'static str {
    let is_unknown = |octave: &i32| field.variance(libm::exp2(f64::from(*octave))).is_nan();
    let any = [-40, -20, -10, 0, 1, 2, 3, 4, 5, 10, 20, 40].iter().any(is_unknown);
    if any { "  E phi^2 is not known for every q: there may be more\n" } else { "" }
}

fn fixed_points(field: &MeanField) -> String {
    let MeanField { sigma_w, sigma_b, .. } = field;
    let mut text =
        format!("\nFixed points of the variance q > 0 for sigma_w = {sigma_w}, sigma_b = {sigma_b}\n");
    let stays = |q: f64| (field.variance(q) / q - 1.0).abs() < 1e-12;
    if [0.01, 1.0, 100.0].into_iter().all(stays) {
        let point = field.at(1.0);
        writeln!(
            text,
            "  every q stays as it is: chi = {:.12}, chi_par = {:.12}",
            point.chi, point.chi_parallel
        )
        .expect("a string");
        return text;
    }
    let (points, gaps) = (field.fixed_points(), gaps(field));
    if points.is_empty() && !gaps.is_empty() {
        return text + "  none found\n" + gaps;
    }
    if points.is_empty() {
        let grows = field.variance(1.0) > 1.0;
        writeln!(text, "  none: q {}", if grows { "grows without end" } else { "falls to 0" })
            .expect("a string");
        return text;
    }
    text += "  q*                chi               chi_par           c*                xi_q          xi_c\n";
    for point in points {
        let depth = |depth: f64| match depth {
            0.0..=1e6 => format!("{depth:.7}"),
            _ if depth.is_nan() => "-".to_owned(),
            _ if depth.is_infinite() => "inf".to_owned(),
            _ => format!("{depth:.4e}"),
        };
        let (xi_q, xi_c) = (depth(point.variance_depth()), depth(point.correlation_depth()));
        let note = if point.chi_parallel.abs() > 1.0 { "  unstable: xi_q is that of growth" } else { "" };
        let FixedPoint { q, chi, chi_parallel, c, .. } = point;
        let [q, chi, chi_parallel, c] = [q, chi, chi_parallel, c].map(|value| known(value, 12));
        let line = format!("  {q:<16}  {chi:<16}  {chi_parallel:<16}  {c:<16}  {xi_q:<14}{xi_c:<12}{note}");
        text += line.trim_end();
        text.push('\n');
    }
    text + gaps + SYMBOLS
}

/// What the columns of the fixed points are.
const SYMBOLS: &str = "  q*: the variance of a pre-activation that every layer keeps    c*: the correlation of two inputs that it keeps
  chi: growth per layer of a small difference of two inputs, and of squared gradients (order below 1, chaos above)
  chi_par: growth per layer of a deviation from q*    xi_q, xi_c: layers in which a deviation from q*, c* falls to 1/e
";

fn edge(activation: Activation, unit: &GaussianMoments) -> String {
    if unit.slope.is_nan() {
        return "\nEdge of chaos (chi = 1)\n  not known: chi is not\n".to_owned();
    }
    let mut text = "\nEdge of chaos (chi = 1)\n  sigma_b         sigma_w           q*\n".to_owned();
    let mut line = |sigma_b: f64, sigma_w: f64, q: &str| {
        writeln!(text, "  {sigma_b:<16.12}{sigma_w:<18.12}{q}").expect("a string");
    };
    let (sigma_w, squared) = unit.edge(1.0);
    let mut any = false;
    if squared.abs() < 1e-12 {
        line(0.0, sigma_w, "every q");
        any = true;
    } else if squared > 0.0 {
        line(squared.sqrt(), sigma_w, "1");
        any = true;
    }
    for sigma_b in BIASES {
        for (sigma_w, q) in edge_of_chaos(activation, sigma_b) {
            line(sigma_b, sigma_w, &format!("{q:.12}"));
            any = true;
        }
    }
    if any { text } else { "\nEdge of chaos (chi = 1)\n  none found with a bias std up to 1\n".to_owned() }
}
