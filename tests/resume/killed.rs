//! A run that is killed or stopped ends with the bytes of one that was not.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::cli::{self, Place, code, stderr};
use crate::interrupted::{
    CONFIG, HUGE, finish, random, reference, reference_of, signal, signals, start, times, wait_for_blocks,
};
use crate::nightly::nightly;

#[test]
fn killed_at_random_instants_and_resumed_it_has_the_same_bytes() {
    let place = Place::new();
    // By night a run of some seconds.
    let trials = times(300, 1500);
    let reference = reference_of(&place, &CONFIG.replace("300", &trials.to_string()));
    let (mut state, mut killed, mut round) = (1, 0, 0);
    while killed < times(8, 200) {
        let out = format!("killed-{round}");
        let threads = ["1", "2", "8"][round % 3];
        for _ in 0..3 {
            let mut child = start(&place, &["run", "r.toml", "--quiet", "--out", &out, "--threads", threads]);
            std::thread::sleep(Duration::from_millis(random(&mut state) % (2 * trials)));
            // It may be over already.
            let _over = child.kill();
            killed += u64::from(child.wait().unwrap().code().is_none());
        }
        finish(&place, &out, &reference);
        round += 1;
        assert!(round < 300, "only {killed} runs were killed in flight");
    }
}

#[test]
fn a_signal_saves_what_is_done_and_says_how_to_go_on() {
    let place = Place::new();
    let reference = reference(&place);
    for (name, expected) in signals() {
        let out = format!("out{name}");
        let config = CONFIG.replace("trials = 300", "trials = 100000");
        place.file("long.toml", &config);
        let child = start(&place, &["run", "long.toml", "--out", &out]);
        wait_for_blocks(&place, &out);
        signal(&child, name);
        let begun = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        // 2 s are promised, see below; the rest is for a loaded machine, here and in the next test.
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
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
    let (name, expected) = signals()[0];
    for second in [false, true] {
        let child = start(&place, &["run", "huge.toml"]);
        std::thread::sleep(Duration::from_millis(700));
        signal(&child, name);
        if second {
            std::thread::sleep(Duration::from_millis(200));
            signal(&child, name);
        }
        let begun = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        // After a second signal nothing is waited for, so nothing is said of it.
        assert_eq!(stderr(&output).contains("0 of 3 networks are saved"), !second);
    }
}

#[test]
fn leaving_takes_two_seconds_at_most() {
    let place = Place::new();
    place.file("long.toml", &CONFIG.replace("trials = 300", "trials = 100000"));
    place.file("huge.toml", HUGE);
    let (mut state, mut waits, signals) = (11, Vec::new(), signals());
    let rounds = times(6, 200);
    for round in 0..rounds {
        let config = ["long.toml", "huge.toml"][usize::from(round % 4 == 3)];
        let out = format!("left-{round}");
        let child = start(&place, &["run", config, "--quiet", "--out", &out]);
        std::thread::sleep(Duration::from_millis(random(&mut state) % 1500));
        let (name, expected) = signals[usize::try_from(round).unwrap() % signals.len()];
        let begun = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        waits.push(begun.elapsed());
        // Before it listens, the signal ends it as any program.
        assert!([None, Some(expected)].contains(&output.status.code()), "{name}: {}", stderr(&output));
    }
    waits.sort_unstable();
    println!("{waits:?}");
    // One in a hundred may take longer; the second more is for a machine that others use too.
    let allowed = usize::try_from(rounds / 100).unwrap();
    let slowest = waits[waits.len() - 1 - allowed];
    assert!(slowest <= Duration::from_secs(if nightly() { 2 } else { 3 }), "{waits:?}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_failure_and_loses_nothing() {
    let place = Place::new();
    let reference = reference(&place);
    for command in [
        "export reference",
        "run r.toml --out o",
        "run r.toml --out o",
        "plan r.toml",
        "theory r.toml",
        "verify reference",
    ] {
        let script = format!("\"$0\" {command} 2>&1 | head -c 1 > head; exit ${{PIPESTATUS[0]}}");
        let output =
            Command::new("bash").arg("-c").arg(script).arg(cli::binary()).current_dir(place.path()).output();
        assert_eq!(code(&output.unwrap()), 0, "{command}");
    }
    assert!(std::fs::read(place.path().join("o/summary.csv")).unwrap() == reference);
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
