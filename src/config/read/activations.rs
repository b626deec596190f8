//! `[activations]`: formulas under names.

use super::report::Report;
use super::value;
use crate::config::expression::{self, CONSTANTS, functions};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::{Entry, Node, Table, Value};
use crate::kernels::Activation;
use crate::kernels::activation::formula::{Formula, Tree};

/// Most formulas of a config: compiling one takes milliseconds.
const MOST: usize = 100;

/// Most characters of a name.
const LONGEST: usize = 60;

/// Reads the table; what has a mistake is there under its name as the identity, so that it is not unknown as well.
pub(crate) fn read(node: &Node, report: &mut Report) -> Vec<Activation> {
    let Value::Table(table) = &node.value else {
        let wrong = value::wrong_type("activations", "a table", node);
        report.add(
            wrong.help(
                "its header is written `[activations]`, and a line below it `mine = \"relu(x) - 0.5\"`",
            ),
        );
        return Vec::new();
    };
    if table.entries.len() > MOST {
        let mistake = Diagnostic::new(format!("there are more than {MOST} activations"), node.span, "");
        report.add(mistake.help("leave those out that no grid uses"));
        return Vec::new();
    }
    let mut found = Vec::new();
    for entry in &table.entries {
        report.keep(name(entry));
        let tree = formula(&entry.node, report).unwrap_or(Tree::X);
        found.push(Formula::activation(&entry.key, &tree));
    }
    found
}

/// Whether a key can name an activation.
fn name(entry: &Entry) -> Result<(), Diagnostic> {
    let (key, span) = (entry.key.as_str(), entry.key_span);
    if Activation::built_in(key).is_some() {
        return Err(Diagnostic::new(format!("`{key}` is a built-in activation"), span, "")
            .help("give yours a name of its own"));
    }
    if !is_word(key) || key.len() > LONGEST {
        let title = format!("{} cannot name an activation", quote(key));
        return Err(Diagnostic::new(title, span, "").help(format!(
            "a name has letters, digits and `_`, no digit first, and up to {LONGEST} characters"
        )));
    }
    // Tables have it as a field.
    value::words("activations", key, &Node { span, value: Value::Other("a key") })
        .map_err(|mistake| mistake.help("give it a name that reads as a word"))
}

fn is_word(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_inner)
}

/// A formula, alone or beside its parameters.
fn formula(node: &Node, report: &mut Report) -> Option<Tree> {
    match &node.value {
        Value::Table(table) => with_parameters(node, table, report),
        _ => report.keep(tree(node, &[])),
    }
}

fn with_parameters(node: &Node, table: &Table, report: &mut Report) -> Option<Tree> {
    let before = report.met;
    let Some(formula) = table.get("formula") else {
        let mistake = Diagnostic::new("an activation needs `formula`", node.span, "it is missing here");
        report.add(mistake.help("as in `{ formula = \"x * sigmoid(a * x)\", a = 1.702 }`"));
        return None;
    };
    let own = table.entries.iter().filter(|entry| entry.key != "formula");
    let parameters: Vec<(String, f64)> =
        own.clone().filter_map(|entry| report.keep(parameter(entry))).collect();
    if report.met > before {
        return None;
    }
    let tree = report.keep(tree(formula, &parameters))?;
    let text = formula.text().unwrap_or_default();
    for entry in own.filter(|entry| !expression::mentions(text, &entry.key)) {
        let title = format!("the formula does not name the parameter {}", quote(&entry.key));
        let mistake = Diagnostic::new(title, entry.key_span, "").also(formula.span, "the formula is here");
        report.add(mistake.help("take it away, or use it"));
    }
    Some(tree)
}

fn parameter(entry: &Entry) -> Result<(String, f64), Diagnostic> {
    let key = entry.key.as_str();
    let is_taken = key == "x" || CONSTANTS.iter().any(|(name, _)| *name == key) || functions().contains(&key);
    if is_taken || !is_word(key) {
        let title = format!("{} cannot name a parameter", quote(key));
        let help =
            if is_taken { "it has a meaning in every formula" } else { "a name has letters, digits and `_`" };
        return Err(Diagnostic::new(title, entry.key_span, "").help(help));
    }
    let number = value::number(key, &entry.node).map_err(|mistake| match mistake.help {
        None => mistake.help("a parameter is one number; for each value, define an activation of its own"),
        Some(_) => mistake,
    })?;
    Ok((key.to_owned(), number))
}

fn tree(node: &Node, parameters: &[(String, f64)]) -> Result<Tree, Diagnostic> {
    let wanted = "a formula in quotes, or a table with `formula` and its parameters";
    let text = node.text().ok_or_else(|| value::wrong_type("activations", wanted, node))?;
    expression::formula(text, parameters).map_err(|mistake| mistake.at(node))
}
