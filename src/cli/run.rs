//! `initsweep run`: the main job.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::config::ConfigArguments;
use super::failure::Failure;
use super::prepare::Prepared;
use crate::engine::{self, Engine, Progress, Verbosity};
use crate::output::{self, Provenance, Row, RunDirectory, State};
use crate::sweep::Group;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Directory of the run [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// No progress, no table
    #[arg(long, short)]
    quiet: bool,

    /// Run the embedded example; not on the command line.
    #[arg(skip)]
    embedded: bool,
}

impl Arguments {
    /// Those of the embedded example.
    pub fn example() -> Self {
        Self { config: ConfigArguments::example(), out: None, quiet: false, embedded: true }
    }
}

/// Runs a sweep.
///
/// # Errors
///
/// See [`super::failure`].
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let work = Prepared::new(&arguments.config, arguments.embedded)?;
    let path = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&work.sweep.name));
    let directory = RunDirectory::new(&path);
    if is_finished(&work, &directory, arguments.quiet)? {
        return Ok(());
    }
    work.check_memory()?;
    let _claim = directory.claim(&work.fingerprint).map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => {
            Failure::create(format!("another initsweep is running in {}", path.display()))
        }
        _ => Failure::create(format!("cannot use {}: {error}", path.display())),
    })?;
    // Another process may have finished it in the meantime.
    if is_finished(&work, &directory, arguments.quiet)? {
        return Ok(());
    }
    let (rows, provenance) = measure(&work, arguments.quiet)?;
    write(&work, &directory, &rows, &provenance)?;
    if arguments.quiet {
        return Ok(());
    }
    super::print(&output::table(&work.cells, &rows))?;
    let Provenance { wall_seconds, threads, simd, .. } = &provenance;
    let trials = work.sweep.trials * work.groups.len() as u64;
    super::say(&format!(
        "\n{trials} networks in {wall_seconds:.1} s on {threads} threads ({simd}); all in {}",
        path.display()
    ));
    Ok(())
}

/// Whether there is nothing to do, because the directory holds this very run: then it is shown again.
fn is_finished(work: &Prepared, directory: &RunDirectory, quiet: bool) -> Result<bool, Failure> {
    let path = directory.path().display();
    match directory.state(&work.sweep.name, &work.fingerprint) {
        Ok(State::Free) => Ok(false),
        Ok(State::Finished { commit }) => {
            let this = Provenance::of_this_process().commit;
            let by = if commit == this {
                String::new()
            } else {
                format!(" (made by commit {commit}, this is {this})")
            };
            super::say(&format!("{path} holds this run, finished and intact{by}: nothing to do."));
            if !quiet {
                show_finished(work, directory)?;
            }
            Ok(true)
        }
        Ok(State::Taken(by)) => {
            let help = "help: choose another directory with --out, or another `name`, or move it away";
            Err(Failure::create(format!("{path} holds {by}\n  {help}")))
        }
        Err(error) => Err(Failure::create(format!("cannot look into {path}: {error}"))),
    }
}

/// Shows the table of a finished run again.
fn show_finished(work: &Prepared, directory: &RunDirectory) -> Result<(), Failure> {
    let shown = &work.cells[..work.cells.len().min(output::SHOWN)];
    let lengths: Vec<usize> = shown.iter().map(|cell| work.panel(cell).len()).collect();
    let path = directory.path().join("summary.csv");
    let broken =
        |error: &dyn std::fmt::Display| Failure::failed(format!("cannot read {}: {error}", path.display()));
    let file = File::open(&path).map_err(|error| broken(&error))?;
    let rows = output::read_csv(file, lengths.iter().sum()).map_err(|error| broken(&error))?;
    let mut rows = rows.into_iter();
    let mut rows: Vec<Vec<Row>> =
        lengths.iter().map(|&length| rows.by_ref().take(length).collect()).collect();
    rows.resize(work.cells.len(), Vec::new());
    super::print(&output::table(&work.cells, &rows))
}

/// Runs all trials, and summarises them cell by cell.
fn measure(work: &Prepared, quiet: bool) -> Result<(Vec<Vec<Row>>, Provenance), Failure> {
    let mut provenance = Provenance {
        name: work.sweep.name.clone(),
        sweep: work.fingerprint.clone(),
        seed: work.sweep.seed,
        trials: work.sweep.trials,
        cells: work.cells.len(),
        simd: work.options.level.to_string(),
        threads: work.options.threads,
        overrides: work.overrides.clone(),
        ..Provenance::of_this_process()
    };
    let start = Instant::now();
    let engine =
        Engine::new(work.options).map_err(|error| Failure::failed(format!("no threads: {error}")))?;
    let verbosity = if quiet { Verbosity::Quiet } else { Verbosity::Normal };
    let progress = Progress::start(engine::total_work(&work.groups, work.trials()), verbosity);
    let tables = engine.run(&work.groups, work.trials(), &progress);
    let mut place = vec![(0, 0); work.cells.len()];
    for (g, group) in work.groups.iter().enumerate() {
        for &cell in &group.cells {
            place[cell] = (cell, g);
        }
    }
    let rows = engine.map(&place, |&(cell, g)| {
        let group: &Group = &work.groups[g];
        output::rows(&work.cells[cell], &work.sweep, group, |range| tables[g].columns(range))
    });
    drop(progress);
    provenance.wall_seconds = start.elapsed().as_secs_f64();
    Ok((rows, provenance))
}

/// Writes the files; `run.json` last, for it says that the others are complete.
fn write(
    work: &Prepared,
    directory: &RunDirectory,
    rows: &[Vec<Row>],
    provenance: &Provenance,
) -> Result<(), Failure> {
    let mut summary = Vec::new();
    output::write_csv(rows.iter().flatten(), &mut summary)
        .map_err(|error| Failure::failed(format!("cannot format summary.csv: {error}")))?;
    let sweep = &work.sweep;
    let package = output::data_package(&sweep.name, sweep.purpose.as_deref(), &summary, work.text.as_bytes());
    let provenance = serde_json::to_value(provenance).expect("plain data");
    let put = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        directory.write(name, bytes).map_err(|error| Failure::write(path.display(), &error))
    };
    put("config.toml", work.text.as_bytes())?;
    put("summary.csv", &summary)?;
    put("datapackage.json", format!("{package:#}\n").as_bytes())?;
    put("run.json", format!("{provenance:#}\n").as_bytes())
}
