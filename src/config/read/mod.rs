//! From the tree of a config to a [`Sweep`](crate::sweep::Sweep); every mistake is reported, and none ends the reading.

mod activations;
mod axis;
pub(super) mod check;
mod compare;
mod expect;
mod figure;
mod grid;
mod input;
mod measure;
mod quantity;
mod range;
pub(super) mod report;
pub(crate) mod selection;
mod settings;
mod shape;
pub(super) mod sweep;
mod trials;
mod unused;
mod value;
mod zip;
