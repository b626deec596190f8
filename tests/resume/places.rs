//! Directories as users have them: with other files in them, copied, shared, with something lost.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output};

use crate::cli::{Place, binary, code, stderr, stdout};

const CONFIG: &str = "name = 'p'\nseed = 7\ntrials = 40\n[[grid]]\nwidth = [8, 16]\nstd = ['he_normal', 0.5]\n\
                      [[expect]]\nmetric = 'std'\nvalue = 1\nabsolute = 9\n";

fn run(place: &Place, out: &str, config: &str) -> Output {
    place.file("p.toml", config);
    place.run(&["run", "p.toml", "--quiet", "--out", out])
}

/// Runs it, and gives what it says.
fn ok(place: &Place, out: &str, config: &str) -> String {
    let output = run(place, out, config);
    assert_eq!(code(&output), 0, "{out}: {}", stderr(&output));
    stderr(&output)
}

#[test]
fn files_of_others_are_in_nobodys_way() {
    let place = Place::new();
    ok(&place, "whole", CONFIG);
    let litter = |out: &str| {
        fs::create_dir_all(place.path().join(out).join("lost+found")).unwrap();
        for name in [".gitkeep", ".DS_Store", "notes.txt", "nohup.out", ".nfs0000000002"] {
            place.file(&format!("{out}/{name}"), "mine");
        }
    };
    litter("new");
    ok(&place, "new", CONFIG);
    assert!(ok(&place, "new", CONFIG).contains("nothing to do"));
    fs::remove_file(place.path().join("new/run.json")).unwrap();
    ok(&place, "new", CONFIG);
    for shard in ["0/2", "1/2"] {
        litter(&format!("cut/shards/{}", shard.replace('/', "-of-")));
        litter("cut");
        let output = place.run(&["run", "p.toml", "--quiet", "--out", "cut", "--shard", shard]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let output = place.run(&["merge", "cut", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for out in ["new", "cut"] {
        assert_eq!(place.read(&format!("{out}/summary.csv")), place.read("whole/summary.csv"));
        assert_eq!(place.read(&format!("{out}/notes.txt")), "mine");
    }
    fs::create_dir(place.path().join("site")).unwrap();
    place.file("site/config.toml", "baseurl = '/'");
    let output = run(&place, "site", CONFIG);
    assert_eq!(
        (code(&output), stderr(&output).contains("holds a config.toml")),
        (73, true),
        "{}",
        stderr(&output)
    );
    assert_eq!(place.read("site/config.toml"), "baseurl = '/'");
}

#[test]
fn a_file_that_is_lost_is_written_again_and_one_that_was_changed_is_named() {
    let place = Place::new();
    ok(&place, "p", CONFIG);
    let files = ["summary.csv", "expect.csv", "config.toml", "datapackage.json"];
    let before = files.map(|name| place.read(&format!("p/{name}")));
    for name in files {
        fs::remove_file(place.path().join("p").join(name)).unwrap();
        let said = ok(&place, "p", CONFIG);
        assert!(said.contains(&format!("has no {name} any more")), "{said}");
        assert!(place.read("p/run.json").contains("\"networks_from_store\": 160"));
        assert_eq!(files.map(|name| place.read(&format!("p/{name}"))), before);
    }
    for name in files {
        let text = place.read(&format!("p/{name}"));
        place.file(&format!("p/{name}"), &format!("{text}x"));
        let output = run(&place, "p", CONFIG);
        let what = format!("its {name} has changed");
        assert_eq!((code(&output), stderr(&output).contains(&what)), (73, true), "{}", stderr(&output));
        place.file(&format!("p/{name}"), &text);
    }
    fs::remove_file(place.path().join("p/summary.csv")).unwrap();
    fs::remove_file(place.path().join("p/trials.sqlite")).unwrap();
    let output = run(&place, "p", CONFIG);
    assert_eq!(code(&output), 73);
    assert!(stderr(&output).contains("summary.csv is missing, and trials.sqlite"), "{}", stderr(&output));
}

#[test]
fn a_corrected_label_and_another_way_to_write_a_number_are_no_other_run() {
    let place = Place::new();
    let config = CONFIG.replace("width", "label = 'pliot'\nwidth");
    ok(&place, "p", &config);
    let corrected = config.replace("pliot", "pilot").replace("0.5", "'1/2'");
    ok(&place, "p", &corrected);
    assert!(place.read("p/run.json").contains("\"networks_from_store\": 160"), "nothing is drawn again");
    ok(&place, "new", &corrected);
    assert_eq!(place.read("p/summary.csv"), place.read("new/summary.csv"));
    assert!(place.read("p/summary.csv").contains("pilot"));
}

#[test]
fn stricter_targets_go_on_with_a_finished_run_and_looser_ones_are_refused() {
    let place = Place::new();
    let aims = |target: &str| {
        let trials =
            format!("trials = {{ min = 16, max = 4096, target = [{{ metric = 'std', {target} }}] }}");
        CONFIG.replace("trials = 40", &trials)
    };
    ok(&place, "p", &aims("relative = 0.1"));
    let output = run(&place, "p", &aims("relative = 0.2"));
    assert_eq!(code(&output), 73);
    assert!(stderr(&output).contains("no target here is as strict"), "{}", stderr(&output));
    for strict in ["relative = 0.1, site = 'post'", "absolute = 0.0001"] {
        assert_eq!(code(&run(&place, "p", &aims(strict))), 73, "{strict}: another target, or not everywhere");
    }
    ok(&place, "p", &aims("relative = 0.05"));
    ok(&place, "new", &aims("relative = 0.05"));
    for table in ["summary", "stopping"] {
        assert_eq!(place.read(&format!("p/{table}.csv")), place.read(&format!("new/{table}.csv")));
    }
}

#[test]
fn a_copy_made_of_hard_links_stays_what_it_is() {
    let place = Place::new();
    let larger = CONFIG.replace("trials = 40", "trials = 90");
    ok(&place, "p", CONFIG);
    ok(&place, "new", &larger);
    // What kill -9 leaves behind is copied, too.
    place.file("p/.initsweep-lock", "{}");
    let copied = Command::new("cp").args(["-al", "p", "copy"]).current_dir(place.path()).status();
    assert!(copied.unwrap().success());
    let before = fs::read(place.path().join("copy/trials.sqlite")).unwrap();
    ok(&place, "p", &larger);
    assert_eq!(place.read("p/summary.csv"), place.read("new/summary.csv"));
    assert!(fs::read(place.path().join("copy/trials.sqlite")).unwrap() == before);
    assert_eq!(place.read("copy/.initsweep-lock"), "{}");
    let output = place.run(&["verify", "copy"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn the_umask_says_who_may_read_and_write() {
    for (umask, mode) in [("077", 0o600), ("022", 0o644), ("002", 0o664)] {
        let place = Place::new();
        place.file("p.toml", CONFIG);
        let script = format!("umask {umask}; exec \"$0\" run p.toml --quiet --out p");
        let output =
            Command::new("sh").args(["-c", &script]).arg(binary()).current_dir(place.path()).output();
        let output = output.unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        for entry in fs::read_dir(place.path().join("p")).unwrap() {
            let entry = entry.unwrap();
            let found = entry.metadata().unwrap().permissions().mode() & 0o777;
            // Who may read a folder may enter it.
            let mode = if entry.path().is_dir() { mode | (mode & 0o444) >> 2 } else { mode };
            assert_eq!(found, mode, "{found:o} for {} under {umask}", entry.path().display());
        }
    }
}

/// Root may write anywhere, so this is done as somebody else where we are root.
#[test]
fn a_store_of_somebody_else_is_refused_with_what_it_takes() {
    let place = Place::new();
    ok(&place, "p", CONFIG);
    place.file("p.toml", &CONFIG.replace("trials = 40", "trials = 90"));
    let mode = |name: &str, mode| {
        fs::set_permissions(place.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    mode("p", 0o777);
    mode("p/trials.sqlite", 0o444);
    let program = place.path().join("initsweep");
    fs::copy(binary(), &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["run", "p.toml", "--out", "p"]).current_dir(place.path());
    if fs::metadata(place.path()).unwrap().uid() == 0 {
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let output = command.output().unwrap();
    let said = stderr(&output);
    assert_eq!((code(&output), said.contains("the right to write the file")), (73, true), "{said}");
    assert!(!said.contains("run the same command"), "{said}");
}

#[test]
fn a_long_path_a_dangling_link_and_a_file_are_named_as_what_they_are() {
    let place = Place::new();
    let long = ["d".repeat(200), "e".repeat(200), "f".repeat(150)].join("/");
    let output = run(&place, &long, CONFIG);
    let said = stderr(&output);
    assert_eq!((code(&output), said.contains("SQLite takes 504 at most")), (73, true), "{said}");
    std::os::unix::fs::symlink("nothing", place.path().join("link")).unwrap();
    let output = run(&place, "link", CONFIG);
    let said = stderr(&output);
    assert_eq!((code(&output), said.contains("link is a link to nothing")), (73, true), "{said}");
    let output = run(&place, "p.toml/p", CONFIG);
    let said = stderr(&output);
    assert_eq!((code(&output), said.contains("Not a directory")), (73, true), "{said}");
}

#[test]
fn a_config_in_another_encoding_is_named_as_such() {
    let place = Place::new();
    let utf16 = [0xfeff].into_iter().chain(CONFIG.encode_utf16()).flat_map(u16::to_le_bytes);
    fs::write(place.path().join("p.toml"), utf16.collect::<Vec<u8>>()).unwrap();
    let said = stderr(&place.run(&["plan", "p.toml"]));
    assert!(said.contains("cannot read p.toml: it is UTF-16"), "{said}");
    fs::write(place.path().join("p.toml"), b"# caf\xe9\n").unwrap();
    let said = stderr(&place.run(&["plan", "p.toml"]));
    assert!(said.contains("byte 5 is not UTF-8"), "{said}");
}
