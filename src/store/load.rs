//! Reading blocks back.

use std::collections::HashMap;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::{Store, StoreError, ValueKey};

/// Where a block is, and which trials it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// Its row.
    pub row: i64,
    /// Its first trial.
    pub first: usize,
    /// Number of trials.
    pub trials: usize,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Blocks of the keys asked for.
    pub blocks: usize,
    /// Intact blocks of other keys.
    pub others: usize,
    /// Blocks whose checksum is wrong, or whose key is gone.
    pub damaged: usize,
}

/// A block with its key, as bytes.
pub(super) struct RawBlock<'r> {
    pub key: i64,
    pub first: i64,
    pub trials: i64,
    pub checksum: u32,
    pub payload: &'r [u8],
}

impl<'r> RawBlock<'r> {
    /// The block in a row `key, first, trials, checksum, payload`; `None` if that holds anything else.
    pub fn read(row: &'r Row<'_>) -> Option<Self> {
        let integer = |column| match row.get_ref(column) {
            Ok(ValueRef::Integer(value)) => Some(value),
            _ => None,
        };
        let (key, first, trials, checksum) = (integer(0), integer(1), integer(2), integer(3));
        let Ok(ValueRef::Blob(payload)) = row.get_ref(4) else { return None };
        let checksum = u32::try_from(checksum?).ok()?;
        Some(Self { key: key?, first: first?, trials: trials?, checksum, payload })
    }

    /// Whether it has these trials.
    fn is_of(&self, at: BlockRow) -> bool {
        let is = |stored: i64, wanted: usize| usize::try_from(stored) == Ok(wanted);
        is(self.first, at.first) && is(self.trials, at.trials)
    }

    /// Whether nothing has changed since it was written for the key of this hash.
    pub fn is_intact(&self, hash: &str) -> bool {
        checksum(hash, self.first, self.trials, self.payload) == self.checksum
    }
}

/// See the module [`super`].
pub(super) fn checksum(hash: &str, first: i64, trials: i64, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(hash.as_bytes());
    crc.update(&first.to_le_bytes());
    crc.update(&trials.to_le_bytes());
    crc.update(payload);
    crc.finalize()
}

impl Store {
    /// Reads every block, checks it, and tells where those of `keys` are, with the index of the key, in the order in which
    /// they were written. The values themselves are read by [`values`](Self::values).
    ///
    /// # Errors
    ///
    /// A structure that is broken; what `found` was told until then is intact.
    pub fn index(
        &self,
        keys: &[ValueKey],
        mut found: impl FnMut(usize, BlockRow),
    ) -> Result<Loaded, StoreError> {
        let index: HashMap<&str, usize> =
            keys.iter().enumerate().map(|(i, key)| (&*key.content, i)).collect();
        let mut loaded = Loaded::default();
        self.each_block(|row, block, key| {
            let Some(key) = key.filter(|key| block.is_intact(&key.hash)) else {
                loaded.damaged += 1;
                return Ok(());
            };
            let Some(&key) = index.get(&*key.content) else {
                loaded.others += 1;
                return Ok(());
            };
            loaded.blocks += 1;
            if let (Ok(first), Ok(trials)) = (usize::try_from(block.first), usize::try_from(block.trials)) {
                found(key, BlockRow { row, first, trials });
            }
            Ok(())
        })?;
        Ok(loaded)
    }

    /// The values of one block of the key with this hash: `values[trial * observables + observable]`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it is not there, not intact, or one of other trials: in a damaged tree two blocks may
    /// have the number of one row.
    pub fn values(&self, at: BlockRow, hash: &str) -> Result<Vec<f64>, StoreError> {
        let query = "SELECT value_key, first, trials, checksum, payload FROM block WHERE rowid = ?1";
        let mut query = self.connection.prepare_cached(query)?;
        let mut rows = query.query([at.row])?;
        let block = match rows.next()? {
            Some(row) => RawBlock::read(row).filter(|block| block.is_of(at) && block.is_intact(hash)),
            None => None,
        };
        let block = block.ok_or_else(|| StoreError::Damaged(format!("block {} has changed", at.row)))?;
        Ok(block.payload.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect())
    }

    /// How many trials were wanted of those of `keys` that need no more.
    ///
    /// # Errors
    ///
    /// A structure that is broken.
    pub fn settled(&self, keys: &[ValueKey]) -> Result<Vec<Option<usize>>, StoreError> {
        let index: HashMap<&str, usize> =
            keys.iter().enumerate().map(|(i, key)| (&*key.content, i)).collect();
        let mut settled = vec![None; keys.len()];
        let by_id = self.keys_by_id()?;
        let mut query = self.connection.prepare("SELECT value_key, trials FROM settled")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let key = row.get::<_, i64>(0).ok().and_then(|id| index.get(&*by_id.get(&id)?.content));
            if let (Some(&key), Ok(trials)) = (key, row.get::<_, i64>(1)) {
                settled[key] = usize::try_from(trials).ok();
            }
        }
        Ok(settled)
    }

    /// Which trials of `keys` have blocks: `found` is given the index of a key, the first trial, and how many. Nothing but
    /// the rows' own words is read: a checksum may still turn out wrong.
    ///
    /// # Errors
    ///
    /// A structure that is broken.
    pub fn trials(
        &self,
        keys: &[ValueKey],
        mut found: impl FnMut(usize, usize, usize),
    ) -> Result<(), StoreError> {
        let index: HashMap<&str, usize> =
            keys.iter().enumerate().map(|(i, key)| (&*key.content, i)).collect();
        let of_id: HashMap<i64, usize> = self
            .keys_by_id()?
            .into_iter()
            .filter_map(|(id, key)| Some((id, *index.get(&*key.content)?)))
            .collect();
        let mut query = self.connection.prepare("SELECT value_key, first, trials FROM block")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let integer = |column| match row.get_ref(column) {
                Ok(ValueRef::Integer(value)) => usize::try_from(value).ok(),
                _ => None,
            };
            let key = row.get::<_, i64>(0).ok().and_then(|id| of_id.get(&id));
            if let (Some(&key), Some(first), Some(trials)) = (key, integer(1), integer(2)) {
                found(key, first, trials);
            }
        }
        Ok(())
    }

    /// Checks that the pages of the file hang together.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if they do not.
    pub fn check_structure(&self) -> Result<(), StoreError> {
        let verdict: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
    }

    /// Every block in the order of writing, with its key if that is there. A row that is no block has no key.
    pub(super) fn each_block(
        &self,
        mut each: impl FnMut(i64, &RawBlock<'_>, Option<&ValueKey>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let keys = self.keys_by_id()?;
        let query = "SELECT value_key, first, trials, checksum, payload, rowid FROM block ORDER BY rowid";
        let mut query = self.connection.prepare(query)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let nothing = RawBlock { key: 0, first: 0, trials: 0, checksum: 0, payload: &[] };
            let block = RawBlock::read(row);
            let key = block.as_ref().and_then(|block| keys.get(&block.key));
            each(row.get(5)?, block.as_ref().unwrap_or(&nothing), key)?;
        }
        Ok(())
    }

    /// Keys by their ids; a row that is no key is left out, and its blocks are without a key.
    fn keys_by_id(&self) -> rusqlite::Result<HashMap<i64, ValueKey>> {
        let mut query = self.connection.prepare("SELECT id, content FROM value_key")?;
        let mut rows = query.query([])?;
        let mut keys = HashMap::new();
        while let Some(row) = rows.next()? {
            if let (Ok(id), Ok(content)) = (row.get(0), row.get(1)) {
                keys.insert(id, ValueKey::of(content));
            }
        }
        Ok(keys)
    }
}
