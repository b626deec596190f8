//! The trial store: what is written comes back bit by bit, and whatever is damaged is never taken for a value.

use std::path::Path;
use std::sync::mpsc;

use initsweep::store::{Description, Ended, Law, NewBlock, Store, StoreError, salvage};

fn nightly() -> bool {
    std::env::var("INITSWEEP_NIGHTLY").is_ok_and(|value| value == "1")
}

fn laws() -> Vec<Law> {
    ["seed=1;std=0.5", "seed=1;std=0.25"].map(|text| Law::of(text.to_owned())).into()
}

fn description() -> Description {
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

/// Writes trials 0 .. 20 of both laws in blocks of 10.
fn write(path: &Path) {
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
fn read(store: &Store) -> (usize, bool) {
    let mut trials = 0;
    let mut right = true;
    let loaded = store.load(&laws(), |found| {
        let count = found.values.len() / 2;
        trials += count;
        let expected = block(found.law, found.first, count);
        right &= expected.iter().zip(found.values).all(|(a, b)| a.to_bits() == b.to_bits());
        right &= expected.len() == found.values.len();
    });
    assert!(right, "a wrong value was read");
    (trials, loaded.is_ok_and(|loaded| loaded.damaged == 0) && store.check_structure().is_ok())
}

#[test]
fn values_come_back_bit_by_bit_and_the_last_description_is_in_force() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trials.sqlite");
    write(&path);
    let mut store = Store::create(&path).unwrap();
    assert_eq!(read(&store), (40, true));
    assert_eq!(store.description().unwrap(), Some(description()));
    let newer = Description { name: "b".to_owned(), ..description() };
    let ids = store.begin(&newer, &laws()[1..], []).unwrap();
    assert_eq!(ids, [2], "laws are known by their content");
    assert_eq!(store.description().unwrap(), Some(newer));
    let one = store.load(&laws()[1..], |found| assert_eq!(found.law, 0)).unwrap();
    assert_eq!((one.blocks, one.others, one.damaged), (2, 2, 0));
    store.close().unwrap();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "the journal is gone");
}

#[test]
fn a_store_in_use_is_refused_at_once() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trials.sqlite");
    let _held = Store::create(&path).unwrap();
    assert!(matches!(Store::create(&path), Err(StoreError::Busy)));
    assert!(matches!(Store::open(&path).and_then(|store| store.description()), Err(StoreError::Busy)));
}

#[test]
fn other_files_of_this_name_are_refused_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trials.sqlite");
    std::fs::write(
        &path,
        "Dear Sir or Madam, this is not a database, but it is longer than a header of one hundred bytes.",
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::create(&path), Err(StoreError::Foreign(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(Store::create(&path), Err(StoreError::NotAFile)));
}

/// What happens to a store whose bytes are `bytes`: every value read is right, and salvage keeps every value that
/// could be read and yields a sound store. Gives the trials that were read.
fn judge(bytes: &[u8], home: &Path) -> usize {
    let path = home.join("trials.sqlite");
    for entry in std::fs::read_dir(home).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    std::fs::write(&path, bytes).unwrap();
    let damaged = match Store::create(&path) {
        Ok(store) => {
            let (trials, sound) = read(&store);
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
    let readable = damaged.as_ref().map_or(0, |store| read(store).0);
    let (store, kept) = salvage(damaged, &path, &home.join("new")).unwrap();
    assert!(kept.exists());
    let (trials, sound) = read(&store);
    assert!(sound && trials >= readable, "{trials} of {readable} trials were saved");
    trials
}

/// A directory that needs no disk where the system has one: thousands of stores are written there.
fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The positions to try: all of them by night, else those that hold something and every 61st of the rest.
fn positions(bytes: &[u8]) -> Vec<usize> {
    let used = |at: &usize| bytes[*at] != 0;
    (0..bytes.len()).filter(|at| nightly() || used(at) || at.is_multiple_of(61)).collect()
}

#[test]
fn no_changed_byte_is_ever_taken_for_a_value() {
    let home = in_memory();
    let path = home.path().join("trials.sqlite");
    write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let (mut tried, mut whole) = (0, 0);
    for at in positions(&bytes) {
        let changes: &[u8] = if nightly() { &[1, 2, 4, 8, 16, 32, 64, 128, 255] } else { &[1 << (at % 8)] };
        for change in changes {
            let mut bytes = bytes.clone();
            bytes[at] ^= change;
            whole += usize::from(judge(&bytes, home.path()) == 40);
            tried += 1;
        }
    }
    assert!(tried > 500 && whole > 0 && whole < tried, "{whole} of {tried} changes did no harm");
}

#[test]
fn no_truncated_store_yields_a_wrong_value() {
    let home = in_memory();
    let path = home.path().join("trials.sqlite");
    write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let step = if nightly() { 1 } else { 257 };
    let judged: Vec<usize> =
        (0..bytes.len()).step_by(step).map(|length| judge(&bytes[..length], home.path())).collect();
    // Without its last page, which only says what was run, every value is still there.
    assert!(judged[0] == 0 && judged.contains(&40), "{judged:?}");
}

#[test]
fn exchanged_pages_and_doubled_blocks_yield_no_wrong_value() {
    let home = in_memory();
    let path = home.path().join("trials.sqlite");
    write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let page = 8192;
    let pages = bytes.len() / page;
    for a in 0..pages {
        for b in 0..pages {
            let mut bytes = bytes.clone();
            bytes.copy_within(a * page..(a + 1) * page, b * page);
            judge(&bytes, home.path());
        }
    }
}
