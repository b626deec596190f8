//! `input`: random inputs, or the samples of a file.

use super::report::Report;
use super::{axis, value};
use crate::config::text::diagnostic::{Diagnostic, quote};
use crate::config::text::tree::Node;
use crate::network::{Data, InputRows};
use crate::sweep::expression::{Expression, number};
use crate::sweep::{Input, Parameter, Quantity, RANDOM, Span, as_f64};

const KEY: &str = Parameter::Input.name();

/// Where inputs come from. `has_width`: the config says how many units the input has.
pub(crate) fn inputs(node: &Node, has_width: bool, report: &mut Report) -> Vec<Input> {
    let (files, key) = (report.files.clone(), report.sample_key);
    let read = |item: &Node| {
        let text = value::text(KEY, "`random`, or the path of a .npy file, in quotes", item)?;
        let random = Input { text: text.to_owned(), span: item.span, data: None, widths: Vec::new() };
        if text == RANDOM {
            return Ok(random);
        }
        // It stands in tables.
        if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
            return Err(value::unfit(KEY, "the path of a file, one line without blanks around it", item, ""));
        }
        value::words(KEY, text, item)?;
        let table = files.table(text).map_err(|why| unusable(text, &why, item))?;
        let widths = InputRows::ALL.map(|rows| width(table.shape(rows)[1], item.span));
        let widths = if has_width { Vec::new() } else { widths.to_vec() };
        Ok(Input { data: Some(Data { table, key }), widths, ..random })
    };
    axis::list(KEY, node, report, read)
}

fn unusable(path: &str, why: &str, item: &Node) -> Diagnostic {
    let title = format!("{} cannot be the `{KEY}`: {why}", quote(path));
    let help = "a path is relative to the folder of the config; `random` stands for random inputs";
    Diagnostic::new(title, item.span, "").help(help)
}

/// The features of a file as the width of the input.
fn width(features: usize, span: Span) -> Quantity {
    let features = as_f64(features);
    let (expression, text) = (Expression::Number(features), number(features));
    Quantity { expression, text, span, law: None, bias: None, fitted: false }
}
