//! `MergeError`: posteriors that are not of the same run.

/// A difference between posteriors that cannot be merged for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the posteriors cannot be merged: {problem}\nhelp: {help}")]
pub struct MergeError {
    /// The difference.
    pub problem: String,
    /// The cure.
    pub help: &'static str,
}
