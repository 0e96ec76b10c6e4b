//! `GeneralizedExtremeValueCdf`: numbers onto the unit interval, by a generalized extreme value distribution function.

use super::power_transform::{expm1_over, log1p_over};
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a generalized extreme value distribution.
///
#[doc = include_str!("../../../doc/bijector/GeneralizedExtremeValueCdf.svg")]
///
/// ```text
/// z = (u − loc) / scale,   L = ln(1 + ξ z) / ξ,   z for ξ = 0
/// forward   x = e^{−t},   t = e^{−L}                            ln |dx/du| = −t − (1 + ξ) L − ln scale
/// inverse   z = (e^{ξ L} − 1) / ξ,   L = −ln(−ln x)             ln |du/dx| = −ln |dx/du|
/// ```
///
/// with ξ = `concentration`.
///
/// # Domain and codomain
/// Numbers with 1 + ξ z > 0 → numbers between 0 and 1; elementwise, the parameters broadcast. Those are all real
/// numbers for ξ = 0 (Gumbel), the ones above loc − scale/ξ for ξ > 0 (Fréchet), below it for ξ < 0 (Weibull).
///
/// # Numerics
/// Near ξ z = 0, L and its derivatives come from a series, so ξ = 0 is no special point. The Jacobian term is taken
/// from u, where x rounds to 0 or 1.
///
/// # Reference
/// TFP, `tfp.bijectors.GeneralizedExtremeValueCDF`; Coles (2001), "An introduction to statistical modeling of extreme
/// values", section 3.1.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, GeneralizedExtremeValueCdf};
///
/// let x = GeneralizedExtremeValueCdf::new(1.0, 2.0, [-0.3, 0.0, 0.3])?.forward(&Tensor::from(1.0))?;
/// assert_eq!(x.to_vec(), [(-1_f64).exp(); 3]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GeneralizedExtremeValueCdf {
    loc: Tensor,
    scale: Tensor,
    concentration: Tensor,
    shape: Shape,
}

impl GeneralizedExtremeValueCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// `loc` or `concentration` not finite; `scale` not positive; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (loc, scale, concentration) = (loc.into_tensor(), scale.into_tensor(), concentration.into_tensor());
        let shape = check::broadcast_all("GeneralizedExtremeValueCdf", &[&loc, &scale, &concentration])?;
        check::elements("GeneralizedExtremeValueCdf", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("GeneralizedExtremeValueCdf", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        check::elements("GeneralizedExtremeValueCdf", "concentration", &concentration, "finite", f64::is_finite)?;
        Ok(Self { loc, scale, concentration, shape })
    }

    /// ln |dx/du|, from L and t.
    fn log_slope(&self, log_ratio: &Tensor, t: &Tensor) -> Tensor {
        -(log_ratio * (&self.concentration + 1.0) + t) - self.scale.ln()
    }
}

impl Bijector for GeneralizedExtremeValueCdf {
    fn name(&self) -> &'static str {
        "GeneralizedExtremeValueCdf"
    }

    fn domain(&self) -> Constraint {
        let end = &self.loc - &self.scale / &self.concentration;
        let is = |sign: f64| (&self.concentration * sign).greater(0.0);
        Constraint::Interval {
            lower: Tensor::select(is(1.0), &end, f64::NEG_INFINITY),
            upper: Tensor::select(is(-1.0), &end, f64::INFINITY),
        }
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let log_ratio = log1p_over(&((u - &self.loc) / &self.scale), &self.concentration);
        let t = (-&log_ratio).exp();
        let log_det = self.log_slope(&log_ratio, &t);
        Ok(((-t).exp(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let t = -x.ln();
        let log_ratio = -t.ln();
        let log_det = -self.log_slope(&log_ratio, &t);
        Ok((expm1_over(&log_ratio, &self.concentration) * &self.scale + &self.loc, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("GeneralizedExtremeValueCdf", &self.shape, shape)
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
        let cdf = GeneralizedExtremeValueCdf::new(0.2, [2.0, 0.5], [[0.3], [0.0], [-0.3]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([-0.2, 0.7]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.7));
        parameter_gradients(
            |p| GeneralizedExtremeValueCdf::new(&p[0], &p[1], &p[2]),
            &[[-0.2, 0.1].into(), [[2.0], [0.7]].into(), [[0.3], [-0.2]].into()],
            &[0.7, 0.4].into(),
        );
    }

    /// Up to where the domain ends, at loc − scale/ξ.
    #[test]
    fn tails() {
        for (concentration, tails) in [
            (0.0, [-700.0, -50.0, 50.0, 700.0]),
            (0.5, [-4.0 + 1e-9, -3.9, 700.0, 1e300]),
            (-0.5, [-1e100, -700.0, 3.9, 4.0 - 1e-9]),
        ] {
            let cdf = GeneralizedExtremeValueCdf::new(0.0, 2.0, concentration).unwrap();
            Laws::of(&cdf).are_finite_at((), &tails);
        }
    }
}
