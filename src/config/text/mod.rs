//! The text of a config: its tree, the place of everything in it, and what is said where it is wrong.

pub(super) mod diagnostic;
pub(super) mod overrides;
pub(super) mod source;
pub(super) mod suggest;
pub(super) mod tree;
