//! The promise: the bytes of summary.csv depend on the config alone.

use crate::cli::{Place, stderr};
use crate::repository::root;
use initsweep::hash::sha256;
use initsweep::network::Metric;
use initsweep::output::PROGRAM;

/// All laws, activations, operations and both precisions, over odd sizes and more than one block of rows.
const EVERYTHING: &str = r#"
name   = "everything"
seed   = 7
trials = 5

[[grid]]
label      = "laws"
width      = [1, 9, 130]
depth      = [1, 3]
batch      = [1, 17]
std        = "1/sqrt(fan_in)"
mean       = [0, "0.1/fan_in"]
law        = ["normal", "uniform", "truncated_normal", "rademacher", "student_t(5)", "laplace"]
activation = "relu"
bias_std   = 0.1
precision  = ["f64", "f32"]

[[grid]]
label      = "activations"
width      = 20
depth      = 3
batch      = 5
std        = "2 / sqrt(fan_in) / layer"
activation = ["linear", "relu", "leaky_relu(0.2)", "tanh", "sigmoid", "erf", "gelu", "gelu_tanh", "silu", "mish",
              "elu(1.5)", "selu", "softplus", "softsign", "hardtanh"]
precision  = ["f64", "f32"]

[[grid]]
label     = "elementwise"
width     = 140
depth     = 2
batch     = 3
operation = ["product", "sum"]
std       = 1
law       = ["normal", "laplace"]
precision = ["f64", "f32"]

[measure]
layers = "all"
"#;

/// A config with one grid over widths, for edits.
fn grid(widths: &str, more: &str) -> String {
    format!(
        "name = 'w'\ntrials = 8\n[[grid]]\nwidth = {widths}\ndepth = [2, 5]\nbatch = 4\nstd = '1/sqrt(fan_in)'\n\
         activation = 'tanh'\n{more}"
    )
}

/// SHA-256 of the summary of each golden config; a change of any draw needs a new stream version, one of theory alone does not.
const GOLDEN: [(&str, &str, &str); 3] = [
    (
        "everything, independent",
        "randomness=independent",
        "0463c50f7ad1afa9ee4b6cc8757c6f9364cecc3f9d245202bc556f0faa40c5d9",
    ),
    (
        "everything, common",
        "randomness=common",
        "2019099f795d9be39b65d847ab599f5dc540655a435d841d0c3f8779b5f4dd12",
    ),
    (
        "everything, another seed",
        "seed=8",
        "1577bba405c693d6d42348f3f537604fec907b48ade0ad1fa5616408e3959f2e",
    ),
];

/// The hash of a summary, whatever the version of the program is.
fn hash(summary: &str) -> String {
    assert!(summary.contains(PROGRAM));
    sha256(summary.replace(PROGRAM, "initsweep"))
}

/// The instruction sets of this CPU, as the program names them in the refusal of a wrong one.
fn levels(place: &Place) -> Vec<String> {
    let output = place.run(&["plan", "-", "--simd", "none"]);
    let text = stderr(&output);
    let line = text.lines().find_map(|line| line.split("it has ").nth(1)).expect("the error lists them");
    line.split(", ").map(str::to_owned).collect()
}

#[test]
fn summaries_have_their_golden_hashes() {
    let place = Place::new();
    for (name, assignment, golden) in GOLDEN {
        let summary = place.summary(EVERYTHING, &["--set", assignment]);
        assert_eq!(hash(&summary), golden, "{name}");
    }
}

#[test]
fn the_forum_thread_has_its_golden_hash() {
    let place = Place::new();
    let config = std::fs::read_to_string(root().join("configs/forum-thread.toml")).unwrap();
    let summary = place.summary(&config, &["--trials", "20"]);
    assert_eq!(hash(&summary), "6df86072260ac8c18e33f043af7c9c5b53ca0659373b824e20c3e06f82b3c06a");
}

#[test]
fn threads_and_instruction_sets_do_not_change_a_byte() {
    let place = Place::new();
    let reference = place.summary(EVERYTHING, &["--threads", "1"]);
    for level in levels(&place) {
        for threads in ["1", "2", "3", "7", "16"] {
            let summary = place.summary(EVERYTHING, &["--threads", threads, "--simd", &level]);
            assert!(summary == reference, "{threads} threads, {level}");
        }
    }
}

