//! Whole configs.

use super::*;
use crate::kernels::Activation;
use crate::network::{Metric, Operation, Precision, Site};
use crate::random::{Law, Truncation};
use crate::sweep::{CHECKED_POINTS, Cell, Layers, Parameter, Randomness};
pub(super) const FULL: &str = r#"
#:schema ../sweep.schema.json
name    = "width-and-depth"
purpose = "Does He initialisation hold the second moment at 1 as depth grows?"
seed    = 2019
trials  = 2000
randomness = "common"

[defaults]
batch      = 64
input_mean = 0.0
input_std  = 1.0

[[grid]]
label      = "he-versus-lecun"
width      = { from = 32, to = 1024, points = 6, scale = "log" }
depth      = [1, 2, 4, 8, 16, 32]
std        = ["sqrt(2/fan_in)", "1/sqrt(fan_in)", "he_normal", 0.05]
mean       = [0.0, "1/fan_in"]
activation = ["relu", "tanh", "linear"]
zip        = [["width", "depth"]]
where      = "depth <= width && activation != 'tanh'"

[measure]
layers  = [0, 1]
sites   = ["post", "input"]
metrics = ["mean", "std", "rms"]

[[expect]]
claim     = "the scale is held"
labels    = ["he-versus-lecun"]
where     = "width > 100"
metric    = "rms"
site      = "post"
statistic = "log2"
against   = "log2 width"
value     = 0
absolute  = 0.01

[[compare]]
parameter = "std"
baseline  = "he_normal"
metrics   = ["std"]
"#;

/// The sweep of one grid, whose width and std come first if they are not in `lines`.
pub(super) fn grid(lines: &str) -> Sweep {
    let width = if lines.contains("width =") { "" } else { "width = 100" };
    let std = if lines.contains("std =") && !lines.starts_with("bias") { "" } else { "std = 0.1" };
    let text = format!("name = 'a'\ntrials = 1\n[[grid]]\n{width}\n{std}\n{lines}");
    parse(&Source::new("a.toml", text)).unwrap_or_else(|error| panic!("{error}"))
}

fn cells(lines: &str) -> Vec<Cell> {
    grid(lines).cells().map(Result::unwrap).collect()
}

fn titles(text: &str) -> Vec<String> {
    let error = parse(&Source::new("a.toml", text)).unwrap_err();
    error.items.into_iter().map(|item| item.title).collect()
}

