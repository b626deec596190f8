//! What the words and marks of a table mean: only those that appear in it.

use super::curves::MARK;
use super::view::View;
use crate::network::Site;
use crate::output::row::Row;
use crate::statistics::Reliability;
use crate::statistics::reliability::MIN_TRIALS;
use crate::sweep::Layers;
use crate::theory::Kind;

/// What stands above a table: where its numbers are from.
pub(super) fn caption(view: &View, shown: &[&Row]) -> String {
    let trials = shown.iter().map(|row| row.trials);
    let trials = match (trials.clone().min(), trials.max()) {
        (Some(least), Some(most)) if least == most => format!("{most} random networks (trials)"),
        (Some(least), Some(most)) => format!("{least} to {most} random networks (trials) per cell"),
        _ => return "No numbers.\n".to_owned(),
    };
    let sites: Vec<Site> =
        Site::ALL.into_iter().filter(|site| shown.iter().any(|row| row.site == *site)).collect();
    let sites: Vec<&str> = sites.into_iter().map(words).collect();
    let place = match (view.is_curves, &view.layers) {
        (false, Layers::Last) if shown.iter().any(|row| row.site.is_gradient()) => {
            format!(
                "Where each pass ends (forwards the last layer, backwards the first), {}",
                sites.join(" and ")
            )
        }
        (false, Layers::Last) => format!("Last layer, {}", sites.join(" and ")),
        (false, Layers::List(list)) if list.len() == 1 => {
            format!("Layer {}, {}", list[0], sites.join(" and "))
        }
        _ => format!("Layer by layer, {}", sites.join(" and ")),
    };
    format!("{place}.\nMean over {trials} ± half of its 95 % interval.\n\n")
}

fn words(site: Site) -> &'static str {
    match site {
        Site::Input => "the input",
        Site::Pre => "before the activation (pre)",
        Site::Post => "after the activation (post)",
        Site::Branch => "the branch before it is added (branch)",
        Site::Stream => "what layers hand on (stream)",
        Site::GradPre => "gradient before the activation (grad_pre)",
        Site::GradPost => "gradient at what layers hand on (grad_post)",
        Site::GradWeight => "gradient of the weights (grad_weight)",
        Site::Jacobian => "singular values of dX_l/dX_0 of one input (jacobian)",
    }
}

/// What stands below a table.
pub(super) fn legend(view: &View, shown: &[&Row], is_published: bool, any_log: Option<bool>) -> String {
    let mut lines = Vec::new();
    if is_published {
        lines.push(
            "published: one network drawn elsewhere; in brackets its place in the spread of single networks"
                .to_owned(),
        );
    }
    let kinds: Vec<&str> = Kind::ALL.into_iter().filter(|kind| has_kind(shown, *kind)).map(meaning).collect();
    if !kinds.is_empty() {
        lines.push(format!("theory: {}", kinds.join("; ")));
    }
    if shown.iter().any(|row| row.z.is_some()) {
        lines.push("z: (estimate - theory) in standard errors; by chance beyond 3 in 1 of 370".to_owned());
    }
    for (is_small, reason) in [
        (true, "entries are so small that f32 rounds them visibly (see fraction_subnormal)"),
        (false, "but for rounding they are the same in every trial"),
    ] {
        let is_such = |row: &&&Row| without_z(row) == Some(is_small);
        match shown.iter().filter(is_such).count() {
            0 => {}
            1 => lines.push(format!("no z for 1 number: {reason}")),
            count => lines.push(format!("no z for {count} numbers: {reason}")),
        }
    }
    lines.extend(doubts(view, shown));
    if let Some(any_log) = any_log {
        let scale = if any_log { "; on a log scale where it spans a factor of 100" } else { "" };
        lines.push(format!("curve: from the first layer to the last, lowest to highest{scale}"));
    }
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

/// Whether nothing but rounding keeps a row without z, that of small entries or, else, that of a number which is the same in every trial:
/// see [`crate::theory::Predictor::is_resolved`].
fn without_z(row: &Row) -> Option<bool> {
    let is_exact = row.theory_error == Some(0.0) && row.theory.is_some();
    let is_bare = is_exact && row.z.is_none() && row.reliability.is_ok() && !row.metric.is_indicator();
    let is_constant = || Some(row.sd? < row.cell.precision.rounding() * row.theory?.abs());
    is_bare.then(|| !is_constant().unwrap_or(false))
}

fn has_kind(shown: &[&Row], kind: Kind) -> bool {
    shown.iter().any(|row| row.theory.is_some() && row.theory_kind == Some(kind))
}

/// What a kind of theory is, in words.
#[must_use]
pub fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Exact => "exact = at this width",
        Kind::Moments => "moments = from the exact mean and spread of the square",
        Kind::FirstOrder => "1/n = to first order in 1/width",
    }
}

/// Why some intervals are unreliable.
fn doubts(view: &View, shown: &[&Row]) -> Option<String> {
    let count = |doubt: &Reliability| shown.iter().filter(|row| row.reliability == *doubt).count();
    let found: Vec<String> = Reliability::ALL
        .into_iter()
        .filter(|doubt| !doubt.is_ok() && count(doubt) > 0)
        .map(|doubt| format!("{doubt} = {}: {} of {} numbers", reason(doubt), count(&doubt), shown.len()))
        .collect();
    let mark = if view.is_curves && view.cells.len() > 1 { MARK.trim_start() } else { "unreliable" };
    (!found.is_empty()).then(|| format!("{mark}: do not rely on the interval. {}", found.join("; ")))
}

/// Why an interval is unreliable, in words; nothing if it is not.
#[must_use]
pub fn reason(doubt: Reliability) -> String {
    match doubt {
        Reliability::Ok => String::new(),
        Reliability::FewTrials => format!("fewer than {MIN_TRIALS}"),
        Reliability::HeavyTail => "rare large values decide the mean (see the median)".to_owned(),
        Reliability::NonFinite => "infinite or undefined in some trials".to_owned(),
        Reliability::Constant => "the same number in all trials".to_owned(),
        Reliability::Empty => "no trials".to_owned(),
    }
}
