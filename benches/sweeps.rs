//! Whole sweeps, from the text of a config to the rows of its tables, each verified before it is timed. `cargo bench`.
//!
//! Without the store and the files: `benches/peers/run` measures the program with them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use initsweep::config::Source;
use initsweep::output::{self, COLUMNS, Row};
use initsweep::run::{Options, Run};

/// Name, config, and trials per cell.
const SWEEPS: [(&str, &str, u64); 3] = [
    ("forum thread", include_str!("../configs/forum-thread.toml"), 50),
    ("tiny networks", "name = 'a'\ntrials = 1\n[[grid]]\nwidth = 8\ndepth = 2\nbatch = 8\nstd = 0.3", 20_000),
    (
        "shared draws",
        "name = 'a'\ntrials = 1\nrandomness = 'common'\n[[grid]]\nwidth = 100\ndepth = 3\nbatch = 20\n\
         std = { from = 0.05, to = 0.15, points = 20 }\nactivation = 'tanh'",
        50,
    ),
];

fn rows(threads: usize, text: &str, trials: u64) -> Vec<Row> {
    let source = Source::new("bench.toml", text).trials(trials);
    let run = Run::new(source, Options { threads, ..Options::default() }).expect("a valid config");
    run.rows().expect("it fits").cells.into_iter().flatten().collect()
}

fn csv(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::new();
    output::write_csv(COLUMNS, rows, &mut bytes).expect("memory takes all");
    bytes
}

fn sweeps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep");
    group.sample_size(10);
    for (name, text, trials) in SWEEPS {
        let [one, two] = [1, 2].map(|threads| rows(threads, text, trials));
        assert!(csv(&one) == csv(&two), "{name}: two threads give other bytes than one");
        let off = one.iter().find(|row| row.z.is_some_and(|z| z.abs() > 5.0));
        assert!(off.is_none(), "{name}: five standard errors off: {off:?}");
        let networks =
            one.iter().map(|row| &row.cell.cell).collect::<std::collections::HashSet<_>>().len() as u64;
        group.throughput(Throughput::Elements(networks * trials));
        for threads in [1, 2] {
            group.bench_function(format!("{name}, threads {threads}"), |b| {
                b.iter(|| rows(threads, text, trials));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, sweeps);
criterion_main!(benches);