#[test]
fn the_config_of_the_design_is_read_as_it_says() {
    let sweep = parse(&Source::new("a.toml", FULL)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((sweep.name.as_str(), sweep.seed, sweep.trials), ("width-and-depth", 2019, 2000));
    assert_eq!(sweep.randomness, Randomness::Common);
    assert_eq!(sweep.measure.layers, Layers::List(vec![0, 1]));
    assert_eq!(sweep.measure.sites, [Site::Post, Site::Input]);
    assert_eq!(sweep.measure.metrics, [Metric::Mean, Metric::Std, Metric::Rms]);
    assert_eq!(sweep.size(), 6 * 4 * 2 * 3);
    let cells: Vec<_> = sweep.cells().map(Result::unwrap).collect();
    assert_eq!(cells.len(), 6 * 4 * 2 * 2);
    assert_eq!(cells[0].label.as_deref(), Some("he-versus-lecun"));
    assert_eq!(cells[0].network.weight_std[..], [0.25]);
    assert!(
        cells
            .iter()
            .filter(|cell| cell.std_text == "he_normal")
            .all(|cell| cell.network.law == Law::TruncatedNormal(Truncation::AT_TWO))
    );
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let network = &cells("")[0].network;
    assert_eq!((network.operation, network.depth, network.batch), (Operation::Matmul, 1, 64));
    assert_eq!(
        (network.law, network.activation, network.precision),
        (Law::Normal, Activation::Linear, Precision::F64)
    );
    assert_eq!((network.weight_mean[0], network.bias_std[0]), (0.0, 0.0));
    assert_eq!((network.input_mean, network.input_std, network.input_correlation), (0.0, 1.0, 0.0));
    let sweep = grid("");
    assert_eq!((sweep.seed, sweep.randomness, sweep.purpose), (0, Randomness::Independent, None));
    assert_eq!(sweep.measure.layers, Layers::Last);
    assert_eq!(sweep.measure.sites, Site::PLAIN);
    assert_eq!(sweep.measure.metrics, Metric::DEFAULTS);
}

#[test]
fn the_last_axis_varies_fastest_and_zipped_axes_walk_together() {
    let shape = |cell: &Cell| (cell.network.width, cell.network.depth, cell.mean_text.clone());
    let crossed: Vec<_> = cells("width = [8, 16]\nmean = [0, 1]\ndepth = 3").iter().map(shape).collect();
    let words = |n: &str| n.to_owned();
    assert_eq!(crossed, [(8, 3, words("0")), (8, 3, words("1")), (16, 3, words("0")), (16, 3, words("1"))]);
    let zipped: Vec<_> = cells("mean = [0, 1]\nwidth = [8, 16]\ndepth = 3\nzip = ['mean', 'width']")
        .iter()
        .map(shape)
        .collect();
    assert_eq!(zipped, [(8, 3, words("0")), (16, 3, words("1"))]);
}

#[test]
fn whole_ranges_are_rounded_and_merged() {
    let widths: Vec<_> = cells("width = { from = 1, to = 4, points = 7, scale = 'log' }")
        .iter()
        .map(|cell| cell.network.width)
        .collect();
    assert_eq!(widths, [1, 2, 3, 4]);
    let batches: Vec<_> =
        cells("batch = { from = 1, to = 4, points = 7 }").iter().map(|cell| cell.network.batch).collect();
    assert_eq!(batches, [1, 2, 3, 4]);
}

#[test]
fn whole_numbers_may_be_written_as_floats() {
    let cell = &cells("width = 1e2\ndepth = 3.0\nbatch = 8.0")[0];
    assert_eq!((cell.network.width, cell.network.depth, cell.network.batch), (100, 3, 8));
}

#[test]
fn schedules_have_one_number_per_layer() {
    let cell = &cells("depth = 3\nstd = 'layer/fan_in'\nmean = '1/depth'\nbias_std = 2")[0];
    assert_eq!(cell.network.weight_std[..], [0.01, 0.02, 0.03]);
    assert_eq!(cell.network.weight_mean[..], [1.0 / 3.0; 3]);
    assert_eq!(cell.network.bias_std[..], [2.0; 3]);
}

#[test]
fn a_value_and_an_expression_for_it_are_one_content_and_each_text_has_its_rows() {
    let cells = cells("std = ['1/sqrt(fan_in)', 0.1, '0.1']\nmean = [0, 0, '-0']");
    let texts: Vec<(&str, &str)> =
        cells.iter().map(|cell| (&cell.std_text[..], &cell.mean_text[..])).collect();
    let cell = &cells[0];
    assert_eq!(texts, [("1/sqrt(fan_in)", "0"), ("1/sqrt(fan_in)", "-0"), ("0.1", "0"), ("0.1", "-0")]);
    assert!(cells.iter().all(|other| other.content() == cell.content()));
    assert_eq!(
        cell.law_text,
        "operation=matmul;width=100;batch=64;std=0.1;mean=0;activation=linear;law=normal;bias_std=0;\
         input_mean=0;input_std=1;precision=f64"
    );
    assert_eq!(cell.content(), format!("{};depth=1", cell.law_text));
    assert_eq!(cell.common_text(), "operation=matmul;width=100;batch=64;law=normal;precision=f64");
    // printf '%s' "$content" | sha256sum | cut -c 1-16
    assert_eq!(cell.id(), "c9e5cdcc698c30ee1");
}

#[test]
fn a_mean_of_the_biases_is_another_law_and_without_one_a_cell_is_what_it_was() {
    let cells = cells("depth = 2\nbias_mean = [0, '1 - 1', -0.5, 'layer/depth']");
    let tails: Vec<&str> =
        cells.iter().map(|cell| cell.law_text.split("precision=f64").nth(1).unwrap()).collect();
    assert_eq!(tails, ["", "", ";bias_mean=-0.5", ";bias_mean=layer/depth[depth=2]"]);
    assert_eq!(cells[3].network.bias_mean[..], [0.5, 1.0]);
}

#[test]
fn tied_layers_and_the_law_of_the_inputs_are_part_of_all_that_draws_depend_on() {
    let cells = cells("tied = [false, true]\ninput_law = ['normal', 'student_t(5)']");
    let tails: Vec<&str> =
        cells.iter().map(|cell| cell.law_text.split("precision=f64").nth(1).unwrap()).collect();
    assert_eq!(tails, ["", ";input_law=student_t(5)", ";tied=true", ";tied=true;input_law=student_t(5)"]);
    let common: Vec<String> = cells
        .iter()
        .map(|cell| cell.common_text().split("precision=f64").nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(common, tails);
    let inits: std::collections::HashSet<String> = cells.iter().map(Cell::init).collect();
    assert_eq!(inits.len(), 4);
}

#[test]
fn a_law_of_the_biases_is_another_law_and_a_preset_brings_its_own_unless_the_config_gives_a_bias() {
    let tail = |cell: &Cell| cell.law_text.split("law=").skip(1).collect::<String>();
    let laws = cells("bias_std = 1\nbias_law = ['normal', 'student_t(5)']");
    assert_eq!(tail(&laws[0]), "normal;bias_std=1;input_mean=0;input_std=1;precision=f64");
    assert_eq!(tail(&laws[1]), format!("{};bias_student_t(5)", tail(&laws[0])));
    let preset = &cells("std = 'torch_linear'\nwidth = 300")[0];
    assert_eq!((preset.network.bias_law, preset.network.bias_std[0]), (Law::Uniform, 1.0 / 30.0));
    assert_eq!((preset.network.bias_std[0], preset.bias_of_preset), (preset.network.weight_std[0], true));
    let written = &cells(
        "std = '1/sqrt(3*fan_in)'\nlaw = 'uniform'\nbias_std = '1/sqrt(3*fan_in)'\n\
                          bias_law = 'uniform'\nwidth = 300",
    )[0];
    assert_eq!(preset.content(), written.content());
    let own = &cells("std = 'torch_linear'\nbias_std = 0\nbias_law = 'laplace'")[0];
    assert_eq!(
        (own.network.bias_law, own.network.bias_std[0], own.bias_of_preset),
        (Law::Laplace, 0.0, false)
    );
    // What a condition sees of them.
    let kept = |condition: &str| {
        cells(&format!("std = ['torch_linear', 'he_normal']\nwhere = \"{condition}\"")).len()
    };
    assert_eq!((kept("bias_std > 0"), kept("bias_law == 'uniform'"), kept("sigma_b == std")), (1, 1, 1));
    assert_eq!(kept("bias_std == '1/sqrt(3*fan_in)'"), 1);
    // A comparison of presets compares their biases too.
    let both = cells("std = ['torch_linear', 'he_normal']");
    let other = [Parameter::Std, Parameter::Law];
    assert_eq!(both[0].without(&other), both[1].without(&other));
    assert_ne!(both[0].without(&other), cells("bias_std = 1")[0].without(&other));
}

#[test]
fn correlated_inputs_are_another_law_and_share_the_draws_of_independent_ones_where_cells_share_any() {
    let cells = cells("batch = 3\ninput_correlation = [0, '0/batch', 0.5, '-1/(batch-1)']");
    let tails: Vec<&str> =
        cells.iter().map(|cell| cell.law_text.split("precision=f64").nth(1).unwrap()).collect();
    assert_eq!(tails, ["", ";input_correlation=0.5", ";input_correlation=-0.5"]);
    assert!(cells.iter().all(|cell| cell.common_text() == cells[0].common_text()));
}

#[test]
fn equal_cells_of_different_labels_are_both_kept() {
    let text = |labels: [&str; 2]| {
        let grid = |label| format!("[[grid]]\nlabel = '{label}'\nwidth = 8\nstd = 1\n");
        format!("name = 'a'\ntrials = 1\n{}{}", grid(labels[0]), grid(labels[1]))
    };
    let count = |labels| parse(&Source::new("a.toml", text(labels))).unwrap().cells().count();
    assert_eq!((count(["x", "x"]), count(["x", "y"])), (1, 2));
}

#[test]
fn equal_law_texts_mean_that_one_schedule_begins_the_other() {
    let cells = cells(
        "depth = [1, 2, 5]\nwidth = [4, 9]\nstd = ['1/layer', '1/depth', 0.5, 'sqrt(layer/depth)', '1/fan_in', 'he_normal']\n\
         mean = [0, 'layer - 1', 'min(depth, 2)']\nbias_std = ['layer*fan_in', 1]",
    );
    let mut pairs = 0;
    for a in &cells {
        for b in cells.iter().filter(|b| a.law_text == b.law_text && a.network.depth < b.network.depth) {
            let depth = a.network.depth;
            assert_eq!(a.network.weight_std[..], b.network.weight_std[..depth]);
            assert_eq!(a.network.weight_mean[..], b.network.weight_mean[..depth]);
            assert_eq!(a.network.bias_std[..], b.network.bias_std[..depth]);
            pairs += 1;
        }
    }
    // Three pairs of depths, 2 widths, 4 stds without depth, 2 such means, 2 such biases.
    assert_eq!(pairs, 3 * 2 * 4 * 2 * 2);
    assert!(cells.iter().all(|cell| cell.law_text.contains("[depth=")
        == (cell.std_text.contains("depth") || cell.mean_text.contains("depth"))));
}

#[test]
fn where_is_asked_before_values_are_judged() {
    let widths: Vec<_> = cells("width = [10, 20]\nstd = '1/(width-10)'\nwhere = 'width > 10 && std < 1'")
        .iter()
        .map(|cell| cell.network.width)
        .collect();
    assert_eq!(widths, [20]);
}

#[test]
fn where_sees_the_law_of_a_preset() {
    assert_eq!(cells("std = ['he_normal', 'he_uniform', 0.1]\nwhere = \"law == 'uniform'\"").len(), 1);
    assert_eq!(cells("activation = ['silu', 'relu']\nwhere = \"activation == 'swish'\"").len(), 1);
}

#[test]
fn overrides_reach_every_grid_and_later_ones_win() {
    let text = "name = 'a'\ntrials = 1\n[[grid]]\nwidth = 8\nstd = 1\n[[grid]]\nwidth = 16\nstd = 1";
    let source = Source::new("a.toml", text)
        .set("grid.depth = [1, 2]")
        .set("grid.activation=relu")
        .set("grid.std=sqrt(2/fan_in)")
        .set("defaults.batch=5")
        .set("measure.layers=all")
        .trials(7)
        .seed(1)
        .set("seed=3");
    let sweep = parse(&source).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((sweep.trials, sweep.seed, sweep.measure.layers.clone()), (7, 3, Layers::All));
    let cells: Vec<_> = sweep.cells().map(Result::unwrap).collect();
    assert_eq!(cells.len(), 4);
    assert!(cells.iter().all(|cell| cell.network.activation == Activation::Relu && cell.network.batch == 5));
    assert!(cells.iter().all(|cell| cell.std_text == "sqrt(2/fan_in)"));
}

#[test]
fn seed_and_trials_of_the_command_line_are_judged_like_those_of_the_file() {
    let source = Source::new("a.toml", FULL).seed(u64::MAX).trials(0);
    let error = parse(&source).unwrap_err().to_string();
    assert!(error.contains("--> --seed:1:6") && error.contains("--> --trials:1:8"), "{error}");
}

#[test]
fn a_table_in_an_override_replaces_the_whole_value() {
    let text = "name = 'a'\ntrials = 1\n[[grid]]\nwidth = { from = 1, to = 9, step = 1 }\nstd = 1";
    let sweep = parse(&Source::new("a.toml", text).set("grid.width={from=2,to=4,points=3}")).unwrap();
    assert_eq!(sweep.size(), 3);
}

#[test]
fn four_billion_cells_are_parsed_at_once_and_evaluated_when_asked_for() {
    let text = "name = 'a'\ntrials = 1\n[[grid]]\nwidth = { from = 1, to = 65536, step = 1 }\n\
                std = { from = 0, to = 1, points = 65536 }";
    let sweep = parse(&Source::new("a.toml", text)).unwrap();
    assert_eq!(sweep.size(), 1 << 32);
    assert_eq!(sweep.cells().nth(65536).unwrap().unwrap().network.width, 2);
    let one_more = format!("{text}\n[[grid]]\nwidth = 1\nstd = 2");
    assert!(titles(&one_more)[0].contains("4,294,967,297 cells"));
}

#[test]
fn a_mistake_in_the_defaults_is_the_only_one_in_grids_that_use_them() {
    let grid = "[[grid]]\nwidth = { from = 1, to = 1000, step = 1 }\nmean = { from = 0, to = 1, points = 1000 }\nwhere = 'width > 3'\n";
    for (items, expected) in [("'1/('".to_owned(), 1), (format!("[{}]", "'1/(',\n".repeat(2000)), SHOWN)] {
        let text = format!("name = 'a'\ntrials = 1\n[defaults]\nstd = {items}\n{grid}{grid}");
        let titles = titles(&text);
        assert_eq!(titles, vec!["this expression ends too early"; expected]);
    }
}

#[test]
fn a_large_sweep_is_checked_at_its_ends_and_the_rest_when_reached() {
    let large = "name = 'a'\ntrials = 1\n[[grid]]\nwidth = { from = 1, to = 1000, step = 1 }\nmean = { from = 0, to = 1, points = 1000 }\n";
    const { assert!(1_000_000 > CHECKED_POINTS) };
    assert!(titles(&format!("{large}std = '1/abs(width-1000)'"))[0].contains("division by zero"));
    // Width 500 fails in the middle of the batch axis alone, where the ends do not look.
    let hidden = format!("{large}std = '1/(abs(width-500) + abs(batch-1))'\nbatch = [2, 1, 2]");
    let source = Source::new("a.toml", hidden);
    let sweep = parse(&source).unwrap_or_else(|error| panic!("{error}"));
    let error = sweep.cells().find_map(Result::err).unwrap();
    assert!(error.to_string().contains("width = 500"), "{error}");
    assert!(explain(&source, &error).to_string().contains("--> a.toml:6:7"));
}

#[test]
fn a_large_grid_that_where_empties_says_so_when_it_is_run() {
    let sweep = grid("width = { from = 1, to = 200_000, step = 1 }\nwhere = 'width < 1'");
    let results: Vec<_> = sweep.cells().collect();
    assert_eq!(results.len(), 1);
    assert!(results[0].as_ref().unwrap_err().to_string().contains("no cell of 200000 is left"));
}

#[test]
fn schedules_over_deep_networks_do_not_stall_the_check() {
    let text = "name = 'a'\ntrials = 1\n[[grid]]\ndepth = 1_000_000\nwidth = { from = 1, to = 1000, step = 1 }\nstd = '1/sqrt(layer)'";
    let start = std::time::Instant::now();
    assert!(parse(&Source::new("a.toml", text)).is_ok());
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn deep_toml_is_a_mistake_and_no_overflow() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000))
    };
    for text in [
        format!("name = {}", deep("[", "", "]")),
        format!("name = {}", deep("{a=", "1", "}")),
        format!("{} = 1", deep("a.", "a", "")),
        format!("[{}]", deep("a.", "a", "")),
        format!("a = {{ {} = 1 }}", deep("a.", "a", "")),
    ] {
        assert!(parse(&Source::new("a.toml", text.clone())).is_err());
        assert!(parse(&Source::new("a.toml", FULL).set(text)).is_err());
    }
}

#[test]
fn line_ends_and_byte_order_marks_of_windows_are_read() {
    assert!(parse(&Source::new("a.toml", FULL.replace('\n', "\r\n"))).is_ok());
    assert!(parse(&Source::new("a.toml", format!("\u{feff}{FULL}"))).is_ok());
    let wrong = FULL.replace("1/fan_in", "1/fan_im").replace('\n', "\r\n");
    assert!(parse(&Source::new("a.toml", wrong)).unwrap_err().to_string().contains("a.toml:19:23\n"));
}

#[test]
fn mistakes_are_values_in_the_order_of_the_file() {
    let text = "name = 'a b'\ntrials = 0\n[[grid]]\nwidht = 3\nstd = 1";
    let error = parse(&Source::new("a.toml", text)).unwrap_err();
    assert_eq!(error.items.len(), 3);
    assert_eq!(error.source.slice(error.items[0].span), " ");
    assert_eq!(error.source.slice(error.items[2].span), "widht");
    assert_eq!(error.items[2].help.as_deref(), Some("did you mean `width`?"));
    assert!(error.render(true).contains('\u{1b}') && !error.render(false).contains('\u{1b}'));
}
