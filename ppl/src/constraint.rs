//! `Constraint`: the sets that values of sites and parameters live in.

use std::fmt;
use std::sync::Arc;

use crate::Tensor;
use crate::bijector::Bijector;
use crate::tensor::semidefinite;
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
    /// Vectors of increasing positive numbers.
    PositiveOrderedVector,
    /// Vectors of Euclidean length 1: the sphere.
    UnitVector,
    /// Vectors whose absolute values sum to at most 1.
    L1Ball,
    /// Arrays of this many axes that sum to 0 along each.
    ZeroSum(usize),
    /// Lower triangular matrices.
    LowerTriangular,
    /// Lower triangular matrices with a positive diagonal.
    LowerCholesky,
    /// Cholesky factors of correlation matrices: lower triangular, with a positive diagonal and rows of length 1.
    CorrelationCholesky,
    /// Symmetric positive definite matrices.
    PositiveDefinite,
    /// Symmetric positive definite matrices with a diagonal of ones.
    CorrelationMatrix,
    /// Symmetric positive semidefinite matrices: covariances, also of what does not vary in some direction.
    PositiveSemidefinite,
    /// Matrices whose rows are simplices.
    RowStochasticMatrix,
    /// Matrices whose columns are simplices.
    ColumnStochasticMatrix,
    /// 0 or 1.
    Boolean,
    /// …, −1, 0, 1, …
    Integer,
    /// 0, 1, 2, …
    NonNegativeInteger,
    /// The integers between two bounds, both included.
    IntegerInterval {
        /// The smallest value.
        lower: Tensor,
        /// The largest value.
        upper: Tensor,
    },
    /// One of the numbers along the last axis of a tensor.
    OneOf(Tensor),
    /// Vectors with one 1 and zeros.
    OneHot,
    /// Vectors of non-negative integers with this sum.
    CountVector(Tensor),
    /// Vectors of the integers 0, …, n − 1 in any order.
    Permutation,
    /// Pairs [low, high] with low ≤ high, of which each may be infinite: the intervals that censored values lie in.
    ClosedInterval,
    /// Vectors of consecutive blocks: the set of the vectors that a block is, and its length.
    Blocks(Vec<(Constraint, usize)>),
    /// One value.
    Constant(Tensor),
    /// Events whose last axes are made of independent values.
    Independent(Box<Constraint>, usize),
    /// 0, which has a probability of its own, or a number of another set.
    ZeroOr(Box<Constraint>),
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
            Self::Boolean
            | Self::Integer
            | Self::NonNegativeInteger
            | Self::IntegerInterval { .. }
            | Self::OneOf(_)
            | Self::OneHot
            | Self::CountVector(_)
            | Self::Permutation => true,
            Self::Independent(base, _) => base.is_discrete(),
            Self::Blocks(blocks) => blocks.iter().any(|(block, _)| block.is_discrete()),
            Self::Image { of, .. } => of.is_discrete(),
            _ => false,
        }
    }

    /// Number of axes of one event.
    #[must_use]
    pub fn event_rank(&self) -> usize {
        match self {
            Self::Simplex
            | Self::OrderedVector
            | Self::PositiveOrderedVector
            | Self::UnitVector
            | Self::L1Ball
            | Self::OneHot
            | Self::CountVector(_)
            | Self::Permutation
            | Self::ClosedInterval
            | Self::Blocks(_) => 1,
            Self::LowerTriangular
            | Self::LowerCholesky
            | Self::CorrelationCholesky
            | Self::PositiveDefinite
            | Self::CorrelationMatrix
            | Self::PositiveSemidefinite
            | Self::RowStochasticMatrix
            | Self::ColumnStochasticMatrix => 2,
            Self::ZeroSum(rank) => *rank,
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
        let near = |left: Tensor, right: &Tensor| (left - right).abs().less(ROUND_OFF);
        let is_one = |sum: Tensor| near(sum, &Tensor::scalar(1.0));
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
            Self::Simplex => all(value.greater_equal(0.0), 1) * is_one(value.sum_axis(-1)),
            Self::OrderedVector => {
                let size = value.shape()[value.rank() - 1];
                if size < 2 {
                    return all(value.equal(value), 1);
                }
                all(value.slice(-1, 1..size).greater(value.slice(-1, 0..size - 1)), 1)
            }
            Self::PositiveOrderedVector => all(value.greater(0.0), 1) * Self::OrderedVector.contains(value),
            Self::UnitVector => is_one(value.square().sum_axis(-1)),
            Self::L1Ball => value.abs().sum_axis(-1).less_equal(1.0 + ROUND_OFF),
            Self::ZeroSum(rank) => {
                let sums_to_zero = |axis: isize| {
                    // The sums of many large numbers round by more.
                    let bound = value.abs().sum_axis(axis) * ROUND_OFF + ROUND_OFF;
                    all(value.sum_axis(axis).abs().less(bound), rank - 1)
                };
                let is_real = all(value.equal(value), *rank);
                (1..=*rank as isize).fold(is_real, |inside, axis| inside * sums_to_zero(-axis))
            }
            Self::LowerTriangular => all(value.equal(value.tril(0)), 2),
            Self::LowerCholesky => Self::LowerTriangular.contains(value) * all(value.diagonal().greater(0.0), 1),
            Self::CorrelationCholesky => Self::LowerCholesky.contains(value) * all(Self::UnitVector.contains(value), 1),
            Self::CorrelationMatrix => Self::PositiveDefinite.contains(value) * all(is_one(value.diagonal()), 1),
            Self::PositiveSemidefinite => {
                let is_symmetric = all((value - value.transpose()).abs().less_equal(ROUND_OFF), 2);
                is_symmetric * semidefinite::cholesky(value).1
            }
            Self::RowStochasticMatrix => all(Self::Simplex.contains(value), 1),
            Self::ColumnStochasticMatrix => all(Self::Simplex.contains(&value.transpose()), 1),
            Self::PositiveDefinite => {
                let is_symmetric = all((value - value.transpose()).abs().less_equal(ROUND_OFF), 2);
                is_symmetric * is_positive_definite(value)
            }
            Self::Boolean => value.equal(0.0) + value.equal(1.0),
            Self::Integer => is_integer() * value.abs().less(f64::INFINITY),
            Self::NonNegativeInteger => value.greater_equal(0.0) * is_integer(),
            Self::IntegerInterval { lower, upper } => {
                value.greater_equal(lower) * value.less_equal(upper) * is_integer()
            }
            Self::OneOf(points) => value.unsqueeze(-1).equal(points).max_axis(-1),
            Self::OneHot => all(Self::Boolean.contains(value), 1) * value.sum_axis(-1).equal(1.0),
            Self::CountVector(total) => {
                all(Self::NonNegativeInteger.contains(value), 1) * value.sum_axis(-1).equal(total)
            }
            Self::Permutation => {
                let places = Tensor::arange(value.shape()[value.rank() - 1]);
                // Each of as many integers as there are entries occurs.
                all(value.unsqueeze(-2).equal(places.unsqueeze(-1)).max_axis(-1), 1)
            }
            // A NaN is not in order.
            Self::ClosedInterval => value.index(-1, 0).less_equal(value.index(-1, 1)),
            Self::Blocks(blocks) => {
                let mut start = 0;
                let block = |inside: Tensor, (block, size): &(Self, usize)| {
                    start += size;
                    let own = block.contains(&value.slice(-1, start - size..start));
                    // The block is one event, also where its set is one of numbers.
                    inside * if block.event_rank() == 0 { all(own, 1) } else { own }
                };
                blocks.iter().fold(Tensor::scalar(1.0), block)
            }
            Self::Constant(point) => value.equal(point),
            Self::Independent(base, rank) => all(base.contains(value), *rank),
            Self::ZeroOr(other) => value.equal(0.0).maximum(other.contains(value)),
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
            Self::PositiveOrderedVector => f.write_str("an increasing vector of positive numbers"),
            Self::UnitVector => f.write_str("a vector of length 1"),
            Self::L1Ball => f.write_str("a vector whose absolute values sum to at most 1"),
            Self::ZeroSum(1) => f.write_str("a vector with sum 0"),
            Self::ZeroSum(_) => f.write_str("an array that sums to 0 along each axis"),
            Self::LowerTriangular => f.write_str("a lower triangular matrix"),
            Self::LowerCholesky => f.write_str("a lower triangular matrix with positive diagonal"),
            Self::CorrelationCholesky => f.write_str("a Cholesky factor of a correlation matrix"),
            Self::PositiveDefinite => f.write_str("a symmetric positive definite matrix"),
            Self::CorrelationMatrix => f.write_str("a correlation matrix"),
            Self::PositiveSemidefinite => f.write_str("a symmetric positive semidefinite matrix"),
            Self::RowStochasticMatrix => f.write_str("a matrix whose rows are simplices"),
            Self::ColumnStochasticMatrix => f.write_str("a matrix whose columns are simplices"),
            Self::Integer => f.write_str("an integer"),
            Self::OneOf(points) => write!(f, "one of {}", Brief(points)),
            Self::OneHot => f.write_str("a vector with one 1 and zeros"),
            Self::CountVector(total) => write!(f, "a vector of non-negative integers with sum {}", Brief(total)),
            Self::Permutation => f.write_str("the integers from 0 in any order"),
            Self::Blocks(blocks) => {
                f.write_str("a vector of blocks (")?;
                for (index, (block, size)) in blocks.iter().enumerate() {
                    let comma = if index > 0 { "; " } else { "" };
                    write!(f, "{comma}{size} {}: {block}", if *size == 1 { "entry" } else { "entries" })?;
                }
                f.write_str(")")
            }
            Self::ClosedInterval => f.write_str("an interval [low, high] with low at most high"),
            Self::Boolean => f.write_str("0 or 1"),
            Self::NonNegativeInteger => f.write_str("a non-negative integer"),
            Self::IntegerInterval { lower, upper } => write!(f, "an integer from {} to {}", Brief(lower), Brief(upper)),
            Self::Constant(point) => write!(f, "exactly {}", Brief(point)),
            Self::Independent(base, _) => write!(f, "{base} in every element"),
            Self::ZeroOr(other) => write!(f, "0 or {other}"),
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
        check(&Constraint::Integer, Tensor::from([-2.0, 0.5, f64::INFINITY]), &[1.0, 0.0, 0.0]);
        check(&Constraint::OneOf([1.5, 4.0].into()), Tensor::from([4.0, 1.0, f64::NAN]), &[1.0, 0.0, 0.0]);
    }

    #[test]
    fn membership_of_vectors() {
        let check = |constraint: &Constraint, value: Tensor, inside: &[f64]| {
            assert_eq!(constraint.contains(&value).to_vec(), inside, "{constraint}");
        };
        check(
            &Constraint::PositiveOrderedVector,
            Tensor::from([[1.0, 2.0], [-1.0, 2.0], [2.0, 1.0]]),
            &[1.0, 0.0, 0.0],
        );
        check(&Constraint::UnitVector, Tensor::from([[0.6, -0.8], [0.6, 0.6]]), &[1.0, 0.0]);
        check(&Constraint::L1Ball, Tensor::from([[0.5, -0.5], [0.6, 0.6], [0.0, f64::NAN]]), &[1.0, 0.0, 0.0]);
        check(&Constraint::ZeroSum(1), Tensor::from([[0.5, -0.5], [0.6, 0.6], [0.0, f64::NAN]]), &[1.0, 0.0, 0.0]);
        let sums = Tensor::from([[[1.0, -1.0], [-1.0, 1.0]], [[1.0, -1.0], [2.0, -2.0]]]);
        check(&Constraint::ZeroSum(2), sums, &[1.0, 0.0]);
        check(
            &Constraint::ClosedInterval,
            Tensor::from([[0.0, f64::INFINITY], [1.0, 1.0], [2.0, 1.0], [f64::NAN, 1.0]]),
            &[1.0, 1.0, 0.0, 0.0],
        );
        check(&Constraint::OneHot, Tensor::from([[0.0, 1.0], [1.0, 1.0], [0.5, 0.5]]), &[1.0, 0.0, 0.0]);
        check(
            &Constraint::CountVector(3.0.into()),
            Tensor::from([[1.0, 2.0], [1.0, 1.0], [1.5, 1.5]]),
            &[1.0, 0.0, 0.0],
        );
        check(
            &Constraint::Permutation,
            Tensor::from([[2.0, 0.0, 1.0], [0.0, 0.0, 2.0], [1.0, 2.0, 3.0]]),
            &[1.0, 0.0, 0.0],
        );
    }

    #[test]
    fn membership_of_matrices() {
        let check = |constraint: &Constraint, value: Tensor, inside: &[f64]| {
            assert_eq!(constraint.contains(&value).to_vec(), inside, "{constraint}");
        };
        check(
            &Constraint::LowerTriangular,
            Tensor::from([[[-1.0, 0.0], [3.0, 0.0]], [[1.0, 0.1], [3.0, 2.0]]]),
            &[1.0, 0.0],
        );
        let factors = Tensor::from([[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, 0.6]], [[1.0, 0.0], [0.6, -0.8]]]);
        check(&Constraint::CorrelationCholesky, factors, &[1.0, 0.0, 0.0]);
        let matrices = Tensor::from([[[1.0, 0.6], [0.6, 1.0]], [[1.0, 1.2], [1.2, 1.0]], [[1.0, 0.0], [0.0, 2.0]]]);
        check(&Constraint::CorrelationMatrix, matrices, &[1.0, 0.0, 0.0]);
        let matrices =
            [[[1.0, 0.6], [0.6, 1.0]], [[1.0, 1.2], [1.2, 1.0]], [[4.0, 6.0], [6.0, 9.0]], [[0.0, 0.0], [0.0, 2.0]]];
        check(&Constraint::PositiveSemidefinite, Tensor::from(matrices), &[1.0, 0.0, 1.0, 1.0]);
        let matrices =
            [[[0.0, 0.1], [0.1, 1.0]], [[-1.0, 0.0], [0.0, 1.0]], [[1.0, 0.5], [0.4, 1.0]], [[f64::NAN; 2]; 2]];
        check(&Constraint::PositiveSemidefinite, Tensor::from(matrices), &[0.0; 4]);
        let stochastic = Tensor::from([[0.5, 0.5], [1.0, 0.0]]);
        check(&Constraint::RowStochasticMatrix, stochastic.clone(), &[1.0]);
        check(&Constraint::ColumnStochasticMatrix, stochastic.clone(), &[0.0]);
        check(&Constraint::ColumnStochasticMatrix, stochastic.transpose(), &[1.0]);
    }
}
