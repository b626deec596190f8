//! `initsweep slurm`: batch files for an array of jobs and for the merge, to be read and submitted by the user.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::ConfigArguments;
use super::failure::Failure;
use super::progress::Layout;
use super::run::path;
use super::stdout::print;
use crate::engine::Shard;
use crate::text::quoted;

/// The batch file of the array. A task that ends by itself is tried again, for Slurm does not do that; before the time
/// limit it saves and queues itself again.
const ARRAY: &str = r#"#!/bin/bash
# @WHAT@. The time of one shard on this machine: about @MINUTES@ min.
# Submit all of it, or some of it again:  sbatch --array=3,5 ./@NAME@-array.sbatch
#SBATCH --job-name=@NAME@
#SBATCH --array=0-@LAST@
#SBATCH --cpus-per-task=@CPUS@
#SBATCH --mem=@MEMORY@M
#SBATCH --time=@TIME@
#SBATCH --output=./@NAME@-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@@WARNING@
limit() { # what is done is saved, and this task queued again
    kill -TERM "$child"
    wait "$child"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && exit 0
    exit 75
}
trap limit USR1
for try in 1 2 3; do
    @PROGRAM@ run @CONFIG@ --out @OUT@ --shard auto/@COUNT@ --threads @CPUS@ --quiet &
    child=$!
    wait "$child"
    code=$?
    case $code in 0 | 2) exit $code ;; esac
    echo "shard $SLURM_ARRAY_TASK_ID: try $try ended with code $code" >&2
    sleep 5
done
exit $code
"#;

/// The batch file of the merge.
const MERGE: &str = r"#!/bin/bash
# Writes summary.csv if all shards are complete; else the log says which tasks to submit again.
#SBATCH --job-name=@NAME@-merge
#SBATCH --cpus-per-task=@CPUS@
#SBATCH --mem=@WHOLE@M
#SBATCH --time=@TIME@
#SBATCH --output=./@NAME@-merge-%j.log
exec @PROGRAM@ merge @OUT@ --threads @CPUS@
";

/// What is around them: a script that writes both.
const SCRIPT: &str = r"# Read me, then: sh THIS-FILE, which writes two batch files here; then
#   job=$(sbatch --parsable ./@NAME@-array.sbatch)
#   sbatch --dependency=afterany:$job ./@NAME@-merge.sbatch
cat > ./@NAME@-array.sbatch <<'END-OF-BATCH-FILE'
@ARRAY@END-OF-BATCH-FILE
cat > ./@NAME@-merge.sbatch <<'END-OF-BATCH-FILE'
@MERGE@END-OF-BATCH-FILE
";

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Number of shards, one task of the array each; --threads is the CPUs of a task, 1 if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shards: u32,

    /// Directory of the run [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Time limit of a task, minutes; a task that needs more saves and is queued again
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    time: u32,
}

/// Prints a script that writes the two batch files.
///
/// # Errors
///
/// Mistakes in the config.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = &arguments.config;
    if !outlives_this_process(&config.path) {
        let path = config.path.display();
        return Err(Failure::usage(format!(
            "{path} is no regular file, and the tasks read the config later"
        )));
    }
    let mut work = config.prepare(false, &Layout::default())?;
    let cpus = config.threads().unwrap_or(1);
    work.options.threads = usize::from(cpus);
    let whole = work.memory();
    let seconds = work.forecast().0.total();
    let networks = work.sweep.trials * work.plan.groups.len() as u64;
    work.restrict(Shard { index: 0, count: arguments.shards });
    let program = std::env::current_exe().unwrap_or_else(|_| "initsweep".into());
    let quote = |path: &Path| quoted(&path.to_string_lossy());
    let words: Vec<String> = config.words().iter().map(|word| quoted(word)).collect();
    let values = [
        ("@ARRAY@", ARRAY.to_owned()),
        ("@MERGE@", MERGE.to_owned()),
        // Saving at the end takes as long for a short run as for a long one.
        ("@@WARNING@", format!("@{}", (arguments.time * 60 / 4).min(90))),
        ("@WHAT@", format!("{networks} networks in {} shards", arguments.shards)),
        ("@MINUTES@", format!("{:.0}", (seconds / f64::from(arguments.shards) / 60.0).ceil())),
        ("@NAME@", work.sweep.name.clone()),
        ("@LAST@", (arguments.shards - 1).to_string()),
        ("@COUNT@", arguments.shards.to_string()),
        ("@CPUS@", cpus.to_string()),
        ("@MEMORY@", mebibytes(work.memory())),
        ("@WHOLE@", mebibytes(whole)),
        ("@TIME@", arguments.time.to_string()),
        ("@PROGRAM@", quote(&program)),
        ("@OUT@", quote(&path(&work, arguments.out.as_deref()))),
        // Last, for it may hold anything.
        ("@CONFIG@", words.join(" ")),
    ];
    let script = values.into_iter().fold(SCRIPT.to_owned(), |text, (name, value)| text.replace(name, &value));
    print(&script)
}

/// Whether a config is still there when the tasks begin: no pipe, and not what this process calls its input.
fn outlives_this_process(path: &Path) -> bool {
    let is_ours = path == Path::new("-") || path.starts_with("/dev") || path.starts_with("/proc");
    // What is not there at all is named when it is read.
    !is_ours && std::fs::metadata(path).map_or(true, |found| found.is_file())
}

/// With a quarter more than needed, which is what the estimate promises, and room for a shell.
fn mebibytes(bytes: u128) -> String {
    (((bytes + bytes / 4) >> 20) + 32).to_string()
}
