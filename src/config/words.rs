//! The words of the field: `sigma_w`, gains, presets in conditions, set-ups that are compared.

use super::*;
use crate::random::{Law, Truncation};
use crate::sweep::{Cell, Parameter, Subject};

/// The cells of one grid; its width and std are given if `lines` give none.
fn cells(lines: &str) -> Vec<Cell> {
    let has = |key: &str| lines.lines().any(|line| line.starts_with(key));
    let width = if has("width") { "" } else { "width = 100" };
    let std = if has("std") || has("sigma_w") { "" } else { "std = 1" };
    let text = format!("name = 'a'\ntrials = 1\n[[grid]]\n{width}\n{std}\n{lines}");
    let sweep = parse(&Source::new("a.toml", text)).unwrap_or_else(|error| panic!("{error}"));
    sweep.cells().map(Result::unwrap).collect()
}

fn stds(lines: &str) -> Vec<(String, f64)> {
    cells(lines).into_iter().map(|cell| (cell.std_text, cell.network.weight_std[0])).collect()
}

/// The first mistake of a grid, with its help.
fn mistake(lines: &str) -> String {
    let text = format!("name = 'a'\ntrials = 1\n[[grid]]\nwidth = 100\n{lines}");
    let error = parse(&Source::new("a.toml", text)).expect_err(lines);
    let first = &error.items[0];
    format!("{}: {}", first.title, first.help.clone().unwrap_or_default())
}

fn std(text: &str, value: f64) -> (String, f64) {
    (text.to_owned(), value)
}

#[test]
fn sigma_w_and_sigma_b_set_the_stds_that_they_mean() {
    assert_eq!(stds("sigma_w = [1, 1.5]"), [std("1/sqrt(fan_in)", 0.1), std("1.5/sqrt(fan_in)", 0.15)]);
    assert_eq!(stds("sigma_w = 'sqrt(2) + layer'")[0].0, "(sqrt(2)+layer)/sqrt(fan_in)");
    let both = &cells("sigma_w = 2\nsigma_b = 0.3")[0];
    assert_eq!((both.network.bias_std[0], both.bias_std_text.as_str(), both.sigma_w), (0.3, "0.3", 2.0));
    let same = &cells("std = '2/sqrt(fan_in)'\nbias_std = 0.3")[0];
    assert_eq!(both.row_key(), same.row_key());
}

#[test]
fn a_grid_overrides_the_default_of_the_same_std_in_any_unit() {
    let text = "name = 'a'\ntrials = 1\n[defaults]\nstd = 5\n[[grid]]\nwidth = 100\nsigma_w = 1\n[[grid]]\nwidth = 100";
    let sweep = parse(&Source::new("a", text)).unwrap();
    let stds: Vec<_> = sweep.cells().map(|cell| cell.unwrap().network.weight_std[0]).collect();
    assert_eq!(stds, [0.1, 5.0]);
    assert!(mistake("std = 1\nsigma_w = 1").starts_with("`std` and `sigma_w` set the same std"));
    assert!(mistake("std = 1\nbias_std = 1\nsigma_b = 1").starts_with("`bias_std` and `sigma_b` set"));
    assert!(mistake("sigma_w = -1").starts_with("`sigma_w` cannot be negative"));
    assert!(mistake("sigma_w = 'he_normal'").starts_with("the preset `he_normal` is not available here"));
}

#[test]
fn conditions_see_the_sigma_that_was_written_exactly() {
    let chosen = |filter: &str| {
        let lines = format!("width = [3, 100]\nsigma_w = [1, '5/3', 2.2]\nwhere = \"{filter}\"");
        cells(&lines).len()
    };
    assert_eq!(chosen("sigma_w == 5/3"), 2);
    assert_eq!(chosen("sigma_w == 2.2 && sigma_b == 0"), 2);
    assert_eq!(chosen("sigma_w < 2"), 4);
}

#[test]
fn zips_and_ranges_take_sigmas_and_expressions() {
    assert_eq!(
        stds("width = [4, 100]\nsigma_w = [1, 2]\nzip = ['sigma_w', 'width']"),
        [std("1/sqrt(fan_in)", 0.5), std("2/sqrt(fan_in)", 0.2)]
    );
    assert_eq!(
        stds("std = { from = 0.5, to = 4, points = 15, times = '1/sqrt(fan_in)' }")[1],
        std("0.75/sqrt(fan_in)", 0.075)
    );
    assert_eq!(stds("sigma_w = { from = 1, to = 2, step = 0.5 }")[1], std("1.5/sqrt(fan_in)", 0.15));
    let batches = cells("batch = { from = 1, to = 2, step = 0.5, times = 'width' }");
    assert_eq!(batches.iter().map(|cell| cell.network.batch).collect::<Vec<_>>(), [100, 150, 200]);
    assert!(mistake("std = 1\ndepth = { from = 1, to = 3, step = 1, times = 'width' }").contains("`times`"));
}

