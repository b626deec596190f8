//! System calls that fail, or at which the run is killed: tampered with by strace.

use std::fs;
use std::process::{Command, Output};

use crate::cli::{self, Place};
use crate::interrupted::{CONFIG, finish, has_strace, random, reference_of, times};

/// System calls that change files.
const CHANGES: &str =
    "write,pwrite64,fdatasync,fsync,rename,renameat,unlink,ftruncate,mkdir,openat,chmod,fchmod";

/// The program under strace, with one system call tampered with. The calls are in `strace.log` then.
fn traced(place: &Place, calls: &str, tampering: &str, out: &str) -> Output {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "strace.log", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:{tampering}")]).arg(cli::binary());
    strace.args(["run", "r.toml", "--quiet", "--threads", "2", "--out", out]);
    strace.current_dir(place.path()).output().unwrap()
}

/// A short run in `r.toml`, and its bytes.
fn short(place: &Place) -> Vec<u8> {
    reference_of(place, &CONFIG.replace("300", "20"))
}

#[test]
fn killed_at_every_file_call_and_resumed_it_has_the_same_bytes() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    let reference = short(&place);
    let mut k = 1;
    loop {
        let out = format!("call-{k}");
        let output = traced(&place, CHANGES, &format!("signal=KILL:when={k}"), &out);
        finish(&place, &out, &reference);
        fs::remove_dir_all(place.path().join(&out)).unwrap();
        if output.status.success() {
            break;
        }
        k += times(23, 1);
    }
    assert!(k > 50, "only {k} calls");
}

#[test]
fn killed_again_while_it_resumes_it_has_the_same_bytes() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    let reference = short(&place);
    traced(&place, CHANGES, "signal=KILL:when=65535", "whole");
    // The later half of the calls draws figures, which a resumed run that was nearly done has not many of.
    let calls = place.read("strace.log").lines().count() as u64 / 2;
    let mut state = 5;
    let mut twice = 0;
    for round in 0..times(5, 100) {
        let out = format!("twice-{round}");
        let mut killed = 0;
        for _ in 0..2 {
            let k = 1 + random(&mut state) % calls;
            let output = traced(&place, CHANGES, &format!("signal=KILL:when={k}"), &out);
            killed += usize::from(!output.status.success());
        }
        twice += usize::from(killed == 2);
        finish(&place, &out, &reference);
        fs::remove_dir_all(place.path().join(&out)).unwrap();
    }
    assert!(twice > 0, "no run was killed twice");
}

/// Calls that fail, and how.
const FAILURES: [(&str, &str); 12] = [
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fdatasync,fsync", "EIO"),
    ("fdatasync,fsync", "ENOSPC"),
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("ftruncate", "EIO"),
    ("rename,renameat", "EIO"),
    ("rename,renameat", "ENOSPC"),
    ("unlink", "EIO"),
    ("mkdir", "ENOSPC"),
    ("openat", "ENOSPC"),
];

#[test]
fn a_failing_disk_is_an_error_that_loses_nothing() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    let reference = short(&place);
    for (calls, error) in FAILURES {
        let (mut k, mut failed) = (1, 0);
        loop {
            let out = format!("{error}-{}-{k}", calls.len());
            // Once, and then for ever.
            let when = if k % 2 == 0 { k.to_string() } else { format!("{k}+") };
            let output = traced(&place, calls, &format!("error={error}:when={when}"), &out);
            let case = format!("{calls} {error} {when}: {}", cli::stderr(&output));
            let code = output.status.code().unwrap_or_else(|| panic!("killed: {case}"));
            // Without its libraries (127) or its config (2) the program does not even begin.
            let begins = calls != "openat" || ![2, 127].contains(&code);
            assert!([0, 1, 73, 74].contains(&code) || !begins, "{code}: {case}");
            // Where writes fail, those to stderr do as well.
            if code != 0 && begins && calls != "write" {
                assert!(cli::stderr(&output).starts_with("error: "), "{case}");
            }
            failed += usize::from(code != 0);
            finish(&place, &out, &reference);
            fs::remove_dir_all(place.path().join(&out)).unwrap();
            let calls_made = place.read("strace.log").lines().count() as u64;
            if code == 0 && k > calls_made {
                break;
            }
            k += times(7, 1);
        }
        // A file that cannot be deleted stands in nobody's way.
        assert!(failed > 0 || calls == "unlink", "{calls} {error}: no call failed");
    }
}
