//! `zip`: axes that walk together; and the laws that presets fix.

use super::report::Report;
use super::settings::Settings;
use super::{settings, shape, value};
use crate::config::grammar::tables::SHAPE;
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::tree::{Node, Table, Value};
use crate::random::Law;
use crate::sweep::{Axes, Parameter, Quantity, Span};

/// Axes that walk together, with where each is named.
pub(crate) struct Group {
    members: Vec<(Parameter, Span)>,
}

impl Group {
    fn parameters(self) -> Vec<Parameter> {
        self.members.into_iter().map(|(parameter, _)| parameter).collect()
    }
}

const EXAMPLE: &str =
    "as in zip = [\"width\", \"std\"], or zip = [[\"width\", \"depth\"], [\"std\", \"mean\"]]";

/// Reads `zip`: a list of keys, or a list of such lists.
pub(crate) fn groups(table: &Table, settings: &Settings, report: &mut Report) -> Vec<Group> {
    let Some(node) = table.get("zip") else { return Vec::new() };
    let lists = match &node.value {
        Value::Array(items) if items.iter().any(|item| matches!(item.value, Value::Array(_))) => {
            items.iter().collect()
        }
        _ => vec![node],
    };
    let mut members = Vec::new();
    let mut groups = Vec::new();
    for list in lists {
        let Value::Array(items) = &list.value else {
            report.add(value::wrong_type("zip", "a list of the keys of axes", list).help(EXAMPLE));
            continue;
        };
        if items.len() < 2 {
            report.add(Diagnostic::new("a zip needs at least two axes", list.span, "").help(EXAMPLE));
        }
        let first = members.len();
        for item in items {
            let member = member(item, settings, &members);
            members.extend(report.keep(member));
        }
        groups.push(Group { members: members[first..].to_vec() });
    }
    groups
}

/// An axis that is not among those already `taken`.
fn member(
    item: &Node,
    settings: &Settings,
    taken: &[(Parameter, Span)],
) -> Result<(Parameter, Span), Diagnostic> {
    let parameter = settings::parameter(item)?;
    if item.text() == Some(SHAPE) && !settings.has_shape() {
        let mistake = Diagnostic::new(format!("there is no `{SHAPE}` to zip"), item.span, "");
        return Err(mistake.help("widths that are no written lists walk by `width`"));
    }
    match taken.iter().find(|(other, _)| *other == parameter) {
        Some((_, first)) => Err(Diagnostic::new(format!("`{parameter}` is zipped twice"), item.span, "")
            .also(*first, "first here")
            .help("an axis walks with one group only: join the groups into one")),
        None => Ok((parameter, item.span)),
    }
}

/// The parameters that walk together; what a shape sets walks with it.
pub(crate) fn walks(groups: Vec<Group>, settings: &Settings) -> Vec<Vec<Parameter>> {
    let zips: Vec<Vec<Parameter>> = groups.into_iter().map(Group::parameters).collect();
    if !settings.has_shape() {
        return zips;
    }
    let is_shaped = |zip: &Vec<Parameter>| zip.iter().any(|one| shape::SETS.contains(one));
    let (shaped, mut zips): (Vec<_>, Vec<_>) = zips.into_iter().partition(is_shaped);
    let others = shaped.into_iter().flatten().filter(|one| !shape::SETS.contains(one));
    zips.push(shape::SETS.into_iter().chain(others).collect());
    zips
}

/// Reports groups whose axes differ in length.
pub(crate) fn check_lengths(groups: &[Group], axes: &Axes, settings: &Settings, report: &mut Report) {
    for group in groups {
        let Some((first, rest)) = group.members.split_first() else { continue };
        for other in rest.iter().filter(|other| axes.len(other.0) != axes.len(first.0)) {
            report.add(unequal(*first, *other, axes, settings));
        }
    }
}

/// The mistake of two zipped axes of different lengths.
fn unequal(a: (Parameter, Span), b: (Parameter, Span), axes: &Axes, settings: &Settings) -> Diagnostic {
    let lengths = [a, b].map(|(parameter, _)| (parameter, axes.len(parameter)));
    let [first, second] = lengths.map(|(parameter, length)| format!("`{parameter}` has {length}"));
    let title = format!("zipped axes differ in length: {first}, {second}");
    let mistake = Diagnostic::new(title, b.1, "").also(a.1, "");
    let mistake = mistake.help("give both as many values, or take one out of `zip`");
    lengths.into_iter().fold(mistake, |mistake, (parameter, length)| {
        let plural = if length == 1 { "value" } else { "values" };
        match settings.written(parameter) {
            Some(node) => mistake.also(node.span, format!("{length} {plural}")),
            None => mistake.help(format!("`{parameter}` is left out, so it has its one default")),
        }
    })
}

/// Reports presets whose laws differ from those that the config gives.
pub(crate) fn check_laws(groups: &[Group], axes: &Axes, settings: &Settings, report: &mut Report) {
    conflicts(Parameter::Law, &axes.law, (groups, axes, settings), report, |std| {
        let written = format!("write the std as an expression, here \"{}\"", std.expression);
        Some((std.law?, "", format!("leave `law` out where `std` is a preset, or {written}")))
    });
    conflicts(Parameter::BiasLaw, &axes.bias_law, (groups, axes, settings), report, |std| {
        let help = "leave `bias_law` out where a preset draws the biases, or give `bias_std` too";
        Some((std.bias.as_ref()?.law?, " of the biases", help.to_owned()))
    });
}

/// Reports the conflicts of one of the laws. `fixed` says what a std fixes: the law, of what, and what to do about it.
fn conflicts(
    parameter: Parameter,
    laws: &[Law],
    (groups, axes, settings): (&[Group], &Axes, &Settings),
    report: &mut Report,
    fixed: impl Fn(&Quantity) -> Option<(Law, &'static str, String)>,
) {
    let Some(law_node) = settings.written(parameter) else { return };
    let together = groups.iter().any(|group| {
        let has = |wanted| group.members.iter().any(|(parameter, _)| *parameter == wanted);
        has(Parameter::Std) && has(parameter)
    });
    for (i, quantity) in axes[Parameter::Std].iter().enumerate() {
        let Some((preset, of, help)) = fixed(quantity) else { continue };
        let others = laws.iter().enumerate().filter(|&(j, law)| *law != preset && !(together && i != j));
        for (j, law) in others {
            let title = format!("`{}` draws from `{preset}`, but `{parameter}` says `{law}`", quantity.text);
            report.add(
                Diagnostic::new(title, quantity.span, format!("this fixes the law{of} `{preset}`"))
                    .also(item(law_node, j).span, "this is another law")
                    .help(help.clone()),
            );
        }
    }
}

/// Item `index` of a list, or the one value.
fn item(node: &Node, index: usize) -> &Node {
    match &node.value {
        Value::Array(items) => items.get(index).unwrap_or(node),
        _ => node,
    }
}
