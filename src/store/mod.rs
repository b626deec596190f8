//! `trials.sqlite`: the values of every trial, safe from the moment a block of them is committed.
//!
//! ```text
//! value_key  id, content                                  what the values of a group depend on, word by word
//! cell       id, value_key, depth                         the cells of summary.csv, and the key each is cut from
//! block      value_key, first, trials, checksum, payload  trials first .. first + trials of one key
//! settled    value_key, trials                            keys whose targets are reached, after how many trials
//! run        id, description, checksum                    configs that were run here, in JSON, the last one in force
//! ```
//!
//! A payload is the matrix trials x observables of little-endian f64, in the order of the key's `layers`, `sites`
//! and `metrics`. The checksum is the CRC-32 of the SHA-256 of the key's content (hex digits), `first` and `trials`
//! (little-endian 64 bits each) and the payload, so that a block can be mistaken for no other one.
//!
//! A key is content, never a place in a list: values of different seeds, stream versions, parameters or panels
//! stand side by side and are never mixed. A block is only ever added, so that a store of more trials, cells or
//! shards is a union of blocks.
//!
//! # Crash safety
//!
//! One connection in exclusive locking mode writes; a transaction ends at most a second after its first block, with a
//! rollback journal and `synchronous = EXTRA`: a transaction that has ended outlives a loss of power, for the journal
//! is synced before the pages, the pages before the journal is emptied, and that too is synced
//! (`tests/resume/power_loss.rs` loses power at every step). This suits a file that only grows: new pages are written
//! once, and nothing but the database itself is left after a clean end. What `SQLite` cannot know, a changed bit, the
//! checksums and `quick_check` find; then the good blocks are copied into a new file and the old file is kept
//! ([`salvage()`]).

mod error;
mod format;
mod load;
mod salvage;
mod schema;
mod value_key;
mod write;

pub use error::StoreError;
pub use load::{BlockRow, Loaded};
pub use salvage::salvage;
pub use schema::{Description, Store};
pub use value_key::{VALUES_VERSION, ValueKey};
pub use write::{Ended, Entry, NewBlock, Writer};

/// Bytes on disk of a store, about: of `keys` with their texts of `content` bytes, of `cells`, and of `values`.
#[must_use]
pub fn bytes(keys: u128, content: u128, cells: u128, values: u128) -> u128 {
    // The last page of a row is half empty on average, and rows have up to 32 KiB: measured, 1 to 15 per cent.
    let payload = values * 8 + values * 8 / 12;
    6 * u128::from(schema::PAGE) + payload + keys * 150 + content + cells * 40
}
