//! The program as a user runs it: verbs, messages, files, and what is refused.

#[path = "../common/cli.rs"]
mod cli;
#[cfg(target_os = "linux")]
#[path = "../common/near_valid.rs"]
mod near_valid;
#[cfg(target_os = "linux")]
#[path = "../common/nightly.rs"]
mod nightly;
#[path = "../common/npy.rs"]
mod npy;
#[path = "../common/repository.rs"]
mod repository;

mod activations;
mod basics;
mod cite;
mod config_errors;
#[cfg(feature = "parquet")]
mod export_parquet;
mod figures;
mod grid_sizes;
mod histogram;
mod hostile_names;
mod input_files;
mod questions;
mod show;
#[cfg(target_os = "linux")]
mod small_memory;
mod theory;
mod verbs;
mod words;
