//! `KumaraswamyCdf`: the unit interval onto itself, by a Kumaraswamy distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Kumaraswamy distribution.
///
#[doc = include_str!("../../../doc/bijector/KumaraswamyCdf.svg")]
///
/// ```text
/// forward   x = 1 − (1 − uᵃ)ᵇ                    ln |dx/du| = ln(a b) + (a − 1) ln u + (b − 1) ln(1 − uᵃ)
/// inverse   u = (1 − (1 − x)^{1/b})^{1/a}        ln |du/dx| = −ln |dx/du|
/// ```
///
/// with a = `concentration1` and b = `concentration0`.
///
/// # Domain and codomain
/// Numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// The formulas are sums of ln u, ln(1 − uᵃ) and ln(1 − x), each of which keeps its digits where its argument is near 0 or 1.
///
/// # Reference
/// TFP, `tfp.bijectors.KumaraswamyCDF`; Kumaraswamy (1980), "A generalized probability density function for
/// double-bounded random processes".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, KumaraswamyCdf};
///
/// let x = KumaraswamyCdf::new(2.0, 3.0)?.forward(&Tensor::from(0.5))?;
/// assert!((x.item() - (1.0 - 0.75_f64.powi(3))).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KumaraswamyCdf {
    concentration1: Tensor,
    concentration0: Tensor,
    shape: Shape,
}

impl KumaraswamyCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// Parameters that are not positive; shapes that do not broadcast.
    pub fn new(concentration1: impl IntoTensor, concentration0: impl IntoTensor) -> Result<Self> {
        let (concentration1, concentration0) = (concentration1.into_tensor(), concentration0.into_tensor());
        let shape = check::broadcast_all("KumaraswamyCdf", &[&concentration1, &concentration0])?;
        check::elements(
            "KumaraswamyCdf",
            "concentration1",
            &concentration1,
            "finite and positive",
            |concentration1| concentration1.is_finite() && concentration1 > 0.0,
        )?;
        check::elements(
            "KumaraswamyCdf",
            "concentration0",
            &concentration0,
            "finite and positive",
            |concentration0| concentration0.is_finite() && concentration0 > 0.0,
        )?;
        Ok(Self { concentration1, concentration0, shape })
    }

    /// ln |dx/du|, from u and 1 − uᵃ; also at the ends, where 0 ln 0 is 0.
    fn log_slope(&self, u: &Tensor, rest: &Tensor) -> Tensor {
        (&self.concentration1 - 1.0).xlogy(u)
            + (&self.concentration0 - 1.0).xlogy(rest)
            + (&self.concentration1 * &self.concentration0).ln()
    }
}

impl Bijector for KumaraswamyCdf {
    fn name(&self) -> &'static str {
        "KumaraswamyCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let log_power = u.ln() * &self.concentration1;
        let log_det = self.log_slope(u, &-log_power.expm1());
        Ok((-(log_power.log1mexp() * &self.concentration0).expm1(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let log_rest = (-x).log1p() / &self.concentration0;
        let u = (log_rest.log1mexp() / &self.concentration1).exp();
        let log_det = -self.log_slope(&u, &log_rest.exp());
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("KumaraswamyCdf", &self.shape, shape)
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
        let cdf = KumaraswamyCdf::new([1.5, 0.5], [[2.0], [0.7]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[1e-9, 0.3], [0.8, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&KumaraswamyCdf::new(2.0, 1.5).unwrap()).are_finite_at((), &[1e-150, 1e-9, 0.999]);
        parameter_gradients(
            |p| KumaraswamyCdf::new(&p[0], &p[1]),
            &[[1.0, 0.5].into(), [[2.0], [0.7]].into()],
            &[0.7, 0.2].into(),
        );
    }
}
