//! What can go wrong: every variant names the place and the values.

use std::fmt::Write as _;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this crate.
///
/// A divergence, a rejected proposal or a non-finite density along a trajectory is an outcome, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting lies outside of its domain.
    #[error("`{parameter}` must be {expected}, got {got}")]
    InvalidSetting {
        /// The name of the setting.
        parameter: &'static str,
        /// What is accepted.
        expected: String,
        /// What was given.
        got: String,
    },

    /// A vector has not the dimension of the density.
    #[error("{what} has dimension {got}, but the density has dimension {expected}")]
    DimensionMismatch {
        /// What has the wrong dimension.
        what: &'static str,
        /// The dimension of the density.
        expected: usize,
        /// The dimension that was given.
        got: usize,
    },

    /// The density has dimension zero: there is no continuous latent variable to sample.
    #[error("the density has dimension 0: there is no continuous latent variable to sample")]
    NothingToSample,

    /// Every attempted start had a non-finite log density or gradient.
    #[error(
        "no valid start in {attempts} attempts: at the last one the log density was {log_density}{}",
        non_finite_gradient(gradient)
    )]
    NoValidStart {
        /// The number of positions tried.
        attempts: usize,
        /// The last position tried, on the unconstrained space.
        position: Vec<f64>,
        /// The log density there.
        log_density: f64,
        /// The gradient of the log density there.
        gradient: Vec<f64>,
    },

    /// The search for a first step size grew it beyond all bounds.
    #[error("the step size grew beyond {limit:e} and every step was still accepted: is the density improper?")]
    StepSizeUnbounded {
        /// The bound.
        limit: f64,
    },

    /// The search for a first step size shrank it to zero.
    #[error(
        "no step size was small enough: the energy jumps at any step from log density {log_density}; is the density discontinuous there?"
    )]
    StepSizeVanished {
        /// The log density of the position from which every step failed.
        log_density: f64,
    },

    /// A mass matrix is not symmetric positive definite, or not finite.
    #[error("the inverse mass matrix is not positive definite: pivot {pivot} is {value}")]
    MassMatrix {
        /// The index of the first bad diagonal entry of the matrix (diagonal) or of its Cholesky factorisation (dense).
        pivot: usize,
        /// Its value.
        value: f64,
    },

    /// A chain panicked.
    #[error("the chain panicked: {message}")]
    ChainPanicked {
        /// The message of the panic.
        message: String,
    },

    /// No chain succeeded.
    #[error("all {} chains failed: {}", failures.len(), list_failures(failures))]
    AllChainsFailed {
        /// Every chain and why it failed, in the order of the chains.
        failures: Vec<ChainFailure>,
    },
}

/// A chain that failed, and why.
#[derive(Debug, thiserror::Error)]
#[error("chain {chain}: {error}")]
pub struct ChainFailure {
    /// The index of the chain.
    pub chain: usize,
    /// Why it failed.
    #[source]
    pub error: Error,
}

fn non_finite_gradient(gradient: &[f64]) -> String {
    match gradient.iter().position(|value| !value.is_finite()) {
        Some(index) => format!(" and entry {index} of its gradient {}", gradient[index]),
        None => String::new(),
    }
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
    for (message, chains) in groups {
        let separator = if text.is_empty() { "" } else { "; " };
        let noun = if chains.len() == 1 { "chain" } else { "chains" };
        let chains: Vec<String> = chains.iter().map(usize::to_string).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{noun} {}: {message}", chains.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_that_failed_alike_share_one_entry() {
        let failures = vec![
            ChainFailure { chain: 0, error: Error::NothingToSample },
            ChainFailure { chain: 1, error: Error::ChainPanicked { message: "boom".into() } },
            ChainFailure { chain: 2, error: Error::NothingToSample },
        ];
        assert_eq!(
            Error::AllChainsFailed { failures }.to_string(),
            "all 3 chains failed: chains 0, 2: the density has dimension 0: there is no continuous latent variable to \
             sample; chain 1: the chain panicked: boom"
        );
    }

    #[test]
    fn no_valid_start_names_the_first_bad_gradient_entry() {
        let error = Error::NoValidStart {
            attempts: 100,
            position: vec![0.5, 1.0],
            log_density: -1.0,
            gradient: vec![0.0, f64::NAN],
        };
        assert_eq!(
            error.to_string(),
            "no valid start in 100 attempts: at the last one the log density was -1 and entry 1 of its gradient NaN"
        );
    }
}
