//! What is in the way, and what is damaged: named, mended, never overwritten.

use std::fs;
use std::process::Command;

use crate::cli::{self, Place, code, stderr};
use crate::interrupted::{HUGE, reference, times};

#[test]
fn a_damaged_store_is_mended_and_the_damaged_file_kept() {
    let place = Place::new();
    let reference = reference(&place);
    let store = fs::read(place.path().join("reference/trials.sqlite")).unwrap();
    for round in 0..times(6, 200) {
        let out = format!("damaged-{round}");
        fs::create_dir(place.path().join(&out)).unwrap();
        let mut bytes = store.clone();
        let at = usize::try_from(round * 982_451_653).unwrap() % bytes.len();
        bytes[at] ^= 0x10;
        fs::write(place.path().join(&out).join("trials.sqlite"), &bytes).unwrap();
        let output = place.run(&["run", "r.toml", "--out", &out]);
        if code(&output) == 0 {
            assert!(fs::read(place.path().join(&out).join("summary.csv")).unwrap() == reference, "byte {at}");
        } else {
            assert!([1, 73, 74].contains(&code(&output)), "byte {at}: {}", stderr(&output));
        }
        let kept = place.path().join(&out).join("trials.sqlite.damaged-1");
        assert_eq!(kept.exists(), stderr(&output).contains("was damaged"), "byte {at}: {}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn what_is_in_the_way_is_named_before_the_first_trial() {
    let place = Place::new();
    place.file("huge.toml", HUGE);
    let victim = place.file("victim", "dear");
    for name in ["summary.csv", "run.json", "trials.sqlite", ".initsweep-lock"] {
        for kind in ["link", "dangling link", "directory", "fifo"] {
            let directory = place.path().join("way");
            fs::create_dir(&directory).unwrap();
            let path = directory.join(name);
            match kind {
                "link" => std::os::unix::fs::symlink(&victim, &path).unwrap(),
                "dangling link" => std::os::unix::fs::symlink(place.path().join("nothing"), &path).unwrap(),
                "directory" => fs::create_dir(&path).unwrap(),
                _ => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            }
            let output = place.run_within(2, &["run", "huge.toml", "--out", "way"]);
            assert_eq!(code(&output), 73, "{kind} {name}: {}", stderr(&output));
            assert_eq!(fs::read_to_string(&victim).unwrap(), "dear");
            assert!(!place.path().join("nothing").exists());
            fs::remove_dir_all(&directory).unwrap();
        }
    }
}

/// Root may write anywhere, so this is done as somebody else where we are root.
#[cfg(unix)]
#[test]
fn a_read_only_directory_is_refused_before_the_first_trial() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    place.file("huge.toml", HUGE);
    let directory = place.path().join("ro");
    fs::create_dir(&directory).unwrap();
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(place.path(), 0o755);
    mode(&directory, 0o555);
    // The binary may stand where a plain user cannot read.
    let binary = place.path().join("initsweep");
    fs::copy(cli::binary(), &binary).unwrap();
    let mut command = Command::new(&binary);
    command.args(["run", "huge.toml", "--out", "ro"]).current_dir(place.path());
    if fs::metadata(place.path()).unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    assert_eq!(code(&output), 73, "{}", stderr(&output));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}
