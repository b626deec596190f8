//! The files of a run: what is in its directory, and how they get there.

use std::io;
use std::path::PathBuf;

use super::answers::Answers;
use super::claim::Claim;
use super::directory::{RunDirectory, STORE, State};
use super::error::RunError;
use super::ordered::{Finished, Ordered};
use super::prepared::Prepared;
use super::results::{CellRows, Sink};
use super::writing::{Content, Staged};
use crate::output::{self, BAND_COLUMNS, BIN_COLUMNS, Bytes, COLUMNS, Provenance, TableFile};

/// What a directory is for a run that wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is work to do, and no summary.
    Open,
    /// This very run is finished.
    Finished {
        /// The commit of the program that made it.
        commit: String,
    },
    /// This very run is finished, but this file is not there any more; the store gives it again.
    Missing(String),
    /// The summary of another run, which this one may extend.
    Another,
}

/// Looks into the directory of a run.
///
/// # Errors
///
/// If it holds something that must not be touched, or cannot be read.
pub fn inspect(work: &Prepared, directory: &RunDirectory) -> Result<Found, RunError> {
    let path = directory.path().display();
    let state = directory.state(&work.plan.fingerprint);
    let state = state.map_err(|error| RunError::Refused(format!("cannot look into {path}: {error}")))?;
    let has_store = directory.store().exists();
    match state {
        State::Free | State::Begun => Ok(Found::Open),
        State::Finished { commit } => Ok(Found::Finished { commit }),
        State::Missing(file) if has_store => Ok(Found::Missing(file)),
        State::Missing(file) => Err(RunError::Refused(format!(
            "{path} holds this run, finished, but its {file} is missing, and {STORE}, which could give it again, is not \
             there either\n  {HELP}"
        ))),
        State::Changed(file) => Err(RunError::Refused(format!(
            "{path} holds this run, finished, but its {file} has changed since it was written (the hash differs)\n  \
             help: move {file} away; the same command then writes it again from {STORE}"
        ))),
        State::Other(_) if has_store => Ok(Found::Another),
        State::Other(run) => {
            let shape = format!("{} cells of {} trials, seed {}", run.cells, run.trials, run.seed);
            let what = format!("the run {:?} ({shape})", run.name);
            Err(refusal(directory, &what, "it has no trial store"))
        }
        State::Taken(by) => Err(RunError::Refused(format!("{path} holds {by}\n  {HELP}"))),
    }
}

const HELP: &str = "help: choose another directory with --out, or another `name`, or move it away";

/// The directory holds `what`, which this run does not extend, because of `obstacle`.
pub(super) fn refusal(directory: &RunDirectory, what: &str, obstacle: &str) -> RunError {
    let path = directory.path().display();
    RunError::Refused(format!("{path} holds {what}, which this one does not extend: {obstacle}\n  {HELP}"))
}

/// Claims a directory, so that no other process writes there.
///
/// # Errors
///
/// If another process has claimed it, or if it cannot be made.
pub(super) fn claim(work: &Prepared, directory: &RunDirectory) -> Result<Claim, RunError> {
    directory.claim().map_err(|error| RunError::Claim {
        path: directory.path().to_owned(),
        error,
        needing: work.disk(),
    })
}

/// The tables that are written while the trials are drawn.
pub(super) struct Tables {
    summary: Ordered<Staged>,
    bands: Option<Ordered<Staged>>,
    bins: Option<Ordered<Staged>>,
    path: PathBuf,
}

impl Tables {
    /// The tables of a run in a directory; `limit` bytes of lines may wait for their turn.
    pub fn new(work: &Prepared, directory: &RunDirectory, limit: u128) -> Result<Self, RunError> {
        let path = directory.path().to_owned();
        let table = |columns: &[output::Column]| {
            let file = directory
                .stage()
                .and_then(|file| Ordered::new(file, &output::csv_header(columns), limit, directory.path()));
            file.map_err(|error| RunError::write(path.clone(), error, work.disk()))
        };
        let summary = table(COLUMNS)?;
        let bands = work.sweep.bands.then(|| table(BAND_COLUMNS)).transpose()?;
        let bins = work.sweep.measure.histogram.map(|_| table(BIN_COLUMNS)).transpose()?;
        Ok(Self { summary, bands, bins, path })
    }

