//! `initsweep status`: the progress of a run and its shards.

use std::path::PathBuf;

use clap::Args;

use super::arguments::MachineArguments;
use super::failure::Failure;
use super::stdout::show;
use crate::engine::Shard;
use crate::run::{InputFiles, RunDirectory, Shards, State};

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run, the one that its shards had for --out
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

/// Prints a line per shard, and what is missing.
///
/// # Errors
///
/// If the run is not complete (code 3), or cannot be read.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let directory = RunDirectory::new(&arguments.path);
    let shards = Shards::new(&directory, MachineArguments::default().options(), InputFiles::Closed)?;
    let cut = shards.counts.iter().flat_map(|&count| (0..count).map(move |index| Shard { index, count }));
    let mut lines: Vec<String> = cut.map(|shard| line(&shards, shard)).collect();
    let (known, all) = shards.networks(None);
    let most = if shards.work.sweep.stopping.is_some() && known < all { " at most" } else { "" };
    lines.push(format!("{:<12}{}{most}\n", "all", share(known, all)));
    let is_finished = matches!(directory.state(&shards.work.plan.fingerprint), Ok(State::Finished { .. }));
    let verdict = match shards.counts.is_empty() {
        _ if is_finished => "written",
        true => "not yet: run it again",
        false if known < all => "not yet: trials are missing",
        false => "not yet: initsweep merge writes it",
    };
    lines.push(format!("{:<12}{verdict}\n", "summary.csv"));
    show(&lines.concat())?;
    // Where targets decide, a finished run need not have all that it might have drawn.
    if known < all && !is_finished { Err(shards.error(&directory).into()) } else { Ok(()) }
}

fn line(shards: &Shards, shard: Shard) -> String {
    let (known, all) = shards.networks(Some(shard));
    let running = shards.running.iter().find(|(running, _)| *running == shard);
    let state = match running {
        Some((_, holder)) => format!("running: {holder}"),
        None if known == all => "complete".to_owned(),
        None if shards.unusable.iter().any(|other| other.shard == shard) => {
            "its store cannot be used".to_owned()
        }
        None if known == 0 => "nothing yet".to_owned(),
        None => "not running".to_owned(),
    };
    format!("{:<12}{:<32}{state}\n", shard.to_string(), share(known, all))
}

/// `120 of 300 networks`.
fn share(known: usize, all: usize) -> String {
    format!("{known} of {all} networks")
}
