//! `initsweep verify`: whether an old run is still what it was.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{InputArguments, MachineArguments};
use super::failure::Failure;
use super::figures;
use super::stdout::show;
use crate::hash::sha256;
use crate::output::Provenance;
use crate::report;
use crate::run::{self, REPORT, RunDirectory, Stored};

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// Trials to draw again, at random
    #[arg(long, value_name = "K", default_value_t = 100)]
    trials: u64,

    /// Seed of the choice of trials [default: the clock]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    #[command(flatten)]
    inputs: InputArguments,

    #[command(flatten)]
    machine: MachineArguments,
}

/// What was found, line by line.
#[derive(Default)]
struct Report {
    lines: Vec<(String, String)>,
    wrong: usize,
}

impl Report {
    fn line(&mut self, what: &str, is_right: bool, verdict: impl Into<String>) {
        self.wrong += usize::from(!is_right);
        self.lines.push((what.to_owned(), verdict.into()));
    }
}

/// Checks file hashes, block checksums, the summary against the store, and a sample of trials bit by bit.
///
/// # Errors
///
/// If anything is wrong (code 1), or the run is not finished (code 3).
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let stored = Stored::open(&arguments.path, arguments.machine.options(), arguments.inputs.files())?;
    let directory = RunDirectory::new(&arguments.path);
    let mut report = Report::default();
    hashes(&directory, &mut report);
    blocks(&stored, &mut report);
    summary(&stored, &directory, &mut report)?;
    page(&directory, arguments, &mut report);
    sample(&stored, arguments, &mut report)?;
    let text = |text: String, (what, verdict): &(String, String)| text + &format!("{what:<18}{verdict}\n");
    show(&report.lines.iter().fold(String::new(), text))?;
    let missing: usize = (0..stored.work.plan.groups.len()).map(|group| stored.missing(group)).sum();
    match (report.wrong, missing) {
        (0, 0) => Ok(()),
        (0, missing) => {
            Err(Failure::Other(3, format!("{} is missing {missing} networks", arguments.path.display())))
        }
        (wrong, _) => Err(Failure::failed(format!(
            "{} is not what it was: {wrong} checks failed",
            arguments.path.display()
        ))),
    }
}

fn hashes(directory: &RunDirectory, report: &mut Report) {
    let Some(hashes) = directory.hashes() else {
        let begun = !directory.path().join("run.json").exists();
        let verdict = if begun { "not there yet: the run is not finished" } else { "missing or broken" };
        return report.line("datapackage.json", begun, verdict);
    };
    for (name, is_right) in hashes {
        let verdict = match is_right {
            Some(true) => "the hash is right",
            Some(false) => "CHANGED: the hash differs",
            None => "MISSING",
        };
        report.line(
            &Path::new(&name).display().to_string().escape_debug().to_string(),
            is_right == Some(true),
            verdict,
        );
    }
}

fn blocks(stored: &Stored, report: &mut Report) {
    let blocks = &stored.blocks;
    if let Some(broken) = &stored.broken {
        report.line("trials.sqlite", false, broken);
    }
    let all = blocks.blocks + blocks.others + blocks.damaged;
    let others = match blocks.others {
        0 => String::new(),
        others => format!(", {others} of them not of this run"),
    };
    let verdict = match blocks.damaged {
        0 => format!("{all} blocks{others}: all checksums are right"),
        damaged => format!("DAMAGED: {damaged} of {all} blocks"),
    };
    report.line("trials.sqlite", blocks.damaged == 0, verdict);
}

/// Whether the stored values give the bytes of the summary.
fn summary(stored: &Stored, directory: &RunDirectory, report: &mut Report) -> Result<(), Failure> {
    let Ok(summary) = fs::read(directory.path().join("summary.csv")) else { return Ok(()) };
    let Some(hash) = stored.summary_hash()? else { return Ok(()) };
    let is_equal = hash == sha256(summary);
    let verdict = if is_equal {
        "is what the stored values give, byte for byte"
    } else {
        "DIFFERS from what the stored values give"
    };
    report.line("summary.csv", is_equal, verdict);
    Ok(())
}

