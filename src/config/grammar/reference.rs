//! The reference of the config language, for readers: docs/reference.md.

use super::claims::{COMPARE, EXPECT, TARGET, TRIALS};
use super::figures::{FIGURE, MARK, RANGES, SCALE};
use super::key::{Key, Kind};
use super::presets::PRESETS;
use super::tables::{BINS, GRID_ONLY, MEASURE, OTHER_WAYS, PARAMETERS, RANGE, TOP};
use crate::config::text::suggest::grouped;
use crate::kernels::Activation;
use crate::network::{Metric, Operation, Precision, Site};
use crate::random::Law;
use crate::sweep::expression::Name;
use crate::sweep::{NumberRange, Parameter, ParameterKind, Randomness, Statistic};

const HEAD: &str = "\
# Reference of configs

Every key and every name that a config may have. `initsweep reference` prints this page; it is made from the tables that
the program reads configs with. A config to start from: `initsweep init`.

";

const FIGURES: &str = "\
Without any, each metric at each site has a figure. Figures are no part of what is drawn or stored: `initsweep figures`
draws them again from the files of a run.

";

const AXES: &str = "\
Each of these keys has one value, or a list of values, which makes an axis. Numbers may also be a range, see below. All
axes of a grid are crossed, but for those that `zip` names.

";

const EXPRESSIONS: &str = "\
## Expressions

Numbers marked *expression* may be written as one, in quotes: `\"sqrt(2/fan_in)\"`. It has numbers, `pi`, `+ - * / ^`,
parentheses, and `sqrt`, `exp`, `log` (the natural logarithm), `abs`, `min`, `max`, and `odd`, which is 1
for odd whole numbers and else 0. It may name `width` and `fan_out` (both are the width of the layer), `fan_in` (that of the
layer below), `input_width`, `depth`, `layer` (from 1; weights, biases and branches only) and `batch`. A `width` may name
`layer`, `depth` and `input_width`, and is rounded.
A value that is not 0 but rounds to 0 is a mistake, as is one that is infinite.

A `std` may also be a preset times numbers: `\"5/3 * xavier_uniform\"`, `\"he_normal/sqrt(2)\"`.

A `where` compares numbers by `< <= > >= == !=` and joins comparisons by `&&`, `||` and `!`. It may name ";

const TEXTS: &str = ".
A parameter may also be compared with a text, as the config writes it: `activation == 'relu'`, `std == 'he_normal'`.

";

/// The reference, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    let tables: [(&str, &str, &[&[Key]]); 13] = [
        ("Top of the file", "", &[TOP]),
        ("`[[grid]]` and `[defaults]`: the network", AXES, &[PARAMETERS, OTHER_WAYS]),
        ("`[[grid]]` alone", "", &[GRID_ONLY]),
        ("Ranges", "As in `{ from = 32, to = 1024, points = 6, scale = \"log\" }`.\n\n", &[RANGE]),
        ("`[measure]`", "", &[MEASURE]),
        ("`histogram` in `[measure]`", "As in `{ from = -1, to = 1, bins = 40 }`.\n\n", &[BINS]),
        ("`[trials]`, in place of a number, and its targets", "", &[TRIALS, TARGET]),
        ("`[[expect]]`", "", &[EXPECT]),
        ("`[[compare]]`", "", &[COMPARE]),
        ("`[[figure]]`", FIGURES, &[FIGURE]),
        ("`scale` of a figure", "", &[SCALE]),
        ("`range` of a figure", "", &[RANGES]),
        ("`marks` of a figure", "", &[MARK]),
    ];
    for (title, intro, keys) in tables {
        let head = "| key | takes | default | meaning |\n|---|---|---|---|\n";
        let rows: String = keys.iter().flat_map(|keys| keys.iter()).map(row).collect();
        text.extend(["## ", title, "\n\n", intro, head, &rows, "\n"]);
    }
    let comparable = Name::all().into_iter().filter(|one| *one != Name::Layer).map(Name::text);
    let names = names().into_iter().map(|(what, names)| format!("- {what}: {}\n", listed(names)));
    let names: String = names.collect();
    let metrics: String = Metric::ALL.map(|metric| line(&[metric.name(), metric.meaning()])).concat();
    text.extend([EXPRESSIONS, &listed(comparable), TEXTS, &presets(), "## Names\n\n", &names]);
    text.extend(["\n## Metrics\n\n| metric | meaning |\n|---|---|\n", &metrics]);
    text
}

fn row(key: &Key) -> String {
    let required = if key.required { "required" } else { "" };
    let default =
        key.default.map_or(required.to_owned(), |default| format!("`{}`", default.replace('\'', "\"")));
    line(&[&format!("`{}`", key.name), &takes(&key.kind), &default, key.about])
}

