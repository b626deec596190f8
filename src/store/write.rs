//! Writing blocks: one thread, a transaction a second.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::params;

use super::load::checksum;
use super::{BlockRow, Store, StoreError};

/// Longest time that a finished block waits for its transaction to end; what the disk then takes comes on top.
const COMMIT: Duration = Duration::from_secs(1);
/// How often the writer looks up when nothing comes.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes of one row: they stay in a near cache on their way into the file, and a changed bit costs no more than they.
const ROW: usize = 1 << 15;

/// Something to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A block.
    Block(NewBlock),
    /// A key of which no more trials are wanted: its index, and how many were.
    Settled(usize, usize),
}

/// A block to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBlock {
    /// Index of its key.
    pub key: usize,
    /// Its first trial.
    pub first: usize,
    /// Number of trials.
    pub trials: usize,
    /// `values[trial * observables + observable]`.
    pub values: Arc<Vec<f64>>,
}

/// Why the writer came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There are no more entries.
    Finished,
    /// It was told to give up waiting for more; all that came is saved.
    GaveUp,
}

/// Who writes, and what for.
pub struct Writer<'s> {
    /// The store. It is locked for one block at a time, so that others can read meanwhile.
    pub store: &'s Mutex<Store>,
    /// Ids of the keys, by index.
    pub ids: &'s [i64],
    /// Hashes of their texts.
    pub hashes: &'s [String],
}

impl Writer<'_> {
    /// Writes all `entries` until the senders are gone, or `gives_up` says so: it is asked every few milliseconds.
    /// `written` is told where a block is, row by row, as soon as it can be read. Everything that came is on the disk
    /// when this returns.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]; all transactions before the failing one are on the disk.
    ///
    /// # Panics
    ///
    /// If another user of the store has panicked.
    pub fn write(
        &self,
        entries: &Receiver<Entry>,
        mut gives_up: impl FnMut() -> bool,
        mut written: impl FnMut(&NewBlock, &[BlockRow]),
    ) -> Result<Ended, StoreError> {
        let store = || self.store.lock().expect("nobody panics with the store");
        let mut begun: Option<Instant> = None;
        let mut rows = Vec::new();
        let ended = loop {
            match entries.recv_timeout(LOOK) {
                Ok(entry) => {
                    let store = store();
                    if begun.is_none() {
                        store.connection.execute_batch("BEGIN IMMEDIATE")?;
                        begun = Some(Instant::now());
                    }
                    match entry {
                        Entry::Block(block) => {
                            rows.clear();
                            store.insert(self.ids[block.key], &self.hashes[block.key], &block, &mut rows)?;
                            drop(store);
                            written(&block, &rows);
                        }
                        Entry::Settled(key, trials) => store.settle(self.ids[key], trials)?,
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Ended::Finished,
            }
            if begun.is_some_and(|begun| begun.elapsed() >= COMMIT) {
                store().connection.execute_batch("COMMIT")?;
                begun = None;
            }
            if gives_up() {
                break Ended::GaveUp;
            }
        };
        if begun.is_some() {
            store().connection.execute_batch("COMMIT")?;
        }
        Ok(ended)
    }
}

impl Store {
    /// Writes a block as rows of about [`ROW`] bytes, and lists them.
    fn insert(
        &self,
        key: i64,
        hash: &str,
        block: &NewBlock,
        rows: &mut Vec<BlockRow>,
    ) -> Result<(), StoreError> {
        let observables = block.values.len() / block.trials;
        let trials = (ROW / (8 * observables)).max(1);
        for (i, values) in block.values.chunks(trials * observables).enumerate() {
            let payload = little_endian(values);
            let (first, trials) = (block.first + i * trials, values.len() / observables);
            let [first_id, count] =
                [first, trials].map(|count| i64::try_from(count).expect("trials are below 2^53"));
            let checksum = checksum(hash, first_id, count, &payload);
            self.insert_raw(key, first_id, count, checksum, &payload)?;
            rows.push(BlockRow { row: self.connection.last_insert_rowid(), first, trials });
        }
        Ok(())
    }

    fn settle(&self, key: i64, trials: usize) -> Result<(), StoreError> {
        let insert = "INSERT OR REPLACE INTO settled (value_key, trials) VALUES (?1, ?2)";
        let trials = i64::try_from(trials).expect("trials are below 2^53");
        self.connection.prepare_cached(insert)?.execute(params![key, trials])?;
        Ok(())
    }

    pub(super) fn insert_raw(
        &self,
        key: i64,
        first: i64,
        trials: i64,
        checksum: u32,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO block (value_key, first, trials, checksum, payload) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.connection.prepare_cached(insert)?.execute(params![key, first, trials, checksum, payload])?;
        Ok(())
    }
}

/// The bytes of the values; without a copy where that is their order in memory.
fn little_endian(values: &[f64]) -> std::borrow::Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        bytemuck::cast_slice(values).into()
    } else {
        values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into()
    }
}
