//! What is fuzzed: any bytes go in, and whatever comes out is right. Shared by `fuzz_targets/` and
//! `tests/fuzz_corpus.rs`.

#![allow(dead_code, reason = "every target uses its own part")]

#[path = "../common/laid_out.rs"]
mod laid_out;
#[path = "../common/small_store.rs"]
mod small_store;
use small_store::Found;

use std::sync::LazyLock;

use initsweep::config::{self, Source};
use initsweep::engine::TrialValues;
use initsweep::sweep::{Cell, Parameter, Sweep, group};
use laid_out::lay_out;

/// Any text as a config: it is refused with words that a terminal can take, or can be laid out.
pub fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        // A line below the last one that begins so is an override.
        let (file, assignment) = text.split_once("\n#set ").map_or((text, None), |(a, b)| (a, Some(b)));
        let source = Source::new("a.toml", file);
        lay_out(&assignment.iter().fold(source, |source, one| source.set(*one)));
    }
}

/// Any text as an expression of `std`, `mean` and `batch`, and as a condition.
///
/// An expression reads back from its canonical text as what it was; a condition and its negation share out the cells.
pub fn expressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for key in ["std", "mean", "batch", "bias_std"] {
        if let Some(sweep) = with_grid(&format!("{key} = {}", quoted(text))) {
            let axes = &sweep.grids[0].axes;
            if axes[Parameter::Std][0].law.is_some() && key == "std" {
                continue;
            }
            let quantity = &axes[Parameter::parse(key).unwrap()][0];
            let canonical = quantity.expression.to_string();
            let again = with_grid(&format!("{key} = {}", quoted(&canonical)));
            let again = again.unwrap_or_else(|| panic!("{text:?} is refused as {canonical:?}"));
            let laws = |sweep: &Sweep| cells(sweep).into_iter().map(|cell| cell.law_text).collect::<Vec<_>>();
            assert_eq!(laws(&sweep), laws(&again), "{text:?} is another law as {canonical:?}");
        }
    }
    let kept = |condition: &str| Some(cells(&with_grid(&format!("where = {}", quoted(condition)))?).len());
    // In parentheses and without them, so that its own are balanced.
    if ["({text})", "{text}"]
        .iter()
        .all(|form| kept(&format!("1 == 1 || {}", form.replace("{text}", text))) == Some(SHAPES))
    {
        // It is well-formed, so that only a cell without a value, or no cell at all, can be refused.
        let counts = [kept(text), kept(&format!("!({text})"))];
        match counts {
            [Some(some), Some(others)] => assert_eq!(some + others, SHAPES, "{text:?}"),
            [Some(all), None] | [None, Some(all)] => assert_eq!(all, SHAPES, "{text:?}"),
            [None, None] => {}
        }
    }
}

/// Cells of [`with_grid`].
const SHAPES: usize = 12;

/// A sweep of widths and depths with one more line; `None` if that is refused.
fn with_grid(line: &str) -> Option<Sweep> {
    let std = if line.starts_with("std") { "" } else { "std = [0.5, 'he_normal']\n" };
    let width = if std.is_empty() { "[1, 2, 4, 64]" } else { "[1, 4]" };
    let text = format!("name = 'a'\ntrials = 1\n[[grid]]\nwidth = {width}\ndepth = [1, 2, 5]\n{std}{line}\n");
    lay_out(&Source::new("a.toml", text))
}

fn cells(sweep: &Sweep) -> Vec<Cell> {
    sweep.cells().collect::<Result<_, _>>().expect("small sweeps are checked whole")
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    let plain = !text.contains('\'') && !text.chars().any(char::is_control);
    if plain {
        format!("'{text}'")
    } else {
        serde_json::to_string(text).unwrap().replace('\u{7f}', "\\u007f")
    }
}

/// A valid store, changed as `data` says.
pub fn store(data: &[u8]) {
    static VALID: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let home = small_store::in_memory();
        let path = home.path().join("trials.sqlite");
        small_store::write(&path);
        std::fs::read(&path).unwrap()
    });
    thread_local!(static HOME: tempfile::TempDir = small_store::in_memory());
    let bytes = changed(&VALID, data);
    HOME.with(|home| small_store::judge(&bytes, home.path(), &|found| is_forged(&bytes, found)));
}

/// Whether `bytes` may hold the right checksum of these values: a checksum finds damage, no forger.
fn is_forged(bytes: &[u8], found: &Found) -> bool {
    let mut crc = crc32fast::Hasher::new();
    crc.update(small_store::keys()[found.key].hash.as_bytes());
    for count in [found.first, found.values.len() / 2] {
        crc.update(&(count as u64).to_le_bytes());
    }
    for value in &found.values {
        crc.update(&value.to_le_bytes());
    }
    // SQLite writes whole numbers big-endian, without leading bytes of no meaning.
    let checksum = crc.finalize().to_be_bytes();
    let digits = &checksum[checksum.iter().take_while(|byte| **byte == 0).count()..];
    digits.is_empty() || bytes.windows(digits.len()).any(|window| window == digits)
}

/// Page size of the store.
const PAGE: usize = 8192;

