//! What a page says that `--help` does not: examples, and the files that a verb reads or writes.

/// The sections of one page.
pub struct Page {
    /// The verb, or the program.
    pub verb: &'static str,
    /// What for, and the command.
    pub examples: &'static [(&'static str, &'static str)],
    /// Files that no run has, and what they are.
    pub files: &'static [(&'static str, &'static str)],
    /// Whether it reads or writes the directory of a run.
    pub has_run: bool,
    /// Whether it takes its shard from the batch system.
    pub has_shards: bool,
}

impl Page {
    /// A page without a run.
    pub const EMPTY: Self = Self { verb: "", examples: &[], files: &[], has_run: false, has_shards: false };

    const fn of_run(verb: &'static str, examples: &'static [(&'static str, &'static str)]) -> Self {
        Self { verb, examples, has_run: true, ..Self::EMPTY }
    }

    const fn alone(verb: &'static str, examples: &'static [(&'static str, &'static str)]) -> Self {
        Self { verb, examples, ..Self::EMPTY }
    }
}

/// The files of a run's directory.
pub const RUN_FILES: [(&str, &str); 8] = [
    ("DIR/config.toml", "the config, with what the command line overrode"),
    ("DIR/summary.csv", "one row per cell, layer, site and metric: estimate, intervals, theory"),
    (
        "DIR/expect.csv, compare.csv, stopping.csv, bands.csv, histogram.csv",
        "answers to the questions that the config asks",
    ),
    ("DIR/datapackage.json", "type, unit and meaning of every column, and the hashes of the files"),
    ("DIR/run.json", "version, commit, processor and command line; it is there once the run is finished"),
    ("DIR/trials.sqlite", "every value of every trial; a run that was stopped goes on from here"),
    ("DIR/report.html, figures/", "one page with everything, and the figures as SVG and PDF"),
    ("DIR/shards/", "the shards of a run on many machines"),
];

/// In the order of `--help`.
pub const PAGES: [Page; 19] = [
    Page {
        files: &[("results/NAME/", "the directory DIR of a run, if --out names no other")],
        ..Page::of_run(
            "initsweep",
            &[
                ("Run the example, the forum thread that asked why", "initsweep"),
                ("Write a config to start from", "initsweep init sweep.toml"),
                ("See what it would cost", "initsweep plan sweep.toml"),
                ("Run it, or what is missing of it", "initsweep run sweep.toml"),
            ],
        )
    },
    Page {
        files: &[("sweep.toml", "the config, if FILE is not given")],
        ..Page::alone("init", &[("A config to start from, with comments", "initsweep init sweep.toml")])
    },
    Page {
        has_shards: true,
        ..Page::of_run(
            "run",
            &[
                ("Run a sweep; after Ctrl-C, the same command resumes it", "initsweep run sweep.toml"),
                (
                    "A quick look with other values, kept in the config of the run",
                    "initsweep run sweep.toml --trials 50 --set defaults.width=64 --out quick",
                ),
                ("One of 8 parts, for one of 8 machines", "initsweep run sweep.toml --out DIR --shard 3/8"),
                ("No progress and no table, for a script", "initsweep run sweep.toml --quiet"),
            ],
        )
    },
    Page::of_run("merge", &[("Join the shards of a run once all are there", "initsweep merge DIR")]),
    Page::of_run("status", &[("How far a run and its shards are", "initsweep status DIR")]),
    Page {
        files: &[("NAME-array.sbatch, NAME-merge.sbatch", "what the printed script writes")],
        ..Page::alone(
            "slurm",
            &[(
                "Batch files for 64 tasks of at most an hour, to read and submit",
                "initsweep slurm sweep.toml --shards 64 --time 60 > batch.sh",
            )],
        )
    },
    Page::alone("plan", &[("Cells, defaults, memory, disk, time", "initsweep plan sweep.toml")]),
    Page::of_run(
        "show",
        &[
            ("The table of the run's end", "initsweep show results/depth"),
            (
                "Some cells, two metrics, the last layer",
                "initsweep show results/depth --where \"depth == 8\" --metric second_moment,std --layer last",
            ),
            ("The numbers that are farthest from theory first", "initsweep show results/depth --sort z"),
            ("The same choice as CSV", "initsweep show results/depth --site pre --csv"),
        ],
    ),
    Page::of_run("report", &[("Write the page again and open it", "initsweep report results/depth --open")]),
    Page::of_run(
        "figures",
        &[
            ("Figures for one column of a paper", "initsweep figures results/depth --width 85mm"),
            ("Other figures of the same run", "initsweep figures results/depth --config other-figures.toml"),
            ("As PDF alone", "initsweep figures results/depth --format pdf"),
        ],
    ),
    Page::of_run(
        "replay",
        &[
            ("Trial 17 of a cell, compared bit by bit", "initsweep replay results/depth 3f2a 17"),
            (
                "The outlier, with its activations as .npy",
                "initsweep replay results/depth --worst std --dump activations",
            ),
            ("Whether its gradients are right", "initsweep replay results/depth 3f2a 17 --check-gradients"),
        ],
    ),
    Page::of_run(
        "verify",
        &[("Hashes, checksums, and 100 random trials drawn again", "initsweep verify results/depth")],
    ),
    Page::of_run(
        "export",
        &[("One row per cell, trial, layer, site and metric", "initsweep export results/depth > trials.csv")],
    ),
    Page::of_run("cite", &[("BibTeX for a paper", "initsweep cite results/depth > run.bib")]),
    Page::alone(
        "theory",
        &[
            ("Predictions for a sweep, without drawing it", "initsweep theory sweep.toml > theory.csv"),
            ("Gains, fixed points, edge of chaos, depth scales", "initsweep theory --activation tanh"),
            ("The same of your own activation", "initsweep theory --formula \"x * sigmoid(1.702 * x)\""),
        ],
    ),
    Page::alone("reference", &[("Every key of a config", "initsweep reference > reference.md")]),
    Page::alone(
        "schema",
        &[("For an editor that knows JSON schemas", "initsweep schema > sweep.schema.json")],
    ),
    Page {
        files: &[("initsweep.1, initsweep-VERB.1", "the pages")],
        ..Page::alone(
            "man",
            &[("Where man looks for pages of one user", "initsweep man ~/.local/share/man/man1")],
        )
    },
    Page::alone(
        "completions",
        &[
            ("bash", "initsweep completions bash > ~/.local/share/bash-completion/completions/initsweep"),
            ("zsh, into a folder of $fpath", "initsweep completions zsh > ~/.zfunc/_initsweep"),
            ("fish", "initsweep completions fish > ~/.config/fish/completions/initsweep.fish"),
        ],
    ),
];
