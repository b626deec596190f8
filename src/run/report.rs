//! A run directory as somebody reads it: its rows and its answers, finished or not.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::answers::Answers;
use super::directory::{RunDirectory, State};
use super::error::RunError;
use super::options::Options;
use super::prepared::Prepared;
use super::stored::{InputFiles, Stored};
use crate::config::Source;
use crate::network::Observables;
use crate::output::{self, BandRow, BinRow, Fields, Provenance, ReadRecord, Row};

/// A run directory, opened for reading.
pub enum Report {
    /// It is finished: its tables say everything.
    Finished(Box<Prepared>, RunDirectory),
    /// It is not: its store has some of the trials.
    Begun(Box<Stored>),
}

impl Report {
    /// Opens the run in `path`.
    ///
    /// # Errors
    ///
    /// If there is no run, or if it cannot be read or has changed since it was written.
    pub fn open(path: &Path, options: Options) -> Result<Self, RunError> {
        let directory = RunDirectory::new(path);
        let impossible = |text: String| RunError::Impossible(format!("{} {text}", path.display()));
        if !path.is_dir() {
            return Err(impossible("is not a directory".to_owned()));
        }
        if !path.join("run.json").exists() {
            if !directory.store().exists() && directory.shards().is_ok_and(|shards| !shards.is_empty()) {
                return Err(RunError::Incomplete(format!(
                    "{} holds shards that are not merged yet\n  help: initsweep merge",
                    path.display()
                )));
            }
            return Ok(Self::Begun(Box::new(Stored::open(path, options, InputFiles::Read)?)));
        }
        let work = Prepared::new(source(path)?, options)?;
        match directory.state(&work.plan.fingerprint) {
            Ok(State::Finished { .. }) => Ok(Self::Finished(Box::new(work), directory)),
            Ok(State::Missing(file)) => Err(impossible(format!("holds a finished run without its {file}"))),
            Ok(State::Changed(file)) => Err(impossible(format!(
                "holds a finished run whose {file} has changed since it was written (the hash differs)"
            ))),
            Ok(State::Taken(by)) => Err(impossible(format!("holds {by}"))),
            Ok(_) => Err(impossible("holds a config.toml that is not the one of its run.json".to_owned())),
            Err(error) => Err(impossible(format!("cannot be read: {error}"))),
        }
    }

    /// What was run.
    #[must_use]
    pub fn work(&self) -> &Prepared {
        match self {
            Self::Finished(work, _) => work,
            Self::Begun(stored) => &stored.work,
        }
    }

    /// The rows of some cells, ascending; of an unfinished run those of the trials that are known.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn rows(&self, cells: &[usize]) -> Result<Vec<Vec<Row>>, RunError> {
        match self {
            Self::Finished(work, directory) => rows(work, directory, cells),
            Self::Begun(stored) => cells.chunk_by(|a, b| group(stored, *a) == group(stored, *b)).try_fold(
                Vec::new(),
                |mut rows, of_group| {
                    rows.extend(known_rows(stored, of_group)?);
                    Ok(rows)
                },
            ),
        }
    }

    /// The answers to the questions of a finished run; of an unfinished one there are none yet.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn answers(&self) -> Result<Answers, RunError> {
        match self {
            Self::Finished(_, directory) => answers(directory),
            Self::Begun(_) => Ok(Answers::default()),
        }
    }

    /// Trials of some cells that are missing.
    #[must_use]
    pub fn missing(&self, cells: &[usize]) -> usize {
        match self {
            Self::Finished(..) => 0,
            Self::Begun(stored) => cells.iter().map(|&cell| stored.missing(group(stored, cell))).sum(),
        }
    }
}

fn group(stored: &Stored, cell: usize) -> usize {
    stored.work.plan.group_of[cell]
}

/// The rows of some cells of one group, from the trials that are known.
fn known_rows(stored: &Stored, cells: &[usize]) -> Result<Vec<Vec<Row>>, RunError> {
    let Some(&first) = cells.first() else { return Ok(Vec::new()) };
    let (work, group) = (&stored.work, group(stored, first));
    let table = stored.values(group)?;
    let rows = |&cell: &usize| {
        let columns = |range| table.columns(range);
        output::rows(&work.plan.cells[cell], &work.sweep, &work.plan.groups[group], columns)
    };
    Ok(cells.iter().map(rows).collect())
}

/// The config of a finished run with its overrides.
fn source(path: &Path) -> Result<Source, RunError> {
    let read = |name: &str| {
        let path = path.join(name);
        std::fs::read_to_string(&path).map_err(|error| RunError::Read { path, error: error.to_string() })
    };
    let broken = |error: String| RunError::Read { path: path.join("run.json"), error };
    let run: Provenance =
        serde_json::from_str(&read("run.json")?).map_err(|error| broken(error.to_string()))?;
    let source = Source::new("config.toml", read("config.toml")?).with_inputs(run.inputs.clone(), false);
    run.overrides.iter().try_fold(source, |source, word| {
        let assignment = assignment(word).ok_or_else(|| broken(format!("not an override: {word}")))?;
        Ok(source.set(assignment))
    })
}

