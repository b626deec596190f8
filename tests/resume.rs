//! A run that is interrupted in any way ends with the bytes of one that was not.

#[path = "common/cli.rs"]
mod cli;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cli::{Place, code, stderr};

/// A run of about a second on one core, in some hundred blocks of all kinds.
const CONFIG: &str = "name = 'r'\nseed = 3\ntrials = 300\n[[grid]]\nlabel = 'one'\nwidth = [40, 100, 140]\n\
                      depth = [2, 6]\nbatch = 40\nstd = 'he_normal'\nactivation = ['relu', 'tanh']\n\
                      [measure]\nlayers = 'all'\n";
/// One trial takes minutes.
const HUGE: &str = "name = 'huge'\ntrials = 3\n[[grid]]\nwidth = 16384\ndepth = 100\nbatch = 512\nstd = 1\n";

fn nightly() -> bool {
    std::env::var("INITSWEEP_NIGHTLY").is_ok_and(|value| value == "1")
}

/// `few` by day, `many` by night.
fn times(few: u64, many: u64) -> u64 {
    if nightly() { many } else { few }
}

/// The bytes of an uninterrupted run.
fn reference(place: &Place) -> Vec<u8> {
    place.file("r.toml", CONFIG);
    assert_eq!(code(&place.run(&["run", "r.toml", "--quiet", "--out", "reference"])), 0);
    fs::read(place.path().join("reference/summary.csv")).unwrap()
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    place.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// Waits until the run has saved something, or is over.
fn wait_for_blocks(place: &Place, out: &str) {
    let store = place.path().join(out).join("trials.sqlite");
    let start = Instant::now();
    while fs::metadata(&store).map_or(0, |file| file.len()) < 100_000
        && start.elapsed() < Duration::from_secs(20)
    {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs to the end, which must give the reference, and nothing but the files of a finished run.
fn finish(place: &Place, out: &str, reference: &[u8]) {
    let output = place.run(&["run", "r.toml", "--quiet", "--out", out]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let directory = place.path().join(out);
    assert!(fs::read(directory.join("summary.csv")).unwrap() == reference, "{out} differs");
    let mut files: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    // Killed after its last file, a run leaves its lock file, unlocked; the next one has nothing to do, and does nothing.
    files.retain(|file| *file != *".initsweep-lock");
    // A journal that the disk would not delete has no bytes, and says nothing.
    let is_empty =
        |name: &std::ffi::OsString| fs::metadata(directory.join(name)).is_ok_and(|file| file.len() == 0);
    files.retain(|file| *file != *"trials.sqlite-journal" || !is_empty(file));
    files.sort();
    assert_eq!(files, ["config.toml", "datapackage.json", "run.json", "summary.csv", "trials.sqlite"]);
}

/// A small generator: the instants need no better one.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn killed_at_random_instants_and_resumed_it_has_the_same_bytes() {
    let place = Place::new();
    let reference = reference(&place);
    let mut state = 1;
    let mut killed = 0;
    for round in 0..times(4, 100) {
        let out = format!("killed-{round}");
        let threads = ["1", "2", "8"][usize::try_from(random(&mut state) % 3).unwrap()];
        for _ in 0..3 {
            let mut child = start(&place, &["run", "r.toml", "--quiet", "--out", &out, "--threads", threads]);
            std::thread::sleep(Duration::from_millis(random(&mut state) % 700));
            // It may be over already.
            let _over = child.kill();
            killed += usize::from(child.wait().unwrap().code().is_none());
        }
        finish(&place, &out, &reference);
    }
    assert!(killed > 0, "no run was killed in flight");
}

#[test]
fn a_signal_saves_what_is_done_and_says_how_to_go_on() {
    let place = Place::new();
    let reference = reference(&place);
    for (name, expected) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let out = format!("out{name}");
        let config = CONFIG.replace("trials = 300", "trials = 100000");
        place.file("long.toml", &config);
        let child = start(&place, &["run", "long.toml", "--out", &out]);
        wait_for_blocks(&place, &out);
        signal(&child, name);
        let begun = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        let text = stderr(&output);
        assert!(text.contains(&format!("run long.toml --out {out}")), "{text}");
        let saved: u64 = text.split(" of ").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        assert!(saved > 0 && text.contains("of 600000 networks"), "{text}");
        // Without a finished summary fewer trials are no loss, and those that are there are not drawn again.
        finish(&place, &out, &reference);
        let run = place.read(&format!("{out}/run.json"));
        let stored = run.split("\"networks_from_store\": ").nth(1).unwrap().split(',').next().unwrap();
        assert_ne!(stored, "0", "{run}");
    }
}

#[test]
fn what_is_two_seconds_old_survives_a_kill() {
    let place = Place::new();
    place.file("long.toml", &CONFIG.replace("trials = 300", "trials = 100000"));
    let mut child = start(&place, &["run", "long.toml", "--quiet", "--out", "long"]);
    wait_for_blocks(&place, "long");
    std::thread::sleep(Duration::from_millis(2500));
    child.kill().unwrap();
    child.wait().unwrap();
    let output = place.run(&["verify", "long", "--trials", "20"]);
    assert_eq!(code(&output), 3, "{}{}", cli::stdout(&output), stderr(&output));
    assert!(cli::stdout(&output).contains("drawn again: all bits are equal"), "{}", cli::stdout(&output));
}

#[test]
fn a_trial_that_takes_minutes_keeps_nobody_waiting() {
    let place = Place::new();
    place.file("huge.toml", HUGE);
    for second in [false, true] {
        let child = start(&place, &["run", "huge.toml"]);
        std::thread::sleep(Duration::from_millis(700));
        signal(&child, "-INT");
        if second {
            std::thread::sleep(Duration::from_millis(200));
            signal(&child, "-INT");
        }
        let begun = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 130, "{}", stderr(&output));
        // 2 s are promised, and none after a second signal; the rest is for a loaded machine.
        let limit = Duration::from_millis(if second { 1000 } else { 3500 });
        assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
        assert_eq!(stderr(&output).contains("0 of 3 networks are saved"), !second);
    }
}

#[test]
fn of_two_processes_one_runs_and_the_other_names_it() {
    let place = Place::new();
    let reference = reference(&place);
    let mut refused = 0;
    for round in 0..times(5, 200) {
        let out = format!("race-{round}");
        let arguments = ["run", "r.toml", "--quiet", "--out", &out, "--threads", "1"];
        let children = [start(&place, &arguments), start(&place, &arguments)];
        let ids: Vec<u32> = children.iter().map(Child::id).collect();
        let ended: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        for (i, output) in ended.iter().enumerate() {
            if code(output) == 73 {
                refused += 1;
                let text = stderr(output);
                assert!(text.contains(&format!("process {} on ", ids[1 - i])), "{text}");
            }
        }
        assert!(
            ended.iter().any(|output| code(output) == 0) && ended.iter().all(|o| [0, 73].contains(&code(o)))
        );
        finish(&place, &out, &reference);
    }
    assert!(refused > 0, "the processes never met");
}

#[test]
fn a_larger_run_draws_only_what_is_new_and_keeps_the_old_rows() {
    let place = Place::new();
    let small = CONFIG.replace("[40, 100, 140]", "[40, 140]");
    place.file("r.toml", &small);
    let run = |more: &[&str]| {
        let output = place.run(&[&["run", "r.toml", "--quiet", "--out", "e"], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        place.read("e/summary.csv")
    };
    let stored = || {
        let run = place.read("e/run.json");
        run.split("\"networks_from_store\": ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = run(&[]);
    assert_eq!(stored(), 0);
    place.file("r.toml", CONFIG);
    let wider = run(&[]);
    assert_eq!(stored(), 4 * 300, "of six passes four were there");
    let kept: Vec<&str> = wider.lines().filter(|line| before.contains(line)).collect();
    assert_eq!(kept, before.lines().collect::<Vec<_>>());
    let more = run(&["--trials", "450"]);
    assert_eq!(stored(), 6 * 300);
    assert_eq!(more, place.summary(CONFIG, &["--trials", "450"]));
    assert_eq!(wider, place.summary(CONFIG, &[]));
}

#[test]
fn a_run_of_another_meaning_is_refused_with_both_values() {
    let place = Place::new();
    let before = reference(&place);
    let measure = CONFIG.replace("layers = 'all'", "layers = 'all'\nmetrics = ['mean']");
    for (config, words) in [
        (CONFIG.replace("seed = 3", "seed = 4"), ["seed is 3 there, 4 here", "reference"]),
        (CONFIG.replace("seed = 3", "seed = 3\nrandomness = 'common'"), ["independent there", "common here"]),
        (CONFIG.replace("trials = 300", "trials = 299"), ["300 there", "299 here"]),
        (CONFIG.replace("'he_normal'", "0.5"), ["(one)", "std written 0.5 here"]),
        (CONFIG.replace("'one'", "'two'"), ["label=one there", "label=two here"]),
        (measure, ["[measure] metrics is mean, std, rms", "mean here"]),
        (
            CONFIG.replace("seed", "# Places do not matter.\nseed").replace("300", "30"),
            ["300 there", "30 here"],
        ),
    ] {
        place.file("other.toml", &config);
        let output = place.run(&["run", "other.toml", "--out", "reference"]);
        assert_eq!(code(&output), 73, "{}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{word} is missing in {}", stderr(&output));
        }
    }
    assert!(fs::read(place.path().join("reference/summary.csv")).unwrap() == before);
}

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

/// A file-size limit stands for a full disk: every write beyond it fails.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_that_loses_nothing() {
    let place = Place::new();
    let reference = reference(&place);
    let limited = |blocks: u64, out: &str| {
        let script = format!("ulimit -f {blocks}; exec \"$0\" run r.toml --quiet --out {out}");
        let mut command = Command::new("bash");
        command.arg("-c").arg(script).arg(cli::binary()).current_dir(place.path());
        command.output().unwrap()
    };
    let size = fs::metadata(place.path().join("reference/trials.sqlite")).unwrap().len() / 1024;
    let mut failed = 0;
    for step in 0..times(6, 100) {
        let out = format!("full-{step}");
        let output = limited(step * size / times(5, 99), &out);
        if code(&output) != 0 {
            failed += 1;
            assert!([73, 74].contains(&code(&output)), "{}", stderr(&output));
            assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
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
            let begun = Instant::now();
            let output = place.run(&["run", "huge.toml", "--out", "way"]);
            assert_eq!(code(&output), 73, "{kind} {name}: {}", stderr(&output));
            assert!(begun.elapsed() < Duration::from_secs(2));
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
    let begun = Instant::now();
    let output = command.output().unwrap();
    assert_eq!(code(&output), 73, "{}", stderr(&output));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

/// The program under strace, with one system call tampered with.
fn traced(place: &Place, inject: &str, out: &str) -> std::process::Output {
    let mut command = Command::new("strace");
    let calls = inject.split(':').next().unwrap();
    command.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={calls}"),
        "-e",
        &format!("inject={inject}"),
    ]);
    command.arg(cli::binary()).args(["run", "r.toml", "--quiet", "--threads", "2", "--out", out]);
    command.current_dir(place.path()).output().unwrap()
}

/// System calls that change files.
const CHANGES: &str =
    "write,pwrite64,fdatasync,fsync,rename,renameat,unlink,ftruncate,mkdir,openat,chmod,fchmod";

fn has_strace() -> bool {
    let found = Command::new("strace").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found || !nightly(), "the nightly tests need strace");
    found
}

#[test]
fn killed_at_every_file_call_and_resumed_it_has_the_same_bytes() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    place.file("r.toml", &CONFIG.replace("300", "20"));
    assert_eq!(code(&place.run(&["run", "r.toml", "--quiet", "--out", "reference"])), 0);
    let reference = fs::read(place.path().join("reference/summary.csv")).unwrap();
    let step = times(23, 1);
    let mut k = 1;
    loop {
        let out = format!("call-{k}");
        let output = traced(&place, &format!("{CHANGES}:signal=KILL:when={k}"), &out);
        finish(&place, &out, &reference);
        fs::remove_dir_all(place.path().join(&out)).unwrap();
        if output.status.success() {
            break;
        }
        k += step;
    }
    assert!(k > 50, "only {k} calls");
}

#[test]
fn a_failing_disk_is_an_error_that_loses_nothing() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    place.file("r.toml", &CONFIG.replace("300", "20"));
    assert_eq!(code(&place.run(&["run", "r.toml", "--quiet", "--out", "reference"])), 0);
    let reference = fs::read(place.path().join("reference/summary.csv")).unwrap();
    for (calls, error) in
        [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync,fsync", "EIO"), ("write", "ENOSPC")]
    {
        let (mut k, mut failed) = (1, 0);
        loop {
            let out = format!("{error}-{}-{k}", calls.len());
            // Once, and then for ever.
            let when = if k % 2 == 0 { k.to_string() } else { format!("{k}+") };
            let output = traced(&place, &format!("{calls}:error={error}:when={when}"), &out);
            let code = output.status.code();
            // Writes to stderr fail as well, so only the code is looked at.
            assert!(
                code.is_some_and(|code| [0, 1, 73, 74].contains(&code)),
                "{calls} {error} {when}: {code:?}"
            );
            failed += usize::from(code != Some(0));
            finish(&place, &out, &reference);
            fs::remove_dir_all(place.path().join(&out)).unwrap();
            if code == Some(0) && k > 1 {
                break;
            }
            k += times(7, 1);
        }
        assert!(failed > 0, "{calls} {error}: no call failed");
    }
}
