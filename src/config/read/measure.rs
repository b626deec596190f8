//! `[measure]`, and what other tables name of it.

use super::report::Report;
use super::value;
use crate::config::grammar::tables::{BINS, LARGEST_LAYER, MEASURE};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::suggest;
use crate::config::text::tree::{Node, Table, Value};
use crate::network::{Backward, Bins, Cotangent, CotangentAt, Metric, Residual, Site};
use crate::sweep::{Layers, Measure, Parameter, Saturation};

/// Whether `[measure]` asks for bands.
pub(crate) fn bands(measure: &Node, report: &mut Report) -> bool {
    let Value::Table(table) = &measure.value else { return false };
    let Some(node) = table.get("bands") else { return false };
    let words = ["none", "layers"];
    let read = |word: &str| words.contains(&word).then_some(word == "layers");
    report.keep(value::choice("bands", node, &words, read)).unwrap_or(false)
}

/// Reads `[measure]`.
pub(crate) fn read(root: &Table, report: &mut Report) -> Measure {
    let everything = Measure {
        layers: Layers::Last,
        sites: if has_residual(root) { Site::FORWARD.to_vec() } else { Site::PLAIN.to_vec() },
        metrics: Metric::DEFAULTS.to_vec(),
        backward: Backward::default(),
        rescale: None,
        saturation: None,
        histogram: None,
    };
    let Some(node) = root.get("measure") else { return everything };
    let Value::Table(table) = &node.value else {
        report.add(value::wrong_type("measure", "a table", node).help("its header is written `[measure]`"));
        return everything;
    };
    report.unknown_keys(table, &[MEASURE], "in [measure]");
    let mut measure = everything;
    if let Some(node) = table.get("layers") {
        measure.layers = layers(node, report).unwrap_or(Layers::Last);
    }
    if let Some(node) = table.get("sites") {
        let words = Site::ALL.map(Site::name);
        measure.sites = value::subset("sites", node, report, |item| value::named("sites", item, &words));
    }
    if let Some(node) = table.get("metrics") {
        let words = Metric::ALL.map(Metric::name);
        measure.metrics =
            value::subset("metrics", node, report, |item| value::named("metrics", item, &words));
    }
    if let Some(node) = table.get("rescale") {
        measure.rescale =
            report.keep(value::flag("rescale", node)).and_then(|wanted| wanted.then_some(node.span));
    }
    measure.saturation = table.get("saturation").and_then(|node| saturation(node, &measure, report));
    gradients(table, &mut measure, report);
    if let Some(span) = measure.rescale.filter(|_| measure.has_jacobian()) {
        let title = "layers whose Jacobian is measured cannot be rescaled";
        report.add(Diagnostic::new(title, span, "").help("leave out `rescale`, or the site `jacobian`"));
        measure.rescale = None;
    }
    if let Some(node) = table.get("histogram") {
        measure.histogram = histogram(node, report);
        if let Some(span) = measure.rescale.filter(|_| measure.histogram.is_some()) {
            let title = "the bins of a histogram stand still, and layers that are rescaled do not";
            report.add(Diagnostic::new(title, span, "").help("leave out `rescale`, or `histogram`"));
        }
    }
    measure
}

/// The threshold of `fraction_saturated`.
fn saturation(node: &Node, measure: &Measure, report: &mut Report) -> Option<Saturation> {
    let threshold = report.keep(value::number("saturation", node))?;
    if !(0.0..1.0).contains(&threshold) || threshold == 0.0 {
        let wanted = "a number between 0 and 1";
        report.add(value::unfit("saturation", wanted, node, "this is outside of that range"));
        return None;
    }
    // A `metrics` that is itself wrong has nothing left in it.
    if !measure.metrics.is_empty() && !measure.metrics.contains(&Metric::FractionSaturated) {
        let title = "`saturation` has no effect: `fraction_saturated` is not measured";
        report.add(
            Diagnostic::new(title, node.span, "").help("add it to `metrics`, or leave `saturation` out"),
        );
    }
    Some(Saturation { threshold, span: node.span })
}

/// The bins of a histogram of the entries.
fn histogram(node: &Node, report: &mut Report) -> Option<Bins> {
    let Value::Table(table) = &node.value else {
        report.add(value::wrong_type(
            "histogram",
            "a table such as `{ from = -1, to = 1, bins = 40 }`",
            node,
        ));
        return None;
    };
    report.unknown_keys(table, &[BINS], "in `histogram`");
    report.missing_keys(table, BINS, node.span, "a histogram");
    let mut number = |key: &str| table.get(key).and_then(|node| report.keep(value::number(key, node)));
    let (from, to) = (number("from"), number("to"));
    let most = u64::try_from(Bins::MOST).unwrap_or(u64::MAX);
    let bins = table.get("bins").and_then(|node| report.keep(value::whole("bins", node, 1, most)));
    let (from, to, bins) = (from?, to?, usize::try_from(bins?).ok()?);
    let found = Bins::new(from, to, bins);
    if found.is_none() {
        let title = format!("bins go from a smaller number to a larger one, not from {from} to {to}");
        report.add(Diagnostic::new(title, node.span, "").help("such as `{ from = -1, to = 1, bins = 40 }`"));
    }
    found
}

