//! `initsweep man`: the manual pages.

mod pages;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::failure::{EXIT_CODES, Failure};
use super::progress::INTERVAL;
use super::shard;
use super::stdout::show;
use crate::output::PROGRAM;
use pages::{PAGES, Page, RUN_FILES};

#[derive(Args)]
pub struct Arguments {
    /// The directory to write them into, such as ~/.local/share/man/man1; it is made where it is missing
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

/// Variables that every verb looks at.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("NO_COLOR", "if it is set and not empty, mistakes are shown without colours"),
    ("TERM", "if it is empty or dumb, progress is a line every 30 seconds in place of a bar"),
    (INTERVAL, "a line of progress every so many seconds, in place of a bar"),
];

/// Writes one page for the program and one for each of its verbs.
///
/// # Errors
///
/// A file that cannot be written.
pub fn run(arguments: &Arguments, program: clap::Command) -> Result<(), Failure> {
    let directory = &arguments.path;
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::create(format!("cannot make {}: {error}", directory.display())))?;
    let pages = all(program).map_err(|error| Failure::failed(error.to_string()))?;
    for (name, text) in &pages {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|error| Failure::write(path.display(), &error))?;
    }
    show(&format!("wrote {} pages; read one: man -l {}\n", pages.len(), first(directory).display()))
}

fn first(directory: &Path) -> PathBuf {
    directory.join("initsweep.1")
}

/// File names and texts. They hold no date and no path: one version of the program has one text.
fn all(program: clap::Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let verbs = program.get_subcommands().cloned().collect::<Vec<_>>();
    // Its exit codes have a section of their own.
    let program = program.after_help("");
    std::iter::once(program).chain(verbs).map(page).collect()
}

fn page(command: clap::Command) -> io::Result<(String, Vec<u8>)> {
    let name = command.get_name().to_owned();
    let has_verbs = command.has_subcommands();
    // Where others have a date: an empty one would make man take the next words for it.
    let man = Man::new(command).date(PROGRAM).source("initsweep").manual("User Commands");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_verbs {
        man.render_subcommands_section(&mut text)?;
    }
    let page = PAGES.iter().find(|page| page.verb == name).unwrap_or(&Page::EMPTY);
    sections(page).to_writer(&mut text)?;
    Ok((man.get_filename(), text))
}

/// What clap does not know.
fn sections(page: &Page) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for (meaning, command) in page.examples {
        roff.control("TP", []).text([bold(*command)]).text([roman(*meaning)]);
    }
    let of_a_run: &[_] = if page.has_run { &RUN_FILES } else { &[] };
    list(&mut roff, "FILES", page.files.iter().chain(of_a_run).copied());
    if page.files.is_empty() && !page.has_run {
        roff.text([roman("No file is read or written, but for a config that is named.")]);
    }
    list(&mut roff, "EXIT STATUS", EXIT_CODES);
    list(&mut roff, "ENVIRONMENT", ENVIRONMENT);
    if page.has_shards {
        let names = shard::TASKS.map(|(name, _)| name).join(", ");
        roff.control("TP", []).text([bold(names)]);
        roff.text([roman("the number of the task, for --shard auto/N: the first of these that is set")]);
    }
    roff.control("SH", ["SEE ALSO"]);
    let see = PAGES.iter().filter(|other| other.verb != page.verb).map(|other| match other.verb {
        "initsweep" => "initsweep(1)".to_owned(),
        verb => format!("initsweep-{verb}(1)"),
    });
    roff.text([roman(see.collect::<Vec<_>>().join(", "))]);
    roff
}

fn list<'a>(roff: &mut Roff, heading: &str, rows: impl IntoIterator<Item = (&'a str, &'a str)>) {
    roff.control("SH", [heading]);
    for (name, meaning) in rows {
        roff.control("TP", []).text([bold(name)]).text([roman(meaning)]);
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::Cli;
    use super::*;

    #[test]
    fn every_verb_has_a_page_and_its_examples_are_commands_that_the_program_takes() {
        let program = Cli::command();
        let verbs: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
        let described: Vec<&str> = PAGES.iter().map(|page| page.verb).collect();
        assert_eq!(described, [vec!["initsweep"], verbs].concat());
        for page in &PAGES {
            assert!(!page.examples.is_empty(), "{}", page.verb);
            for (_, command) in page.examples {
                let command = command.split(['>', '|']).next().unwrap();
                let words = words(command);
                assert_eq!(words[0], "initsweep");
                assert!(page.verb == "initsweep" || words[1] == page.verb, "{command}");
                if let Err(error) = Cli::try_parse_from(words) {
                    panic!("{command}: {error}");
                }
            }
        }
    }

    /// As a shell splits them: quotes keep blanks together.
    fn words(command: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (i, piece) in command.split(['"', '\'']).enumerate() {
            if i % 2 == 1 {
                words.push(piece.to_owned());
            } else {
                words.extend(piece.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn pages_have_all_sections_and_the_same_bytes_twice() {
        let [pages, again] = [(); 2].map(|()| all(Cli::command()).unwrap());
        assert!(pages == again && pages.len() == PAGES.len());
        for (name, text) in pages {
            let text = String::from_utf8(text).unwrap();
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "\"EXIT STATUS\"", "ENVIRONMENT"] {
                assert_eq!(text.matches(&format!(".SH {section}\n")).count(), 1, "{name} {section}\n{text}");
            }
        }
    }
}
