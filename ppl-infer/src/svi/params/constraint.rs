//! Constraints compared, and as they are written.

use ppl::{Constraint, Tensor};
use serde::{Deserialize, Serialize, Serializer, ser};

use crate::Error;
use crate::format::floats;

/// The bounds of a constraint.
fn bounds(constraint: &Constraint) -> Vec<&Tensor> {
    match constraint {
        Constraint::Interval { lower, upper } | Constraint::IntegerInterval { lower, upper } => vec![lower, upper],
        Constraint::GreaterThan(bound) | Constraint::LessThan(bound) | Constraint::Constant(bound) => vec![bound],
        Constraint::Independent(base, _) => bounds(base),
        _ => Vec::new(),
    }
}

/// Whether two constraints are the same set; of images under bijectors only the kind is compared.
pub(crate) fn is_same(left: &Constraint, right: &Constraint) -> bool {
    match (left, right) {
        (Constraint::Independent(left, left_rank), Constraint::Independent(right, right_rank)) => {
            left_rank == right_rank && is_same(left, right)
        }
        (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right) && bounds(left) == bounds(right),
    }
}

/// Whether a constraint depends on what is being differentiated, as far as it shows.
pub(crate) fn is_tracked(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::Independent(base, _) => is_tracked(base),
        // The tensors inside a bijector cannot be seen.
        Constraint::Image { .. } => true,
        _ => bounds(constraint).iter().any(|bound| bound.is_tracked()),
    }
}

/// A tensor as it is written.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TensorRecord {
    shape: Vec<usize>,
    #[serde(with = "floats::list")]
    values: Vec<f64>,
}

impl From<&Tensor> for TensorRecord {
    fn from(tensor: &Tensor) -> Self {
        Self { shape: tensor.shape().to_vec(), values: tensor.to_vec() }
    }
}

impl TryFrom<TensorRecord> for Tensor {
    type Error = ppl::Error;

    fn try_from(record: TensorRecord) -> ppl::Result<Self> {
        Self::new(record.values, record.shape.as_slice())
    }
}

/// A constraint as it is written.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum ConstraintRecord {
    Real,
    Positive,
    NonNegative,
    UnitInterval,
    Interval {
        low: TensorRecord,
        high: TensorRecord,
    },
    GreaterThan(TensorRecord),
    LessThan(TensorRecord),
    Simplex,
    Ordered,
    LowerCholesky,
    PositiveDefinite,
    Independent(Box<ConstraintRecord>, usize),
    /// What cannot be written, in words.
    #[serde(skip_deserializing, serialize_with = "refuse")]
    Other(String),
}

fn refuse<S: Serializer>(constraint: &str, _: S) -> Result<S::Ok, S::Error> {
    Err(ser::Error::custom(format_args!("a parameter whose constraint is `{constraint}` cannot be written")))
}

impl From<&Constraint> for ConstraintRecord {
    fn from(constraint: &Constraint) -> Self {
        match constraint {
            Constraint::Real => Self::Real,
            Constraint::Positive => Self::Positive,
            Constraint::NonNegative => Self::NonNegative,
            Constraint::UnitInterval => Self::UnitInterval,
            Constraint::Interval { lower, upper } => Self::Interval { low: lower.into(), high: upper.into() },
            Constraint::GreaterThan(low) => Self::GreaterThan(low.into()),
            Constraint::LessThan(high) => Self::LessThan(high.into()),
            Constraint::Simplex => Self::Simplex,
            Constraint::OrderedVector => Self::Ordered,
            Constraint::LowerCholesky => Self::LowerCholesky,
            Constraint::PositiveDefinite => Self::PositiveDefinite,
            Constraint::Independent(base, rank) => match Self::from(base.as_ref()) {
                Self::Other(_) => Self::Other(constraint.to_string()),
                base => Self::Independent(Box::new(base), *rank),
            },
            _ => Self::Other(constraint.to_string()),
        }
    }
}

impl TryFrom<ConstraintRecord> for Constraint {
    type Error = Error;

    fn try_from(record: ConstraintRecord) -> Result<Self, Error> {
        Ok(match record {
            ConstraintRecord::Real => Self::Real,
            ConstraintRecord::Positive => Self::Positive,
            ConstraintRecord::NonNegative => Self::NonNegative,
            ConstraintRecord::UnitInterval => Self::UnitInterval,
            ConstraintRecord::Interval { low, high } => {
                Self::Interval { lower: low.try_into()?, upper: high.try_into()? }
            }
            ConstraintRecord::GreaterThan(low) => Self::GreaterThan(low.try_into()?),
            ConstraintRecord::LessThan(high) => Self::LessThan(high.try_into()?),
            ConstraintRecord::Simplex => Self::Simplex,
            ConstraintRecord::Ordered => Self::OrderedVector,
            ConstraintRecord::LowerCholesky => Self::LowerCholesky,
            ConstraintRecord::PositiveDefinite => Self::PositiveDefinite,
            ConstraintRecord::Independent(base, rank) => Self::Independent(Box::new((*base).try_into()?), rank),
            ConstraintRecord::Other(_) => unreachable!("it is never read"),
        })
    }
}
