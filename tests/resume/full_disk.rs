//! A full disk is an error that says what is needed, and loses nothing.

use std::fs;
use std::process::{Command, Output};

use crate::cli::{self, Place, code, stderr};
use crate::interrupted::{CONFIG, FINISHED, finish, reference, reference_of, times};
use crate::nightly::nightly;

fn shell(place: &Place, script: &str) -> Output {
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).arg(cli::binary()).current_dir(place.path());
    command.output().unwrap()
}

/// The first line names a file, the second or third says how much is still to be written.
fn check_message(text: &str, case: &str) {
    assert!(text.starts_with("error: "), "{case}: {text}");
    assert!(text.lines().next().unwrap().contains('/'), "{case}: {text}");
    assert!(text.contains("are still to be written there"), "{case}: {text}");
}

/// A file-size limit stands for a full disk: every write beyond it fails.
#[test]
fn a_full_disk_is_an_error_that_loses_nothing() {
    let place = Place::new();
    let reference = reference(&place);
    let limited = |blocks: u64, out: &str| {
        shell(&place, &format!("ulimit -f {blocks}; exec \"$0\" run r.toml --quiet --out ./{out}"))
    };
    let size = fs::metadata(place.path().join("reference/trials.sqlite")).unwrap().len() / 1024;
    let mut failed = 0;
    for step in 0..times(6, 100) {
        let out = format!("full-{step}");
        let output = limited(step * size / times(5, 99), &out);
        if code(&output) != 0 {
            failed += 1;
            assert_eq!(code(&output), 74, "{}", stderr(&output));
            check_message(&stderr(&output), &out);
        }
        finish(&place, &out, &reference);
    }
    assert!(failed > 3, "{failed}");
    // A finished run stays as it is when its extension cannot be written.
    let before = fs::read(place.path().join("full-0/run.json")).unwrap();
    place.file("r.toml", &CONFIG.replace("300", "3000"));
    assert_eq!(code(&limited(size, "full-0")), 74);
    assert!(fs::read(place.path().join("full-0/summary.csv")).unwrap() == reference);
    assert!(fs::read(place.path().join("full-0/run.json")).unwrap() == before);
}

/// How to get a mount namespace of our own here, if at all.
fn namespace() -> Option<&'static str> {
    let works = |unshare: &&str| {
        let script = format!("{unshare} sh -c 'mount -t tmpfs -o size=4k none /mnt'");
        Command::new("sh").args(["-c", &script]).output().is_ok_and(|output| output.status.success())
    };
    let found = ["unshare -m", "unshare -rm"].into_iter().find(works);
    if found.is_none() {
        println!("skipped: nothing can be mounted here");
    }
    found
}

/// In a directory `disk` that is a disk of its own: a finished run of `r.toml`, then `larger.toml` with `free` KiB more
/// than that has taken (or with a disk of that many, if `fresh`), then the same with room enough. The results of both
/// come out as `first.*` and `last.*`.
fn on_a_small_disk(place: &Place, unshare: &str, free: u64, fresh: bool) {
    let begin = if fresh { "true" } else { "\"$0\" run r.toml --quiet --out disk/o" };
    let script = format!(
        r#"exec {unshare} bash -c '
            set -e
            mount -t tmpfs -o size=1g none disk
            {begin}
            used=$(df -k --output=used disk | tail -n 1)
            mount -o remount,size=$((used + {free}))k disk
            code=0; "$0" run larger.toml --quiet --out disk/o 2> first.err || code=$?
            echo $code > first.code
            rm -f first.csv; cp disk/o/summary.csv first.csv 2> /dev/null || true
            mount -o remount,size=1g disk
            code=0; "$0" run larger.toml --quiet --out disk/o 2> last.err || code=$?
            echo $code > last.code
            cp disk/o/summary.csv last.csv
            ls -A disk/o > last.files
        ' "$0""#
    );
    let output = shell(place, &script);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_small_disk_of_every_size_keeps_old_files_and_goes_on_when_there_is_room() {
    let Some(unshare) = namespace() else { return };
    let place = Place::new();
    let config = CONFIG.replace("[40, 100, 140]", "40");
    let larger = config.replace("300", "40");
    let wanted = reference_of(&place, &larger);
    let whole: u64 = fs::read_dir(place.path().join("reference"))
        .unwrap()
        .map(|f| f.unwrap().metadata().unwrap().len())
        .sum();
    place.file("larger.toml", &larger);
    let small = config.replace("300", "20");
    let before = place.summary(&small, &[]);
    place.file("r.toml", &small);
    fs::create_dir(place.path().join("disk")).unwrap();
    let pages = whole / 4096 + 8;
    for fresh in [true, false] {
        let mut full = 0;
        for step in (1..=pages).filter(|step| nightly() || step % (pages / 6) == 1) {
            on_a_small_disk(&place, unshare, 4 * step, fresh);
            let case = format!("{} KiB, fresh: {fresh}", 4 * step);
            let first = place.read("first.code");
            if first.trim() != "0" {
                full += 1;
                assert_eq!(first.trim(), "74", "{case}: {}", place.read("first.err"));
                check_message(&place.read("first.err"), &case);
                let left = fs::read_to_string(place.path().join("first.csv")).ok();
                assert!(left == (!fresh).then(|| before.clone()), "{case}: the old summary has changed");
            }
            assert_eq!(place.read("last.code").trim(), "0", "{case}: {}", place.read("last.err"));
            assert!(place.read("last.csv").into_bytes() == wanted, "{case}");
            let files = place.read("last.files");
            // A run whose tables filled the disk is finished without figures.
            let passing = [".initsweep-lock", "figures"];
            let files: Vec<_> = files.lines().filter(|file| !passing.contains(file)).collect();
            assert_eq!(files, FINISHED);
        }
        assert!(full > 2, "{full} disks were full");
    }
}