#[test]
fn whole_layers_and_rescaled_ones_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    let place = Place::new();
    let metrics = Metric::ALL.map(|metric| format!("'{metric}'")).join(", ");
    let config = format!(
        "name = 'whole'\ntrials = 3\n[defaults]\ndepth = 3\nprecision = ['f64', 'f32']\nstd = 1e30\n\
         input_correlation = '-0.5/batch'\n[[grid]]\nwidth = [9, 130]\nbatch = [1, 17]\nactivation = ['linear', 'relu']\n\
         [[grid]]\nwidth = 700\nbatch = 17\nactivation = 'relu'\n[measure]\nlayers = 'all'\nmetrics = [{metrics}]\nrescale = true"
    );
    let reference = place.summary(&config, &["--threads", "1"]);
    for level in levels(&place) {
        for threads in ["1", "5"] {
            let summary = place.summary(&config, &["--threads", threads, "--simd", &level]);
            assert!(summary == reference, "{threads} threads, {level}");
        }
    }
}

/// Widths, residuals and norms of every kind, over more than one block of rows.
const STRUCTURES: &str = r#"
name   = "structures"
seed   = 9
trials = 2

[defaults]
std        = "1.5/sqrt(fan_in)"
activation = "gelu"
batch      = 17
bias_std   = 0.1
precision  = ["f64", "f32"]

[[grid]]
label = "shapes"
shape = [[9, 300, 5, 140], [130, 1, 129]]

[[grid]]
label    = "structures"
width    = 140
depth    = 4
residual = ["none", "phi(W x)", "W phi(x)", "W phi(W x)"]
norm     = ["none", "batch", "layer", "rms", "layer"]
norm_at  = ["input", "pre_activation", "input", "output", "post_activation"]
zip      = ["norm", "norm_at"]
skip     = 0.9

[measure]
layers  = "all"
metrics = ["mean", "std", "correlation", "fraction_saturated", "abs_max"]
"#;

/// Weights that depend on each other, inputs of all laws, and storage of all formats.
const DRAWS: &str = r#"
name   = "draws"
trials = 3

[defaults]
depth      = 3
activation = "relu"

[[grid]]
label     = "orthogonal"
width     = [9, 260]
batch     = [1, 17, 40]
std       = "orthogonal(sqrt(2))"
precision = ["f64", "f32"]

[[grid]]
label     = "orthogonal shapes"
shape     = [[9, 300, 5, 140], [130, 1, 129]]
batch     = 17
std       = "orthogonal"
precision = ["f64", "f32"]

[[grid]]
label     = "tied"
width     = 140
batch     = 5
std       = "he_normal"
bias_std  = 0.1
tied      = [true, false]
input_law = ["normal", "uniform", "rademacher", "student_t(5)"]
precision = ["f64", "f32"]

[[grid]]
label     = "stored"
width     = 140
batch     = 17
std       = ["he_normal", 2]
bias_std  = 0.1
storage   = ["f16", "bf16", "e4m3", "e5m2"]
residual  = ["none", "W phi(x)"]
precision = "f32"

[measure]
layers  = "all"
metrics = ["std", "mean_abs", "fraction_negative", "fraction_flushed", "fraction_clipped", "fraction_subnormal"]
"#;

/// Saturation by a threshold, a law cut elsewhere than at two, and weights fitted to the batch.
const BOUNDS: &str = r#"
name   = "bounds"
trials = 3

[defaults]
depth      = 3
activation = ["tanh", "sigmoid", "relu6"]
precision  = ["f64", "f32"]

[[grid]]
width    = [9, 140]
batch    = 17
std      = "3/sqrt(fan_in)"
law      = ["truncated_normal(0.5)", "truncated_normal(3)"]
bias_std = 0.1
bias_law = "truncated_normal(6)"

[[grid]]
width = [9, 140]
batch = [1, 17]
std   = ["lsuv", "2*lsuv"]
law   = ["normal", "orthogonal"]

[measure]
layers     = "all"
metrics    = ["std", "fraction_saturated"]
saturation = 0.97
"#;

#[test]
fn cut_laws_thresholds_and_fitted_weights_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    assert_same_bytes(BOUNDS);
}

#[test]
fn unequal_widths_residuals_and_norms_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    assert_same_bytes(STRUCTURES);
}

#[test]
fn orthogonal_tied_and_stored_weights_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    assert_same_bytes(DRAWS);
}

/// Jacobians of every shape and precision, with the law of their singular values.
const JACOBIANS: &str = r#"
name   = "jacobians"
seed   = 12
trials = 2

[defaults]
std        = "1.5/sqrt(fan_in)"
batch      = 3
precision  = ["f64", "f32"]

[[grid]]
shape      = [[9, 200, 5, 140], [130, 1, 129]]
activation = ["relu", "tanh"]

[[grid]]
width      = 140
depth      = 2
activation = "gelu"
residual   = ["none", "phi(W x)", "W phi(x)", "W phi(W x)"]
norm       = ["none", "layer", "rms", "none"]
zip        = ["residual", "norm"]

