//! The image of a set under a bijector: the support of a transformed distribution.

use std::sync::Arc;

use crate::bijector::Bijector;
use crate::{Constraint, Error, Result};

/// The set onto which a bijector maps another.
///
/// Where that is the bijector's whole domain, it is the codomain, a set with a name of its own. A part of the domain
/// has the image that it is described by: [`Constraint::Image`].
pub(crate) fn image(set: &Constraint, bijector: &Arc<dyn Bijector>) -> Constraint {
    if is_same(set, &bijector.domain()) {
        return bijector.codomain();
    }
    match set {
        // An elementwise bijector maps the elements.
        Constraint::Independent(base, rank) if base.event_rank() >= bijector.domain_event_rank() => {
            Constraint::Independent(Box::new(image(base, bijector)), *rank)
        }
        _ => Constraint::Image { of: Box::new(set.clone()), under: bijector.clone() },
    }
}

/// Refuses a bijector of values some of which are outside of its domain: their probability would be lost.
///
/// # Errors
/// The elements of the set are known to take other values than the bijector's domain has.
pub(crate) fn check_domain(set: &Constraint, bijector: &dyn Bijector) -> Result<()> {
    fn element(set: &Constraint) -> &Constraint {
        if let Constraint::Independent(base, _) = set { element(base) } else { set }
    }
    let domain = bijector.domain();
    let exceeds = match element(&domain) {
        Constraint::ZeroSum(_) => matches!(
            element(set),
            Constraint::Real
                | Constraint::Positive
                | Constraint::NonNegative
                | Constraint::UnitInterval
                | Constraint::Interval { .. }
                | Constraint::Simplex
        ),
        Constraint::Positive | Constraint::NonNegative | Constraint::GreaterThan(_) | Constraint::LessThan(_) => {
            matches!(element(set), Constraint::Real)
        }
        Constraint::UnitInterval => {
            matches!(element(set), Constraint::Real | Constraint::Positive | Constraint::NonNegative)
        }
        _ => false,
    };
    if !exceeds {
        return Ok(());
    }
    Err(Error::Unsupported {
        what: format!("transforming what is {set} by {}, whose domain is {domain},", bijector.name()),
        hint: "put a bijector onto that domain in between, by `Chain`".to_owned(),
    })
}

/// Whether two sets are known to be the same; bounds are not compared.
fn is_same(left: &Constraint, right: &Constraint) -> bool {
    match (left, right) {
        (Constraint::Independent(left, left_rank), Constraint::Independent(right, right_rank)) => {
            left_rank == right_rank && is_same(left, right)
        }
        (Constraint::ZeroSum(left), Constraint::ZeroSum(right)) => left == right,
        (Constraint::Real, Constraint::Real)
        | (Constraint::Positive, Constraint::Positive)
        | (Constraint::NonNegative, Constraint::NonNegative)
        | (Constraint::UnitInterval, Constraint::UnitInterval)
        | (Constraint::Simplex, Constraint::Simplex)
        | (Constraint::OrderedVector, Constraint::OrderedVector)
        | (Constraint::PositiveOrderedVector, Constraint::PositiveOrderedVector)
        | (Constraint::UnitVector, Constraint::UnitVector)
        | (Constraint::L1Ball, Constraint::L1Ball)
        | (Constraint::LowerTriangular, Constraint::LowerTriangular)
        | (Constraint::LowerCholesky, Constraint::LowerCholesky)
        | (Constraint::PositiveDefinite, Constraint::PositiveDefinite) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;
    use crate::bijector::{Affine, Bijector, Exp, StickBreaking, biject_to};

    #[test]
    fn a_whole_domain_has_the_codomain_as_its_image() {
        let exp: Arc<dyn Bijector> = Arc::new(Exp);
        assert!(matches!(image(&Constraint::Real, &exp), Constraint::Positive));
        let vectors = Constraint::Independent(Box::new(Constraint::Real), 1);
        assert_eq!(image(&vectors, &exp).to_string(), "positive in every element");
        let breaking: Arc<dyn Bijector> = Arc::new(StickBreaking);
        assert!(matches!(image(&vectors, &breaking), Constraint::Simplex));
    }

    #[test]
    fn a_part_of_a_domain_is_reached_by_both_bijectors() {
        let affine: Arc<dyn Bijector> = Arc::new(Affine::new(1.0, -2.0).unwrap());
        let set = image(&Constraint::Positive, &affine);
        assert_eq!(set.contains(&Tensor::from([0.5, 1.5])).to_vec(), [1.0, 0.0]);
        let bijector = biject_to(&set).unwrap();
        assert_eq!(bijector.forward(&Tensor::from(0.0)).unwrap(), -1.0);
        assert_eq!(set.contains(&bijector.forward(&Tensor::linspace(-3.0, 3.0, 5)).unwrap()).min(), 1.0);
    }
}
