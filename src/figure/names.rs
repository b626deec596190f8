//! What metrics, sites and parameters are called in figures.

use crate::network::{Metric, Site};
use crate::sweep::expression::Name;
use crate::sweep::{FigureClause, Parameter, Show, Sigma};

/// A metric at a site: "second moment of the pre-activations".
#[must_use]
pub fn quantity(metric: Metric, site: Site) -> String {
    let own = match (site, metric) {
        (Site::Jacobian, Metric::Max) => "largest".to_owned(),
        (Site::Jacobian, Metric::Min) => "smallest".to_owned(),
        _ => self::metric(metric),
    };
    format!("{own}{}", if metric.is_indicator() { String::new() } else { place(site) })
}

fn place(site: Site) -> String {
    match site.name() {
        "input" => " of the input".to_owned(),
        "pre" => " of the pre-activations".to_owned(),
        "post" => " of the activations".to_owned(),
        "branch" => " of the residual branch".to_owned(),
        "stream" => " of the residual stream".to_owned(),
        "grad_pre" => " of the gradient before the activation".to_owned(),
        "grad_post" => " of the gradient of the activations".to_owned(),
        "grad_weight" => " of the gradient of the weights".to_owned(),
        "jacobian" => " of the singular values of the Jacobian".to_owned(),
        other => format!(", {other}"),
    }
}

/// The entries at a site: "entries of the pre-activations".
#[must_use]
pub fn entries(site: Site) -> String {
    if site == Site::Jacobian {
        place(site).trim_start_matches(" of the ").to_owned()
    } else {
        format!("entries{}", place(site))
    }
}

/// What a figure shows of a metric: itself, or its slopes.
#[must_use]
pub fn shown(metric: Metric, clause: &FigureClause) -> String {
    let quantity = quantity(metric, clause.site);
    match (clause.are_slopes, clause.asks_for(Show::Log2)) {
        (false, _) => quantity,
        (true, false) => format!("slope of {quantity} per layer"),
        (true, true) => format!("slope of log$_2$ of {quantity} per layer"),
    }
}

/// A metric.
#[must_use]
pub fn metric(metric: Metric) -> String {
    let text = match metric.name() {
        "second_moment" => "second moment",
        "square_variance" => "variance of the squares",
        "min_nonzero" => "smallest one above 0",
        "relative" => "norm over that of the weights",
        "rank" => "number above 0",
        "log2_condition" => "$log_2$ of the condition",
        "chi_local" => "squared norm over that of the layer before",
        "min" => "smallest entry",
        "max" => "largest entry",
        "abs_max" => "largest magnitude",
        "fraction_zero" => "fraction of zeros",
        "fraction_nonfinite" => "fraction that is not finite",
        "dead" => "fraction of networks that are dead",
        "overflowed" => "fraction of networks that overflow",
        "log2_rms" => "$log_2$ of the rms",
        "log2_std" => "$log_2$ of the std",
        "log2_abs_max" => "$log_2$ of the largest magnitude",
        "correlation" => "correlation of two inputs",
        "decorrelation" => "1 − correlation of two inputs",
        "fraction_dead" => "fraction of units that are dead",
        "fraction_saturated" => "fraction that is saturated",
        name => return name.replace('_', " "),
    };
    text.replace("$log_2$", "log$_2$")
}

/// A parameter with its symbol.
#[must_use]
pub fn parameter(parameter: Parameter) -> String {
    match parameter {
        Parameter::Width => "width $n$".to_owned(),
        Parameter::Depth => "depth $L$".to_owned(),
        Parameter::Std => "weight std".to_owned(),
        Parameter::Mean => "weight mean".to_owned(),
        other => other.name().replace('_', " "),
    }
}

/// An expression as a title.
#[must_use]
pub fn expression(text: &str) -> String {
    let signs =
        [("sigma_w^2", "$σ_w^2$"), ("sigma_b^2", "$σ_b^2$"), ("sigma_w", "$σ_w$"), ("sigma_b", "$σ_b$")];
    let plain = text.replace('*', " · ").replace("sqrt", "√");
    signs.into_iter().fold(plain, |text, (from, to)| text.replace(from, to))
}

/// What an expression names, where it is no more than a name.
#[must_use]
pub fn name(name: Name) -> String {
    match name {
        Name::Layer => "layer $l$".to_owned(),
        Name::FanIn | Name::FanOut => parameter(Parameter::Width),
        Name::Of(one) => parameter(one),
        Name::Sigma(Sigma::Weight) => "$σ_w$".to_owned(),
        Name::Sigma(Sigma::Bias) => "$σ_b$".to_owned(),
    }
}
