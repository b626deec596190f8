//! `initsweep figures`: pictures of a run, from its files.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::MachineArguments;
use super::failure::Failure;
use super::figure_check::check;
use super::stdout::print;
use super::terminal::say;
use crate::config::Source;
use crate::figure::{self, Drawn, Figure, Input};
use crate::run::{self, Prepared, Report, RunDirectory, RunError, Trials};
use crate::sweep::{FigureClause, FigureX, Show};

/// Points (1/72 inch) of a millimetre.
const MILLIMETRE: f64 = 72.0 / 25.4;

#[derive(Args)]
pub struct Arguments {
    /// Directory of the run
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// The config of the run with other [[figure]] tables, in place of the one that was run
    #[arg(long, value_name = "CONFIG")]
    config: Option<PathBuf>,

    /// Width of a figure, such as 85mm for one column of a paper
    #[arg(long, value_name = "WIDTH", value_parser = width, default_value = "170mm")]
    width: f64,

    /// Formats of the pictures, of svg, pdf and png; png needs a program built with `--features png`
    #[arg(long, value_name = "FORMATS", value_parser = format, value_delimiter = ',', default_value = "svg,pdf")]
    format: Vec<Format>,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Pdf,
    Png,
}

impl Format {
    /// Those that a run draws.
    const USUAL: [Self; 2] = [Self::Svg, Self::Pdf];

    fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
        }
    }

    /// A figure in this format.
    fn bytes(self, figure: &Figure) -> Result<Cow<'_, [u8]>, String> {
        match self {
            Self::Svg => Ok(figure.svg.as_bytes().into()),
            Self::Pdf => Ok(figure.pdf.as_slice().into()),
            #[cfg(feature = "png")]
            Self::Png => figure::png(&figure.svg).map(Cow::Owned),
            #[cfg(not(feature = "png"))]
            Self::Png => Err(NO_PNG.to_owned()),
        }
    }
}

const NO_PNG: &str =
    "this program was built without PNG: `cargo install initsweep --features png` builds one that has it";

fn format(text: &str) -> Result<Format, String> {
    match text.trim() {
        "svg" => Ok(Format::Svg),
        "pdf" => Ok(Format::Pdf),
        "png" if cfg!(feature = "png") => Ok(Format::Png),
        "png" => Err(NO_PNG.to_owned()),
        _ => Err("the formats are svg, pdf and png".to_owned()),
    }
}

fn width(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix("mm").and_then(|number| number.trim().parse::<f64>().ok());
    // Whole points: 170 mm is what a run draws.
    let points = number
        .map(|number| libm::round(number * MILLIMETRE))
        .filter(|points| (140.0..=1440.0).contains(points));
    points.ok_or_else(|| "a width is written 85mm, from 50mm to 500mm".to_owned())
}

/// Draws the figures of a finished run again.
///
/// # Errors
///
/// If there is no finished run, if a figure has nothing to show, or if a file cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { path, width, config, format } = arguments;
    let options = MachineArguments::default().options();
    let report = Report::open(path, options)?;
    let Report::Finished(work, directory) = &report else {
        let every: Vec<usize> = (0..report.work().plan.cells.len()).collect();
        let missing = report.missing(&every);
        let path = path.display();
        return Err(Failure::unfinished(format!(
            "{path} holds a run that is not finished: {missing} trials are missing\n  help: initsweep run goes on with it"
        )));
    };
    let clauses = match config {
        Some(config) => wanted(config, work)?,
        None => work.sweep.figures.clone(),
    };
    let drawn = draw((work, directory), &clauses, *width)?;
    let failures: Vec<String> = drawn.failed.iter().map(ToString::to_string).collect();
    write(path, &drawn, format).map_err(|(path, error)| Failure::write(path.display(), &error))?;
    let ending = format.first().map_or("csv", |format| format.ending());
    for figure in &drawn.figures {
        print(&format!("{}\n", path.join(FOLDER).join(format!("{}.{ending}", figure.name)).display()))?;
    }
    left_out(&drawn);
    if failures.is_empty() { Ok(()) } else { Err(Failure::failed(failures.join("\nerror: "))) }
}

/// The figures of another config of the same sweep.
fn wanted(config: &Path, work: &Prepared) -> Result<Vec<FigureClause>, Failure> {
    let text = fs::read_to_string(config).map_err(|error| Failure::read(config, &error))?;
    let source = Source::new(config.to_string_lossy(), text).with_inputs(work.sweep.inputs(), false);
    let other = Prepared::new(source, work.options)?;
    if other.plan.fingerprint == work.plan.fingerprint {
        check(&other)?;
        return Ok(other.sweep.figures);
    }
    Err(Failure::usage(format!(
        "{} is not the config of this run: only its [[figure]] tables may differ",
        config.display()
    )))
}

