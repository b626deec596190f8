//! The files that the inputs of networks come from: found, read, and known by what stands in them.

mod npy;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::text::source::Source;
use crate::hash::sha256;
use crate::network::{InputFile, Table};

/// Most bytes of a file. It is read as a whole, and stays in memory.
const LARGEST: u64 = 1 << 33;

/// The files of one config; each is read once.
#[derive(Debug, Default)]
pub(super) struct Files {
    folder: PathBuf,
    recorded: Vec<InputFile>,
    reads: bool,
    known: RefCell<HashMap<String, Result<Arc<Table>, String>>>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Table").field(self.file()).finish()
    }
}

impl Files {
    pub fn of(source: &Source) -> Self {
        let (folder, recorded) = (source.folder().to_owned(), source.recorded().to_vec());
        Self { folder, recorded, reads: source.reads(), known: RefCell::default() }
    }

    /// The table in the file that the config writes as `path`; or why there is none.
    pub fn table(&self, path: &str) -> Result<Arc<Table>, String> {
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone();
        }
        let table = self.find(path).and_then(|table| self.only(table)).map(Arc::new);
        self.known.borrow_mut().insert(path.to_owned(), table.clone());
        table
    }

    /// A table, unless another path leads to the same bytes: their cells would be the same.
    fn only(&self, table: Table) -> Result<Table, String> {
        let known = self.known.borrow();
        let same = |other: &&Arc<Table>| other.file().sha256 == table.file().sha256;
        match known.values().flatten().find(same) {
            Some(other) => {
                let other = &other.file().path;
                Err(format!("it has the same bytes as {other:?}, and so would its cells"))
            }
            None => Ok(table),
        }
    }

    fn find(&self, path: &str) -> Result<Table, String> {
        let recorded = self.recorded.iter().find(|file| file.path == path);
        if let Some(file) = recorded.filter(|_| !self.reads) {
            return Ok(Table::unread(file.clone()));
        }
        let moved = |why| match recorded {
            Some(_) => format!(
                "{why}, in {}; `--inputs DIR` names the folder where it is now",
                self.folder.display()
            ),
            None => why,
        };
        let table = read(&self.folder.join(path), path).map_err(moved)?;
        let (now, then) = (&table.file().sha256, recorded.map(|file| &file.sha256));
        match then.filter(|then| *then != now) {
            Some(then) => {
                Err(format!("it has changed since this run began: its SHA-256 was {then}, and is {now}"))
            }
            None => Ok(table),
        }
    }
}

/// Reads the file at `place`, which is called `path`.
fn read(place: &std::path::Path, path: &str) -> Result<Table, String> {
    let failed = |error: io::Error| format!("it cannot be read: {error}");
    // Anything else, such as a pipe, could keep us waiting for ever.
    let found = fs::metadata(place).map_err(failed)?;
    if !found.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let mut file = File::open(place).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > LARGEST {
        return Err(format!("it has {length} bytes, and at most {LARGEST} are read"));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(12).read_to_end(&mut bytes).map_err(failed)?;
    let (at, size) = npy::extent(&bytes)?;
    file.by_ref()
        .take((at + size - bytes.len().min(at + size)) as u64)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let header = npy::header(bytes.get(at..at + size).ok_or(npy::CUT)?)?;
    let npy::Header { element, is_fortran, shape: [rows, columns] } = header;
    let needed = rows as u128 * columns as u128 * element.size() as u128;
    let there = u128::from(length).saturating_sub((at + size) as u128);
    if needed != there {
        let entries = format!("{rows} x {columns} entries of {} bytes", element.size());
        let what = if there < needed { "it is cut off" } else { "it is longer than its header says" };
        return Err(format!("{what}: its header promises {entries}, {needed} in all, and {there} are there"));
    }
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    let hash = sha256(&bytes);
    bytes.drain(..at + size);
    if bytes.len() as u128 != needed {
        return Err("it changed while it was read".to_owned());
    }
    bytes.shrink_to_fit();
    let file = InputFile { path: path.to_owned(), sha256: hash, rows, columns };
    let table = Table::new(file, element, is_fortran, bytes);
    match table.first_nonfinite() {
        Some((row, column, value)) => {
            Err(format!("entry {column} of row {row}, counted from 0, is {value}; all must be finite"))
        }
        None => Ok(table),
    }
}
