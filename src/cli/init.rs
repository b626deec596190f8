//! `initsweep init`: a config to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::stdout::show;

/// The config that is written.
const STARTER: &str = include_str!("starter.toml");

#[derive(Args)]
pub struct Arguments {
    /// The file to write; an existing file is left alone
    #[arg(value_name = "FILE", default_value = "sweep.toml")]
    path: PathBuf,
}

/// Writes the config.
///
/// # Errors
///
/// A file that exists, and one that cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let path = &arguments.path;
    let name = path.display().to_string();
    // One call decides whether the file is there and makes it.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            return Failure::create(format!(
                "{name} exists: give another name, as in `initsweep init other.toml`"
            ));
        }
        Failure::write(&name, &error)
    })?;
    let text = STARTER.replace("FILE", &name);
    file.write_all(text.as_bytes()).map_err(|error| Failure::write(&name, &error))?;
    show(&format!("wrote {name}; run it: initsweep run {name}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, parse};

    #[test]
    fn the_starter_is_a_config_with_and_without_what_is_commented_out() {
        let as_is = parse(&Source::new("a", STARTER)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((as_is.size(), as_is.expect.len()), (12, 0));
        // A comment that is a line of TOML has no blank but around its `=`.
        let is_toml = |line: &str| {
            line.starts_with('[') || line.split_once('=').is_some_and(|(key, _)| !key.trim().contains(' '))
        };
        let uncommented: String = STARTER
            .lines()
            .flat_map(|line| [line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line), "\n"])
            .collect();
        let full = parse(&Source::new("a", uncommented)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((full.expect.len(), full.compare.len()), (1, 1));
        assert!(full.grids[0].filter.is_some());
    }
}