#[test]
fn a_preset_may_have_a_gain_and_keeps_its_law() {
    let gain = &cells("std = '5/3 * xavier_uniform'")[0];
    assert_eq!((gain.std_text.as_str(), gain.network.law), ("5/3 * xavier_uniform", Law::Uniform));
    let expected = 5.0 / 3.0 * (2.0 / 200.0_f64).sqrt();
    assert!((gain.network.weight_std[0] - expected).abs() < 1e-16);
    assert_eq!(cells("std = 'he_normal/2'")[0].network.law, Law::TruncatedNormal(Truncation::AT_TWO));
    let range = cells("std = { from = 1, to = 2, points = 2, times = 'he_normal' }");
    assert_eq!(
        (range[1].std_text.as_str(), range[1].network.law),
        ("2*he_normal", Law::TruncatedNormal(Truncation::AT_TWO))
    );
    let same = &cells("std = '2*he_normal'")[0];
    assert_eq!(range[1].row_key(), same.row_key());
    assert!(mistake("std = 'he_normal*he_normal'").starts_with("a std has one preset"));
    assert!(mistake("std = '1/he_normal'").starts_with("the preset `he_normal` is not available here"));
    assert!(mistake("std = '2*xavier_unifrm'").contains("did you mean the preset `xavier_uniform`?"));
    assert!(mistake("std = '2*he_normal'\nlaw = 'normal'").contains("2*he_normal"));
}

#[test]
fn conditions_compare_texts_as_the_config_writes_them() {
    let chosen = |filter: &str| {
        cells(&format!("std = ['kaiming_normal', 0.5, '2/fan_in']\nwhere = \"{filter}\"")).len()
    };
    assert_eq!(chosen("std == 'kaiming_normal'"), 1);
    assert_eq!(chosen("std != 'kaiming_normal' && std == '.50'"), 1);
    assert_eq!(chosen("law == 'normal' && std == '2/fan_in'"), 1);
    let wrong = |filter: &str| mistake(&format!("std = 'kaiming_normal'\nwhere = \"{filter}\""));
    assert!(wrong("std == 'kaiming_norml'").contains("did you mean `kaiming_normal`?"));
    assert!(wrong("actvation == 'relu'").contains("did you mean `activation`?"));
    assert!(wrong("nonsense == 'relu'").contains("activation"));
    assert!(wrong("depth == '64'").starts_with("`depth` is a number"));
    assert!(wrong("2 == 'x'").starts_with("a text is compared with a parameter"));
}

#[test]
fn what_rounds_to_0_is_refused_wherever_it_stands() {
    for lines in [
        "std = 1e-400",
        "std = '1e-400'",
        "std = '1e-200*1e-200'",
        "std = 1\nmean = -1e-400",
        "std = 1\ninput_std = 1e-400",
        "std = 'exp(-1000)'",
        "std = { from = 1e-400, to = 1, points = 2 }",
    ] {
        let said = mistake(lines);
        assert!(said.contains("too small") || said.contains("finite number"), "{lines}: {said}");
    }
    assert!(stds("std = [0.0, '0', 0e-400]").iter().all(|(text, _)| text == "0"));
    assert!(number("1e-400").is_err());
    assert_eq!(number("5/3"), Ok(5.0 / 3.0));
    assert!(number("1/0").is_err() && number("width").is_err());
}

#[test]
fn suggestions_are_likely_or_none() {
    let layers = mistake("std = '0.02/sqrt(2*n_layer)'");
    assert!(layers.contains("`depth` is the number of layers"), "{layers}");
    for (lines, help) in [
        ("std = 'identity'", "independently"),
        ("std = 'orthogonal_'", "orthogonal(sqrt(2))"),
        ("std = 1\nactivation = 'rrelu'", "leaky_relu(0.22916666666666666)"),
        ("std = 1\nactivation = 'celu(0)'", "celu(1)"),
        ("std = 1\ndepth = '[64, 128]'", "depth = [64, 128]"),
        ("std = 1\ndepth = 'range(1, 51)'", "from = 1"),
        ("std = { from = '1/8', to = 1, points = 2 }", "times"),
    ] {
        let said = mistake(lines);
        assert!(said.contains(help), "{lines}: {said}");
    }
}

fn compared(grids: &str, compare: &str) -> Result<Sweep, Diagnostics> {
    parse(&Source::new("a", format!("name = 'a'\ntrials = 1\n{grids}\n[[compare]]\n{compare}")))
}

#[test]
fn labels_and_zipped_axes_can_be_compared() {
    let grids = "[[grid]]\nlabel = 'a'\nwidth = [8, 16]\nstd = 1\n[[grid]]\nlabel = 'b'\nwidth = [8, 16]\nstd = 2\n\
                 activation = 'relu'";
    let clause = &compared(grids, "parameter = 'label'\nbaseline = 'a'").unwrap().compare[0];
    assert_eq!(clause.subject, Subject::Label);
    assert!(clause.along.contains(&Parameter::Activation) && !clause.along.contains(&Parameter::Width));
    assert!(compared(grids, "parameter = 'label'\nbaseline = 'c'").is_err());
    let zipped = "[[grid]]\nwidth = 8\nstd = ['he_normal', 1]\nactivation = ['relu', 'tanh']\nzip = ['std', 'activation']";
    let clause = &compared(zipped, "parameter = 'std'\nbaseline = 'he_normal'").unwrap().compare[0];
    assert_eq!(clause.along, [Parameter::Activation]);
    let twice = zipped.replace("1]", "'he_normal']");
    let error = compared(&twice, "parameter = 'std'\nbaseline = 'he_normal'").unwrap_err();
    assert!(error.items[0].title.starts_with("several zipped cells have"), "{error}");
    let sigma = "[[grid]]\nwidth = 8\nsigma_w = [1, 2]";
    let clause = &compared(sigma, "parameter = 'sigma_w'\nbaseline = 2").unwrap().compare[0];
    assert_eq!((clause.subject, clause.baseline.as_str()), (Subject::Of(Parameter::Std), "2/sqrt(fan_in)"));
}
