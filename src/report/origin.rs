//! How the run was made, and how to make it again.

use super::html::Html;
use crate::output::Provenance;
use crate::run::{Prepared, RunDirectory};
use crate::text::quoted;

/// Bytes of a config that are shown.
const MOST_CONFIG: usize = 1 << 18;

/// The section; `config` is the text of `config.toml`.
pub fn section(html: &mut Html, work: &Prepared, directory: &RunDirectory, run: &Provenance, config: &str) {
    html.raw("<section id=\"origin\"><h2>How it was made</h2>\n<dl>\n");
    facts(html, run);
    html.raw("</dl>\n");
    hashes(html, directory);
    commands(html, work);
    html.raw("<details><summary>The config</summary>\n<pre>");
    let end =
        (0..=MOST_CONFIG.min(config.len())).rev().find(|&end| config.is_char_boundary(end)).unwrap_or(0);
    html.text(&config[..end]);
    if end < config.len() {
        html.raw("\n... (the rest is in config.toml)");
    }
    html.raw("</pre></details>\n</section>\n");
}

fn facts(html: &mut Html, run: &Provenance) {
    let Provenance { version, commit, rustc, target, profile, simd, threads, started, .. } = run;
    let cpu = run.cpu.as_deref().unwrap_or("unknown processor");
    let drawn = match run.networks_from_store {
        0 => String::new(),
        stored => format!("; {stored} networks were drawn before"),
    };
    let facts = [
        ("program", format!("initsweep {version}, commit {commit} ({rustc}, {target}, {profile} build)")),
        ("machine", format!("{cpu}, {threads} threads, {simd}: no number depends on them")),
        ("time", format!("{started}, {:.1} s{drawn}", run.wall_seconds)),
        ("draws", format!("seed {}, random streams of version {}", run.seed, run.stream)),
        ("size", format!("{} cells, at most {} networks each", run.cells, run.trials)),
        ("fingerprint", run.sweep.clone()),
    ];
    for (name, fact) in facts {
        html.raw("<dt>").raw(name).raw("</dt><dd>").text(&fact).raw("</dd>\n");
    }
}

/// The files that `datapackage.json` vouches for.
fn hashes(html: &mut Html, directory: &RunDirectory) {
    html.raw("<h3>Files</h3>\n<dl>\n");
    for (name, hash) in directory.listed().unwrap_or_default() {
        html.raw("<dt><a href=\"").segment(&name).raw("\">").text(&name).raw("</a></dt><dd><code>");
        html.text(hash.as_str().unwrap_or_default()).raw("</code></dd>\n");
    }
    html.raw("</dl>\n");
}

fn commands(html: &mut Html, work: &Prepared) {
    let set = |assignment: &String| format!(" --set {}", quoted(assignment));
    let overrides: String = work.source.assignments().iter().map(set).collect();
    html.raw("<h3>To make it again</h3>\n<p>In the directory of this page. The bytes depend on the config alone:</p>\n<pre>");
    html.text(&format!(
        "initsweep run config.toml{overrides} --out again\ncmp summary.csv again/summary.csv"
    ));
    html.raw("</pre>\n<p>To check what is here (hashes, checksums, and some trials drawn again):</p>\n");
    html.raw("<pre>initsweep verify .</pre>\n");
}
