//! Random numbers with an address: keys, generators, and the laws drawn from them.
//!
//! [`Key`] leads from a seed to the stream of one panel, [`Lanes`] holds its eight generators, [`fill()`] turns
//! them into entries `m + s * xi` of a [`Law`], written where the kernels read them.

mod address;
mod erfinv;
mod fill;
mod generator;
mod law;
mod law_name;
mod math;
mod noise;
mod normal;
mod subset;
mod truncation;

pub use address::{Key, Role, STREAM_VERSION};
pub use fill::{Affine, Sample, fill};
pub use generator::Lanes;
pub use law::Law;
pub use normal::Normals;
pub use subset::distinct;
pub use truncation::Truncation;