/// `valid` with a list of changes: each is a byte that says which, three bytes that say where, and what it needs.
fn changed(valid: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    let mut rest = data;
    while let Some((&[kind, a, b, c], tail)) = rest.split_first_chunk::<4>() {
        rest = tail;
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let pages = bytes.len().div_ceil(PAGE);
        match kind % 8 {
            0..4 => {
                let count = usize::from(kind >> 3).min(rest.len());
                let (new, tail) = rest.split_at(count);
                let start = at % bytes.len();
                bytes.iter_mut().skip(start).zip(new).for_each(|(old, new)| *old = *new);
                rest = tail;
            }
            4 => bytes.truncate(at % (bytes.len() + 1)),
            5 => bytes.extend(std::iter::repeat_n(kind, at % (2 * PAGE))),
            6 => {
                let [from, to] = [usize::from(b) % pages, usize::from(c) % pages].map(|page| page * PAGE);
                let length = PAGE.min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
            _ => {
                let at = at % bytes.len();
                let end = (at + usize::from(kind)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}

/// Blocks of trials put into a table one after another, beside a table too plain to be wrong.
pub fn merge(data: &[u8]) {
    let Some((&[metrics, trials], mut rest)) = data.split_first_chunk::<2>() else { return };
    let observables = usize::from(metrics % 4);
    let names = ["'mean'", "'std'", "'rms'"];
    // A listed layer that a cell does not have leaves nothing to observe.
    let (layer, names) = if observables == 0 { (2, &names[..1]) } else { (1, &names[..observables]) };
    let text = format!(
        "name = 'a'\ntrials = 1\n[[grid]]\nwidth = 2\nstd = 1\ndepth = [1, 2]\nmean = 'depth'\n[measure]\n\
         sites = ['post']\nlayers = [{layer}]\nmetrics = [{}]",
        names.join(", ")
    );
    let sweep = config::parse(&Source::new("a.toml", text)).unwrap();
    let groups = group(&cells(&sweep), &sweep.measure, sweep.randomness, sweep.seed);
    let (start, end) = (usize::from(metrics >> 2), usize::from(metrics >> 2) + usize::from(trials));
    let mut table = TrialValues::new(&groups[0], start..end);
    assert_eq!(table.observables(), observables);
    let mut plain = Plain { start, observables, rows: vec![None; end - start] };
    while let Some((&[kind, first, count], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(count & 31).min(tail.len());
        let (new, tail) = tail.split_at(length);
        rest = tail;
        let first = if kind == 255 { usize::MAX - usize::from(first) } else { usize::from(first) };
        if kind % 8 == 7 && kind != 255 {
            table.extend(first);
            plain.rows.resize(plain.rows.len().max(first.saturating_sub(start)), None);
        } else {
            let values: Vec<f64> = new.iter().copied().map(awkward).collect();
            let conflict = table.put(first, values.clone()).err().map(|error| error.trial);
            assert_eq!(conflict, plain.put(first, &values));
        }
        plain.compare(&table);
    }
}

/// Zeros of both signs, NaNs of two payloads, infinities and plain numbers.
fn awkward(byte: u8) -> f64 {
    match byte {
        0 => 0.0,
        1 => -0.0,
        2 => f64::NAN,
        3 => f64::from_bits(f64::NAN.to_bits() | 1),
        4 => f64::INFINITY,
        _ => f64::from(byte),
    }
}

/// The values of trials `start ..`, one by one.
struct Plain {
    start: usize,
    observables: usize,
    rows: Vec<Option<Vec<u64>>>,
}

impl Plain {
    /// What [`TrialValues::put`] says it does; gives the trial in conflict, if any.
    fn put(&mut self, first: usize, values: &[f64]) -> Option<usize> {
        if self.observables == 0 {
            return None;
        }
        for (i, row) in values.chunks_exact(self.observables).enumerate() {
            let row: Vec<u64> = row.iter().map(|value| value.to_bits()).collect();
            let trial = first.checked_add(i)?;
            let Some(place) = trial.checked_sub(self.start).and_then(|at| self.rows.get_mut(at)) else {
                continue;
            };
            match place {
                Some(old) if *old != row => return Some(trial),
                _ => *place = Some(row),
            }
        }
        None
    }

    fn compare(&self, table: &TrialValues) {
        let trials = self.start..self.start + self.rows.len();
        assert_eq!(table.trials(), self.rows.len());
        let is_missing = |trial: &usize| self.observables > 0 && self.rows[trial - self.start].is_none();
        let (missing, known): (Vec<usize>, Vec<usize>) = trials.clone().partition(is_missing);
        assert_eq!(table.missing().iter().cloned().flatten().collect::<Vec<_>>(), missing);
        let seen: Vec<usize> = trials.clone().filter(|&trial| table.trial(trial).is_some()).collect();
        assert!(seen == known || self.observables == 0);
        assert_eq!(table.missing_trials(), missing.len());
        assert!(table.missing().windows(2).all(|pair| pair[0].end < pair[1].start));
        for (trial, row) in trials.clone().zip(&self.rows) {
            let bits =
                table.trial(trial).map(|row| row.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
            assert_eq!(bits, *row);
        }
        assert_eq!((table.trial(trials.end), table.trial(usize::MAX)), (None, None));
    }
}