    fn error(&self, name: &str) -> impl Fn(io::Error) -> RunError + use<> {
        let path = self.path.join(name);
        move |error| RunError::write(path.clone(), error, 0)
    }
}

impl Sink for Tables {
    fn put(&self, cell: usize, CellRows { rows, bands, bins }: CellRows) -> Result<(), RunError> {
        let lines = output::csv_lines(&rows);
        self.summary.put(cell, lines).map_err(self.error("summary.csv"))?;
        if let Some(file) = &self.bands {
            let lines = output::csv_lines(&bands);
            file.put(cell, lines).map_err(self.error("bands.csv"))?;
        }
        if let Some(file) = &self.bins {
            let lines = output::csv_lines(&bins);
            file.put(cell, lines).map_err(self.error("histogram.csv"))?;
        }
        Ok(())
    }
}

/// Writes the files; `run.json` last, for it says that the others are complete.
pub(super) fn write(
    work: &Prepared,
    directory: &RunDirectory,
    tables: Tables,
    answers: &Answers,
    provenance: &Provenance,
) -> Result<(), RunError> {
    let config = work.config_text();
    let error = tables.error("summary.csv");
    let Tables { summary, bands, bins, .. } = tables;
    let summary = summary.finish().map_err(&error)?;
    let bands = bands.map(Ordered::finish).transpose().map_err(&error)?;
    let bins = bins.map(Ordered::finish).transpose().map_err(&error)?;
    let mut listed = vec![(TableFile::summary(written(&summary)), Some(summary.out))];
    let (stopping, others): (Vec<_>, Vec<_>) = answers
        .files()?
        .into_iter()
        .map(|table| (table, None))
        .partition(|(table, _)| table.name == "stopping");
    listed.extend(others);
    listed.extend(bands.map(|bands| (output::band_file(written(&bands)), Some(bands.out))));
    listed.extend(bins.map(|bins| (output::bin_file(written(&bins)), Some(bins.out))));
    listed.extend(stopping);
    let (listed, staged): (Vec<TableFile>, Vec<Option<Staged>>) = listed.into_iter().unzip();
    let about = (&*work.sweep.name, work.sweep.purpose.as_deref());
    let package = {
        let threshold = work.sweep.measure.threshold();
        output::data_package(about, &listed, config.as_bytes(), &work.plan.cells, threshold)
    };
    let package = format!("{package:#}\n");
    let provenance = format!("{:#}\n", serde_json::to_value(provenance).expect("plain data"));
    let paths: Vec<String> = listed.iter().map(TableFile::path).collect();
    let mut files = vec![("config.toml", Content::Bytes(config.as_bytes()))];
    for ((path, table), staged) in paths.iter().zip(&listed).zip(staged) {
        let content = match (staged, &table.bytes) {
            (Some(staged), _) => Content::Staged(staged),
            (None, Bytes::Here(bytes)) => Content::Bytes(bytes),
            (None, Bytes::Written { .. }) => continue,
        };
        files.push((path, content));
    }
    files.extend([
        ("datapackage.json", Content::Bytes(package.as_bytes())),
        ("run.json", Content::Bytes(provenance.as_bytes())),
    ]);
    let size = package.len() as u128 + provenance.len() as u128 + config.len() as u128;
    directory.write(files).map_err(|(path, error)| RunError::write(path, error, size))
}

fn written(file: &Finished<Staged>) -> Bytes {
    Bytes::Written { hash: file.hash.clone(), length: file.length }
}
