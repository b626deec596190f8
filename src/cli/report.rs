//! `initsweep report`: the page about a finished run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use super::arguments::MachineArguments;
use super::failure::Failure;
use super::figures;
use super::terminal::say;
use crate::report;
use crate::run::Report;

#[derive(Args)]
pub struct Arguments {
    /// Directory of a finished run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// Open the page in the browser
    #[arg(long)]
    open: bool,
}

/// Writes `report.html` from the other files of a run: the bytes that the run itself has written.
///
/// # Errors
///
/// If the run is not finished (code 3), if its files are not as they were written, or if the page cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { path, open } = arguments;
    let Report::Finished(work, directory) = Report::open(path, MachineArguments::default().options())? else {
        return Err(Failure::unfinished(format!(
            "{} holds a run that is not finished: there is nothing to report yet\n  \
             help: initsweep show prints what there is; initsweep run goes on",
            path.display()
        )));
    };
    let page = report::write(&work, &directory, &figures::before(&work, &directory)?)?;
    say(&line(&page));
    if *open {
        open_in_browser(&page);
    }
    Ok(())
}

/// What says where a report is.
pub fn line(page: &Path) -> String {
    format!("report: {}", page.display())
}

/// Opens a page as a click on it would. That it cannot be opened is no failure: it is there.
pub fn open_in_browser(page: &Path) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = Command::new(program);
    command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        say(&format!("note: cannot open the page: {program}: {error}"));
    }
}
