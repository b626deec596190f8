//! Configs at random: accepted ones are sound, and nothing panics.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::tests::{FULL, grid};
use super::{Source, parse};
use crate::network::Network;
use crate::sweep::Cell;

/// Settings of a grid, right and wrong ones.
const PIECES: &[&str] = &[
    "width=[1, 2, 5]",
    "width={from=1, to=16, points=3, scale='log'}",
    "depth=[1, 2, 4]",
    "depth={from=1, to=3, step=1}",
    "std=['1/sqrt(fan_in)', 'he_normal', 0, 1]",
    "std=['layer/depth', '1/layer', 'sqrt(width - 2)', '1/(width-5)']",
    "std={from=0, to=1, points=3}",
    "mean=[0, '-layer', 'batch/depth']",
    "mean=log(depth)",
    "bias_std=[0, 'mean', 'depth - 2']",
    "bias_law=['normal', 'uniform']",
    "tied=[true, false]",
    "input_law=['laplace', 'normal']",
    "law='orthogonal'",
    "std=['torch_linear', '2*torch_linear']",
    "activation=['relu', 'elu', 'swish']",
    "law=['normal', 'student_t(3)', 'truncated_normal']",
    "batch=['width', 2]",
    "batch='width/2'",
    "input_std='1/batch'",
    "input_correlation=[0, '-1/batch', 0.5, 1]",
    "input_mean=[-1, 'depth - width', '1e308*width']",
    "precision=['f32', 'f64']",
    "operation=['product', 'matmul']",
    "zip=['width', 'depth']",
    "zip=[['std', 'law'], ['width', 'mean']]",
    "zip=['activation', 'depth']",
    "where='depth < width'",
    "where='width != 5 && std > 0.1'",
    "where=\"law == 'normal' || mean / bias_std > 1\"",
    "label=x",
];

/// What every cell promises.
fn check_soundness(cells: &[Cell]) {
    let mut laws: HashMap<&str, &Cell> = HashMap::new();
    for cell in cells {
        let network = &cell.network;
        let schedules = |network: &Network| {
            [&network.weight_std, &network.weight_mean, &network.bias_std].map(Clone::clone)
        };
        for schedule in schedules(network) {
            assert_eq!(schedule.len(), network.depth);
            assert!(schedule.iter().all(|value| value.is_finite()));
        }
        let stds = network.weight_std.iter().chain(&*network.bias_std).chain([&network.input_std]);
        assert!(stds.into_iter().all(|std| *std >= 0.0));
        let pairs = f64::from(u32::try_from(network.batch).unwrap() - 1).max(1.0);
        assert!((-1.0 / pairs..=1.0).contains(&network.input_correlation));
        assert!(network.input_mean.is_finite() && network.batch >= 1);
        let deepest = laws.entry(&cell.law_text).or_insert(cell);
        for (a, b) in schedules(network).iter().zip(schedules(&deepest.network)) {
            let depth = a.len().min(b.len());
            assert_eq!(a[..depth], b[..depth], "{}", cell.law_text);
        }
        if network.depth > deepest.network.depth {
            *deepest = cell;
        }
    }
    let keys: HashSet<_> = cells.iter().map(Cell::row_key).collect();
    assert_eq!(keys.len(), cells.len());
}

proptest! {
    #[test]
    fn sizes_agree_with_a_plain_product(lengths in prop::collection::vec(1_usize..40, 4), zipped in any::<bool>()) {
        let list = |length: usize, first: usize| format!("{:?}", (first..first + length).collect::<Vec<_>>());
        let depth = if zipped { lengths[0] } else { lengths[1] };
        let zip = if zipped { "zip = ['width', 'depth']" } else { "" };
        let sweep = grid(&format!("width = {}\ndepth = {}\nstd = {}\nmean = {}\n{zip}", list(lengths[0], 1), list(depth, 1), list(lengths[2], 0), list(lengths[3], 0)));
        let product: u128 = [lengths[0], if zipped { 1 } else { depth }, lengths[2], lengths[3]].iter().map(|length| *length as u128).product();
        prop_assert_eq!(sweep.size(), product);
        if product < 2000 {
            prop_assert_eq!(sweep.cells().count() as u128, product);
        }
    }

    #[test]
    fn a_mutated_config_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30, "[ -~\\n\u{e9}\u{2212}]{0,6}"), 1..6),
        assignment in "[a-z.=\\[\\]'\" 0-9/{}]{0,12}",
    ) {
        let mut text: Vec<char> = FULL.chars().collect();
        for (index, length, replacement) in edits {
            let start = index.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, replacement.chars());
        }
        let text: String = text.into_iter().collect();
        for source in [Source::new("a.toml", text.clone()), Source::new("a.toml", text).set(assignment)] {
            match parse(&source) {
                Ok(sweep) => drop(sweep.cells().take(100).count()),
                Err(error) => assert!(!error.render(true).is_empty() && !error.items.is_empty()),
            }
        }
    }

    #[test]
    fn whatever_is_accepted_has_sound_cells(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..5)) {
        let text = "name = 'a'\ntrials = 1\n[[grid]]\nwidth = [3, 4]\nstd = 0.5\n";
        let source = pieces.iter().fold(Source::new("a.toml", text), |source, piece| source.set(format!("grid.{piece}")));
        if let Ok(sweep) = parse(&source) {
            let cells: Vec<Cell> = sweep.cells().map(|cell| cell.expect("parse has checked it")).collect();
            prop_assert!(!cells.is_empty());
            check_soundness(&cells);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".*", assignment in ".*") {
        if let Err(error) = parse(&Source::new("a.toml", text).set(assignment)) {
            assert!(!error.render(false).is_empty());
        }
    }
}
