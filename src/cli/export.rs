//! `initsweep export`: the values of every trial as tidy CSV.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::config::MachineArguments;
use super::failure::Failure;
use super::stored::Stored;
use crate::output::{TrialRow, TrialWriter};
use crate::sweep::Cell;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// Only this cell, as the column `cell` of summary.csv names it, or those whose names begin so
    #[arg(long, value_name = "CELL")]
    cell: Option<String>,

    #[command(flatten)]
    machine: MachineArguments,
}

/// Prints one row per cell, trial, layer, site and metric. Trials that are not drawn yet are left out, and counted.
///
/// # Errors
///
/// If the store cannot be read, or stdout cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let stored = Stored::open(&arguments.path, arguments.machine.options())?;
    if stored.blocks.damaged > 0 || stored.broken.is_some() {
        super::say(
            "note: the store is damaged, and what is damaged is left out; `initsweep verify` tells more",
        );
    }
    let cells = stored.find(arguments.cell.as_deref())?;
    let mut writer = TrialWriter::new(io::stdout().lock());
    let mut missing = 0;
    for (cell, group) in cells {
        missing += stored.tables[group].missing_trials();
        match write(&stored, cell, group, &mut writer) {
            // A reader that left early (`| head`) is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|error| Failure::write("stdout", &error))?,
        }
    }
    match writer.finish() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Failure::write("stdout", &error));
        }
        _ => {}
    }
    if missing > 0 {
        super::say(&format!("note: the run is not finished: {missing} trials of these cells are missing"));
    }
    Ok(())
}

fn write(stored: &Stored, cell: &Cell, group: usize, writer: &mut TrialWriter<impl Write>) -> io::Result<()> {
    let (table, of_group) = (&stored.tables[group], &stored.work.groups[group].panel);
    let (id, panel) = (cell.id(), stored.work.panel(cell));
    for trial in 0..table.trials() {
        let Some(values) = table.trial(trial) else { continue };
        for (layer, site) in panel.places() {
            for &metric in panel.metrics() {
                let at =
                    of_group.index(layer, site, metric).expect("the group measures what its cells report");
                let (trial, site, metric) = (trial as u64, site.name(), metric.name());
                writer.row(TrialRow { cell: &id, trial, layer, site, metric, value: values[at] })?;
            }
        }
    }
    Ok(())
}
