//! What a run survives: kills, links, damage, full disks, power loss and small memory.

#[path = "../common/cli.rs"]
mod cli;
#[path = "../common/nightly.rs"]
mod nightly;
#[path = "../common/small_store.rs"]
mod small_store;

#[cfg(target_os = "linux")]
mod budget;
mod extended;
#[cfg(unix)]
mod full_disk;
mod interrupted;
mod killed;
mod library;
#[cfg(unix)]
mod links;
#[cfg(target_os = "linux")]
mod memory;
mod obstacles;
#[cfg(unix)]
mod places;
mod power;
mod power_loss;
mod store;
mod strace;
