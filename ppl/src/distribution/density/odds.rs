//! `Odds`: the probability of a success, given as itself or as log odds.

use super::vector;
use crate::check;
use crate::tensor::cumulative::{Cumulative, Family, Function};
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

    /// Odds of the rarer of success and failure.
    pub(crate) fn of_the_rarer(&self) -> Self {
        match self {
            Self::Probs(probs) => Self::Probs(probs.minimum(1.0 - probs)),
            Self::Logits(logits) => Self::Logits(-logits.abs()),
        }
    }

    /// The same, along more axes of size 1.
    pub(crate) fn over_events(&self, event_rank: usize) -> Result<Self> {
        Ok(match self {
            Self::Probs(probs) => Self::Probs(vector::over_events(probs, event_rank)?),
            Self::Logits(logits) => Self::Logits(vector::over_events(logits, event_rank)?),
        })
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
pub(crate) fn times_log(count: &Tensor, log: &Tensor) -> Result<Tensor> {
    let product = count.try_mul(log)?;
    let is_zero = count.detach().equal(0.0);
    // A program has nothing to choose for counts that it knows.
    if is_zero.is_known_to_be_all(0.0) { Ok(product) } else { Tensor::try_select(is_zero, 0.0, product) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::distribution::{
        Bernoulli, Binomial, Distribution, Entropy, Geometric, KlDivergence, Moments, NegativeBinomial,
    };
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;
    use crate::{Result, Shape, Tensor, grad};

    type Build = fn(&Tensor) -> Result<Arc<dyn Distribution>>;

    /// Each distribution by probability and by log odds, and which of 0 and 1 it has.
    fn pairs() -> [(Build, Build, &'static [f64]); 4] {
        [
            (|p| Ok(Arc::new(Bernoulli::new(p)?)), |l| Ok(Arc::new(Bernoulli::from_logits(l)?)), &[0.0, 1.0]),
            (|p| Ok(Arc::new(Binomial::new(3.0, p)?)), |l| Ok(Arc::new(Binomial::from_logits(3.0, l)?)), &[0.0, 1.0]),
            (|p| Ok(Arc::new(Geometric::new(p)?)), |l| Ok(Arc::new(Geometric::from_logits(l)?)), &[1.0]),
            (
                |p| Ok(Arc::new(NegativeBinomial::new(2.5, p)?)),
                |l| Ok(Arc::new(NegativeBinomial::from_logits(2.5, l)?)),
                &[0.0],
            ),
        ]
    }

    #[test]
    fn infinite_log_odds_are_certainty() {
        for (by_probs, by_logits, certainties) in pairs() {
            for probs in [0.0, 1.0] {
                let logit = if probs == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
                let logits = Tensor::from([logit, 0.5]);
                let other = Tensor::from(0.5).sigmoid().item();
                if !certainties.contains(&probs) {
                    let error = by_logits(&logits).unwrap_err().to_string();
                    assert!(error.contains("`logits` must be") && error.contains(&format!("got {logit}")), "{error}");
                    continue;
                }
                let (a, b) = (by_probs(&Tensor::from([probs, other])).unwrap(), by_logits(&logits).unwrap());
                for value in [0.0, 1.0, 2.0, 3.0] {
                    let value = Tensor::from(value);
                    let [want, got] = [&a, &b].map(|each| each.log_prob(&value).unwrap().to_vec());
                    assert_eq!(got[0], want[0], "{} at {value}", a.name());
                    assert!(got[1] == want[1] || (got[1] - want[1]).abs() < 1e-14, "{} at {value}", a.name());
                    if got[0] == f64::NEG_INFINITY {
                        continue;
                    }
                    let log_prob =
                        |inputs: &[Tensor]| by_logits(&inputs[0])?.log_prob(&value).map(|log_prob| log_prob.sum());
                    let (_, gradients) = grad(log_prob, std::slice::from_ref(&logits)).unwrap();
                    assert_eq!(gradients[0].to_vec()[0], 0.0, "{} at {value}", a.name());
                    assert!(gradients[0].to_vec()[1].is_finite());
                    if want[1].is_finite() {
                        assert_program_is_tape(a.name(), std::slice::from_ref(&logits), log_prob);
                    }
                }
                let draws = |distribution: &Arc<dyn Distribution>| {
                    distribution.sample(&mut Key::new(5).rng("x", 0), &Shape::from(20)).unwrap().index(1, 0)
                };
                assert_eq!(draws(&a), draws(&b), "{}", a.name());
            }
        }
    }

    #[test]
    fn what_is_certain_has_no_entropy() {
        let certain = Bernoulli::from_logits([f64::NEG_INFINITY, f64::INFINITY]).unwrap();
        assert_eq!(certain.entropy().to_vec(), [0.0, 0.0]);
        assert_eq!(certain.mean().to_vec(), [0.0, 1.0]);
        assert_eq!(certain.variance().to_vec(), [0.0, 0.0]);
        let even = Bernoulli::from_logits(0.0).unwrap();
        assert_eq!(certain.kl_divergence(&even).unwrap().to_vec(), [2_f64.ln(); 2]);
        assert_eq!(Geometric::from_logits(f64::INFINITY).unwrap().entropy().item(), 0.0);
    }
}
