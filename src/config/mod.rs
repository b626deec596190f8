//! TOML text to a validated [`Sweep`], or all of its mistakes at once.
//!
//! ```text
//! Source -> tree -> read -> Sweep
//!           |       |  grammar, expression
//!           +-------+--> Diagnostics
//! ```
//!
//! Every parameter of a network may be one value, a list, or a range; the lists of a `[[grid]]` are crossed, or
//! walked together where `zip` names them, and `where` keeps the cells for which it is true. Every mistake
//! carries its place in the text.

mod expression;
mod grammar;
mod input;
#[cfg(test)]
mod properties;
mod read;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod words;

pub use grammar::presets::{PRESETS, Preset};
pub use grammar::reference::reference;
pub use grammar::schema::schema;
pub use text::diagnostic::{Diagnostic, Diagnostics, SHOWN};
pub use text::source::Source;

use input::Files;
use read::report::Report;
use read::{check, selection, sweep};
use text::overrides;
use text::tree::{self, Node, Table, Text, Value};

use crate::kernels::Activation;
use crate::kernels::activation::formula::Formula;
use crate::sweep::expression::Fault;
use crate::sweep::{Cell, Selection, Span, Sweep, SweepError};

/// Reads a config.
///
/// # Errors
///
/// All mistakes found. Every cell of a sweep of up to 10^5 points has been looked at (see [`Sweep::check`]).
pub fn parse(source: &Source) -> Result<Sweep, Diagnostics> {
    let mut report = Report::new(Files::of(source));
    let sweep = tree(source, &mut report).and_then(|root| sweep::read(&root, &mut report));
    sweep.ok_or_else(|| Diagnostics::new(source.clone(), report.items))
}

/// The indices of the cells for which a condition holds, as `where` has it.
///
/// # Errors
///
/// Mistakes in the condition, and a cell for which it has no truth value.
pub fn choose(condition: &str, cells: &[Cell]) -> Result<Vec<usize>, Diagnostics> {
    let source = Source::new("--where", condition);
    let span = Span { source: 0, start: 0, end: condition.len() };
    let value = Value::Text(Text { content: condition.to_owned(), inner: Some(0) });
    let activations = cells.iter().map(|cell| cell.network.activation);
    let formulas: Vec<Activation> = activations.filter(|one| matches!(one, Activation::Formula(_))).collect();
    let filter = selection::filter(&Node { span, value }, &formulas)
        .map_err(|mistake| Diagnostics::new(source.clone(), vec![mistake]))?;
    let selection = Selection { labels: Vec::new(), filter: Some(filter) };
    selection.choose(cells).map_err(|error| explain(&source, &error))
}

/// The activation of a formula, such as `relu(x) - 0.5`; its name is the text.
///
/// # Errors
///
/// The mistake in it, with its place.
pub fn formula(text: &str) -> Result<Activation, Diagnostics> {
    let source = Source::new("--formula", text);
    let span = Span { source: 0, start: 0, end: text.len() };
    let value = Value::Text(Text { content: text.to_owned(), inner: Some(0) });
    let tree = expression::formula(text, &[]);
    tree.map(|tree| Formula::activation(text, &tree))
        .map_err(|mistake| Diagnostics::new(source, vec![mistake.at(&Node { span, value })]))
}

/// The value of an expression without names, such as `5/3`.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn number(text: &str) -> Result<f64, String> {
    let mistake =
        |title: String, help: Option<String>| help.map_or(title.clone(), |help| format!("{title}: {help}"));
    let expression = expression::number(text, &[]).map_err(|wrong| mistake(wrong.title, wrong.help))?;
    let value = expression.evaluate(&|_| Ok(f64::NAN)).map_err(|fault: Fault| fault.to_string())?;
    if value.is_finite() { Ok(value) } else { Err("it is infinite".to_owned()) }
}

/// An error of [`Sweep::cells`], with its place in the config it came from.
#[must_use]
pub fn explain(source: &Source, error: &SweepError) -> Diagnostics {
    Diagnostics::new(source.clone(), vec![check::diagnostic(error, 1)])
}

/// What is wrong with `[[figure]]` clauses, each as a mistake of the config at its place.
#[must_use]
pub fn refused_figures(source: &Source, mistakes: &[(Span, String)]) -> Diagnostics {
    let mistake = |(span, reason): &(Span, String)| {
        Diagnostic::new(format!("this figure cannot be drawn: {reason}"), *span, "")
            .help("choose other cells, layers or axes, or leave the figure out")
    };
    Diagnostics::new(source.clone(), mistakes.iter().map(mistake).collect())
}

/// The tree of the file with the overrides put in; `None` after a syntax error, for what follows from half a
/// file would be noise.
fn tree(source: &Source, report: &mut Report) -> Option<Table> {
    let mut root = None;
    for (index, (_, text)) in source.texts().iter().enumerate() {
        if index == 0 {
            match tree::read(0, text) {
                Ok(table) => root = Some(table),
                Err(mistakes) => mistakes.into_iter().for_each(|mistake| report.add(mistake)),
            }
        } else if let Some(table) = &mut root {
            let result = overrides::apply(table, index, text);
            report.keep(result);
        }
    }
    root
}
