//! The program as a user runs it, in a directory of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The binary under test: `INITSWEEP_BIN`, or the one that cargo built beside the test.
pub fn binary() -> PathBuf {
    std::env::var_os("INITSWEEP_BIN").map_or_else(|| env!("CARGO_BIN_EXE_initsweep").into(), PathBuf::from)
}

/// A temporary directory in which the program runs.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The same for a program that must not take more seconds of the processor than this: it is killed if it does, however
    /// busy the machine is with other things.
    #[allow(dead_code, reason = "few groups of tests limit it")]
    pub fn run_within(&self, seconds: u32, arguments: &[&str]) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -t {seconds}; exec \"$0\" \"$@\"")]).arg(binary());
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).output().unwrap()
    }

    /// The program, ready to run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs a sweep that must succeed, and gives its summary.
    #[allow(dead_code, reason = "not every group of tests looks at summaries alone")]
    pub fn summary(&self, config: &str, arguments: &[&str]) -> String {
        let out = format!("run-{}", std::fs::read_dir(self.path()).unwrap().count());
        let file = self.file(&format!("{out}.toml"), config);
        let mut all = vec!["run", file.to_str().unwrap(), "--quiet", "--out", &out];
        all.extend(arguments);
        let output = self.run(&all);
        assert!(output.status.success(), "{}", stderr(&output));
        self.read(&format!("{out}/summary.csv"))
    }
}

/// The rows of a table, by column.
#[allow(dead_code, reason = "not every group of tests reads tables")]
pub fn table(text: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}
