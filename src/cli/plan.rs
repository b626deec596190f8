//! `initsweep plan`: what a sweep would cost.

use std::time::Instant;

use clap::Args;

use super::arguments::ConfigArguments;
use super::failure::Failure;
use super::terminal::show;
use crate::engine;
use crate::run::{Available, Prepared, available_memory};
use crate::statistics::{Kind, Summary};
use crate::sweep::Group;
use crate::text::bytes;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Prints the plan of a sweep.
///
/// # Errors
///
/// Mistakes in the config, and a sweep that does not fit into memory (after the plan).
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let work = arguments.config.prepare(false)?;
    show(&text(&work))?;
    Ok(work.check_memory()?)
}

fn text(work: &Prepared) -> String {
    let sweep = &work.sweep;
    let cost = work.cost();
    let rates = engine::calibrate(work.options.level);
    let seconds = engine::predicted_seconds(&work.groups, work.trials(), work.options.engine(), &rates)
        + summary_seconds(work);
    let mut lines = vec![("sweep", sweep.name.clone())];
    lines.extend(sweep.purpose.iter().map(|purpose| ("purpose", purpose.clone())));
    lines.extend([
        ("cells", format!("{}, drawn in {}", count(work.cells.len() as u128), passes(work.groups.len()))),
        ("trials", trials_per_cell(work)),
        ("multiply-adds", quantity(cost.multiply_adds.iter().sum())),
        ("random numbers", quantity(cost.draws.iter().sum())),
        ("memory", format!("{}{}", bytes(work.memory()), available(available_memory(work.options.threads)))),
        (
            "disk",
            format!(
                "{} for {} rows and {} trial values",
                bytes(work.disk()),
                count(work.rows as u128),
                count(work.values())
            ),
        ),
        ("time", format!("{} on {} threads ({})", time(seconds), work.options.threads, work.options.level)),
    ]);
    if let Some(group) =
        work.groups.iter().max_by(|a, b| seconds_of(a, &rates).total_cmp(&seconds_of(b, &rates)))
    {
        let n = &group.network;
        let share = seconds_of(group, &rates) * trials(work) / cost.seconds(&rates);
        let shape = format!("width {}, depth {}, batch {}", n.width, n.depth, n.batch);
        lines.push(("costliest pass", format!("{shape}: {:.0} % of the work", share * 100.0)));
    }
    lines.iter().fold(String::new(), |text, (name, value)| text + &format!("{name:<16}{value}\n"))
}

/// Seconds that the statistics of all rows take, from those of one row.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn summary_seconds(work: &Prepared) -> f64 {
    let values: Vec<f64> = (0..work.trials().min(4096)).map(|i| libm::sin(i as f64)).collect();
    let start = Instant::now();
    std::hint::black_box(Summary::of(&values, Kind::Value));
    let one = start.elapsed().as_secs_f64() * work.sweep.trials as f64 / values.len() as f64;
    one * work.rows as f64 / work.options.threads as f64
}

/// `2,000 per cell`, or `64 to 2,000 per cell, ...` with what follows being the most it can take.
fn trials_per_cell(work: &Prepared) -> String {
    let looks = work.looks();
    let [min, max] = [looks[0], work.trials()].map(|trials| count(trials as u128));
    match work.sweep.stopping {
        None => format!("{max} per cell"),
        Some(_) => {
            format!("{min} to {max} per cell, at most {} looks; the figures below are for {max}", looks.len())
        }
    }
}

fn seconds_of(group: &Group, rates: &crate::sweep::Rates) -> f64 {
    group.trial_cost().seconds(rates)
}

#[expect(clippy::cast_precision_loss, reason = "for eyes")]
fn trials(work: &Prepared) -> f64 {
    work.sweep.trials as f64
}

fn available(memory: Option<Available>) -> String {
    memory.map_or(String::new(), |there| format!(" of {} available ({})", bytes(there.bytes), there.bound))
}

/// Passes over a deepest network, each of which serves the cells of all its depths.
fn passes(groups: usize) -> String {
    if groups == 1 { "1 pass".to_owned() } else { format!("{} passes", count(groups as u128)) }
}

/// `12,345`.
fn count(value: u128) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.23e9`.
fn quantity(value: f64) -> String {
    if value < 1e6 { format!("{value}") } else { format!("{value:.2e}") }
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "under a second".to_owned(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("about {:.1} h", s / 3600.0),
        s => format!("about {:.1} days", s / 86400.0),
    }
}