[measure]
layers    = "all"
sites     = ["jacobian", "post"]
metrics   = ["max", "min_nonzero", "rank", "second_moment", "square_variance", "log2_condition", "chi_local"]
histogram = { from = 0, to = 4, bins = 8 }
"#;

#[test]
fn jacobians_have_the_same_bytes_on_all_threads_and_instruction_sets() {
    assert_golden(JACOBIANS, "bf95bfe18318ce1fad7b6ef7d6017b266de3c0265473a8818815bda0354d8740");
}

/// The same bytes on all threads and instruction sets, and those that they were.
pub(crate) fn assert_golden(config: &str, golden: &str) {
    assert_same_bytes(config);
    assert_eq!(hash(&Place::new().summary(config, &[])), golden);
}

fn assert_same_bytes(config: &str) {
    let place = Place::new();
    for randomness in ["independent", "common"] {
        let set = format!("randomness={randomness}");
        let reference = place.summary(config, &["--threads", "1", "--set", &set]);
        // With more threads than trials the blocks of one trial are spread over them.
        for (threads, level) in [("1", 0), ("2", 0), ("5", 1)] {
            let levels = levels(&place);
            let level = &levels[level.min(levels.len() - 1)];
            let summary = place.summary(config, &["--threads", threads, "--simd", level, "--set", &set]);
            assert!(summary == reference, "{threads} threads, {level}, {randomness}");
        }
    }
}

#[test]
fn a_shape_that_is_written_has_the_bytes_of_the_expression_that_gives_it() {
    let place = Place::new();
    let config = |shape: &str| {
        format!(
            "name = 's'\ntrials = 3\n[[grid]]\nstd = ['he_normal', 0.1]\nbatch = 5\n{shape}\n[measure]\nlayers = 'all'"
        )
    };
    let list = place.summary(&config("shape = [64, 32, 16, 8]"), &[]);
    let expression =
        place.summary(&config("input_width = 64\nwidth = 'input_width/2^layer'\ndepth = 3"), &[]);
    assert_eq!(list, expression);
}

#[test]
fn a_metric_that_is_asked_for_changes_no_row_of_another() {
    let place = Place::new();
    let metrics =
        |metrics: &str| grid("[16, 40]", &format!("[measure]\nlayers = 'all'\nmetrics = [{metrics}]"));
    let few = place.summary(&metrics("'mean', 'std'"), &[]);
    let all = Metric::ALL.map(|metric| format!("'{metric}'")).join(", ");
    let many = place.summary(&metrics(&all), &[]);
    let kept: Vec<&str> = many.lines().filter(|line| few.contains(line)).collect();
    assert_eq!(kept, few.lines().collect::<Vec<_>>());
}

#[test]
fn a_split_trial_has_the_bytes_of_a_whole_one() {
    let place = Place::new();
    let config = "name = 'wide'\ntrials = 3\n[[grid]]\nwidth = 700\ndepth = 2\nbatch = 20\nstd = '1/sqrt(fan_in)'\n\
                  activation = 'gelu'\nbias_std = 0.5\nprecision = ['f64', 'f32']\n[measure]\nlayers = 'all'";
    let whole = place.summary(config, &["--threads", "1"]);
    let split = place.summary(config, &["--threads", "5"]);
    assert!(whole == split);
}

#[test]
fn a_larger_grid_keeps_the_rows_of_the_smaller_one() {
    let place = Place::new();
    let small = place.summary(&grid("[16, 40]", ""), &[]);
    let more = "[[grid]]\nwidth = 8\nstd = 1\n[measure]\nlayers = 'last'";
    let large = place.summary(&grid("[8, 16, 24, 40]", more), &[]);
    let kept: Vec<&str> = large.lines().filter(|line| small.contains(line)).collect();
    assert_eq!(kept, small.lines().collect::<Vec<_>>());
}

#[test]
fn a_deeper_axis_keeps_the_rows_of_the_shallower_one() {
    let place = Place::new();
    let shallow = place.summary(&grid("16", ""), &[]);
    let deep = place.summary(&grid("16", "").replace("[2, 5]", "[2, 5, 11]"), &[]);
    assert!(deep.starts_with(&shallow));
}

#[test]
fn labels_and_the_order_of_cells_change_no_number() {
    let place = Place::new();
    let numbers = |summary: String| {
        let mut lines: Vec<String> = summary.lines().map(|line| line.replace(",a name,", ",none,")).collect();
        lines.sort();
        lines
    };
    let plain = place.summary(&grid("[16, 40]", ""), &[]);
    let other = place.summary(&grid("[40, 16]", "label = 'a name'"), &[]);
    assert_eq!(numbers(plain), numbers(other));
}
