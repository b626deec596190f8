//! A small trial store, and what may happen to its bytes: every value that comes back is the right one.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use initsweep::store::{Description, Ended, Entry, NewBlock, Store, StoreError, ValueKey, Writer, salvage};

pub fn keys() -> Vec<ValueKey> {
    ["seed=1;std=0.5", "seed=1;std=0.25"].map(|text| ValueKey::of(text.to_owned())).into()
}

pub fn description() -> Description {
    let text = |text: &str| text.to_owned();
    Description {
        name: text("a"),
        fingerprint: text("0123456789abcdef"),
        config: text("name = 'a'"),
        overrides: vec![text("seed=1")],
        inputs: Vec::new(),
        folder: String::new(),
        stream: 1,
        values: 1,
        program: text("0.1.0"),
    }
}

/// The value of one observable of one trial of one key: awkward ones among them.
fn value(key: usize, trial: usize, observable: usize) -> f64 {
    match (trial % 7, observable) {
        (3, 0) => f64::NAN,
        (4, 0) => f64::NEG_INFINITY,
        (5, 1) => -0.0,
        _ => {
            f64::from(u32::try_from(key * 1000 + trial).unwrap()) / 3.0
                + f64::from(u32::try_from(observable).unwrap())
        }
    }
}

fn block(key: usize, first: usize, trials: usize) -> Vec<f64> {
    (first..first + trials).flat_map(|trial| (0..2).map(move |o| value(key, trial, o))).collect()
}

/// Trials of each key.
const TRIALS: usize = 20;

/// Writes the trials of both keys in blocks of 10.
pub fn write(path: &Path) {
    let mut store = Store::create(path).unwrap();
    let ids = store.begin(&description(), &keys(), [("c".to_owned(), 0, 3), ("d".to_owned(), 1, 3)]).unwrap();
    let (sender, receiver) = mpsc::channel();
    for (key, first) in [(0, 0), (1, 0), (0, 10), (1, 10)] {
        let values = Arc::new(block(key, first, 10));
        sender.send(Entry::Block(NewBlock { key, first, trials: 10, values })).unwrap();
    }
    drop(sender);
    let store = Mutex::new(store);
    let hashes = hashes();
    let writer = Writer { store: &store, ids: &ids, hashes: &hashes };
    assert_eq!(writer.write(&receiver, || false, |_, _| ()).unwrap(), Ended::Finished);
    store.into_inner().unwrap().close().unwrap();
}

fn hashes() -> Vec<String> {
    keys().into_iter().map(|key| key.hash).collect()
}

/// A block that was read.
#[derive(Debug)]
pub struct Found {
    pub key: usize,
    pub first: usize,
    pub values: Vec<f64>,
}

/// Reads a store to the end, and checks that every value in it is the right one. Gives the trials read, and whether
/// everything was sound.
pub fn read(store: &Store) -> (usize, bool) {
    read_but(store, &|_| false)
}

/// As [`read`], where wrong values of a block may be `excused`.
fn read_but(store: &Store, excused: &dyn Fn(&Found) -> bool) -> (usize, bool) {
    let (mut trials, mut rows) = (0, Vec::new());
    let loaded = store.index(&keys(), |key, row| rows.push((key, row)));
    let hashes = hashes();
    for (key, row) in rows {
        let Ok(values) = store.values(row, &hashes[key]) else { continue };
        let found = Found { key, first: row.first, values };
        let count = found.values.len() / 2;
        let fits = found.first.checked_add(count).is_some_and(|end| end <= TRIALS);
        let expected = if fits { block(found.key, found.first, count) } else { Vec::new() };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert!(
            bits(&expected) == bits(&found.values) || excused(&found),
            "a wrong value was read: {found:?}"
        );
        trials += count;
    }
    (trials, loaded.is_ok_and(|loaded| loaded.damaged == 0) && store.check_structure().is_ok())
}

/// What happens to a store whose bytes are `bytes`: every value read is right or `excused`, and salvage keeps every value
/// that could be read and yields a sound store. Gives the trials that were read.
pub fn judge(bytes: &[u8], home: &Path, excused: &dyn Fn(&Found) -> bool) -> usize {
    let path = home.join("trials.sqlite");
    for entry in std::fs::read_dir(home).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(&path, bytes).unwrap();
    let damaged = match Store::create(&path) {
        Ok(store) => {
            let (trials, sound) = read_but(&store, excused);
            if sound {
                return trials;
            }
            Some(store)
        }
        Err(StoreError::Damaged(_)) => None,
        // Refused: the user decides.
        Err(StoreError::Foreign(_) | StoreError::Newer(_) | StoreError::Sql(_)) => return 0,
        Err(error) => panic!("{error}"),
    };
    let readable = damaged.as_ref().map_or(0, |store| read_but(store, excused).0);
    let (store, kept) = salvage(damaged, &path, &home.join("new")).unwrap();
    assert!(kept.exists());
    let (trials, sound) = read_but(&store, excused);
    assert!(sound && trials >= readable, "{trials} of {readable} trials were saved");
    trials
}

/// A directory that needs no disk where the system has one: thousands of stores are written there.
pub fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
