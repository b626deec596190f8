//! The trial store: what is written comes back bit by bit, and whatever is damaged is never taken for a value.

use crate::nightly::nightly;
use crate::small_store::{Found, description, in_memory, judge, keys, read, write};
use initsweep::store::{Description, Store, StoreError};

#[test]
fn values_come_back_bit_by_bit_and_the_last_description_is_in_force() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trials.sqlite");
    write(&path);
    let mut store = Store::create(&path).unwrap();
    assert_eq!(read(&store), (40, true));
    assert_eq!(store.description().unwrap(), Some(description()));
    let newer = Description { name: "b".to_owned(), ..description() };
    let ids = store.begin(&newer, &keys()[1..], []).unwrap();
    assert_eq!(ids, [2], "keys are known by their content");
    assert_eq!(store.description().unwrap(), Some(newer));
    let one = store.index(&keys()[1..], |key, _| assert_eq!(key, 0)).unwrap();
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

fn none_excused(_: &Found) -> bool {
    false
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
            whole += usize::from(judge(&bytes, home.path(), &none_excused) == 40);
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
    let judged: Vec<usize> = (0..bytes.len())
        .step_by(step)
        .map(|length| judge(&bytes[..length], home.path(), &none_excused))
        .collect();
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
            judge(&bytes, home.path(), &none_excused);
        }
    }
}
