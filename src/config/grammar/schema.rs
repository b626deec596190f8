//! The JSON schema of the config, for editors.

use serde_json::{Map, Value, json};

use super::claims::{LARGEST_TRIALS, TARGET, TRIALS};
use super::key::{Key, Kind};
use super::presets::{PRESETS, Preset};
use super::tables::{self, LARGEST_LAYER, OTHER_WAYS, PARAMETERS, RANGE, TOP};
use crate::kernels::Activation;
use crate::network::{Metric, Operation, Precision};
use crate::random::Law;
use crate::sweep::{LARGEST_WIDTH, NumberRange, Parameter, ParameterKind};

/// A JSON schema (draft 7) of the config, made from the table of keys that the parser reads.
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(&[TOP]);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("A sweep of random neural networks");
    schema
}

fn object(tables: &[&'static [Key]]) -> Value {
    let keys = || tables.iter().flat_map(|keys| keys.iter());
    let properties: Map<String, Value> = keys().map(|key| (key.name.to_owned(), property(key))).collect();
    // What a grid requires may stand in [defaults], so only the outermost table and ranges require anything.
    let required: Vec<&str> =
        keys().filter(|key| key.required && !matches!(key.kind, Kind::Axis(_))).map(|key| key.name).collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn property(key: &Key) -> Value {
    let mut property = kind(&key.kind);
    property["description"] = json!(key.about);
    if let Some(default) = key.default {
        let word = default.trim_matches('\'');
        property["default"] = serde_json::from_str(default).unwrap_or_else(|_| json!(word));
    }
    property
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::FileName => json!({
            "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", "minLength": 1, "maxLength": 100
        }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Pair => json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } }),
        Kind::Whole { least, largest } => whole(*least, *largest),
        Kind::Choice(words) => json!({ "enum": words() }),
        Kind::ChoiceOrChoices(words) => {
            let list =
                json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": words() } });
            json!({ "anyOf": [{ "enum": words() }, list] })
        }
        Kind::Choices(words) => {
            json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": words() } })
        }
        Kind::Layers => json!({ "anyOf": [
            { "enum": ["last", "all"] },
            { "type": "array", "minItems": 1, "uniqueItems": true, "items": whole(0, LARGEST_LAYER) }
        ] }),
        Kind::Axis(parameter) => axis(*parameter),
        Kind::Sigma => axis(Parameter::BiasStd),
        Kind::Shape => {
            let one = json!({ "type": "array", "minItems": 2, "items": whole(1, LARGEST_WIDTH as u64) });
            json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
        }
        Kind::Expression => expression(),
        Kind::Zip => {
            let names = tables::names(&[PARAMETERS, OTHER_WAYS]);
            let group = json!({ "type": "array", "minItems": 2, "items": { "enum": names } });
            json!({ "anyOf": [group, { "type": "array", "items": group }] })
        }
        Kind::Published => {
            let metrics =
                Metric::ALL.iter().map(|metric| (metric.name().to_owned(), json!({ "type": "number" })));
            let properties: Map<String, Value> = metrics.collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
        Kind::Formulas => {
            let formula = json!({ "type": "string" });
            let with_parameters = json!({
                "type": "object", "required": ["formula"], "properties": { "formula": formula },
                "additionalProperties": { "type": "number" }
            });
            json!({ "type": "object", "additionalProperties": { "anyOf": [formula, with_parameters] } })
        }
        Kind::Texts => {
            let text = json!({ "type": "string" });
            json!({ "anyOf": [text, { "type": "array", "minItems": 1, "uniqueItems": true, "items": text }] })
        }
        Kind::NumberOr(words) => json!({ "anyOf": [{ "type": "number" }, { "enum": words }] }),
        Kind::Scalar => json!({ "type": ["number", "string"] }),
        Kind::Trials => json!({ "anyOf": [whole(1, LARGEST_TRIALS), object(&[TRIALS])] }),
        Kind::Targets => {
            let target = object(&[TARGET]);
            json!({ "anyOf": [target, { "type": "array", "minItems": 1, "items": target }] })
        }
        Kind::Table(tables) => object(tables),
        Kind::Tables(tables) => json!({ "type": "array", "minItems": 1, "items": object(tables) }),
    }
}

fn whole(least: u64, largest: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": largest })
}

