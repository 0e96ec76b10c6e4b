//! Zero-inflated distributions that have a name.

use super::ZeroInflated;
use crate::distribution::{NegativeBinomial, Poisson};
use crate::{IntoTensor, Result};

/// The zero-inflated Poisson distribution: constructors of [`ZeroInflated`]`<`[`Poisson`]`>`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, ZeroInflatedPoisson};
///
/// let caught = ZeroInflatedPoisson::new(0.3, 2.0)?;
/// assert!((caught.prob(&0.0.into())?.item() - (0.3 + 0.7 * (-2_f64).exp())).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroInflatedPoisson;

#[allow(clippy::new_ret_no_self, reason = "a short name for a constructor of the general distribution")]
impl ZeroInflatedPoisson {
    /// Counts of this rate, and a zero beside them of probability `gate`.
    ///
    /// # Errors
    /// `gate` not between 0 and 1; `rate` not non-negative and finite; shapes that do not broadcast.
    pub fn new(gate: impl IntoTensor, rate: impl IntoTensor) -> Result<ZeroInflated<Poisson>> {
        ZeroInflated::new(Poisson::new(rate), gate)
    }

    /// Counts of this rate, and a zero beside them of log odds `gate_logits`.
    ///
    /// # Errors
    /// `gate_logits` that are NaN; `rate` not non-negative and finite; shapes that do not broadcast.
    pub fn from_logits(gate_logits: impl IntoTensor, rate: impl IntoTensor) -> Result<ZeroInflated<Poisson>> {
        ZeroInflated::from_logits(Poisson::new(rate), gate_logits)
    }
}

/// The zero-inflated negative binomial distribution: constructors of [`ZeroInflated`]`<`[`NegativeBinomial`]`>`.
///
/// # Example
/// ```
/// use ppl::distribution::{Moments, ZeroInflatedNegativeBinomial};
///
/// let visits = ZeroInflatedNegativeBinomial::from_mean(0.5, 10.0, 2.0)?;
/// assert!((visits.mean().item() - 5.0).abs() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroInflatedNegativeBinomial;

#[allow(clippy::new_ret_no_self, reason = "a short name for a constructor of the general distribution")]
impl ZeroInflatedNegativeBinomial {
    /// Successes of probability `probs` before `total_count` failures, and a zero beside them of probability `gate`.
    ///
    /// # Errors
    /// `gate` not between 0 and 1; those of [`NegativeBinomial::new`].
    pub fn new(
        gate: impl IntoTensor,
        total_count: impl IntoTensor,
        probs: impl IntoTensor,
    ) -> Result<ZeroInflated<NegativeBinomial>> {
        ZeroInflated::new(NegativeBinomial::new(total_count, probs), gate)
    }

    /// Counts of this mean before the inflation, and a zero beside them of probability `gate`.
    ///
    /// # Errors
    /// `gate` not between 0 and 1; those of [`NegativeBinomial::from_mean`].
    pub fn from_mean(
        gate: impl IntoTensor,
        mean: impl IntoTensor,
        concentration: impl IntoTensor,
    ) -> Result<ZeroInflated<NegativeBinomial>> {
        ZeroInflated::new(NegativeBinomial::from_mean(mean, concentration), gate)
    }
}
