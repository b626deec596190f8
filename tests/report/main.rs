//! The report of a run: what stands in it, what cannot, and how it fits among the other files.

#[path = "../common/cli.rs"]
mod cli;
#[path = "../common/repository.rs"]
mod repository;

mod contents;
mod files;
mod hostile;
mod page;
mod size;
