//! Errors of Markov chains.

use std::fmt::Write as _;

use crate::Error;
use crate::error::split_help;

/// An error of the chains of a sampler.
///
/// A divergence, a rejected proposal or a non-finite density along a trajectory is an outcome, not an error.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{error::ChainError, prelude::*};
///
/// /// Every value is as good as any other one.
/// #[model]
/// fn improper() {
///     sample!("x", Flat::new(()));
/// }
///
/// let error = Nuts::new().chains(2).progress(false).run(&improper()).unwrap_err();
/// let Error::Chain(ChainError::AllFailed { failures }) = &error else { panic!("{error}") };
/// assert_eq!((failures[0].chain, failures[1].chain), (0, 1));
/// assert!(matches!(failures[0].error, Error::Chain(ChainError::StepSizeUnbounded { limit: 1e7 })), "{error}");
/// assert!(error.to_string().ends_with("is the density improper?"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A search for a first step size that grew it beyond all bounds.
    #[error("the step size grew beyond {limit:e} and every step was still accepted: is the density improper?")]
    StepSizeUnbounded {
        /// The bound.
        limit: f64,
    },

    /// A search for a first step size that shrank it to zero.
    #[error(
        "no step size was small enough: the energy jumps at any step from log density {log_density}; is the density discontinuous there?"
    )]
    StepSizeVanished {
        /// The log density of the position from which every step failed.
        log_density: f64,
    },

    /// A mass matrix that is not symmetric positive definite, or not finite.
    #[error("the inverse mass matrix is not positive definite: pivot {pivot} is {value}")]
    MassMatrix {
        /// The index of the first bad diagonal entry of the matrix (diagonal) or of its Cholesky factorisation (dense).
        pivot: usize,
        /// Its value.
        value: f64,
    },

    /// A run that was stopped, by its handle, its time limit or Ctrl-C, before any chain had a draw.
    #[error("the run was stopped before the first draw of any chain")]
    Stopped,

    /// A run that Ctrl-C was to stop, where the system takes no handler of the signal.
    #[error("cannot handle ctrl-c: {source}")]
    Interrupt {
        /// The reason.
        source: std::io::Error,
    },

    /// A chain that was to go on with another density: of other data, or of another model.
    #[error(
        "chain {chain} cannot go on: where it stopped the log density was {stored}, and is {now} now: the data or the model have changed\nhelp: {help}"
    )]
    ChangedDensity {
        /// The index of the chain.
        chain: usize,
        /// The log density that was stored with the position of the chain.
        stored: f64,
        /// The log density there now.
        now: f64,
        /// What to do about it.
        help: &'static str,
    },

    /// No chain succeeded.
    #[error("all {} chains failed: {}", failures.len(), list_failures(failures))]
    AllFailed {
        /// Every chain and why it failed, in the order of the chains.
        failures: Vec<ChainFailure>,
    },
}

/// A chain that failed, and why.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::{ChainFailure, chain::sample_chains};
/// use ppl_infer::{Error, RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let walk = RandomWalk::new().chains(2).warmup(50).draws(30).progress(false);
/// let density = |chain: usize| {
///     assert!(chain != 1, "no data for chain 1");
///     ModelDensity::new(normal())
/// };
/// // The chain that panicked is reported beside the other one.
/// let result = sample_chains(&walk, density)?;
/// let ChainFailure { chain, error } = &result.failures[0];
/// assert!(matches!(error, Error::Panicked { message } if message == "no data for chain 1"));
/// assert_eq!((*chain, result.chains.len()), (1, 1));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("chain {chain}: {error}")]
pub struct ChainFailure {
    /// The index of the chain.
    pub chain: usize,
    /// Why it failed.
    #[source]
    pub error: Error,
}

/// `chain 0: …; chain 1: …`, where chains that failed alike share one entry.
fn list_failures(failures: &[ChainFailure]) -> String {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for failure in failures {
        let message = failure.error.to_string();
        match groups.iter_mut().find(|(other, _)| *other == message) {
            Some((_, chains)) => chains.push(failure.chain),
            None => groups.push((message, vec![failure.chain])),
        }
    }
    let mut text = String::new();
    let mut cures: Vec<&str> = Vec::new();
    for (message, chains) in &groups {
        let (message, help) = split_help(message);
        cures.extend(help.iter().filter(|cure| !cures.contains(cure)).copied().collect::<Vec<_>>());
        let separator = if text.is_empty() { "" } else { "; " };
        let noun = if chains.len() == 1 { "chain" } else { "chains" };
        let chains: Vec<String> = chains.iter().map(usize::to_string).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{noun} {}: {message}", chains.join(", "));
    }
    cures.iter().for_each(|cure| text.extend(["\nhelp: ", cure]));
    text
}

#[cfg(test)]
mod tests {
    use super::{ChainError, ChainFailure};
    use crate::Error;
    use crate::error::DensityError;

    #[test]
    fn chains_that_failed_alike_share_one_entry() {
        let failures = vec![
            ChainFailure { chain: 0, error: DensityError::NothingToSample.into() },
            ChainFailure { chain: 1, error: Error::Panicked { message: "boom".into() } },
            ChainFailure { chain: 2, error: DensityError::NothingToSample.into() },
        ];
        assert_eq!(
            ChainError::AllFailed { failures }.to_string(),
            "all 3 chains failed: chains 0, 2: the density has dimension 0: there is no continuous latent variable to \
             sample; chain 1: panicked: boom"
        );
    }
}
