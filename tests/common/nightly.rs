//! The long runs of `.ci/nightly`.

/// Whether the nightly amounts are asked for.
pub fn nightly() -> bool {
    std::env::var("INITSWEEP_NIGHTLY").is_ok_and(|value| value == "1")
}
