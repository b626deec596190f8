//! Pieces of a file that are finished in any order, and written in theirs.
//!
//! The lines of a cell are written as soon as those of all cells before it are. Until then they wait in memory, and
//! beyond a limit in a file without a name, which is gone when the process is.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::directory::TEMPORARY;
use crate::hash::Hasher;

/// Where a piece waits.
enum Piece {
    Memory(Vec<u8>),
    Disk { at: u64, length: usize },
}

/// A file whose pieces `0 ..` come in any order, from any thread.
pub struct Ordered<W: Write> {
    inner: Mutex<Inner<W>>,
}

struct Inner<W: Write> {
    out: BufWriter<W>,
    hash: Hasher,
    length: u64,
    next: usize,
    waiting: HashMap<usize, Piece>,
    /// Bytes that wait in memory, and the most that may.
    held: u128,
    limit: u128,
    /// Where the spilled pieces are; the directory in which that file is made.
    spill: Option<(File, u64)>,
    directory: PathBuf,
}

/// A finished file.
#[derive(Debug)]
pub struct Finished<W> {
    /// Where it was written.
    pub out: W,
    /// SHA-256 of its bytes, 64 hex digits.
    pub hash: String,
    /// Number of its bytes.
    pub length: u64,
}

impl<W: Write> Ordered<W> {
    /// A file that begins with `head`; `limit` is the number of bytes that may wait in memory, and what is beyond goes
    /// to a file in `directory`.
    ///
    /// # Errors
    ///
    /// If `out` cannot be written.
    pub fn new(out: W, head: &[u8], limit: u128, directory: &Path) -> io::Result<Self> {
        let mut inner = Inner {
            out: BufWriter::with_capacity(1 << 16, out),
            hash: Hasher::default(),
            length: 0,
            next: 0,
            waiting: HashMap::new(),
            held: 0,
            limit,
            spill: None,
            directory: directory.to_owned(),
        };
        inner.write(head)?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().expect("nobody panics with the file")
    }

    /// Hands in piece number `index`; each is to come once.
    ///
    /// # Errors
    ///
    /// If one of the two files cannot be written or read.
    pub fn put(&self, index: usize, piece: Vec<u8>) -> io::Result<()> {
        let mut inner = self.lock();
        if index != inner.next {
            return inner.wait(index, piece);
        }
        inner.write(&piece)?;
        inner.next += 1;
        inner.advance()
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or if a piece is missing.
    pub fn finish(self) -> io::Result<Finished<W>> {
        let Inner { out, hash, length, waiting, .. } =
            self.inner.into_inner().expect("nobody panics with the file");
        if !waiting.is_empty() {
            return Err(io::Error::other("a part of it was never made"));
        }
        let out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Finished { out, hash: hash.finish(), length })
    }
}

impl<W: Write> Inner<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// Writes the pieces whose turn has come.
    fn advance(&mut self) -> io::Result<()> {
        while let Some(piece) = self.waiting.remove(&self.next) {
            let bytes = match piece {
                Piece::Memory(bytes) => {
                    self.held -= bytes.len() as u128;
                    bytes
                }
                Piece::Disk { at, length } => self.read(at, length)?,
            };
            self.write(&bytes)?;
            self.next += 1;
        }
        Ok(())
    }

    fn wait(&mut self, index: usize, piece: Vec<u8>) -> io::Result<()> {
        let length = piece.len();
        let piece = if self.held + length as u128 <= self.limit {
            self.held += length as u128;
            Piece::Memory(piece)
        } else {
            Piece::Disk { at: self.append(&piece)?, length }
        };
        self.waiting.insert(index, piece);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        if self.spill.is_none() {
            // Whoever is killed before its name is gone leaves a file that the next run removes.
            let named = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.directory)?;
            self.spill = Some((named.into_file(), 0));
        }
        let (file, end) = self.spill.as_mut().expect("just made");
        file.seek(SeekFrom::Start(*end))?;
        file.write_all(bytes)?;
        let at = *end;
        *end += bytes.len() as u64;
        Ok(at)
    }

    fn read(&mut self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let (file, _) = self.spill.as_mut().expect("a piece is there");
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::sha256;

    proptest! {
        #[test]
        fn pieces_are_written_in_their_order_whatever_the_order_in_which_they_come(
            order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle(),
            limit in 0_u128..200,
        ) {
            let piece = |index: usize| format!("{index}\n").repeat(index).into_bytes();
            let file = Ordered::new(Vec::new(), b"head\n", limit, &std::env::temp_dir()).unwrap();
            for index in order {
                file.put(index, piece(index)).unwrap();
            }
            let expected: Vec<u8> = b"head\n".iter().copied().chain((0..20).flat_map(piece)).collect();
            let Finished { out, hash, length } = file.finish().unwrap();
            prop_assert_eq!((hash, length), (sha256(&expected), expected.len() as u64));
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn a_file_with_a_missing_piece_is_no_file() {
        let file = Ordered::new(Vec::new(), b"", 10, &std::env::temp_dir()).unwrap();
        file.put(1, b"b".to_vec()).unwrap();
        assert!(file.finish().is_err());
    }
}