/// One value, a list, or, of numbers, a range.
fn axis(parameter: Parameter) -> Value {
    let one = value(parameter);
    let list = json!({ "type": "array", "minItems": 1, "items": one });
    if parameter.is_word() {
        json!({ "anyOf": [one, list] })
    } else {
        json!({ "anyOf": [one, list, object(&[RANGE])] })
    }
}

/// One value of a parameter.
fn value(parameter: Parameter) -> Value {
    match parameter.row().kind {
        ParameterKind::Word(_) => word(parameter),
        ParameterKind::Choice { .. } if parameter.is_flag() => json!({ "type": "boolean" }),
        ParameterKind::Choice { names, .. } => json!({ "enum": names() }),
        ParameterKind::Shape { largest, .. } => whole(1, largest as u64),
        ParameterKind::Number(range, _) => number(parameter, range),
    }
}

/// One name.
fn word(parameter: Parameter) -> Value {
    // A name with an argument, such as elu(1), is a string that no list of words can hold.
    let named = |names: &[&str]| json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": "^[a-z_]+\\(.*\\)$" }] });
    match parameter {
        Parameter::Operation => json!({ "enum": Operation::ALL.map(Operation::name) }),
        Parameter::Precision => json!({ "enum": Precision::ALL.map(Precision::name) }),
        // The names of `[activations]` are words too.
        Parameter::Activation => {
            json!({ "anyOf": [{ "enum": Activation::NAMES }, { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*( *\\(.*\\))?$" }] })
        }
        Parameter::Law => named(&Law::NAMES),
        Parameter::BiasLaw | Parameter::InputLaw => named(Law::independent()),
        _ => json!({ "type": "string" }),
    }
}

/// One number, expression or preset.
fn number(parameter: Parameter, range: NumberRange) -> Value {
    let plain = match range {
        NumberRange::Count(largest) => whole(1, largest as u64),
        NumberRange::Std => json!({ "type": "number", "minimum": 0 }),
        NumberRange::Correlation => json!({ "type": "number", "minimum": -1, "maximum": 1 }),
        NumberRange::PowerOfTwo => json!({ "type": "number", "exclusiveMinimum": 0 }),
        NumberRange::Any => json!({ "type": "number" }),
    };
    if parameter == Parameter::Std {
        let presets: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let brings = |preset: &Preset| {
            let (bias, law) = (preset.bias?, preset.law?);
            Some(format!(
                "`{}` sets the biases too, {} of std `{bias}`, unless `bias_std` does.",
                preset.name, law
            ))
        };
        let brought: Vec<String> = PRESETS.iter().filter_map(brings).collect();
        let named = json!({ "enum": presets, "description": brought.join(" ") });
        return json!({ "anyOf": [plain, named, expression()] });
    }
    json!({ "anyOf": [plain, expression()] })
}

fn expression() -> Value {
    json!({ "type": "string", "description": "An expression such as `sqrt(2/fan_in)`." })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::grammar::claims::{COMPARE, EXPECT};
    use crate::config::grammar::figures::{FIGURE, MARK, RANGES, SCALE};
    use crate::config::grammar::tables::{GRID_ONLY, MEASURE};
    use crate::config::{Source, parse};

    /// The properties of the schema at a path of keys.
    fn properties<'a>(schema: &'a Value, path: &[&str]) -> Vec<&'a str> {
        let node = path.iter().fold(schema, |node, key| &node[*key]);
        node["properties"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn the_schema_has_the_keys_of_the_parser_and_no_others() {
        let schema = schema();
        assert_eq!(properties(&schema, &[]), tables::names(&[TOP]));
        assert_eq!(
            properties(&schema, &["properties", "defaults"]),
            tables::names(&[PARAMETERS, OTHER_WAYS])
        );
        assert_eq!(
            properties(&schema, &["properties", "grid", "items"]),
            tables::names(&[PARAMETERS, OTHER_WAYS, GRID_ONLY])
        );
        assert_eq!(properties(&schema, &["properties", "measure"]), tables::names(&[MEASURE]));
        assert_eq!(properties(&schema, &["properties", "expect", "items"]), tables::names(&[EXPECT]));
        assert_eq!(properties(&schema, &["properties", "compare", "items"]), tables::names(&[COMPARE]));
        let figure = &schema["properties"]["figure"]["items"];
        assert_eq!(properties(figure, &[]), tables::names(&[FIGURE]));
        assert_eq!(properties(figure, &["properties", "scale"]), tables::names(&[SCALE]));
        assert_eq!(properties(figure, &["properties", "range"]), tables::names(&[RANGES]));
        assert_eq!(properties(figure, &["properties", "marks", "items"]), tables::names(&[MARK]));
        let trials = &schema["properties"]["trials"]["anyOf"][1];
        assert_eq!(properties(trials, &[]), tables::names(&[TRIALS]));
        assert_eq!(properties(&trials["properties"]["target"]["anyOf"][0], &[]), tables::names(&[TARGET]));
        assert_eq!(tables::names(&[PARAMETERS]), Parameter::ALL.map(Parameter::name));
        let range = &schema["properties"]["grid"]["items"]["properties"]["mean"]["anyOf"][2];
        assert_eq!(properties(range, &[]), tables::names(&[RANGE]));
        assert_eq!(schema["properties"]["grid"]["items"]["properties"]["batch"]["default"], 64);
    }

    #[test]
    fn every_key_of_the_schema_is_read_by_the_parser() {
        // A date is never right, so a key that is read complains about it.
        let head = "name = 'a'\ntrials = 1\n";
        let grid = "[[grid]]\nwidth = 8\nstd = 1\n";
        let complains = |text: String, key: &str| {
            let error = parse(&Source::new("a.toml", text)).expect_err(key);
            assert!(
                error.items.iter().any(|item| error.source.slice(item.span).contains("1979-05-27")
                    || item.label.contains("date")),
                "{key}: {error}"
            );
        };
        let date = |key: &str| format!("{key} = 1979-05-27\n");
        let without = |text: &str, key: &str| {
            let other = |line: &&str| !line.starts_with(&format!("{key} "));
            text.lines().filter(other).flat_map(|line| [line, "\n"]).collect::<String>()
        };
        for key in tables::names(&[TOP]).into_iter().filter(|key| *key != "grid") {
            complains(format!("{}{}{grid}", date(key), without(head, key)), key);
        }
        complains(format!("{head}{}", date("grid")), "grid");
        for key in tables::names(&[PARAMETERS, GRID_ONLY]) {
            complains(format!("{head}{}{}", without(grid, key), date(key)), key);
        }
        for key in tables::names(&[OTHER_WAYS]) {
            complains(format!("{head}{}{}", without(grid, "std"), date(key)), key);
        }
        for key in tables::names(&[PARAMETERS]) {
            complains(format!("{head}[defaults]\n{}{grid}", date(key)), key);
        }
        for key in tables::names(&[MEASURE]) {
            complains(format!("{head}{grid}[measure]\n{}", date(key)), key);
        }
        let expect = "[[expect]]\nmetric = 'std'\nvalue = 1\nabsolute = 0.1\n";
        for key in tables::names(&[EXPECT]) {
            let alone = if key.starts_with("at_") { "[[expect]]\nmetric = 'std'\n" } else { expect };
            complains(format!("{head}{grid}{}{}", without(alone, key), date(key)), key);
        }
        for key in tables::names(&[COMPARE]) {
            let compare = "[[compare]]\nparameter = 'std'\nbaseline = 1\n";
            complains(format!("{head}{grid}{}{}", without(compare, key), date(key)), key);
        }
        for key in tables::names(&[FIGURE]) {
            let figure = "[[figure]]\nmetric = 'std'\n";
            complains(format!("{head}{grid}{}{}", without(figure, key), date(key)), key);
        }
        for (table, keys) in [("scale = {", SCALE), ("range = {", RANGES), ("marks = [{", MARK)] {
            let end = if table.ends_with("[{") { "}]" } else { "}" };
            for key in tables::names(&[keys]) {
                let text =
                    format!("{head}{grid}[[figure]]\nmetric = 'std'\n{table} {key} = 1979-05-27 {end}");
                complains(text, key);
            }
        }
        for key in tables::names(&[TRIALS]) {
            complains(format!("name = 'a'\n{grid}[trials]\n{}", date(key)), key);
        }
        for key in tables::names(&[TARGET]) {
            complains(format!("name = 'a'\n{grid}[trials]\nmax = 9\ntarget = {{ {key} = 1979-05-27 }}"), key);
        }
        for key in tables::names(&[RANGE]) {
            let rest = ["from", "to"]
                .into_iter()
                .filter(|other| *other != key)
                .map(|other| format!("{other} = 1, "));
            complains(
                format!("{head}{grid}mean = {{ {}{key} = 1979-05-27 }}", rest.collect::<String>()),
                key,
            );
        }
    }
}
