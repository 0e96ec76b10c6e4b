//! `biject_to`: from the support of a site to the map that samplers move it with.

use std::sync::Arc;

use super::{
    Bijector, Blockwise, Chain, CholeskyOuterProduct, CorrelationCholesky, CorrelationOuterProduct, Exp, GreaterThan,
    Identity, Independent, Interval, L1Ball, LessThan, LowerCholesky, LowerTriangular, MixedIntervals, Ordered,
    PositiveOrdered, Sigmoid, StickBreaking, StochasticMatrix, UnitVector, ZeroSum,
};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The bijector from unconstrained space onto a constrained set.
///
/// The table is in the [module's documentation](super). A support can depend on other sites, so its bijector must be
/// built anew at every run.
///
/// # Errors
/// Sets of isolated points, onto which no smooth map leads.
///
/// # Example
/// ```
/// use ppl::bijector::biject_to;
/// use ppl::{Constraint, Tensor};
///
/// let bijector = biject_to(&Constraint::Simplex)?;
/// assert_eq!(bijector.forward(&Tensor::from([0.0]))?.to_vec(), [0.5, 0.5]);
/// assert!(biject_to(&Constraint::Boolean).is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
pub fn biject_to(constraint: &Constraint) -> Result<Arc<dyn Bijector>> {
    let unsupported = |why: &str, hint: &str| {
        let what = format!("an unconstrained form of `{constraint}`, {why},");
        Err(Error::Unsupported { what, hint: hint.to_owned() })
    };
    if constraint.is_discrete() {
        return unsupported(
            "whose values are isolated points, between which no gradient leads",
            "sum the site out, observe it, or use an algorithm that draws discrete sites, such as importance sampling",
        );
    }
    Ok(match constraint {
        Constraint::Real => Arc::new(Identity),
        // The set of the one point 0 has no probability under a density, so the open half-line is as good.
        Constraint::Positive | Constraint::NonNegative => Arc::new(Exp),
        Constraint::UnitInterval => Arc::new(Sigmoid),
        Constraint::Interval { lower, upper } => return bounded(lower, upper),
        Constraint::GreaterThan(lower) => Arc::new(GreaterThan::new(lower)?),
        Constraint::LessThan(upper) => Arc::new(LessThan::new(upper)?),
        Constraint::Simplex => Arc::new(StickBreaking),
        Constraint::OrderedVector => Arc::new(Ordered),
        Constraint::PositiveOrderedVector => Arc::new(PositiveOrdered),
        Constraint::UnitVector => Arc::new(UnitVector),
        Constraint::L1Ball => Arc::new(L1Ball),
        Constraint::ZeroSum(rank) => Arc::new(ZeroSum::new(*rank)),
        Constraint::LowerTriangular => Arc::new(LowerTriangular),
        Constraint::RowStochasticMatrix => Arc::new(StochasticMatrix::rows()),
        Constraint::ColumnStochasticMatrix => Arc::new(StochasticMatrix::columns()),
        Constraint::LowerCholesky => Arc::new(LowerCholesky),
        // Singular matrices have no probability under a density, so the open set is as good.
        Constraint::PositiveDefinite | Constraint::PositiveSemidefinite => {
            Arc::new(Chain::new(vec![Arc::new(CholeskyOuterProduct), Arc::new(LowerCholesky)]))
        }
        Constraint::CorrelationCholesky => Arc::new(CorrelationCholesky),
        Constraint::CorrelationMatrix => {
            Arc::new(Chain::new(vec![Arc::new(CorrelationOuterProduct), Arc::new(CorrelationCholesky)]))
        }
        Constraint::Constant(_) => {
            return unsupported("whose site has a single value and nothing to infer", "use `deterministic!` for it");
        }
        Constraint::ZeroOr(_) => {
            return unsupported(
                "where 0 has a probability of its own",
                "observe the site, or draw whether it is 0 at a discrete site of its own",
            );
        }
        Constraint::Independent(base, rank) => Arc::new(Independent::new(biject_to(base)?, *rank)),
        Constraint::Blocks(blocks) => return blockwise(blocks),
        Constraint::Image { of, under } => Arc::new(Chain::new(vec![under.clone(), biject_to(of)?])),
        _ => return unsupported("onto which no bijector leads", "choose another constraint"),
    })
}

/// The bijector of each block, for the number of unconstrained entries that the block has.
fn blockwise(blocks: &[(Constraint, usize)]) -> Result<Arc<dyn Bijector>> {
    let mut bijectors = Vec::with_capacity(blocks.len());
    for (set, size) in blocks {
        let bijector = biject_to(set)?;
        let unconstrained = bijector.inverse_shape(&Shape::from(*size))?.size();
        bijectors.push((bijector, unconstrained));
    }
    Ok(Arc::new(Blockwise::new(bijectors)?))
}

