//! The report of a finished run: one page, `report.html`, for people who look before they read.
//!
//! The page is a function of the files of the directory (`config.toml`, the tables, `datapackage.json`, `run.json`), and of
//! nothing else: no clock, no path. So [`page`] gives the bytes that the run has written, wherever the directory is.
//!
//! It needs nothing but itself. Style and script stand in it, and a content security policy with their hashes allows
//! neither others nor any request. Labels, claims and formulas of a config go through one writer that leaves them
//! inert. The page is XML, too, so that any parser of it finds every number in its field.
//!
//! Memory is bounded: rows are read one by one, and at most 2000 of them are kept.

mod claims;
mod figures;
mod html;
mod numbers;
mod origin;
mod policy;
mod published;
mod shown;
#[cfg(test)]
mod style;
mod survey;
mod table;
mod warnings;

use std::path::PathBuf;

use crate::figure::Drawn;
use crate::output::{self, Provenance};
use crate::run::{self, Answers, Prepared, RunDirectory, RunError};
use html::Html;
use policy::{SCRIPT, STYLE, policy};
use shown::Shown;
use survey::Survey;

/// Writes the report of a finished run into its directory, with these figures of it, and gives its path.
///
/// # Errors
///
/// As [`page`]; if another process works in the directory, or if the file cannot be written.
pub fn write(work: &Prepared, directory: &RunDirectory, drawn: &Drawn) -> Result<PathBuf, RunError> {
    directory.write_report(|| page(work, directory, drawn))
}

/// The report of a finished run, with these figures of it.
///
/// # Errors
///
/// If one of its files cannot be read.
pub fn page(work: &Prepared, directory: &RunDirectory, drawn: &Drawn) -> Result<String, RunError> {
    let read = |name: &str| {
        let path = directory.path().join(name);
        std::fs::read_to_string(&path).map_err(|error| RunError::Read { path, error: error.to_string() })
    };
    let config = read("config.toml")?;
    let unreadable = || RunError::Read {
        path: directory.path().join("run.json"),
        error: "it does not say where the numbers come from".to_owned(),
    };
    let run = directory.provenance().ok_or_else(unreadable)?;
    let answers = run::answers(directory)?;
    let shown = Shown::new(work);
    let survey = Survey::of(work, directory, &shown)?;
    let cells = &work.plan.cells;
    let mut html = Html::default();
    head(&mut html, work);
    top(&mut html, work, &run, &answers, &survey);
    contents(&mut html, &answers, &survey);
    html.raw("<main>\n");
    claims::section(&mut html, cells, &answers.expect);
    figures::section(&mut html, drawn);
    let names = output::names(cells);
    published::section(&mut html, cells, &names, &survey);
    warnings::section(&mut html, &names, &survey, answers.stopping.as_deref(), &work.notes);
    compared(&mut html, work, &answers);
    stopped(&mut html, work, &answers);
    numbers::section(&mut html, cells, &survey, &shown);
    origin::section(&mut html, work, directory, &run, &config);
    html.raw("</main>\n<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    Ok(html.finish())
}

fn head(html: &mut Html, work: &Prepared) {
    let name = &work.sweep.name;
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"").text(&policy()).raw("\"/>\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    html.raw(
        "<meta name=\"referrer\" content=\"no-referrer\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n<title>",
    );
    match &work.sweep.purpose {
        Some(purpose) => html.text(&format!("{purpose} ({name})")),
        None => html.text(name),
    };
    html.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
}

/// The question, and the answer in a sentence.
fn top(html: &mut Html, work: &Prepared, run: &Provenance, answers: &Answers, survey: &Survey) {
    let name = &work.sweep.name;
    html.raw("<header>\n");
    match &work.sweep.purpose {
        Some(purpose) => {
            html.raw("<p class=\"name\">").text(name).raw("</p>\n<h1>").text(purpose).raw("</h1>\n")
        }
        None => html.raw("<h1>").text(name).raw("</h1>\n"),
    };
    html.raw("<p class=\"lead\">");
    claims::lead(html, &answers.expect);
    let trials = match &answers.stopping {
        None => run.trials.to_string(),
        Some(rows) => {
            let trials = rows.iter().map(|row| row.trials);
            let (least, most) = (trials.clone().min().unwrap_or(0), trials.max().unwrap_or(0));
            if least == most { most.to_string() } else { format!("{least} to {most}") }
        }
    };
    let (rows, cells) = (work.rows, work.plan.cells.len());
    let plural = if cells == 1 { "" } else { "s" };
    let (unreliable, constant) = (survey.unreliable(false), survey.unreliable(true));
    let constant =
        if constant > 0 { format!(", {constant} the same in all networks") } else { String::new() };
    let predicted = rows - survey.without_theory();
    html.text(&format!(
        "{cells} cell{plural}, {trials} random networks each, {rows} numbers: {unreliable} with an unreliable \
         interval{constant}; theory beside {predicted}."
    ));
    html.raw("</p>\n</header>\n");
}

fn contents(html: &mut Html, answers: &Answers, survey: &Survey) {
    let has_published = !survey.published.is_empty();
    let sections = [
        (true, "<a href=\"#claims\">Claims</a>"),
        (true, "<a href=\"#figures\">Figures</a>"),
        (has_published, "<a href=\"#published\">Published numbers</a>"),
        (true, "<a href=\"#warnings\">Warnings</a>"),
        (answers.compare.is_some(), "<a href=\"#comparisons\">Comparisons</a>"),
        (answers.stopping.is_some(), "<a href=\"#stopping\">Trials needed</a>"),
        (true, "<a href=\"#numbers\">Numbers</a>"),
        (true, "<a href=\"#origin\">How it was made</a>"),
    ];
    html.raw("<nav aria-label=\"Contents\"><ul>\n");
    for (_, link) in sections.iter().filter(|(is_there, _)| *is_there) {
        html.raw("<li>").raw(link).raw("</li>\n");
    }
    html.raw("</ul></nav>\n");
}

fn compared(html: &mut Html, work: &Prepared, answers: &Answers) {
    let Some(rows) = &answers.compare else { return };
    html.raw("<section id=\"comparisons\"><h2>Comparisons</h2>\n");
    let sheets = output::compare_sheets(&work.plan.cells, &work.sweep.compare, rows);
    for (i, sheet) in sheets.iter().enumerate() {
        table::sheet(html, &format!("Comparison {}: differences in the last layers", i + 1), sheet);
    }
    html.raw("</section>\n");
}

fn stopped(html: &mut Html, work: &Prepared, answers: &Answers) {
    let Some(rows) = &answers.stopping else { return };
    html.raw("<section id=\"stopping\"><h2>Trials needed</h2>\n");
    table::sheet(
        html,
        "Trials of every cell, and its hardest target",
        &output::stopping_sheet(&work.plan.cells, rows),
    );
    html.raw("</section>\n");
}
