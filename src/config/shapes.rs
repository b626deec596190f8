//! Widths that differ between layers: written lists, expressions, and what they are to everything else.

use super::*;
use crate::sweep::{Cell, Cost, Parameter, Plan};

fn text(lines: &str) -> String {
    let std = if lines.contains("std") { "" } else { "std = 'glorot_normal'\n" };
    format!("name = 'a'\ntrials = 2\n[[grid]]\n{std}{lines}\n")
}

fn cells(lines: &str) -> Vec<Cell> {
    let sweep = parse(&Source::new("a.toml", text(lines))).unwrap_or_else(|error| panic!("{error}"));
    sweep.cells().map(Result::unwrap).collect()
}

fn titles(lines: &str) -> Vec<String> {
    let error = parse(&Source::new("a.toml", text(lines))).expect_err(lines);
    error.items.into_iter().map(|item| item.title).collect()
}

fn widths(cell: &Cell) -> Vec<usize> {
    (0..=cell.network.depth).map(|layer| cell.network.units(layer)).collect()
}

#[test]
fn a_list_and_the_expression_that_gives_it_are_one_cell() {
    let same = [
        ("shape = [64, 32, 16, 8]", "input_width = 64\nwidth = 'input_width/2^layer'\ndepth = 3"),
        ("shape = [16, 32, 16, 11]", "input_width = 16\nwidth = '32/layer'\ndepth = 3"),
        ("shape = [9, 4, 4, 4]", "input_width = '2*width+1'\nwidth = 4\ndepth = 3"),
        ("shape = [5, 5, 1]", "width = '5 - 4*(layer-1)^9'\ndepth = 2\ninput_width = 5"),
        ("shape = [7, 7, 7]", "width = 7\ndepth = 2"),
        ("shape = [7, 7]", "width = '6.6*depth'"),
    ];
    for (list, expression) in same {
        let [list, expression] = [list, expression].map(|lines| cells(lines).remove(0));
        assert_eq!((list.content(), list.id()), (expression.content(), expression.id()));
        assert_eq!((list.row_key(), &list.network), (expression.row_key(), &expression.network));
    }
    // Both in one sweep are one cell, and its rows are written once.
    let both = format!("{}[[grid]]\nstd = 'glorot_normal'\n{}", text(same[0].0), same[0].1);
    assert_eq!(parse(&Source::new("a.toml", both)).unwrap().cells().count(), 1);
}

#[test]
fn a_cell_of_one_width_is_what_it_was_before_there_were_others() {
    let old = "operation=matmul;width=8;batch=64;std=0.5;mean=0;activation=linear;law=normal;bias_std=0;input_mean=0;\
               input_std=1;precision=f64;depth=2";
    for lines in
        ["width = 8\ndepth = 2", "shape = [8, 8, 8]", "width = '16/depth'\ndepth = 2\ninput_width = 8"]
    {
        assert_eq!(cells(&format!("{lines}\nstd = 0.5"))[0].content(), old, "{lines}");
    }
    let ragged = &cells("shape = [4, 8, 2]\nstd = 0.5")[0];
    assert!(ragged.content().contains("width=[8,2];") && ragged.content().contains(";input_width=4;"));
}

#[test]
fn fans_are_those_of_the_layer_in_expressions_and_presets() {
    let stds =
        |std: &str| cells(&format!("shape = [50, 8, 32]\nstd = '{std}'"))[0].network.weight_std.to_vec();
    let close = |found: Vec<f64>, wanted: [f64; 2]| {
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        assert_eq!(found.len(), 2);
    };
    close(stds("he_normal"), [0.2, 0.5]);
    close(stds("glorot_uniform"), [(2.0_f64 / 58.0).sqrt(), (2.0_f64 / 40.0).sqrt()]);
    close(stds("fan_in + 1000*fan_out"), [8050.0, 32008.0]);
    close(stds("width + input_width/1000"), [8.05, 32.05]);
    let cell = &cells("shape = [50, 8, 32]\nsigma_w = 3\nbatch = 'fan_in'\ninput_std = 'width'")[0];
    close(cell.network.weight_std.to_vec(), [3.0 / 50.0_f64.sqrt(), 3.0 / 8.0_f64.sqrt()]);
    assert_eq!((cell.network.batch, cell.network.input_std, cell.sigma_w), (50, 8.0, 3.0));
}