/// Says what has no figure, in a line for each reason.
fn left_out(drawn: &Drawn) {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for left in &drawn.left_out {
        let what = format!("{} at {}", left.metric, left.site);
        match reasons.iter_mut().find(|(reason, _)| *reason == left.reason) {
            Some((_, all)) => all.push(what),
            None => reasons.push((&left.reason, vec![what])),
        }
    }
    for (reason, all) in reasons {
        let (shown, rest) = all.split_at(all.len().min(NAMED));
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let have = if all.len() == 1 { "has" } else { "have" };
        say(&format!("note: {}{more} {have} no figure: {reason}", shown.join(", ")));
    }
}

/// What has no figure and is named for each reason; the report names all.
const NAMED: usize = 4;

/// Where figures are, in the directory of a run.
const FOLDER: &str = "figures";

/// Draws the figures of a run whose files were just written. What goes wrong is said, and fails nothing: the numbers are safe.
///
/// # Errors
///
/// If the rows cannot be read.
pub fn at_the_end(work: &Prepared, directory: &RunDirectory) -> Result<Drawn, Failure> {
    let drawn = attempt(work, directory)?;
    if let Err((path, error)) = write(directory.path(), &drawn, &Format::USUAL) {
        say(&format!("note: no figures: {}", Failure::write(path.display(), &error)));
        return Ok(Drawn::default());
    }
    Ok(drawn)
}

/// The figures of a finished run that were drawn before; none if there is no folder of them.
///
/// # Errors
///
/// If the rows cannot be read.
pub fn before(work: &Prepared, directory: &RunDirectory) -> Result<Drawn, Failure> {
    let is_there = directory.path().join(FOLDER).is_dir();
    if is_there { attempt(work, directory) } else { Ok(Drawn::default()) }
}

/// The figures of a run, and a note for each that cannot be drawn.
fn attempt(work: &Prepared, directory: &RunDirectory) -> Result<Drawn, Failure> {
    if work.rows > run::MOST_DRAWN && work.sweep.figures.is_empty() {
        say(&format!(
            "note: {} rows are too many for figures of everything: choose some with [[figure]] in the config",
            work.rows
        ));
        return Ok(Drawn::default());
    }
    let drawn = draw((work, directory), &work.sweep.figures, figure::TWO_COLUMNS)?;
    drawn.failed.iter().for_each(|failed| say(&format!("note: not drawn: {failed}")));
    Ok(drawn)
}

/// Draws figures.
fn draw(
    (work, directory): (&Prepared, &RunDirectory),
    clauses: &[FigureClause],
    width: f64,
) -> Result<Drawn, RunError> {
    let every: Vec<usize> = (0..work.plan.cells.len()).collect();
    let rows = run::rows(work, directory, &every)?;
    let has_bands = clauses.iter().any(|clause| clause.asks_for(Show::Joint));
    let bands = if has_bands { run::bands(work, directory)? } else { None };
    let has_entries = clauses.iter().any(|clause| clause.x == Some(FigureX::Entry));
    let histograms = if has_entries { run::histograms(work, directory, &every)? } else { None };
    let trials = Trials::new(work, directory);
    let input = Input {
        sweep: &work.sweep,
        cells: &work.plan.cells,
        rows: &rows,
        bands: bands.as_deref(),
        histograms: histograms.as_deref(),
        values: &|cell, observable| trials.values(cell, observable),
        clauses,
        width,
    };
    Ok(figure::draw(&input))
}

/// Writes the files of all figures: none is ever half there.
fn write(path: &Path, drawn: &Drawn, formats: &[Format]) -> Result<(), (PathBuf, io::Error)> {
    let folder = path.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| (folder.clone(), error))?;
    for figure in &drawn.figures {
        let picture = |format: &Format| (format.ending(), format.bytes(figure));
        let numbers = ("csv", Ok(figure.csv.as_bytes().into()));
        for (ending, bytes) in formats.iter().map(picture).chain([numbers]) {
            let target = folder.join(format!("{}.{ending}", figure.name));
            let bytes = bytes.map_err(|error| (target.clone(), io::Error::other(error)))?;
            let half = folder.join(format!(".{}.{ending}", figure.name));
            let written = fs::write(&half, bytes).and_then(|()| fs::rename(&half, &target));
            written.map_err(|error| (target, error))?;
        }
    }
    Ok(())
}
