//! A small trial store, and what may happen to its bytes: every value that comes back is the right one.

use std::path::Path;
use std::sync::mpsc;

use initsweep::store::{Description, Ended, Law, NewBlock, Store, StoreError, StoredBlock, salvage};

pub fn laws() -> Vec<Law> {
    ["seed=1;std=0.5", "seed=1;std=0.25"].map(|text| Law::of(text.to_owned())).into()
}

pub fn description() -> Description {
    let text = |text: &str| text.to_owned();
    Description {
        name: text("a"),
        fingerprint: text("0123456789abcdef"),
        config: text("name = 'a'"),
        overrides: vec![text("seed=1")],
        stream: 1,
        values: 1,
        program: text("0.1.0"),
    }
}

/// The value of one observable of one trial of one law: awkward ones among them.
fn value(law: usize, trial: usize, observable: usize) -> f64 {
    match (trial % 7, observable) {
        (3, 0) => f64::NAN,
        (4, 0) => f64::NEG_INFINITY,
        (5, 1) => -0.0,
        _ => {
            f64::from(u32::try_from(law * 1000 + trial).unwrap()) / 3.0
                + f64::from(u32::try_from(observable).unwrap())
        }
    }
}

fn block(law: usize, first: usize, trials: usize) -> Vec<f64> {
    (first..first + trials).flat_map(|trial| (0..2).map(move |o| value(law, trial, o))).collect()
}

/// Trials of each law.
const TRIALS: usize = 20;

/// Writes the trials of both laws in blocks of 10.
pub fn write(path: &Path) {
    let mut store = Store::create(path).unwrap();
    let ids = store.begin(&description(), &laws(), [("c".to_owned(), 0, 3), ("d".to_owned(), 1, 3)]).unwrap();
    let blocks: Vec<_> =
        [(0, 0), (1, 0), (0, 10), (1, 10)].map(|(law, first)| (law, first, block(law, first, 10))).into();
    let (sender, receiver) = mpsc::channel();
    for (law, first, values) in &blocks {
        sender.send(NewBlock { law: *law, first: *first, trials: 10, values }).unwrap();
    }
    drop(sender);
    assert_eq!(store.write(&laws(), &ids, &receiver, || false).unwrap(), Ended::Finished);
    store.close().unwrap();
}

/// Reads a store to the end, and checks that every value in it is the right one. Gives the trials read, and whether
/// everything was sound.
pub fn read(store: &Store) -> (usize, bool) {
    read_but(store, &|_| false)
}

/// As [`read`], where wrong values of a block may be `excused`.
fn read_but(store: &Store, excused: &dyn Fn(&StoredBlock<'_>) -> bool) -> (usize, bool) {
    let mut trials = 0;
    let loaded = store.load(&laws(), |found| {
        let count = found.values.len() / 2;
        let fits = found.first.checked_add(count).is_some_and(|end| end <= TRIALS);
        let expected = if fits { block(found.law, found.first, count) } else { Vec::new() };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert!(
            bits(&expected) == bits(found.values) || excused(&found),
            "a wrong value was read: {found:?}"
        );
        trials += count;
    });
    (trials, loaded.is_ok_and(|loaded| loaded.damaged == 0) && store.check_structure().is_ok())
}

/// What happens to a store whose bytes are `bytes`: every value read is right or `excused`, and salvage keeps every value
/// that could be read and yields a sound store. Gives the trials that were read.
pub fn judge(bytes: &[u8], home: &Path, excused: &dyn Fn(&StoredBlock<'_>) -> bool) -> usize {
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
