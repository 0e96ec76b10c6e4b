//! `Categories`: the weights of K categories, given as probabilities or as logits.

use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The weights of the categorical distribution and its kin, along the last axis.
///
/// Logits are logarithms of the probabilities up to a constant. One of −∞ is a category of probability 0; a constant one of ∞
/// is that of the only category that is possible.
#[derive(Clone, Debug)]
pub(crate) enum Categories {
    Probs(Tensor),
    Logits(Tensor),
}

impl Categories {
    /// The weights of a distribution that is being built, constant ones being checked.
    pub(crate) fn checked(self, distribution: &'static str) -> Result<Self> {
        let shape = self.tensor().shape();
        if shape.last().is_none_or(|&categories| categories == 0) {
            return Err(Error::InvalidShape {
                operation: distribution,
                expected: "categories along the last axis".to_owned(),
                got: shape,
            });
        }
        check::constants(distribution, &[self.parameter()])?;
        Ok(match self {
            Self::Logits(logits) if !logits.is_tracked() => Self::Logits(with_possible_category(distribution, logits)?),
            weights => weights,
        })
    }

    /// The tensor that was given.
    pub(crate) fn tensor(&self) -> &Tensor {
        match self {
            Self::Probs(tensor) | Self::Logits(tensor) => tensor,
        }
    }

    pub(crate) fn parameter(&self) -> check::Parameter<'_> {
        match self {
            Self::Probs(probs) => ("probs", probs, Constraint::Simplex),
            Self::Logits(logits) => ("logits", logits, check::extended_real()),
        }
    }

    /// The number of categories.
    pub(crate) fn size(&self) -> usize {
        self.tensor().shape().last().copied().unwrap_or(0)
    }

    /// All axes but the last.
    pub(crate) fn batch_shape(&self) -> Shape {
        self.tensor().shape().split_event(1).0
    }

    /// The probability of each category.
    pub(crate) fn probs(&self) -> Tensor {
        match self {
            Self::Probs(probs) => probs.clone(),
            Self::Logits(logits) => logits.softmax(-1),
        }
    }

    /// The logarithm of the probability of each category.
    pub(crate) fn log_probs(&self) -> Tensor {
        match self {
            Self::Probs(_) => self.checked_probs().ln(),
            Self::Logits(logits) => logits.log_softmax(-1),
        }
    }

    /// The probabilities, NaN where those that are being differentiated, and so have not been checked, are none.
    pub(crate) fn checked_probs(&self) -> Tensor {
        match self {
            Self::Probs(probs) => check::or_nan(probs, &Constraint::Simplex),
            Self::Logits(_) => self.probs(),
        }
    }

    /// −Σ p ln p.
    pub(crate) fn entropy(&self) -> Tensor {
        let probs = self.probs();
        match self {
            Self::Probs(_) => -probs.xlogy(&probs).sum_axis(-1),
            Self::Logits(_) => {
                // A category of probability 0 adds nothing, although its logarithm is −∞.
                -Tensor::select(probs.greater(0.0), &probs * self.log_probs(), 0.0).sum_axis(-1)
            }
        }
    }

    /// KL between a draw of these categories and one of others.
    pub(crate) fn kl_divergence(&self, other: &Self, distribution: &'static str) -> Result<Tensor> {
        if self.size() != other.size() {
            return Err(Error::ShapeMismatch {
                operation: distribution,
                relation: "have the same number of categories",
                left: self.tensor().shape(),
                right: other.tensor().shape(),
            });
        }
        relative_entropy(&self.probs(), &self.log_probs(), &other.log_probs())
    }

    /// The index of the category of largest probability, of several the first.
    ///
    /// Reads the weights: a caller refuses those that are being differentiated.
    pub(crate) fn most_probable(&self) -> Result<Tensor> {
        Tensor::new(largest_of_rows(&self.tensor().to_vec(), self.size()), self.batch_shape())
    }
}

/// Σ p (ln p − ln q) along the last axis.
pub(crate) fn relative_entropy(probs: &Tensor, log_probs: &Tensor, other: &Tensor) -> Result<Tensor> {
    let log_ratio = log_probs.try_sub(other)?;
    // A category of probability 0 adds nothing, although its logarithm is −∞.
    Tensor::try_select(probs.greater(0.0), probs.try_mul(log_ratio)?, 0.0)?.try_sum_axis(-1)
}

/// Of each row the index of the first of the largest numbers.
pub(crate) fn largest_of_rows(elements: &[f64], size: usize) -> Vec<f64> {
    let largest = |row: &[f64]| (1..size).fold(0, |best, index| if row[index] > row[best] { index } else { best });
    elements.chunks_exact(size).map(|row| largest(row) as f64).collect()
}

/// Logits by which some category is possible, and if one is certain, it has 0 and the others −∞.
fn with_possible_category(distribution: &'static str, logits: Tensor) -> Result<Tensor> {
    let elements = logits.elements();
    if elements.iter().all(|logit| logit.is_finite()) {
        return Ok(logits);
    }
    let mut normalized = Vec::with_capacity(elements.len());
    for row in elements.chunks_exact(logits.shape()[logits.rank() - 1]) {
        let certain = row.iter().filter(|&&logit| logit == f64::INFINITY).count();
        if certain > 1 || row.iter().all(|&logit| logit == f64::NEG_INFINITY) {
            return Err(Error::InvalidParameter {
                distribution,
                parameter: "logits",
                expected: "inf for at most one category, and not -inf for all".to_owned(),
                got: format!("{row:?}"),
            });
        }
        normalized.extend(row.iter().map(|&logit| match (certain, logit == f64::INFINITY) {
            (0, _) => logit,
            (_, true) => 0.0,
            (_, false) => f64::NEG_INFINITY,
        }));
    }
    Tensor::new(normalized, logits.shape())
}