/// Bounds may be infinite, all of a side or some.
fn bounded(lower: &Tensor, upper: &Tensor) -> Result<Arc<dyn Bijector>> {
    // Bounds that are being differentiated are finite: an infinite one has no gradient.
    let infinite = |bound: &Tensor, end: f64| {
        let elements = if bound.is_tracked() { Vec::new() } else { bound.elements().to_vec() };
        let infinite = elements.iter().filter(|&&element| element == end).count();
        (infinite > 0, infinite == elements.len() && infinite > 0)
    };
    let (lower_ends, upper_ends) = (infinite(lower, f64::NEG_INFINITY), infinite(upper, f64::INFINITY));
    Ok(match (lower_ends, upper_ends) {
        ((false, _), (false, _)) => Arc::new(Interval::new(lower, upper)?),
        ((false, _), (_, true)) => Arc::new(GreaterThan::new(lower)?),
        ((_, true), (false, _)) => Arc::new(LessThan::new(upper)?),
        ((_, true), (_, true)) => Arc::new(Identity),
        _ => Arc::new(MixedIntervals::new(lower, upper)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unconstrained values of every continuous set land in it, also far out.
    #[test]
    fn forward_lands_in_the_set() {
        let sets = [
            Constraint::Real,
            Constraint::Positive,
            Constraint::NonNegative,
            Constraint::UnitInterval,
            Constraint::Interval { lower: Tensor::from([-1.0, 0.1, 5.0]), upper: 7.0.into() },
            Constraint::Interval { lower: 3.0.into(), upper: f64::INFINITY.into() },
            Constraint::Interval { lower: f64::NEG_INFINITY.into(), upper: 3.0.into() },
            Constraint::Interval { lower: f64::NEG_INFINITY.into(), upper: f64::INFINITY.into() },
            Constraint::Interval { lower: Tensor::from([0.0, f64::NEG_INFINITY, -1.0]), upper: 1.0.into() },
            Constraint::Interval {
                lower: Tensor::from([0.0, f64::NEG_INFINITY, -1.0]),
                upper: Tensor::from([1.0, f64::INFINITY, f64::INFINITY]),
            },
            Constraint::GreaterThan(Tensor::from([-1.0, 0.0, 5.0])),
            Constraint::LessThan(2.0.into()),
            Constraint::Simplex,
            Constraint::OrderedVector,
            Constraint::LowerCholesky,
            Constraint::PositiveDefinite,
            Constraint::PositiveSemidefinite,
            Constraint::CorrelationCholesky,
            Constraint::CorrelationMatrix,
            Constraint::PositiveOrderedVector,
            Constraint::UnitVector,
            Constraint::L1Ball,
            Constraint::ZeroSum(1),
            Constraint::ZeroSum(2),
            Constraint::LowerTriangular,
            Constraint::RowStochasticMatrix,
            Constraint::ColumnStochasticMatrix,
            Constraint::Blocks(vec![(Constraint::Positive, 1), (Constraint::Simplex, 3)]),
            Constraint::Independent(Box::new(Constraint::Positive), 2),
            Constraint::Independent(Box::new(Constraint::Simplex), 1),
        ];
        let u = Tensor::from([[0.3, -1.0, 2.0], [-3.0, 0.0, 1.5]]);
        for set in sets {
            let bijector = biject_to(&set).unwrap();
            let x = bijector.forward(&u).unwrap();
            assert_eq!(bijector.codomain_event_rank(), set.event_rank(), "{set}");
            assert_eq!(set.contains(&x).min(), 1.0, "{set}: {x}");
            assert_eq!(bijector.forward_shape(&u.shape()).unwrap(), x.shape(), "{set}");
            let back = bijector.inverse(&x).unwrap();
            assert!((back - &u).abs().max() < 1e-12, "{set}");
        }
    }

    #[test]
    fn discrete_sets_and_points_say_why_not() {
        let error = biject_to(&Constraint::Boolean).unwrap_err().to_string();
        assert!(error.starts_with("an unconstrained form of `0 or 1`, whose values are isolated points"), "{error}");
        for set in [
            Constraint::NonNegativeInteger,
            Constraint::IntegerInterval { lower: 0.0.into(), upper: 3.0.into() },
            Constraint::Constant(Tensor::from(2.0)),
            Constraint::Independent(Box::new(Constraint::Boolean), 1),
        ] {
            assert!(matches!(biject_to(&set), Err(Error::Unsupported { .. })), "{set}");
        }
        assert_eq!(
            biject_to(&Constraint::Simplex).unwrap().inverse_shape(&Shape::from([5, 3])).unwrap().dims(),
            [5, 2]
        );
    }
}
