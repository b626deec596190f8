//! Keys that say something of what no cell has.

use super::report::Report;
use crate::config::text::diagnostic::Diagnostic;
use crate::config::text::tree::Table;
use crate::network::Storage;
use crate::sweep::{Axes, Parameter};

/// A key, and what gives it an effect.
struct Needs {
    key: Parameter,
    what: &'static str,
    has: fn(&Axes) -> bool,
}

const NEEDS: [Needs; 3] = [
    Needs { key: Parameter::InputRows, what: "inputs from a file", has: has_file },
    Needs { key: Parameter::InputStandardise, what: "inputs from a file", has: has_file },
    Needs { key: Parameter::E4m3Overflow, what: "storage or gradient_storage = \"e4m3\"", has: has_e4m3 },
];

fn has_file(axes: &Axes) -> bool {
    axes.input.iter().any(|input| input.data.is_some())
}

fn has_e4m3(axes: &Axes) -> bool {
    let stored = [Parameter::Storage, Parameter::GradientStorage].map(|storage| &axes.choices[storage]);
    stored.into_iter().flatten().any(|choice| choice.name == Storage::E4m3.name())
}

/// Reports keys of a table that have no effect on the cells of any of these axes.
pub(crate) fn keys(table: &Table, axes: &[&Axes], report: &mut Report) {
    for Needs { key, what, has } in NEEDS {
        if let Some(node) = table.get(key.name()).filter(|_| !axes.iter().any(|axes| has(axes))) {
            let title = format!("`{key}` has no effect: it is for {what}, which no cell has");
            report.add(Diagnostic::new(title, node.span, "").help(format!("leave it out, or give {what}")));
        }
    }
}
