//! What a config may say: every key with its meaning, from which the reader, its messages and the schema are made.

pub(super) mod claims;
pub(super) mod figures;
pub(super) mod key;
pub(super) mod presets;
pub(super) mod reference;
pub(super) mod schema;
pub(super) mod tables;
