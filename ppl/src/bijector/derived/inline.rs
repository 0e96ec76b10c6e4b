//! `Inline`: a bijector made of closures.

use std::fmt;
use std::sync::Arc;

use crate::bijector::{Bijector, MapId, check_gradient, remembered};
use crate::{Constraint, Result, Tensor};

/// A map to a value and ln |det|.
type Map = Arc<dyn Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync>;

/// A bijector whose two directions are closures, each of which returns the value and ln |det|.
///
/// # Domain and codomain
/// Real numbers, elementwise, unless [`between`](Self::between) names other sets. The shape of an event stays the
/// same; a map that changes it is a [`Bijector`] of its own.
///
/// # Gradients
/// The closures must be made of operations of `Tensor`. One that reads the numbers that it is given, and would so lose
/// their gradient, is an error.
///
/// # Cache
/// Values remember what they were made of, as those of [`Cached`](crate::bijector::Cached) do.
///
/// # Numerics
/// Those of the closures.
///
/// # Reference
/// TFP, `tfp.bijectors.Inline`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Inline};
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
///
/// // The cube, whose derivative is 3 u².
/// let cube = Inline::new(
///     "Cube",
///     |u| Ok((u.powf(3.0), (u.square() * 3.0).ln())),
///     |x| {
///         let u = x.sign() * x.abs().powf(1.0 / 3.0);
///         let log_det = -(u.square() * 3.0).ln();
///         Ok((u, log_det))
///     },
/// );
/// assert_eq!(cube.forward(&Tensor::from(2.0))?, 8.0);
/// let density = Normal::new(0.0, 1.0).transform(cube)?.log_prob(&Tensor::from(8.0))?;
/// assert!((density.item() - (Normal::new(0.0, 1.0)?.log_prob(&Tensor::from(2.0))?.item() - 12_f64.ln())).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone)]
pub struct Inline {
    name: &'static str,
    forward: Map,
    inverse: Map,
    domain: Constraint,
    codomain: Constraint,
    map: MapId,
}

impl Inline {
    /// The bijector with this name and these two directions: `forward` returns x and ln |det dx/du|, `inverse` returns u
    /// and ln |det du/dx|.
    pub fn new(
        name: &'static str,
        forward: impl Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
        inverse: impl Fn(&Tensor) -> Result<(Tensor, Tensor)> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            forward: Arc::new(forward),
            inverse: Arc::new(inverse),
            domain: Constraint::Real,
            codomain: Constraint::Real,
            map: MapId::unique(),
        }
    }

    /// The same map between these two sets, whose events are what the closures return one Jacobian term for.
    #[must_use]
    pub fn between(self, domain: Constraint, codomain: Constraint) -> Self {
        Self { domain, codomain, ..self }
    }

    fn apply(&self, map: MapId, function: &Map, argument: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(map, argument, |argument| {
            let (value, log_det) = function(argument)?;
            check_gradient(self, argument, &value)?;
            Ok((value, log_det))
        })
    }
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inline").field(&self.name).finish()
    }
}

impl Bijector for Inline {
    fn name(&self) -> &'static str {
        self.name
    }

    fn domain(&self) -> Constraint {
        self.domain.clone()
    }

    fn codomain(&self) -> Constraint {
        self.codomain.clone()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.apply(self.map, &self.forward, u)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.apply(self.map.inverse(), &self.inverse, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;
    use crate::grad;

    #[test]
    fn laws() {
        let exp = Inline::new("MyExp", |u| Ok((u.exp(), u.clone())), |x| Ok((x.ln(), -x.ln())));
        let exp = exp.between(Constraint::Real, Constraint::Positive);
        Laws::of(&exp).hold_at(&Tensor::from([-2.0, 0.3, 5.0]));
        let doubled = Inline::new(
            "Doubled",
            |u| Ok((u * 2.0, Tensor::full(u.shape().split_event(1).0, 2.0 * 2_f64.ln()))),
            |x| Ok((x * 0.5, Tensor::full(x.shape().split_event(1).0, -2.0 * 2_f64.ln()))),
        );
        let vectors = || Constraint::Independent(Box::new(Constraint::Real), 1);
        Laws::of(&doubled.between(vectors(), vectors())).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
    }

    #[test]
    fn it_remembers() {
        let exp = Inline::new("MyExp", |u| Ok((u.exp(), u.clone())), |x| Ok((x.ln(), -x.ln())));
        let u = Tensor::from([-2.0, 0.3]);
        assert!(exp.inverse(&exp.forward(&u).unwrap()).unwrap().shares_memory_with(&u));
    }

    #[test]
    fn a_closure_that_loses_the_gradient_is_refused() {
        let reading = |x: &Tensor| {
            let numbers: Vec<f64> = x.to_vec().into_iter().map(f64::exp).collect();
            Ok((Tensor::new(numbers, x.shape())?, x.clone()))
        };
        let exp = Inline::new("Reading", reading, |x| Ok((x.ln(), -x.ln())));
        let error = grad(|u| Ok(exp.forward(&u[0])?.sum()), &[Tensor::from(2.0)]).unwrap_err().to_string();
        assert!(error.starts_with("the derivative of the bijector `Reading`, which reads the numbers"), "{error}");
    }
}
