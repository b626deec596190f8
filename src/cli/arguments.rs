//! Arguments that say which config, and how to run it.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::figure_check::check;
use super::terminal::say;
use crate::config::Source;
use crate::run::{InputFiles, Observer, Options, Prepared};
use crate::simd::SimdLevel;

/// The example that runs when nothing is asked for.
const FORUM_THREAD: &str = include_str!("../../configs/forum-thread.toml");

/// A config with its overrides, and the machine to run it on.
#[derive(Args, Clone, Default)]
pub struct ConfigArguments {
    /// The config file; `-` reads it from stdin
    #[arg(value_name = "CONFIG")]
    pub path: PathBuf,

    /// Seed of every draw, instead of the config's
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// Trials per cell, instead of the config's
    #[arg(long, value_name = "T")]
    trials: Option<u64>,

    /// Override one key; may be repeated
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        help = "Override one key, such as defaults.batch=32 or grid.std=he_normal; may be repeated"
    )]
    overrides: Vec<String>,

    #[command(flatten)]
    machine: MachineArguments,
}

/// The machine to run on.
#[derive(Args, Clone, Default)]
pub struct MachineArguments {
    /// Worker threads; does not affect results [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Bytes of memory that a run may take, such as 800M or 2G; what does not fit stays on the disk [default: half of
    /// what is available]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u128>,

    /// Instruction set; does not affect results [default: the fastest this CPU has]
    #[arg(long, value_name = "LEVEL", value_parser = str::parse::<SimdLevel>)]
    simd: Option<SimdLevel>,
}

impl ConfigArguments {
    /// The embedded example.
    pub fn example() -> Self {
        Self { path: PathBuf::from("configs/forum-thread.toml (embedded)"), ..Self::default() }
    }

    /// A config with overrides, and nothing else.
    pub fn of(path: PathBuf, overrides: Vec<String>) -> Self {
        Self { path, overrides, ..Self::default() }
    }

    /// Lays out the work of the config, which `observer` hears of, and says what a user should know of it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, mistakes in it, and a sweep whose cells do not fit into memory.
    pub fn prepare(&self, embedded: bool, observer: &dyn Observer) -> Result<Prepared, Failure> {
        let work = Prepared::observed(self.source(embedded)?, self.options(), observer)?;
        check(&work)?;
        work.notes.iter().for_each(|note| say(note));
        Ok(work)
    }

    /// The config with its overrides.
    fn source(&self, embedded: bool) -> Result<Source, Failure> {
        let text = if embedded { FORUM_THREAD.to_owned() } else { read(&self.path)? };
        let name = if self.path == Path::new("-") { "stdin".into() } else { self.path.to_string_lossy() };
        let folder = self.path.parent().filter(|_| !embedded).unwrap_or(Path::new(""));
        let mut source = Source::new(name, text).in_folder(folder);
        for assignment in &self.overrides {
            source = source.set(assignment);
        }
        if let Some(seed) = self.seed {
            source = source.seed(seed);
        }
        if let Some(trials) = self.trials {
            source = source.trials(trials);
        }
        Ok(source)
    }

    /// Threads and instruction set.
    pub fn options(&self) -> Options {
        self.machine.options()
    }

    /// The arguments that give the same run, with the threads of another machine.
    pub fn words(&self) -> Vec<String> {
        let set = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let trials = self.trials.map(|trials| format!("trials={trials}"));
        let assignments: Vec<String> = self.overrides.iter().cloned().chain(seed).chain(trials).collect();
        let overrides = assignments.iter().flat_map(|assignment| set("--set", assignment));
        let simd = self.machine.simd.iter().flat_map(|level| set("--simd", &level.to_string()));
        let path = self.path.to_string_lossy();
        // A name that begins with a dash is no option.
        let path = if path.starts_with('-') { format!("./{path}") } else { path.into_owned() };
        std::iter::once(path).chain(overrides).chain(simd).collect()
    }

    /// Threads that were asked for.
    pub fn threads(&self) -> Option<u16> {
        self.machine.threads
    }
}

/// Where the files are that the inputs of a run come from.
#[derive(Args, Clone, Debug, Default)]
pub struct InputArguments {
    /// Folder that the paths of `input` are relative to, where it is no longer that of the config
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
}

impl InputArguments {
    /// What is done with them.
    pub fn files(&self) -> InputFiles<'_> {
        self.inputs.as_deref().map_or(InputFiles::Read, InputFiles::In)
    }
}

impl MachineArguments {
    /// Threads and instruction set.
    pub fn options(&self) -> Options {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Options {
            threads: self.threads.map_or_else(cores, usize::from),
            level: self.simd.unwrap_or_else(SimdLevel::detect),
            memory: self.memory,
        }
    }
}

/// `800M`, `1.5 GiB`, `2000000`: bytes, in powers of 1024.
fn size(text: &str) -> Result<u128, String> {
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    let unit = text[number.len()..].trim().to_lowercase();
    let power = ["", "k", "m", "g", "t"].iter().position(|prefix| {
        [format!("{prefix}b"), format!("{prefix}ib"), (*prefix).to_owned()].contains(&unit)
    });
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    match (value, power) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^127"
        )]
        (Some(value), Some(power)) if value < 1e15 => {
            Ok((value * libm::pow(1024.0, f64::from(power as u32))) as u128)
        }
        _ => Err("a size is written 800M, 2G or 1.5GiB".to_owned()),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let (path, read) = if path == Path::new("-") {
        (Path::new("stdin"), std::io::stdin().read_to_end(&mut bytes))
    } else {
        (path, std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)))
    };
    read.map_err(|error| Failure::read(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let why = match error.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16".to_owned(),
            _ => format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()),
        };
        Failure::usage(format!("cannot read {}: {why}\n  help: save it as UTF-8", path.display()))
    })
}
