//! `GompertzCdf`: the non-negative numbers onto the unit interval, by a Gompertz distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Gompertz distribution.
///
#[doc = include_str!("../../../doc/bijector/GompertzCdf.svg")]
///
/// ```text
/// t = concentration · (e^{rate · u} − 1)
/// forward   x = 1 − e^{−t}                                     ln |dx/du| = ln(concentration · rate) + rate · u − t
/// inverse   u = ln(1 + t / concentration) / rate,              ln |du/dx| = −ln |dx/du|
///           t = −ln(1 − x)
/// ```
///
/// # Domain and codomain
/// Non-negative numbers → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// Exact near x = 0, by expm1 and log1p. x rounds to 1 from t = 37 on; the Jacobian term is taken from u.
///
/// # Reference
/// TFP, `tfp.bijectors.GompertzCDF`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, GompertzCdf};
///
/// let x = GompertzCdf::new(0.5, 2.0)?.forward(&Tensor::from([0.0, 1e-20]))?;
/// assert_eq!(x.to_vec(), [0.0, 1e-20]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GompertzCdf {
    concentration: Tensor,
    rate: Tensor,
    shape: Shape,
}

impl GompertzCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// Parameters that are not positive; shapes that do not broadcast.
    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self> {
        let (concentration, rate) = (concentration.into_tensor(), rate.into_tensor());
        let shape = check::broadcast_all("GompertzCdf", &[&concentration, &rate])?;
        check::elements("GompertzCdf", "concentration", &concentration, "finite and positive", |concentration| {
            concentration.is_finite() && concentration > 0.0
        })?;
        check::elements("GompertzCdf", "rate", &rate, "finite and positive", |rate| rate.is_finite() && rate > 0.0)?;
        Ok(Self { concentration, rate, shape })
    }
}

impl Bijector for GompertzCdf {
    fn name(&self) -> &'static str {
        "GompertzCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let exponent = u * &self.rate;
        let t = exponent.expm1() * &self.concentration;
        let log_det = exponent - &t + (&self.concentration * &self.rate).ln();
        Ok((-(-t).expm1(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let t = -(-x).log1p();
        let exponent = (&t / &self.concentration).log1p();
        let log_det = t - &exponent - (&self.concentration * &self.rate).ln();
        Ok((exponent / &self.rate, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("GompertzCdf", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};

    #[test]
    fn laws() {
        let cdf = GompertzCdf::new([1.0, 0.2], [[2.0], [0.7]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[1e-20, 0.3], [1.1, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&GompertzCdf::new(1.0, 1.5).unwrap()).are_finite_at((), &[1e-300, 1e-9, 50.0, 400.0]);
        parameter_gradients(
            |p| GompertzCdf::new(&p[0], &p[1]),
            &[[1.0, 0.5].into(), [[2.0], [0.7]].into()],
            &[0.7, 0.2].into(),
        );
    }
}
