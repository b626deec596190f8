//! Addresses, streams, and the laws drawn from them.

pub mod law;
mod law_name;
pub use law::Law;
