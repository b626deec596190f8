//! From a damaged store to a sound one with its good blocks.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::schema::insert_key;
use super::{Description, Store, StoreError, ValueKey};

/// Replaces the damaged store at `path` by a new one with all intact blocks that can still be read, and keeps the
/// damaged file beside it. `damaged` is the open store, if it could be opened at all. Gives the new store and the
/// name of the old file.
///
/// Killed at any instant it leaves one of the two at `path`. `temporary` is a name in the same directory that
/// nothing else uses.
///
/// # Errors
///
/// See [`StoreError`].
pub fn salvage(
    damaged: Option<Store>,
    path: &Path,
    temporary: &Path,
) -> Result<(Store, PathBuf), StoreError> {
    for leftover in [temporary.to_owned(), beside(temporary, "-journal")] {
        remove(&leftover)?;
    }
    let mut sound = Store::create(temporary)?;
    if let Some(damaged) = damaged {
        damaged.copy_into(&mut sound)?;
        // Dropping cannot fail; closing could, on a file in this state.
    }
    sound.close()?;
    let mut kept = beside(path, ".damaged-1");
    for i in 2..u32::MAX {
        if !kept.exists() {
            break;
        }
        kept = beside(path, &format!(".damaged-{i}"));
    }
    let journal = beside(path, "-journal");
    if journal.exists() {
        // It must not be taken for the journal of the new file.
        fs::rename(&journal, beside(&kept, "-journal"))?;
    }
    if fs::hard_link(path, &kept).is_err() {
        fs::copy(path, &kept)?;
        fs::File::open(&kept)?.sync_all()?;
    }
    fs::rename(temporary, path)?;
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok((Store::create(path)?, kept))
}

impl Store {
    fn copy_into(&self, sound: &mut Self) -> Result<(), StoreError> {
        let description: Option<Description> = self.description().unwrap_or_default();
        let mut ids: HashMap<String, i64> = HashMap::new();
        if let Some(description) = &description {
            sound.begin(description, &[], [])?;
        }
        sound.connection.execute_batch("BEGIN IMMEDIATE")?;
        let copied = self.each_block(|_, block, key: Option<&ValueKey>| {
            let Some(key) = key.filter(|key| block.is_intact(&key.hash)) else { return Ok(()) };
            let id = match ids.get(&key.content) {
                Some(&id) => id,
                None => insert_key(&sound.connection, key)?,
            };
            ids.insert(key.content.clone(), id);
            sound.insert_raw(id, block.first, block.trials, block.checksum, block.payload)
        });
        match copied {
            // What lies behind the break is out of reach.
            Ok(()) | Err(StoreError::Damaged(_) | StoreError::Foreign(_)) => {}
            Err(error) => return Err(error),
        }
        sound.connection.execute_batch("COMMIT")?;
        Ok(())
    }
}

/// `path` with `suffix` after its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
