//! Writing blocks: one thread, a transaction a second.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::params;

use super::load::checksum;
use super::{Law, Store, StoreError};

/// Longest time that a finished block waits for its transaction to end; what the disk then takes comes on top.
const COMMIT: Duration = Duration::from_secs(1);
/// How often the writer looks up when nothing comes.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes of one row: they stay in a near cache on their way into the file, and a changed bit costs no more than they.
const ROW: usize = 1 << 15;

/// A block to be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewBlock<'t> {
    /// Index of its law.
    pub law: usize,
    /// Its first trial.
    pub first: usize,
    /// Number of trials.
    pub trials: usize,
    /// `values[trial * observables + observable]`.
    pub values: &'t [f64],
}

/// Why the writer came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There are no more blocks.
    Finished,
    /// It was told to give up waiting for more; all that came is saved.
    GaveUp,
}

impl Store {
    /// Writes all `blocks` of `laws`, whose ids are `ids`, until the senders are gone, or `gives_up` says so: it is
    /// asked every few milliseconds. Everything that came is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]; all transactions before the failing one are on the disk.
    pub fn write(
        &mut self,
        laws: &[Law],
        ids: &[i64],
        blocks: &Receiver<NewBlock<'_>>,
        mut gives_up: impl FnMut() -> bool,
    ) -> Result<Ended, StoreError> {
        let mut begun: Option<Instant> = None;
        let ended = loop {
            match blocks.recv_timeout(LOOK) {
                Ok(block) => {
                    if begun.is_none() {
                        self.connection.execute_batch("BEGIN IMMEDIATE")?;
                        begun = Some(Instant::now());
                    }
                    self.insert(ids[block.law], &laws[block.law].hash, &block)?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Ended::Finished,
            }
            if begun.is_some_and(|begun| begun.elapsed() >= COMMIT) {
                self.connection.execute_batch("COMMIT")?;
                begun = None;
            }
            if gives_up() {
                break Ended::GaveUp;
            }
        };
        if begun.is_some() {
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(ended)
    }

    /// Writes a block as rows of about [`ROW`] bytes.
    fn insert(&self, law: i64, hash: &str, block: &NewBlock<'_>) -> Result<(), StoreError> {
        let observables = block.values.len() / block.trials;
        let trials = (ROW / (8 * observables)).max(1);
        for (i, values) in block.values.chunks(trials * observables).enumerate() {
            let payload = little_endian(values);
            let [first, trials] = [block.first + i * trials, values.len() / observables]
                .map(|count| i64::try_from(count).expect("trials are below 2^53"));
            let checksum = checksum(hash, first, trials, &payload);
            self.insert_raw(law, first, trials, checksum, &payload)?;
        }
        Ok(())
    }

    pub(super) fn insert_raw(
        &self,
        law: i64,
        first: i64,
        trials: i64,
        checksum: u32,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO block (law, first, trials, checksum, payload) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.connection.prepare_cached(insert)?.execute(params![law, first, trials, checksum, payload])?;
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
