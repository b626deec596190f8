//! `initsweep run`: the main job.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::config::ConfigArguments;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::prepare::Prepared;
use super::questions::{self, Answers};
use super::session::{Session, claim, interrupted, refusal};
use super::shard::ShardArgument;
use super::trials::Settling;
use crate::engine::{self, Progress, Verbosity};
use crate::output::{self, ExpectRow, Provenance, ReadRecord, Row, RunDirectory, State, TableFile};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Directory of the run [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Only shard I of N, from 0/N to N-1/N; `auto/N` takes I from the array task of the batch system. `merge` puts
    /// the shards together
    #[arg(long, value_name = "I/N", value_parser = str::parse::<ShardArgument>)]
    shard: Option<ShardArgument>,

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
        Self { config: ConfigArguments::example(), out: None, shard: None, quiet: false, embedded: true }
    }
}

/// Runs a sweep, or what is missing of it.
///
/// # Errors
///
/// See [`super::failure`].
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let work = Prepared::new(&arguments.config, arguments.embedded)?;
    let path = work.path(arguments.out.as_deref());
    let directory = RunDirectory::new(&path);
    if let Some(shard) = arguments.shard {
        return super::shard::run(work, &directory, shard.resolve()?, arguments.quiet);
    }
    if look(&work, &directory, arguments.quiet)? == Found::Finished {
        return Ok(());
    }
    work.check_memory()?;
    let interrupt = Interrupt::listen()?;
    let _claim = claim(&work, &directory)?;
    // Another process may have changed it in the meantime.
    let found = look(&work, &directory, arguments.quiet)?;
    if found == Found::Finished {
        return Ok(());
    }
    let session = Session::open(&work, &directory, found == Found::Another)?;
    finish(&work, &directory, session, arguments.quiet, &interrupt)
}

/// Draws what is missing, writes the files, and shows the tables.
///
/// # Errors
///
/// If a file cannot be written, if a signal came, or if the numbers are not those expected.
pub fn finish(
    work: &Prepared,
    directory: &RunDirectory,
    session: Session<'_>,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let (rows, answers, provenance) = measure(work, directory, session, quiet, interrupt)?;
    write(work, directory, &rows, &answers, &provenance)?;
    if quiet {
        return questions::verdict(&answers.expect);
    }
    super::show(&output::table(&work.cells, &rows))?;
    questions::show(&work.cells, &answers.expect)?;
    super::say(&closing(&answers, &provenance, directory.path()));
    questions::verdict(&answers.expect)
}

fn closing(answers: &Answers, provenance: &Provenance, path: &Path) -> String {
    let Provenance { wall_seconds, threads, simd, networks_from_store, .. } = provenance;
    let networks = answers.networks;
    let stored = match networks_from_store {
        0 => String::new(),
        stored => format!(", {stored} of them from the store,"),
    };
    let path = path.display();
    format!(
        "\n{networks} networks{stored} in {wall_seconds:.1} s on {threads} threads ({simd}); all in {path}"
    )
}

/// What a directory is for a run that wants it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is work to do, and no summary.
    Open,
    /// This very run is finished.
    Finished,
    /// The summary of another run, which this one may extend.
    Another,
}