/// An override as `Source::overrides` writes it, as `KEY=VALUE`.
fn assignment(word: &str) -> Option<String> {
    match word.split_once(' ')? {
        ("--set", quoted) => serde_json::from_str(quoted).ok(),
        (name, value) => Some(format!("{}={value}", name.strip_prefix("--")?)),
    }
}

/// The rows of some cells of a finished run, ascending.
///
/// # Errors
///
/// If the summary cannot be read.
pub fn rows(work: &Prepared, directory: &RunDirectory, cells: &[usize]) -> Result<Vec<Vec<Row>>, RunError> {
    of_cells(work, directory, "summary.csv", cells, Observables::rows)
}

/// The bands of every cell of a finished run; `None` if it was not asked for any.
///
/// # Errors
///
/// If they cannot be read.
pub fn bands(work: &Prepared, directory: &RunDirectory) -> Result<Option<Vec<Vec<BandRow>>>, RunError> {
    let every: Vec<usize> = (0..work.plan.cells.len()).collect();
    work.sweep.bands.then(|| of_cells(work, directory, "bands.csv", &every, Observables::rows)).transpose()
}

/// The histograms of the entries of some cells of a finished run, ascending; `None` if it was not asked for any.
///
/// # Errors
///
/// If they cannot be read.
pub fn histograms(
    work: &Prepared,
    directory: &RunDirectory,
    cells: &[usize],
) -> Result<Option<Vec<Vec<BinRow>>>, RunError> {
    let read = |_| of_cells(work, directory, "histogram.csv", cells, Observables::bin_rows);
    work.sweep.measure.histogram.map(read).transpose()
}

/// Some cells of a table that has so many rows for every cell.
fn of_cells<R: ReadRecord>(
    work: &Prepared,
    directory: &RunDirectory,
    name: &str,
    cells: &[usize],
    count: fn(&Observables) -> usize,
) -> Result<Vec<Vec<R>>, RunError> {
    let (mut next, mut ranges) = (0, Vec::new());
    for (index, cell) in work.plan.cells.iter().enumerate() {
        let range = next..next + count(&work.observables(cell));
        next = range.end;
        if cells.binary_search(&index).is_ok() {
            ranges.push(range);
        }
    }
    let mut rows = read(&directory.path().join(name), &ranges)?.into_iter();
    Ok(ranges.iter().map(|range| rows.by_ref().take(range.len()).collect()).collect())
}

/// Gives every row of a finished run as its fields with the index of its cell, one after the other: they need not fit into
/// memory, and what is not asked for is not read.
///
/// # Errors
///
/// If the summary cannot be read.
pub fn for_each_record(
    work: &Prepared,
    directory: &RunDirectory,
    mut take: impl FnMut(usize, &mut Fields) -> io::Result<()>,
) -> Result<(), RunError> {
    let counts = work.plan.cells.iter().map(|cell| work.observables(cell).rows()).enumerate();
    let mut cells = counts.flat_map(|(cell, count)| std::iter::repeat_n(cell, count));
    let path = directory.path().join("summary.csv");
    let read = |file| {
        let all = 0..work.rows;
        output::for_each_record(file, std::slice::from_ref(&all), |fields| {
            cells.next().map_or(Ok(()), |cell| take(cell, fields))
        })
    };
    opened(&path, read)
}

/// The answers that a finished run has written.
///
/// # Errors
///
/// If one of its tables cannot be read.
pub fn answers(directory: &RunDirectory) -> Result<Answers, RunError> {
    Ok(Answers {
        expect: table(directory, "expect.csv")?.unwrap_or_default(),
        compare: table(directory, "compare.csv")?,
        stopping: table(directory, "stopping.csv")?,
        notes: Vec::new(),
    })
}

fn table<R: ReadRecord>(directory: &RunDirectory, name: &str) -> Result<Option<Vec<R>>, RunError> {
    let path = directory.path().join(name);
    path.exists().then(|| read(&path, std::slice::from_ref(&(0..usize::MAX)))).transpose()
}

/// Reads some rows of a table.
fn read<R: ReadRecord>(path: &Path, wanted: &[Range<usize>]) -> Result<Vec<R>, RunError> {
    let mut rows = Vec::new();
    opened(path, |file| output::for_each_row(file, wanted, |row| rows.push(row)))?;
    Ok(rows)
}

/// Reads from a table.
fn opened(path: &Path, read: impl FnOnce(File) -> io::Result<()>) -> Result<(), RunError> {
    let broken = |error: String| RunError::Read { path: path.to_owned(), error };
    let file = File::open(path).map_err(|error| broken(error.to_string()))?;
    read(file).map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_read_back_as_they_were_given() {
        let source = Source::new("a", "").set("grid.std=\"a\\b\"").seed(7).trials(9);
        let read: Vec<_> = source.overrides().iter().map(|word| assignment(word).unwrap()).collect();
        assert_eq!(read, source.assignments());
        assert_eq!(assignment("--set half"), None);
    }
}
