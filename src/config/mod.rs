//! Config (to come).
