//! `MergeError`: posteriors that are not of the same run.

/// A difference between posteriors that cannot be merged for it.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::error::MergeError;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let job = |id, draws| Nuts::new().chains(1).chain_id(id).warmup(50).draws(draws).progress(false).run(&normal());
/// let Error::Merge(MergeError { problem, help }) = Posterior::merge([job(0, 20)?, job(1, 30)?]).unwrap_err() else {
///     unreachable!()
/// };
/// assert_eq!(problem, "chain 0 has 20 draws, chain 1 has 30");
/// assert_eq!(help, "run all with the same model and settings");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the posteriors cannot be merged: {problem}\nhelp: {help}")]
pub struct MergeError {
    /// The difference.
    pub problem: String,
    /// The cure.
    pub help: &'static str,
}
