//! `Constraint`: the sets that values of sites and parameters live in.

use std::fmt;
use std::sync::Arc;

use crate::Tensor;
use crate::bijector::Bijector;
use crate::violation::Brief;

/// A set of values: the support of a distribution, or what a parameter is constrained to.
///
/// Bounds are tensors because a support may depend on other sites; they broadcast against the value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Constraint {
    /// All real numbers.
    Real,
    /// Real numbers above 0.
    Positive,
    /// Real numbers from 0.
    NonNegative,
    /// Real numbers from 0 to 1.
    UnitInterval,
    /// Real numbers between two bounds, which belong to it; a half-open interval has an infinite one.
    Interval {
        /// The lower bound, or −∞.
        lower: Tensor,
        /// The upper bound, or ∞.
        upper: Tensor,
    },
    /// Real numbers above a bound.
    GreaterThan(Tensor),
    /// Real numbers below a bound.
    LessThan(Tensor),
    /// Vectors of non-negative numbers that sum to 1.
    Simplex,
    /// Vectors of increasing numbers.
    OrderedVector,
    /// Lower triangular matrices with a positive diagonal.
    LowerCholesky,
    /// Symmetric positive definite matrices.
    PositiveDefinite,
    /// 0 or 1.
    Boolean,
    /// 0, 1, 2, …
    NonNegativeInteger,
    /// The integers between two bounds, both included.
    IntegerInterval {
        /// The smallest value.
        lower: Tensor,
        /// The largest value.
        upper: Tensor,
    },
    /// One value.
    Constant(Tensor),
    /// Events whose last axes are made of independent values.
    Independent(Box<Constraint>, usize),
    /// What a bijector makes of another set: the support of a transformed distribution.
    Image {
        /// The set that is mapped.
        of: Box<Constraint>,
        /// The bijector that maps it.
        under: Arc<dyn Bijector>,
    },
}

impl Constraint {
    /// Whether the values are isolated points: such a site has no gradient.
    #[must_use]
    pub fn is_discrete(&self) -> bool {
        match self {
            Self::Boolean | Self::NonNegativeInteger | Self::IntegerInterval { .. } => true,
            Self::Independent(base, _) => base.is_discrete(),
            Self::Image { of, .. } => of.is_discrete(),
            _ => false,
        }
    }

    /// Number of axes of one event.
    #[must_use]
    pub fn event_rank(&self) -> usize {
        match self {
            Self::Simplex | Self::OrderedVector => 1,
            Self::LowerCholesky | Self::PositiveDefinite => 2,
            Self::Independent(base, rank) => base.event_rank() + rank,
            Self::Image { of, under } => of.event_rank() + under.codomain_event_rank() - under.domain_event_rank(),
            _ => 0,
        }
    }

    /// For each event of `value`, 1 if it lies in the set and 0 if it does not.
    ///
    /// Sums and symmetry are checked up to 1e-8, as round-off demands.
    ///
    /// # Panics
    /// If `value` has fewer axes than an event, or the bounds do not broadcast against it.
    ///
    /// # Example
    /// ```
    /// use ppl::{Constraint, Tensor};
    ///
    /// let inside = Constraint::Positive.contains(&Tensor::from([-1.0, 0.0, 2.0]));
    /// assert_eq!(inside.to_vec(), [0.0, 0.0, 1.0]);
    /// assert_eq!(Constraint::Simplex.contains(&Tensor::from([0.2, 0.3, 0.5])).item(), 1.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn contains(&self, value: &Tensor) -> Tensor {
        const ROUND_OFF: f64 = 1e-8;

        let is_integer = || value.floor().equal(value);
        let all = |elementwise: Tensor, rank: usize| {
            let mut result = elementwise;
            for _ in 0..rank {
                result = if result.shape().last() == Some(&0) {
                    Tensor::ones(result.shape().split_event(1).0)
                } else {
                    result.min_axis(-1)
                };
            }
            result
        };
        match self {
            // A NaN is not a real number.
            Self::Real => value.equal(value),
            Self::Positive => value.greater(0.0),
            Self::NonNegative => value.greater_equal(0.0),
            Self::UnitInterval => value.greater_equal(0.0) * value.less_equal(1.0),
            Self::Interval { lower, upper } => {
                let is = |bound: &Tensor, infinity| !bound.was_recorded() && bound.as_number() == Some(infinity);
                match (is(lower, f64::NEG_INFINITY), is(upper, f64::INFINITY)) {
                    // NaN is neither above nor below.
                    (true, true) => value.equal(value),
                    (true, false) => value.less_equal(upper),
                    (false, true) => value.greater_equal(lower),
                    (false, false) => value.greater_equal(lower) * value.less_equal(upper),
                }
            }
            Self::GreaterThan(lower) => value.greater(lower),
            Self::LessThan(upper) => value.less(upper),
            Self::Simplex => {
                let sums_to_one = (value.sum_axis(-1) - 1.0).abs().less(ROUND_OFF);
                all(value.greater_equal(0.0), 1) * sums_to_one
            }
            Self::OrderedVector => {
                let size = value.shape()[value.rank() - 1];
                if size < 2 {
                    return all(value.equal(value), 1);
                }
                all(value.slice(-1, 1..size).greater(value.slice(-1, 0..size - 1)), 1)
            }
            Self::LowerCholesky => {
                let is_lower = value.equal(value.tril(0));
                all(is_lower, 2) * all(value.diagonal().greater(0.0), 1)
            }
            Self::PositiveDefinite => {
                let is_symmetric = all((value - value.transpose()).abs().less_equal(ROUND_OFF), 2);
                is_symmetric * is_positive_definite(value)
            }
            Self::Boolean => value.equal(0.0) + value.equal(1.0),
            Self::NonNegativeInteger => value.greater_equal(0.0) * is_integer(),
            Self::IntegerInterval { lower, upper } => {
                value.greater_equal(lower) * value.less_equal(upper) * is_integer()
            }
            Self::Constant(point) => value.equal(point),
            Self::Independent(base, rank) => all(base.contains(value), *rank),
            Self::Image { of, under } => match under.inverse(value) {
                Ok(preimage) => of.contains(&preimage),
                // A matrix that is not positive definite has none.
                Err(_) => Tensor::zeros(value.shape().split_event(self.event_rank()).0),
            },
        }
    }
}

