//! Addresses, streams, and the laws drawn from them.

pub mod law;
pub use law::Law;
