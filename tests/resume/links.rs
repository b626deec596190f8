//! Links and temporary names: nothing outside the run directory is ever written, whoever puts links into it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::cli::{self, Place, code, stderr};
use crate::interrupted::{finish, has_strace, random, reference_of, times};

const CONFIG: &str = "name = 'l'\nseed = 5\ntrials = 10\n[[grid]]\nwidth = [4, 6]\nbatch = 4\nstd = 1\n";
/// Every name that a run writes, or could be made to write.
const NAMES: [&str; 8] = [
    "trials.sqlite",
    "trials.sqlite-journal",
    ".initsweep-lock",
    ".initsweep-tmp-trials.sqlite",
    "config.toml",
    "summary.csv",
    "datapackage.json",
    "run.json",
];

/// Files that must stay as they are: a text, and a store into which the run here would write.
struct Victims<'p> {
    place: &'p Place,
    store: Vec<u8>,
}

impl<'p> Victims<'p> {
    fn new(place: &'p Place) -> Self {
        place.file("text", "dear");
        let output = place.run(&["run", "r.toml", "--quiet", "--out", "smaller", "--trials", "5"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        fs::copy(place.path().join("smaller/trials.sqlite"), place.path().join("store")).unwrap();
        Self { place, store: fs::read(place.path().join("store")).unwrap() }
    }

    /// What a link of this name is to point to.
    fn of(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(if name == "trials.sqlite" { "store" } else { "text" })
    }

    fn check(&self, case: &str) {
        assert_eq!(self.place.read("text"), "dear", "{case}");
        assert!(fs::read(self.place.path().join("store")).unwrap() == self.store, "{case}");
        assert!(!self.place.path().join("store-journal").exists(), "{case}");
    }
}

#[test]
fn links_swapped_in_during_a_run_are_never_written_through() {
    let place = Place::new();
    reference_of(&place, CONFIG);
    let victims = Victims::new(&place);
    let (over, swapped) = (AtomicBool::new(false), AtomicU64::new(0));
    let out = place.path().join("o");
    let (mut finished, mut state) = (0, 3);
    // About one link for every run, however fast those are.
    let begun = Instant::now();
    place.summary(CONFIG, &[]);
    let pause = 2 * u64::try_from(begun.elapsed().as_micros()).unwrap();
    std::thread::scope(|scope| {
        // A check that fails below must end the attack, or the scope waits for it forever.
        let _stop = Stop(&over);
        scope.spawn(|| {
            let mut state = 17;
            while !over.load(Ordering::SeqCst) {
                let name = NAMES[usize::try_from(random(&mut state)).unwrap() % NAMES.len()];
                // The name may be free, and the directory may be gone: then there is nothing to swap.
                let _free = fs::remove_file(out.join(name));
                let made = symlink(victims.of(name), out.join(name)).is_ok();
                swapped.fetch_add(u64::from(made), Ordering::SeqCst);
                std::thread::sleep(Duration::from_micros(random(&mut state) % pause));
            }
        });
        // Until both have happened often enough, whichever the machine is slower at; only an attack that never succeeds, or
        // that no run survives, goes on to the last round.
        let enough = |finished| swapped.load(Ordering::SeqCst) > times(5, 250) && finished > 0;
        for round in 0..times(1000, 10_000) {
            if round >= times(20, 1000) && enough(finished) {
                break;
            }
            let output = place.run(&["run", "r.toml", "--quiet", "--out", "o"]);
            // A link may be there at the first look, or fall between two steps, and what the run reads back may be gone:
            // any refusal will do.
            assert!([0, 1, 73, 74].contains(&code(&output)), "{}", stderr(&output));
            finished += u64::from(code(&output) == 0);
            victims.check(&format!("round {round}: {}", stderr(&output)));
            if random(&mut state).is_multiple_of(2) {
                let _gone = fs::remove_dir_all(&out);
            }
        }
        println!("{swapped:?} links, {finished} runs that ended well");
        assert!(enough(finished), "{swapped:?} links, {finished} runs that ended well");
    });
}

/// Says that it is over, whatever ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Slowly: the system calls with which the database looks at a name wait before they begin.
#[test]
fn a_link_put_between_the_look_and_the_opening_is_not_followed() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    reference_of(&place, CONFIG);
    let victims = Victims::new(&place);
    let store = place.path().canonicalize().unwrap().join("o/trials.sqlite");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "inject=lstat,newfstatat,readlink:delay_enter=1s"]);
    strace.args(["-P", store.to_str().unwrap(), "-P", "o/trials.sqlite"]).arg(cli::binary());
    strace.args(["run", "r.toml", "--quiet", "--out", "o"]).current_dir(place.path());
    let child = strace.stderr(Stdio::piped()).spawn().unwrap();
    while !place.path().join("o/.initsweep-lock").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    fs::remove_file(&store).expect("it has just been made, and is empty");
    symlink(victims.of("trials.sqlite"), &store).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ne!(code(&output), 0, "{}", stderr(&output));
    victims.check(&stderr(&output));
}

#[test]
fn a_link_to_another_store_is_refused_and_a_hard_link_is_left_alone() {
    let place = Place::new();
    let reference = reference_of(&place, CONFIG);
    let victims = Victims::new(&place);
    for name in NAMES {
        for hard in [false, true] {
            let directory = place.path().join("o");
            fs::create_dir(&directory).unwrap();
            let victim = place.path().join("text");
            let made = if hard {
                fs::hard_link(&victim, directory.join(name))
            } else {
                symlink(victims.of(name), directory.join(name))
            };
            made.unwrap();
            let output = place.run(&["run", "r.toml", "--quiet", "--out", "o"]);
            let case = format!("{name}, hard: {hard}: {}", stderr(&output));
            assert!([0, 73, 74].contains(&code(&output)), "{case}");
            victims.check(&case);
            if code(&output) == 0 {
                assert!(fs::read(directory.join("summary.csv")).unwrap() == reference, "{case}");
            } else {
                assert!(stderr(&output).starts_with("error: "), "{case}");
            }
            fs::remove_dir_all(&directory).unwrap();
        }
    }
}

#[test]
fn what_stands_at_a_temporary_name_is_removed_or_named() {
    let place = Place::new();
    let reference = reference_of(&place, CONFIG);
    for name in
        [".initsweep-tmpAbCdEf", ".initsweep-tmp-trials.sqlite", ".initsweep-tmp-trials.sqlite-journal"]
    {
        let path = place.path().join("o").join(name);
        for kind in ["file", "fifo", "directory"] {
            fs::create_dir(place.path().join("o")).unwrap();
            make(kind, &path);
            if kind == "directory" {
                let output = place.run(&["run", "r.toml", "--quiet", "--out", "o"]);
                assert_eq!(code(&output), 73, "{name}: {}", stderr(&output));
                assert!(stderr(&output).contains(name), "{}", stderr(&output));
            } else {
                finish(&place, "o", &reference);
            }
            fs::remove_dir_all(place.path().join("o")).unwrap();
        }
    }
}

fn make(kind: &str, path: &Path) {
    match kind {
        "file" => fs::write(path, "half").unwrap(),
        "fifo" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        _ => fs::create_dir(path).unwrap(),
    }
}