/// Looks into the directory. A finished run is shown again.
///
/// # Errors
///
/// If it holds something that must not be touched, or cannot be read.
pub fn look(work: &Prepared, directory: &RunDirectory, quiet: bool) -> Result<Found, Failure> {
    let path = directory.path().display();
    match directory.state(&work.fingerprint) {
        Ok(State::Free | State::Begun) => Ok(Found::Open),
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
            let expect = finished_expectations(directory)?;
            if !quiet {
                questions::show(&work.cells, &expect)?;
            }
            questions::verdict(&expect)?;
            Ok(Found::Finished)
        }
        Ok(State::Other(_)) if directory.store().exists() => Ok(Found::Another),
        Ok(State::Other(run)) => {
            let shape = format!("{} cells of {} trials, seed {}", run.cells, run.trials, run.seed);
            let what = format!("the run {:?} ({shape})", run.name);
            Err(refusal(directory, &what, "it has no trial store"))
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
    let mut rows = read(&directory.path().join("summary.csv"), lengths.iter().sum())?.into_iter();
    let mut rows: Vec<Vec<Row>> =
        lengths.iter().map(|&length| rows.by_ref().take(length).collect()).collect();
    rows.resize(work.cells.len(), Vec::new());
    super::show(&output::table(&work.cells, &rows))
}

/// What a finished run found about its expectations.
fn finished_expectations(directory: &RunDirectory) -> Result<Vec<ExpectRow>, Failure> {
    let path = directory.path().join("expect.csv");
    if path.exists() { read(&path, usize::MAX) } else { Ok(Vec::new()) }
}

/// Reads the first `count` rows of a table.
fn read<R: ReadRecord>(path: &Path, count: usize) -> Result<Vec<R>, Failure> {
    let broken =
        |error: &dyn std::fmt::Display| Failure::failed(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(|error| broken(&error))?;
    output::read_csv(file, count).map_err(|error| broken(&error))
}

/// Draws what is missing, and summarises all trials cell by cell.
fn measure(
    work: &Prepared,
    directory: &RunDirectory,
    mut session: Session<'_>,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<(Vec<Vec<Row>>, Answers, Provenance), Failure> {
    let mut provenance = Provenance {
        name: work.sweep.name.clone(),
        sweep: work.fingerprint.clone(),
        seed: work.sweep.seed,
        trials: work.sweep.trials,
        cells: work.cells.len(),
        simd: work.options.level.to_string(),
        threads: work.options.threads,
        networks_from_store: session.stored as u64,
        overrides: work.overrides.clone(),
        ..Provenance::of_this_process()
    };
    let start = Instant::now();
    let engine = work.engine()?;
    let verbosity = if quiet { Verbosity::Quiet } else { Verbosity::Normal };
    let mut settling = Settling::new(work);
    for look in work.looks() {
        settling.extend(&mut session.tables, look);
        let progress = Progress::start(engine::missing_work(&work.groups, &session.tables), verbosity);
        session.fill(&engine, &progress, interrupt)?;
        settling.look(&engine, &session.tables, look);
    }
    let total = session.total();
    let tables = session.close()?;
    let trials = settling.finish(&tables);
    let rows = work.summarise(&engine, &trials, &interrupt.stop);
    if let Some(code) = interrupt.code() {
        return Err(interrupted(code, total, total, directory));
    }
    let answers = questions::answer(work, &engine, &rows, &trials)?;
    provenance.wall_seconds = start.elapsed().as_secs_f64();
    Ok((rows, answers, provenance))
}

/// Writes the files; `run.json` last, for it says that the others are complete.
fn write(
    work: &Prepared,
    directory: &RunDirectory,
    rows: &[Vec<Row>],
    answers: &Answers,
    provenance: &Provenance,
) -> Result<(), Failure> {
    let (sweep, config) = (&work.sweep, work.text());
    let mut tables = vec![TableFile::summary(questions::csv(output::COLUMNS, rows.iter().flatten())?)];
    tables.extend(answers.files()?);
    let package = output::data_package(&sweep.name, sweep.purpose.as_deref(), &tables, config.as_bytes());
    let package = format!("{package:#}\n");
    let provenance = format!("{:#}\n", serde_json::to_value(provenance).expect("plain data"));
    let paths: Vec<String> = tables.iter().map(TableFile::path).collect();
    let mut files = vec![("config.toml", config.as_bytes())];
    files.extend(paths.iter().map(String::as_str).zip(tables.iter().map(|table| table.bytes.as_slice())));
    files.extend([("datapackage.json", package.as_bytes()), ("run.json", provenance.as_bytes())]);
    let size = files.iter().map(|(_, bytes)| bytes.len() as u128).sum();
    directory.write(&files).map_err(|(path, error)| Failure::write(path.display(), &error).needing(size))
}