/// Whether the page is what the other files give. It follows from them, so that it may be missing; and a program of another
/// commit may say the same in other words.
fn page(directory: &RunDirectory, arguments: &Arguments, report: &mut Report) {
    // What is wrong with the other files was said already.
    let opened = run::Report::open(&arguments.path, arguments.machine.options());
    let Ok(run::Report::Finished(work, _)) = opened else { return };
    let Ok(found) = fs::read(directory.path().join(REPORT)) else {
        return report.line(REPORT, true, "not there: initsweep report writes it");
    };
    let drawn = figures::before(&work, directory).unwrap_or_default();
    let given = report::page(&work, directory, &drawn);
    if given.is_ok_and(|given| given.as_bytes() == found) {
        return report.line(REPORT, true, "is what the other files give, byte for byte");
    }
    let is_other =
        directory.provenance().is_some_and(|run| run.commit != Provenance::of_this_process().commit);
    let verdict = if is_other {
        "differs from the page of this program: initsweep report writes it anew"
    } else {
        "DIFFERS from what the other files give: initsweep report writes it anew"
    };
    report.line(REPORT, is_other, verdict);
}

/// Draws some of the trials again and compares all their values.
fn sample(stored: &Stored, arguments: &Arguments, report: &mut Report) -> Result<(), Failure> {
    let known: Vec<Vec<Range<usize>>> =
        (0..stored.work.plan.groups.len()).map(|group| stored.known(group).0).collect();
    let total: u64 = known.iter().flatten().map(|range| range.len() as u64).sum();
    if total == 0 {
        report.line("trials", true, "none are stored");
        return Ok(());
    }
    let seed = arguments.seed.unwrap_or_else(clock);
    let is_whole = arguments.trials >= total;
    let count = if is_whole { total } else { arguments.trials };
    let mut chosen: Vec<(usize, u64)> =
        (0..count).map(|i| place(&known, if is_whole { i } else { draw(seed, i, total) })).collect();
    // One group after the other, for each is read once.
    chosen.sort_unstable();
    let engine = stored.work.engine()?;
    let again = engine.rerun(&stored.work.plan.groups, &chosen);
    let mut different = Vec::new();
    let pairs: Vec<(&(usize, u64), &Vec<f64>)> = chosen.iter().zip(&again).collect();
    for of_group in pairs.chunk_by(|(a, _), (b, _)| a.0 == b.0) {
        let table = stored.values(of_group[0].0.0)?;
        for (place, now) in of_group {
            let kept = table.trial(usize::try_from(place.1).unwrap_or(usize::MAX)).unwrap_or(&[]);
            if kept.len() != now.len() || kept.iter().zip(*now).any(|(a, b)| a.to_bits() != b.to_bits()) {
                different.push(*place);
            }
        }
    }
    let verdict = match different.first() {
        None => format!("{count} of {total} drawn again: all bits are equal"),
        Some(&&(group, trial)) => {
            let cell = stored.work.plan.cells[stored.work.plan.groups[group].cells[0]].id();
            format!("DIFFERENT: {} of {count}, the first is trial {trial} of cell {cell}", different.len())
        }
    };
    report.line("trials", different.is_empty(), verdict);
    if different.is_empty() {
        report.line("", true, missed(count, is_whole, seed));
    }
    Ok(())
}

/// What a clean sample says: k draws with replacement miss a fraction f of bad trials with probability `(1 - f)^k`.
#[expect(clippy::cast_precision_loss, reason = "for eyes")]
fn missed(count: u64, is_whole: bool, seed: u64) -> String {
    if is_whole {
        return "every trial was drawn again: no wrong one can have been missed".to_owned();
    }
    if count == 0 {
        return "a sample of none says nothing".to_owned();
    }
    let k = count as f64;
    let percent = |f: f64| 100.0 * libm::pow(1.0 - f, k);
    let bound = 100.0 * (1.0 - libm::pow(0.05, 1.0 / k));
    format!(
        "a fraction f of wrong trials would be missed with probability (1 - f)^{count}: {:.2} % at f = 1 %, {:.2} % at \
         f = 10 %; more than {bound:.2} % wrong are excluded at 95 % (choice: --seed {seed})",
        percent(0.01),
        percent(0.1)
    )
}

/// Number `i` of a random sequence below `total`.
fn draw(seed: u64, i: u64, total: u64) -> u64 {
    let hash = sha256(format!("verify {seed} {i}"));
    // The remainder of 64 bits favours small numbers by less than total / 2^64.
    u64::from_str_radix(&hash[..16], 16).expect("hex digits") % total
}

/// The group and the trial of known network number `index`; `known` are the trials of each group.
fn place(known: &[Vec<Range<usize>>], mut index: u64) -> (usize, u64) {
    for (group, ranges) in known.iter().enumerate() {
        for range in ranges {
            if index < range.len() as u64 {
                return (group, range.start as u64 + index);
            }
            index -= range.len() as u64;
        }
    }
    unreachable!("the index is below the number of known networks")
}

#[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
fn clock() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.as_nanos() as u64) >> 10 & 0xffff_ffff
}
