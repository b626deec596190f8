//! What tells our databases from others.

/// Version of the tables.
pub const FORMAT: i64 = 2;
/// `init` in ASCII: tells our databases from others (`file` shows it).
pub const APPLICATION: i64 = 0x696e_6974;
