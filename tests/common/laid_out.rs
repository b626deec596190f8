//! What `initsweep plan` does to a config, as far as the library is public.

use initsweep::config::{self, Source};
use initsweep::engine::{Options, predicted_seconds, working_memory};
use initsweep::simd::SimdLevel;
use initsweep::store::ValueKey;
use initsweep::sweep::{Cost, Group, Rates, Sweep, fingerprint, group, observables};

/// Bytes of cells that are laid out; `plan` asks the system how much memory there is.
const ROOM: usize = 1 << 26;
/// Points that are looked at.
const POINTS: u128 = 1_000;

/// Parses a config and lays out its work, as much of it as fits into a little time and memory. `None` if it is refused.
///
/// # Panics
///
/// If the refusal is empty or would send control characters to a terminal, or if what was accepted makes no sense.
pub fn lay_out(source: &Source) -> Option<Sweep> {
    let sweep = match config::parse(source) {
        Ok(sweep) => sweep,
        Err(mistakes) => {
            refused(&mistakes);
            return None;
        }
    };
    if sweep.size() <= POINTS {
        let mut cells = Vec::new();
        let mut bytes = 0;
        for cell in sweep.cells() {
            match cell {
                Ok(cell) => {
                    bytes += 1000 + 24 * cell.network.depth;
                    cells.push(cell);
                }
                // A check that was cut short leaves mistakes for later.
                Err(error) => {
                    refused(&config::explain(source, &error));
                    return Some(sweep);
                }
            }
            if bytes > ROOM {
                break;
            }
        }
        assert!(!cells.is_empty(), "no cells: {source:?}");
        assert!(fingerprint(&sweep, &cells).len() >= 16);
        let groups = group(&cells, &sweep.measure, sweep.randomness, sweep.seed);
        assert_eq!(groups.iter().map(|group| group.cells.len()).sum::<usize>(), cells.len());
        let selections = sweep.expect.iter().map(|clause| &clause.selection);
        for selection in selections.chain(sweep.compare.iter().map(|clause| &clause.selection)) {
            match selection.choose(&cells) {
                Ok(chosen) => assert!(chosen.len() <= cells.len()),
                Err(error) => refused(&config::explain(source, &error)),
            }
        }
        for cell in &cells {
            assert!(cell.id().len() == 17 && observables(&sweep.measure, cell.network.depth).len() < 1 << 40);
        }
        for group in &groups {
            assert_eq!(ValueKey::new(&sweep, &cells, group).hash.len(), 64);
        }
        cost(&sweep, &groups);
    }
    Some(sweep)
}

fn cost(sweep: &Sweep, groups: &[Group]) {
    let trials = usize::try_from(sweep.trials).unwrap();
    let options = Options { threads: 3, level: SimdLevel::detect() };
    let memory = working_memory(groups, &vec![0..trials; groups.len()], options);
    assert!(
        memory
            >= groups
                .iter()
                .map(|group| 8 * (group.network.width * group.network.batch) as u128)
                .max()
                .unwrap_or(0)
                / 2
    );
    let cost = groups.iter().map(Group::trial_cost).fold(Cost::default(), |a, b| a + b);
    let seconds = predicted_seconds(groups, trials, options, &Rates::NOMINAL);
    assert!(cost.seconds(&Rates::NOMINAL) > 0.0 && seconds > 0.0 && seconds.is_finite());
    assert!(sweep.looks().is_sorted() && sweep.looks().last() == Some(&sweep.trials));
}

fn refused(mistakes: &config::Diagnostics) {
    let text = mistakes.render(false);
    assert!(!mistakes.items.is_empty() && text.starts_with("error: "), "{text}");
    let raw = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(raw), "control characters reach the terminal: {text:?}");
}
