//! What tells our databases from others, and where they can be.

/// Version of the tables.
pub const FORMAT: i64 = 3;
/// `init` in ASCII: tells our databases from others (`file` shows it).
pub const APPLICATION: i64 = 0x696e_6974;
/// Bytes of the longest path: the database knows 512, and adds `-journal`.
pub const LONGEST: usize = 504;
