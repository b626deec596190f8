//! `initsweep slurm`.
use clap::Args;
use super::config::ConfigArguments;
use super::failure::Failure;
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}
/// x
pub fn run(_: &Arguments) -> Result<(), Failure> { Ok(()) }