/// What is measured of the backward pass, and what that begins with.
fn gradients(table: &Table, measure: &mut Measure, report: &mut Report) {
    let wanted = table.get("gradients").and_then(|node| report.keep(value::flag("gradients", node)));
    if wanted == Some(true) {
        let missing = Site::GRADIENTS.into_iter().filter(|site| !measure.sites.contains(site));
        let missing: Vec<Site> = missing.collect();
        measure.sites.extend(missing);
    }
    let is_asked = measure.has_gradients();
    for key in ["cotangent", "cotangent_at"] {
        let Some(node) = table.get(key) else { continue };
        if !is_asked {
            report.add(no_gradient(key, node));
        } else if key == "cotangent" {
            let read = report.keep(value::named(key, node, &Cotangent::ALL.map(Cotangent::name)));
            measure.backward.cotangent = read.unwrap_or_default();
        } else {
            let read = report.keep(value::named(key, node, &CotangentAt::ALL.map(CotangentAt::name)));
            measure.backward.at = read.unwrap_or_default();
        }
    }
    if let Some(span) = measure.rescale.filter(|_| is_asked) {
        let title = "layers whose gradients are measured cannot be rescaled";
        report.add(
            Diagnostic::new(title, span, "")
                .help("leave out `rescale`, or the gradients; depths of f64 go to 2^1023"),
        );
        measure.rescale = None;
    }
}

pub(crate) fn layers(node: &Node, report: &mut Report) -> Option<Layers> {
    match (&node.value, node.text()) {
        (_, Some("last")) => Some(Layers::Last),
        (_, Some("all")) => Some(Layers::All),
        (Value::Array(_), _) => {
            let list =
                value::subset("layers", node, report, |item| value::whole("layers", item, 0, LARGEST_LAYER));
            list.into_iter().map(|layer| usize::try_from(layer).ok()).collect::<Option<_>>().map(Layers::List)
        }
        (_, Some(text)) => {
            let title = format!("invalid value {} for `layers`", quote(text));
            report.add(
                Diagnostic::new(title, node.span, "")
                    .help("the choices are \"last\", \"all\", and a list such as [0, 1, 2]"),
            );
            None
        }
        _ => {
            report.add(value::wrong_type("layers", "\"last\", \"all\" or a list such as [0, 1, 2]", node));
            None
        }
    }
}

pub(crate) fn metric(node: &Node, measure: &Measure) -> Result<Metric, Diagnostic> {
    let metric = value::named("metric", node, &Metric::ALL.map(Metric::name))?;
    measured(metric, &measure.metrics, Metric::name, "metrics", node)
}

pub(crate) fn site(node: &Node, measure: &Measure) -> Result<Site, Diagnostic> {
    let site = value::named("site", node, &Site::ALL.map(Site::name))?;
    measured(site, &measure.sites, Site::name, "sites", node)
}

/// `one`, if the sweep measures it.
fn measured<T: Copy + PartialEq>(
    one: T,
    all: &[T],
    name: fn(T) -> &'static str,
    key: &str,
    node: &Node,
) -> Result<T, Diagnostic> {
    // A `[measure]` that is itself wrong has nothing left in it.
    if all.is_empty() || all.contains(&one) {
        return Ok(one);
    }
    let list = suggest::list(all.iter().map(|&one| name(one)));
    Err(Diagnostic::new(format!("`{}` is not measured", name(one)), node.span, "")
        .help(format!("add it to `{key}` in [measure], which has {list}")))
}

/// Whether some table of parameters asks for a residual.
fn has_residual(root: &Table) -> bool {
    said(root, Parameter::Residual).any(|node| node.text() != Some(Residual::None.name()))
}

/// What `[defaults]` and every `[[grid]]` say of a parameter.
fn said(root: &Table, parameter: Parameter) -> impl Iterator<Item = &Node> {
    let tables =
        ["defaults", "grid"].into_iter().filter_map(|key| root.get(key)).flat_map(|node| match &node.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        });
    tables.filter_map(move |node| match &node.value {
        Value::Table(table) => table.get(parameter.name()),
        _ => None,
    })
}

/// Reports parameters of a backward pass where none is measured.
pub(crate) fn idle(root: &Table, measure: &Measure, report: &mut Report) {
    // A `sites` that is itself wrong has nothing left in it.
    if measure.has_gradients() || measure.sites.is_empty() {
        return;
    }
    for parameter in [Parameter::GradientStorage, Parameter::LossScale] {
        if let Some(node) = said(root, parameter).next() {
            report.add(no_gradient(parameter.name(), node));
        }
    }
}

fn no_gradient(key: &str, node: &Node) -> Diagnostic {
    let title = format!("`{key}` has no effect: no gradient is measured");
    Diagnostic::new(title, node.span, "")
        .help("add `gradients = true` to [measure], or one of the sites grad_pre, grad_post, grad_weight")
}

/// The site of a clause that names none: what layers hand on.
pub(crate) fn default_site(measure: &Measure) -> Site {
    let outputs = [Site::Stream, Site::Post].into_iter();
    let mut all = outputs.filter(|site| measure.sites.contains(site)).chain(measure.sites.iter().copied());
    all.next().unwrap_or(Site::Post)
}
