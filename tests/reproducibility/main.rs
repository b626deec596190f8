//! The promise: the bytes of `summary.csv` depend on the config alone.

#[path = "../common/cli.rs"]
mod cli;
#[path = "../common/nightly.rs"]
mod nightly;
#[path = "../common/repository.rs"]
mod repository;

mod bytes;
mod precision;
mod published;
mod shards;
