//! One random network: its description, and one trial of it.

pub mod arithmetic;
pub mod family;
pub mod metric;
mod normalise;
pub mod observe;
pub mod overflow;
pub mod reading;
pub mod shared;
pub mod site;
pub mod spec;
pub mod steps;
mod survey;
pub mod trial;
mod value;
pub mod weights;
pub use arithmetic::Arithmetic;
pub(crate) use arithmetic::with_element;
pub use family::{can_share, run_family};
pub use metric::Metric;
pub use observe::Observables;
pub use overflow::Format;
pub use reading::{Reading, WholeLayer};
pub use shared::SharedDraws;
pub use site::{BySite, Site};
pub use spec::{Network, Norm, NormAt, Operation, Precision, Residual, Schedule};
pub use steps::Step;
pub use trial::{BlockScratch, Executor, Runner, Sequential, Slot, Workspace};
