//! Configs that are almost valid: refused or laid out, in little time and memory, and never with a panic.
//!
//! A binary of its own, for it counts the memory of its process.

#[path = "common/laid_out.rs"]
mod laid_out;
#[path = "common/near_valid.rs"]
mod near_valid;
#[path = "common/nightly.rs"]
mod nightly;

use std::fs;

use initsweep::config::{Source, parse};
use near_valid::Generator;
use nightly::nightly;

/// Nanoseconds that this thread has worked: what others do on the machine does not count.
fn worked() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Most bytes of memory that this process has had.
fn peak() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let kib = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * kib.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

#[test]
fn near_valid_configs_are_planned_in_seconds_and_512_mib() {
    let mut generator = Generator::new(7);
    let configs = if nightly() { 1_000_000 } else { 2_000 };
    let (mut accepted, mut slowest) = (0, (0, String::new()));
    for i in 0..configs {
        let rarity = [5, 30, 200][i % 3];
        let text = generator.config(rarity);
        let before = worked();
        accepted += usize::from(laid_out::lay_out(&Source::new("near.toml", text.clone())).is_some());
        let time = worked().zip(before).map_or(0, |(now, before)| now - before);
        if time > slowest.0 {
            slowest = (time, text);
        }
    }
    let (time, text) = slowest;
    println!("{accepted} of {configs} accepted; the slowest took {} ms; peak {:?}", time / 1_000_000, peak());
    assert!(accepted * 10 > configs && accepted * 10 < 9 * configs, "{accepted} of {configs} are accepted");
    // What once took minutes must not come back. A range of a million values takes about a second of a release build.
    assert!(time < 5_000_000_000, "{time} ns for\n{text}");
    assert!(peak().is_none_or(|peak| peak < 512 << 20), "{:?} bytes", peak());
}

/// A config with these lines in its only grid.
fn grid(lines: &str) -> String {
    format!("name = 'a'\ntrials = 1\n[[grid]]\nwidth = [2, 3]\n{lines}\n")
}

/// Configs that once took minutes or gigabytes, or would.
fn heavy() -> Vec<(&'static str, String)> {
    let head = "name = 'a'\ntrials = 1\n";
    let range = "{ from = 1e-3, to = 1e3, points = 1048576, scale = 'log' }";
    let all_axes = ["std", "mean", "bias_std", "input_mean", "input_std", "input_correlation"];
    let rows = |count: usize, row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<String>();
    let often = |term: &str, sign: &str, count: usize| vec![term; count].join(sign);
    let widths = "width = { from = 1, to = 316, step = 1 }\nmean = { from = 0, to = 1, points = 316 }";
    vec![
        (
            "a range for every parameter",
            grid(&rows(all_axes.len(), &|i| format!("{} = {range}\n", all_axes[i]))),
        ),
        (
            "ranges in every grid",
            head.to_owned() + &format!("[[grid]]\nwidth = 3\nstd = {range}\nmean = {range}\n").repeat(50),
        ),
        (
            "a range for all grids",
            format!("{head}[defaults]\nstd = {range}\n{}", "[[grid]]\nwidth = 1\n".repeat(20_000)),
        ),
        (
            "a list for all grids",
            format!(
                "{head}[defaults]\nstd = [{}]\n{}",
                "1,".repeat(100_000),
                "[[grid]]\nwidth = 1\n".repeat(20_000)
            ),
        ),
        (
            "names of names",
            format!(
                "{head}[[grid]]\n{widths}\nbatch = '{}'\nstd = '{}'\nwhere = '{} > 0'",
                often("width", "+", 500),
                often("batch", "+", 500),
                often("std", "+", 490)
            ),
        ),
        (
            "a where that is slow and false",
            format!("{head}[[grid]]\n{widths}\nstd = 1\nwhere = '{} < 0'", often("sqrt(width)", "+", 190)),
        ),
        (
            "rescaled deep networks",
            format!(
                "{head}[measure]\nrescale = true\nmetrics = ['std']\n[[grid]]\nwidth = 2\nstd = 1\ndepth = {{ from = 900_000, to = 999_999, step = 1 }}"
            ),
        ),
        (
            "long texts that fail everywhere",
            format!("{head}[[grid]]\n{widths}\nstd = '0{}-1'", " ".repeat(100_000)),
        ),
        ("unknown keys", grid(&rows(100_000, &|i| format!("k{i} = 1\n")))),
        (
            "unknown words",
            grid(&format!("std = 1\nactivation = [{}]", rows(100_000, &|i| format!("'relo{i}',")))),
        ),
        ("lines that are no TOML", head.to_owned() + &"a b c\n".repeat(100_000)),
        (
            "many layers",
            format!(
                "{head}[measure]\nlayers = [{}]\n[[grid]]\nwidth = 2\nstd = 1\ndepth = 1_000_000",
                rows(200_000, &|i| format!("{i},"))
            ),
        ),
        (
            "a mistake of the defaults in every grid",
            format!(
                "{head}[defaults]\nstd = [{}]\n{}",
                "'relo',".repeat(1000),
                "[[grid]]\nwidth = 1\n".repeat(20_000)
            ),
        ),
        (
            "clauses",
            grid("std = 1")
                + &"[[expect]]\nmetric = 'std'\nvalue = 1\nabsolute = 1\nwhere = 'wdth > 1'\n".repeat(20_000),
        ),
    ]
}

#[test]
fn large_configs_are_judged_in_about_a_second() {
    for (name, text) in heavy() {
        let before = worked();
        let accepted = match parse(&Source::new("heavy.toml", text)) {
            Ok(_) => true,
            Err(mistakes) => mistakes.render(false).is_empty(),
        };
        let time = worked().zip(before).map_or(0, |(now, before)| now - before) / 1_000_000;
        println!("{name}: {time} ms, accepted: {accepted}, peak {:?} MiB", peak().map(|peak| peak >> 20));
        assert!(time < 1500, "{name} took {time} ms");
    }
    assert!(peak().is_none_or(|peak| peak < 512 << 20), "{:?} bytes", peak());
}
