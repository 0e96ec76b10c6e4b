//! `Odds`: the probability of a success, given as itself or as log odds.

use super::check;
use crate::tensor::cumulative::{Cumulative, Family, Function};
use crate::{Constraint, Result, Tensor};

/// The probability of a success of the Bernoulli distribution and its kin.
///
/// In log odds ln(p / (1 − p)) both p and 1 − p keep full relative precision.
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
            Self::Logits(logits) => ("logits", logits, Constraint::Real),
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

    /// ln p and ln(1 − p).
    pub(crate) fn logarithms(&self) -> (Tensor, Tensor) {
        match self {
            Self::Probs(probs) => {
                let probs = check::or_nan(probs, &Constraint::UnitInterval);
                (probs.ln(), (-probs).log1p())
            }
            Self::Logits(logits) => (logits.log_sigmoid(), (-logits).log_sigmoid()),
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
                (-successes.try_mul(minus_ln_p)?).try_sub(failures.try_mul(minus_ln_complement)?)
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

    /// A function of the count whose lower tail is the probability of Beta(`successes`, `failures`) beyond p, from the
    /// smaller of p and 1 − p.
    pub(crate) fn cumulative(&self, function: Function, failures: &Tensor, successes: &Tensor) -> Result<Tensor> {
        let unit = &Constraint::UnitInterval;
        let [p, complement] = [self.probs(), self.complement()].map(|probability| check::or_nan(&probability, unit));
        let is_small = p.try_less_equal(&complement)?;
        let of = |function, [a, b, x]: [&Tensor; 3], is_chosen: &Tensor| {
            let x = Tensor::select(is_chosen, x, 0.5);
            Cumulative::new(Family::Beta, function).try_of(&[a, b, &x])
        };
        if is_small.is_known_to_be_all(1.0) {
            return of(function.mirrored(), [successes, failures, &p], &is_small);
        }
        let from_p = of(function.mirrored(), [successes, failures, &p], &is_small)?;
        let from_complement = of(function, [failures, successes, &complement], &(1.0 - &is_small))?;
        Tensor::try_select(is_small, from_p, from_complement)
    }

    /// Entropy of one trial.
    pub(crate) fn entropy(&self) -> Tensor {
        let [p, complement] = [self.probs(), self.complement()];
        match self {
            Self::Probs(probs) => -(p.xlogy(probs) + complement.xlog1py(-probs)),
            Self::Logits(logits) => p * (-logits).softplus() + complement * logits.softplus(),
        }
    }

    /// KL between one trial and one of other odds.
    pub(crate) fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let cross = other.log_likelihood(&self.probs(), &self.complement())?;
        (-cross).try_sub(self.entropy())
    }
}