#[test]
fn shapes_are_an_axis_that_zips_and_filters() {
    let all = cells("shape = [[4, 3, 2], [4, 5], [4, 4, 4, 4]]\nmean = [0, 1]");
    let shapes: Vec<Vec<usize>> = all.iter().map(widths).collect();
    assert_eq!(shapes, [vec![4, 3, 2], vec![4, 3, 2], vec![4, 5], vec![4, 5], vec![4; 4], vec![4; 4]]);
    let zipped = cells("shape = [[4, 3], [2, 3, 5]]\nmean = [0, 1]\nzip = ['shape', 'mean']");
    assert_eq!(zipped.iter().map(widths).collect::<Vec<_>>(), [vec![4, 3], vec![2, 3, 5]]);
    assert_eq!(cells("shape = [[4, 3], [2, 3, 5]]\nwhere = 'depth == 2 && input_width < width'").len(), 1);
    // Those of a grid come before those of all, whichever way they are written.
    let text = "name = 'a'\ntrials = 1\n[defaults]\nshape = [9, 8]\nstd = 1\n[[grid]]\n[[grid]]\nwidth = 3\n[[grid]]\n\
                shape = [1, 2]";
    let sweep = parse(&Source::new("a", text)).unwrap();
    let found: Vec<_> = sweep.cells().map(|cell| widths(&cell.unwrap())).collect();
    assert_eq!(found, [vec![9, 8], vec![3, 3], vec![1, 2]]);
}

#[test]
fn widths_are_rounded_and_at_least_1() {
    let found = widths(&cells("width = '10/layer - 3'\ndepth = 5\ninput_width = 4")[0]);
    assert_eq!(found, [4, 7, 2, 1, 1, 1]);
    assert_eq!(widths(&cells("width = 'depth/2'\ndepth = 5")[0]), [3; 6]);
}

#[test]
fn depths_share_a_pass_where_all_layers_are_as_wide_and_else_do_not() {
    let groups = |lines: &str| {
        let sweep = parse(&Source::new("a.toml", text(lines))).unwrap();
        Plan::new(&sweep, sweep.cells().collect::<Result<_, _>>().unwrap()).groups.len()
    };
    assert_eq!(groups("width = 8\ndepth = [1, 2, 3]"), 1);
    assert_eq!(groups("input_width = 30\nwidth = 8\ndepth = [1, 2, 3]"), 1);
    assert_eq!(groups("width = '4*depth'\ndepth = [1, 2, 3]"), 3);
    assert_eq!(groups("width = '12/layer'\ndepth = [1, 2, 3]\ninput_width = 3"), 3);
}

#[test]
fn shared_draws_belong_to_one_shape() {
    let texts = |lines: &str| -> Vec<String> { cells(lines).iter().map(Cell::common_text).collect() };
    let shapes = texts("shape = [[4, 3, 2], [4, 3, 5], [5, 3, 2], [3, 3, 3]]");
    let different: std::collections::BTreeSet<&String> = shapes.iter().collect();
    assert_eq!(different.len(), 4);
    assert_eq!(shapes[3], texts("width = 3")[0]);
}

#[test]
fn a_compared_cell_differs_in_no_width() {
    let cells = cells("shape = [[4, 8, 2], [4, 8, 3]]\nmean = [0, 1]");
    let others = |cell: &Cell| cell.without(&[Parameter::Mean]);
    assert_eq!(others(&cells[0]), others(&cells[1]));
    assert_ne!(others(&cells[0]), others(&cells[2]));
}

#[test]
#[expect(clippy::float_cmp, reason = "whole numbers")]
fn cost_is_that_of_the_layers() {
    let cost = |lines: &str| Cost::of_trial(&cells(lines)[0].network, 0);
    let ragged = cost("shape = [10, 20, 30]\nbatch = 8");
    assert_eq!(ragged.multiply_adds, [(200.0 + 600.0) * 8.0, 0.0]);
    assert_eq!(ragged.draws, [200.0 + 600.0 + 80.0, 0.0]);
    assert_eq!(ragged.entries, [50.0 * 8.0, 0.0]);
    // An input of its own: 7 x 10, then 2 x 10 x 10.
    assert_eq!(cost("input_width = 7\nwidth = 10\ndepth = 3\nbatch = 8").multiply_adds, [270.0 * 8.0, 0.0]);
    assert_eq!(cost("width = 10\ndepth = 3\nbatch = 8").multiply_adds, [300.0 * 8.0, 0.0]);
}

#[test]
fn what_is_no_shape_is_said_to_be_none() {
    let first = |lines: &str| titles(lines).remove(0);
    assert_eq!(first("shape = [8]"), "`shape` needs the width of the input and of every layer");
    assert_eq!(first("shape = 8"), "`shape` needs a list of widths");
    assert_eq!(first("shape = [8, 0]"), "`shape` needs a whole number from 1 to 16,777,216");
    assert_eq!(first("shape = [8, [8, 2]]"), "`shape` needs a list of widths");
    assert_eq!(first("shape = [8, 2]\ndepth = 1"), "`shape` and `depth` both say what the layers are");
    assert_eq!(first("width = 8\nzip = ['shape', 'mean']"), "there is no `shape` to zip");
    assert_eq!(
        first("width = 'input_width'"),
        "invalid `width`: `width` is made from `input_width`, and that from `width`"
    );
    assert_eq!(first("width = 'fan_in'"), "`fan_in` is not available here");
    assert_eq!(
        first("width = '1e9*layer'"),
        "invalid `width`: it is 1000000000, and must be from 1 to 16777216"
    );
    let elementwise =
        "invalid `width`: operation = sum keeps the width, so all layers have that of the input";
    assert_eq!(first("shape = [8, 4]\noperation = 'sum'"), elementwise);
}
