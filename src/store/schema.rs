//! The tables, and how a store is opened.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::format::{APPLICATION, FORMAT, LONGEST};
use super::{StoreError, VALUES_VERSION, ValueKey};
use crate::network::InputFile;
use crate::random::STREAM_VERSION;

/// Bytes of a page: a small store stays small, little is left over at the end of a row, and writes are not too many.
pub const PAGE: u32 = 8192;

const TABLES: &str = "
CREATE TABLE value_key (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE cell (id TEXT NOT NULL, value_key INTEGER NOT NULL REFERENCES value_key, depth INTEGER NOT NULL);
CREATE TABLE block (value_key INTEGER NOT NULL REFERENCES value_key, first INTEGER NOT NULL, trials INTEGER NOT NULL,
                    checksum INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE settled (value_key INTEGER PRIMARY KEY REFERENCES value_key, trials INTEGER NOT NULL);
CREATE TABLE run (id INTEGER PRIMARY KEY, description TEXT NOT NULL, checksum INTEGER NOT NULL);
";

/// A link that is put in the place of a store from now on is not followed.
const WRITABLE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NOFOLLOW);

/// What was run in a directory: enough to lay out its work again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Name of the sweep.
    pub name: String,
    /// Fingerprint of the sweep.
    pub fingerprint: String,
    /// Text of the config file.
    pub config: String,
    /// The overrides of the command line, each KEY=VALUE.
    pub overrides: Vec<String>,
    /// The files that its inputs come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputFile>,
    /// The folder that their paths are relative to; nothing if there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Stream version of the draws.
    pub stream: u32,
    /// See [`super::VALUES_VERSION`].
    pub values: u32,
    /// Version and commit of the program.
    pub program: String,
}

impl Description {
    /// Itself, if this program can use the values beside it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Versions`] if they have another meaning.
    pub fn usable(self) -> Result<Self, StoreError> {
        if (self.stream, self.values) == (STREAM_VERSION, VALUES_VERSION) {
            return Ok(self);
        }
        let Self { stream, values, program, .. } = self;
        Err(StoreError::Versions { stream, values, program })
    }
}

/// An open store.
pub struct Store {
    pub(super) connection: Connection,
}

impl Store {
    /// Opens the store at `path` for writing, or makes an empty one. No other process has it at the same time.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        // The database would make a file that no umask lets a group write.
        let path = located(path)?;
        match fs::File::options().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        let store = Self::connect(&path, &path, WRITABLE)?;
        let connection = &store.connection;
        if !store.is_empty()? {
            store.check_format()?;
        }
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "page_size", PAGE)?;
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        // Temporary tables stay in memory: a full disk must not block reads.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        if store.is_empty()? {
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", FORMAT)?;
            connection.execute_batch(TABLES)?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(store)
    }

    /// Opens the store at `path` for reading.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        // Writable where it can be, for the journal of a run that was killed is rolled back first.
        let path = located(path)?;
        let store = Self::connect(&path, &path, WRITABLE)?;
        store.check_format()?;
        Ok(store)
    }

    /// Opens the store at `path` for a look, whoever is writing there: what was committed last, or an error if a
    /// transaction ends during the look.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn peek(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
        let escaped =
            |&byte: &u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        let name: String = path.as_os_str().as_encoded_bytes().iter().map(escaped).collect();
        let uri = format!("file:{name}?immutable=1");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_URI);
        let store = Self::connect(&path, Path::new(&uri), flags)?;
        store.check_format()?;
        Ok(store)
    }

    /// Opens the file at `path`, which the database calls `name`.
    fn connect(path: &Path, name: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => return Err(StoreError::NotAFile),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(name, flags)?;
        connection.busy_timeout(std::time::Duration::ZERO)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        Ok(Self { connection })
    }

    fn is_empty(&self) -> rusqlite::Result<bool> {
        self.connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let pragma = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        if pragma("application_id")? != APPLICATION {
            return Err(StoreError::Foreign("it has the mark of another program".to_owned()));
        }
        match pragma("user_version")? {
            FORMAT => Ok(()),
            newer if newer > FORMAT => Err(StoreError::Newer(newer)),
            other => Err(StoreError::Foreign(format!("it has format {other}"))),
        }
    }

    /// What was run last; `None` if nothing was, or its description is damaged.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn description(&self) -> Result<Option<Description>, StoreError> {
        let query = "SELECT description, checksum FROM run ORDER BY id DESC LIMIT 1";
        let last = self.connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let intact = |&(ref text, checksum): &(String, u32)| crc32fast::hash(text.as_bytes()) == checksum;
        Ok(last.filter(intact).and_then(|(text, _)| serde_json::from_str(&text).ok()))
    }

    /// Makes `description` the one in force, and adds the keys and the cells `(id, index of the key, depth)` that are not
    /// there yet. Gives the ids of the keys.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    ///
    /// # Panics
    ///
    /// If a cell names a key that is not in the list.
    pub fn begin(
        &mut self,
        description: &Description,
        keys: &[ValueKey],
        cells: impl IntoIterator<Item = (String, usize, usize)>,
    ) -> Result<Vec<i64>, StoreError> {
        let is_new = self.description()?.as_ref() != Some(description);
        let mut known = self.keys()?;
        let mut known_cells = self.cells()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if is_new {
            // Other targets may need more trials.
            transaction.execute("DELETE FROM settled", [])?;
            let text = serde_json::to_string(description).expect("plain data");
            transaction.execute(
                "INSERT INTO run (description, checksum) VALUES (?1, ?2)",
                params![text, crc32fast::hash(text.as_bytes())],
            )?;
        }
        let mut ids = Vec::with_capacity(keys.len());
        for key in keys {
            let id = match known.get(&key.content) {
                Some(&id) => id,
                None => insert_key(&transaction, key)?,
            };
            known.insert(key.content.clone(), id);
            ids.push(id);
        }
        for (cell, key, depth) in cells {
            let (key, depth) = (ids[key], i64::try_from(depth).expect("depths are below 2^53"));
            let row = (cell, key, depth);
            if !known_cells.contains(&row) {
                let insert = "INSERT INTO cell (id, value_key, depth) VALUES (?1, ?2, ?3)";
                transaction.prepare_cached(insert)?.execute(params![row.0, row.1, row.2])?;
                known_cells.insert(row);
            }
        }
        transaction.commit()?;
        Ok(ids)
    }

    /// Ids of the keys by their contents.
    fn keys(&self) -> Result<HashMap<String, i64>, StoreError> {
        let mut query = self.connection.prepare("SELECT content, id FROM value_key")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn cells(&self) -> Result<HashSet<(String, i64, i64)>, StoreError> {
        let mut query = self.connection.prepare("SELECT id, value_key, depth FROM cell")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends the connection. The journal is gone then.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn close(self) -> Result<(), StoreError> {
        // In this mode the journal is deleted, not kept with no bytes.
        self.connection.pragma_update(None, "journal_mode", "DELETE")?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

/// The same place without links above it.
fn located(path: &Path) -> Result<PathBuf, StoreError> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let path = above.canonicalize()?.join(path.file_name().ok_or(StoreError::NotAFile)?);
    let bytes = path.as_os_str().len();
    if bytes > LONGEST { Err(StoreError::LongPath(bytes)) } else { Ok(path) }
}

pub(super) fn insert_key(connection: &Connection, key: &ValueKey) -> rusqlite::Result<i64> {
    connection.prepare_cached("INSERT INTO value_key (content) VALUES (?1)")?.execute([&key.content])?;
    Ok(connection.last_insert_rowid())
}
