//! `Odds`: the probability of a success, given as itself or as log odds.

use super::check;
use crate::{Constraint, Result, Tensor};

/// The probability of a success of the Bernoulli distribution and its kin.
///
/// In log odds ln(p / (1 − p)) both p and 1 − p keep full relative precision. Log odds of −∞ and ∞ are those of the
/// probabilities 0 and 1.
#[derive(Clone, Debug)]
pub(crate) enum Odds {
    Probs(Tensor),
    Logits(Tensor),
}

impl Odds {
    /// The tensor that was given.
    pub(crate) fn tensor(&self) -> &Tensor {
        match self {
            Self::Probs(tensor) | Self::Logits(tensor) => tensor,
        }
    }

    pub(crate) fn parameter(&self) -> check::Parameter<'_> {
        match self {
            Self::Probs(probs) => ("probs", probs, Constraint::UnitInterval),
            Self::Logits(logits) => ("logits", logits, check::extended_real()),
        }
    }

    /// p.
    pub(crate) fn probs(&self) -> Tensor {
        match self {
            Self::Probs(probs) => probs.clone(),
            Self::Logits(logits) => logits.sigmoid(),
        }
    }

    /// 1 − p.
    pub(crate) fn complement(&self) -> Tensor {
        match self {
            Self::Probs(probs) => 1.0 - probs,
            Self::Logits(logits) => (-logits).sigmoid(),
        }
    }

    /// ln(p / (1 − p)).
    pub(crate) fn logits(&self) -> Tensor {
        match self {
            Self::Probs(probs) => probs.ln() - (-probs).log1p(),
            Self::Logits(logits) => logits.clone(),
        }
    }

    /// `successes` · ln p + `failures` · ln(1 − p), 0 · ln 0 being 0.
    pub(crate) fn log_likelihood(&self, successes: &Tensor, failures: &Tensor) -> Result<Tensor> {
        match self {
            Self::Probs(probs) => {
                // At 1 success the logarithm of a probability above 1 is a number.
                let probs = check::or_nan(probs, &Constraint::UnitInterval);
                successes.try_xlogy(&probs)?.try_add(failures.try_xlog1py(-probs)?)
            }
            Self::Logits(logits) => {
                let (minus_ln_p, minus_ln_complement) = ((-logits).softplus(), logits.softplus());
                (-times_log(successes, &minus_ln_p)?).try_sub(times_log(failures, &minus_ln_complement)?)
            }
        }
    }

    /// ln p at 1, ln(1 − p) at 0.
    ///
    /// As the log likelihood of one trial, with half the work: −softplus(∓logit) is accurate for both outcomes.
    pub(crate) fn log_prob_of_trial(&self, success: &Tensor) -> Result<Tensor> {
        match self {
            Self::Probs(_) => self.log_likelihood(success, &(1.0 - success)),
            Self::Logits(logits) => Ok(-(1.0 - 2.0 * success).try_mul(logits)?.softplus()),
        }
    }

    /// Entropy of one trial.
    pub(crate) fn entropy(&self) -> Tensor {
        let [p, complement] = [self.probs(), self.complement()];
        match self {
            Self::Probs(probs) => -(p.xlogy(probs) + complement.xlog1py(-probs)),
            Self::Logits(logits) => {
                let of = |p: &Tensor, minus_ln: Tensor| Tensor::select(p.greater(0.0), p * minus_ln, 0.0);
                of(&p, (-logits).softplus()) + of(&complement, logits.softplus())
            }
        }
    }

    /// KL between one trial and one of other odds.
    pub(crate) fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let cross = other.log_likelihood(&self.probs(), &self.complement())?;
        (-cross).try_sub(self.entropy())
    }
}

/// `count` times a logarithm that may be infinite, 0 where the count is 0.
fn times_log(count: &Tensor, log: &Tensor) -> Result<Tensor> {
    let product = count.try_mul(log)?;
    let is_zero = count.detach().equal(0.0);
    // A program has nothing to choose for counts that it knows.
    if is_zero.is_known_to_be_all(0.0) { Ok(product) } else { Tensor::try_select(is_zero, 0.0, product) }
}