/// For each matrix of a batch, whether it has a Cholesky factor.
fn is_positive_definite(value: &Tensor) -> Tensor {
    let (batch, matrix) = value.shape().split_event(2);
    // Where a condition holds has no derivative.
    let matrices = value.detach().reshape([batch.size(), matrix[0], matrix[1]]);
    let each = (0..batch.size()).map(|place| f64::from(u8::from(matrices.get(place).try_cholesky().is_ok()))).collect();
    Tensor::from_parts(each, batch)
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::Positive => f.write_str("positive"),
            Self::NonNegative => f.write_str("non-negative"),
            Self::UnitInterval => f.write_str("between 0 and 1"),
            Self::Interval { lower, upper } => {
                let is_all = |bound: &Tensor, number: f64| bound.elements().iter().all(|&element| element == number);
                match (is_all(lower, f64::NEG_INFINITY), is_all(upper, f64::INFINITY)) {
                    (true, true) => f.write_str("real"),
                    (false, true) => write!(f, "at least {}", Brief(lower)),
                    (true, false) => write!(f, "at most {}", Brief(upper)),
                    (false, false) => write!(f, "between {} and {}", Brief(lower), Brief(upper)),
                }
            }
            Self::GreaterThan(lower) => write!(f, "greater than {}", Brief(lower)),
            Self::LessThan(upper) => write!(f, "less than {}", Brief(upper)),
            Self::Simplex => f.write_str("a simplex (non-negative, sum 1)"),
            Self::OrderedVector => f.write_str("an increasing vector"),
            Self::LowerCholesky => f.write_str("a lower triangular matrix with positive diagonal"),
            Self::PositiveDefinite => f.write_str("a symmetric positive definite matrix"),
            Self::Boolean => f.write_str("0 or 1"),
            Self::NonNegativeInteger => f.write_str("a non-negative integer"),
            Self::IntegerInterval { lower, upper } => write!(f, "an integer from {} to {}", Brief(lower), Brief(upper)),
            Self::Constant(point) => write!(f, "exactly {}", Brief(point)),
            Self::Independent(base, _) => write!(f, "{base} in every element"),
            Self::Image { of, under } => write!(f, "the image under {} of what is {of}", under.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn membership() {
        let check = |constraint: &Constraint, value: Tensor, inside: &[f64]| {
            assert_eq!(constraint.contains(&value).to_vec(), inside, "{constraint}");
        };
        let values = Tensor::from([-1.0, 0.0, 0.5, 1.0, 2.0, f64::NAN]);
        check(&Constraint::Real, values.clone(), &[1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        check(&Constraint::Positive, values.clone(), &[0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
        check(&Constraint::NonNegative, values.clone(), &[0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        check(&Constraint::UnitInterval, values.clone(), &[0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        check(&Constraint::Boolean, values.clone(), &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        check(&Constraint::NonNegativeInteger, values.clone(), &[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
        check(
            &Constraint::IntegerInterval { lower: 0.0.into(), upper: 1.0.into() },
            values.clone(),
            &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        );
        let interval = |lower: f64, upper: f64| Constraint::Interval { lower: lower.into(), upper: upper.into() };
        check(&interval(0.0, f64::INFINITY), values.clone(), &[0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        check(&interval(f64::NEG_INFINITY, 1.0), values.clone(), &[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        check(&interval(f64::NEG_INFINITY, f64::INFINITY), values.clone(), &[1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        let texts = [interval(0.0, f64::INFINITY), interval(f64::NEG_INFINITY, 1.0)].map(|set| set.to_string());
        assert_eq!(texts, ["at least 0", "at most 1"]);
        check(&Constraint::Independent(Box::new(Constraint::Real), 1), values, &[0.0]);
        check(&Constraint::OrderedVector, Tensor::from([[1.0, 2.0], [2.0, 2.0]]), &[1.0, 0.0]);
        check(&Constraint::Simplex, Tensor::from([[0.5, 0.5], [0.6, 0.5], [1.5, -0.5]]), &[1.0, 0.0, 0.0]);
        check(&Constraint::LowerCholesky, Tensor::from([[1.0, 0.0], [3.0, 2.0]]), &[1.0]);
        check(&Constraint::LowerCholesky, Tensor::from([[1.0, 0.1], [3.0, 2.0]]), &[0.0]);
        check(
            &Constraint::PositiveDefinite,
            Tensor::from([[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]]),
            &[1.0, 0.0],
        );
    }
}