/// One line of a table; a bar in a field is no border.
fn line(fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| field.replace('|', "\\|")).collect();
    format!("| {} |\n", fields.join(" | "))
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::FileName | Kind::Text => "text".to_owned(),
        Kind::Whole { least, largest } => format!("whole number, {least} to {}", grouped((*largest).into())),
        Kind::Number => "number".to_owned(),
        Kind::Pair => "list of two numbers".to_owned(),
        Kind::Choice(_) => "a name".to_owned(),
        Kind::ChoiceOrChoices(_) => "a name, or a list of names".to_owned(),
        Kind::Choices(_) => "list of names".to_owned(),
        Kind::Layers => "`\"last\"`, `\"all\"` or a list".to_owned(),
        Kind::Axis(parameter) => axis(*parameter),
        Kind::Sigma => "number from 0, expression".to_owned(),
        Kind::Shape => "list of whole numbers, or of such lists".to_owned(),
        Kind::Expression => "expression".to_owned(),
        Kind::Zip => "list of keys, or of such lists".to_owned(),
        Kind::Formulas => "table of formulas".to_owned(),
        Kind::Published => "table of numbers by metric".to_owned(),
        Kind::Texts => "text, or a list of texts".to_owned(),
        Kind::NumberOr(words) => {
            let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            format!("number, or {}", quoted.join(" or "))
        }
        Kind::Scalar => "number or text".to_owned(),
        Kind::Trials => "whole number, or a table".to_owned(),
        Kind::Targets => "table, or a list of tables".to_owned(),
        Kind::Table(_) => "table".to_owned(),
        Kind::Tables(_) => "tables".to_owned(),
    }
}

fn axis(parameter: Parameter) -> String {
    let range = match parameter.row().kind {
        ParameterKind::Choice { .. } if parameter.is_flag() => return "`true` or `false`".to_owned(),
        ParameterKind::Word(_) | ParameterKind::Choice { .. } => return "a name".to_owned(),
        ParameterKind::Shape { largest, .. } => {
            return format!("whole number, 1 to {}", grouped(largest as u128));
        }
        ParameterKind::Number(range, _) => range,
    };
    let number = match range {
        NumberRange::Count(largest) => format!("whole number, 1 to {}", grouped(largest as u128)),
        NumberRange::Std => "number from 0".to_owned(),
        NumberRange::Correlation => "number, -1 to 1".to_owned(),
        NumberRange::PowerOfTwo => "power of two".to_owned(),
        NumberRange::Any => "number".to_owned(),
    };
    let preset = if parameter == Parameter::Std { ", preset" } else { "" };
    format!("{number}, expression{preset}")
}

fn presets() -> String {
    let mut text = "## Presets\n\nValues of `std` that set the law of the weights too. `fan_in` and `fan_out` \
                    are those of each layer. Biases that a preset draws have its law; a config that gives \
                    `bias_std` has its own in their place. `orthogonal(gain)` is `gain` times `orthogonal`. \
                    With `lsuv` the weights of each layer, drawn by `law`, are scaled so that W X has that std in every \
                    trial.\n\n| preset | law | std | defined by | std of biases |\n|---|---|---|---|---|\n"
        .to_owned();
    for preset in PRESETS {
        let [name, std] = [preset.name, preset.std].map(|code| format!("`{code}`"));
        let std = if preset.law.is_some() { std } else { format!("{std}, of W X over units and batch") };
        let law = preset.law.map_or_else(|| "that of `law`".to_owned(), |law| law.to_string());
        let bias = preset.bias.map_or(String::new(), |code| format!("`{code}`"));
        text += &line(&[&name, &law, &std, &format!("`{}`", preset.origin), &bias]);
    }
    text.push('\n');
    text
}

fn names() -> Vec<(&'static str, Vec<&'static str>)> {
    let words = Parameter::ALL.into_iter().filter(|one| !one.is_flag());
    let choices = words.filter_map(|one| Some((one.name(), one.names()?)));
    let others = [
        ("operation", Operation::ALL.map(Operation::name).to_vec()),
        (
            "activation (`leaky_relu(0.01)`, `elu(1)` and `celu(1)` take an argument)",
            Activation::NAMES.to_vec(),
        ),
        (
            "law (`student_t(5)` takes its degrees of freedom, `truncated_normal(3)` the standard deviations at which a normal \
             law is cut, 2 if it is left out; `orthogonal` is for weights alone)",
            Law::NAMES.to_vec(),
        ),
        ("precision", Precision::ALL.map(Precision::name).to_vec()),
        ("site", Site::ALL.map(Site::name).to_vec()),
        ("statistic", Statistic::ALL.map(Statistic::name).to_vec()),
        ("randomness", Randomness::ALL.map(Randomness::name).to_vec()),
    ];
    choices.chain(others).collect()
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::grammar::tables::ALL_TABLES;

    #[test]
    fn every_key_preset_and_metric_has_a_line_in_the_reference() {
        let text = reference();
        let keys = ALL_TABLES.into_iter().flatten().map(row);
        assert!(keys.into_iter().all(|row| text.contains(&row)));
        assert!(PRESETS.iter().all(|preset| text.contains(&format!("| `{}` |", preset.name))));
        assert!(Metric::ALL.into_iter().all(|metric| text.contains(&format!("| {} |", metric.name()))));
    }
}
