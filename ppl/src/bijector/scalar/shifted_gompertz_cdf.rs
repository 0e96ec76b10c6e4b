//! `ShiftedGompertzCdf`: the non-negative numbers onto the unit interval, by a shifted Gompertz distribution function.

use super::lambert_w_tail::lambert_w_of_large;
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a shifted Gompertz distribution: that of the larger of an exponential and a Gumbel
/// variable with the same rate.
///
#[doc = include_str!("../../../doc/bijector/ShiftedGompertzCdf.svg")]
///
/// ```text
/// t = e^{−rate · u}
/// forward   x = (1 − t) e^{−concentration · t}       ln |dx/du| = ln rate − rate · u − concentration · t
///                                                                + ln(1 + concentration · (1 − t))
/// inverse   1 − t = W(concentration · x · e^{concentration}) / concentration
///           u = −ln t / rate                         ln |du/dx| = −ln |dx/du|
/// ```
///
/// with W Lambert's function.
///
/// # Domain and codomain
/// Non-negative numbers → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// Exact near x = 0, by expm1 and log1p. Near x = 1, t is found from ln x by Newton's method. x rounds to 1 where
/// (1 + concentration) t is below 1e-16; the Jacobian term is taken from u. W is taken of a logarithm where its argument
/// overflows.
///
/// # Reference
/// TFP, `tfp.bijectors.ShiftedGompertzCDF`; Bemmaor (1994), "Modeling the diffusion of new durable goods".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, ShiftedGompertzCdf};
///
/// let cdf = ShiftedGompertzCdf::new(2.0, 0.5)?;
/// // t = ½ at u = 2 ln 2
/// let x = cdf.forward(&Tensor::from(2.0 * 2_f64.ln()))?;
/// assert!((x.item() - 0.5 * (-1_f64).exp()).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ShiftedGompertzCdf {
    concentration: Tensor,
    rate: Tensor,
    shape: Shape,
}

impl ShiftedGompertzCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// Parameters that are not positive; shapes that do not broadcast.
    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self> {
        const NAME: &str = "ShiftedGompertzCdf";
        let (concentration, rate) = (concentration.into_tensor(), rate.into_tensor());
        let shape = check::broadcast_all(NAME, &[&concentration, &rate])?;
        for (name, parameter) in [("concentration", &concentration), ("rate", &rate)] {
            check::elements(NAME, name, parameter, "finite and positive", |value| value.is_finite() && value > 0.0)?;
        }
        Ok(Self { concentration, rate, shape })
    }

    /// ln |dx/du|, from rate · u, t and 1 − t.
    fn log_slope(&self, exponent: &Tensor, t: &Tensor, one_less_t: &Tensor) -> Tensor {
        self.rate.ln() - exponent - t * &self.concentration + (one_less_t * &self.concentration).log1p()
    }
}

impl Bijector for ShiftedGompertzCdf {
    fn name(&self) -> &'static str {
        "ShiftedGompertzCdf"
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
        let (t, one_less_t) = ((-&exponent).exp(), -(-&exponent).expm1());
        let log_det = self.log_slope(&exponent, &t, &one_less_t);
        Ok((one_less_t * (t * -&self.concentration).exp(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let concentration = &self.concentration;
        let log_x = x.ln();
        let log_argument = &log_x + concentration.ln() + concentration;
        // The branches that are not chosen are evaluated at harmless operands.
        let is_huge = log_argument.greater(690.0);
        let would_overflow = concentration.greater(690.0);
        let by_product = Tensor::select(&would_overflow, 0.0, concentration).exp() * concentration * x;
        let by_logarithm = Tensor::select(&is_huge, 0.0, &log_argument).exp();
        let argument = Tensor::select(&is_huge, 1.0, Tensor::select(&would_overflow, by_logarithm, by_product));
        let large = lambert_w_of_large(&Tensor::select(&is_huge, log_argument, 700.0));
        let lower = Tensor::select(is_huge, large, argument.lambert_w0()) / concentration;

        // ln(1 − t) − concentration · t = ln x, where t is the smaller of the two.
        let is_upper = lower.greater(0.5);
        let start = Tensor::select(&is_upper, (1.0 - &lower).maximum(0.0), 0.25);
        let log_x = Tensor::select(&is_upper, log_x, -0.25 * concentration + 0.75_f64.ln());
        let upper = (0..3).fold(start, |t, _| {
            let excess = (-&t).log1p() - &t * concentration - &log_x;
            let slope = (1.0 - &t).recip() + concentration;
            t + excess / slope
        });
        let exponent = Tensor::select(
            &is_upper,
            -Tensor::select(&is_upper, &upper, 0.5).ln(),
            -(-Tensor::select(&is_upper, 0.5, &lower)).log1p(),
        );
        let t = Tensor::select(&is_upper, &upper, 1.0 - &lower);
        let one_less_t = Tensor::select(&is_upper, 1.0 - &upper, lower);
        let log_det = -self.log_slope(&exponent, &t, &one_less_t);
        Ok((exponent / &self.rate, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("ShiftedGompertzCdf", &self.shape, shape)
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
        let cdf = ShiftedGompertzCdf::new([1.0, 0.2], [[2.0], [0.7]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[1e-20, 0.3], [1.1, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&ShiftedGompertzCdf::new(1.0, 1.5).unwrap()).are_finite_at((), &[1e-300, 1e-9, 50.0, 400.0]);
        parameter_gradients(
            |p| ShiftedGompertzCdf::new(&p[0], &p[1]),
            &[[1.0, 0.5].into(), [[2.0], [0.7]].into()],
            &[0.7, 0.2].into(),
        );
    }

    /// Up to x = 1 − 1e-13, and where the argument of Lambert's function overflows.
    #[test]
    fn the_inverse_is_accurate_to_both_ends() {
        for concentration in [1e-8, 0.3, 20.0, 650.0, 800.0] {
            let cdf = ShiftedGompertzCdf::new(concentration, 1.0).unwrap();
            for u in [1e-12, 1e-3, 0.4, 1.0, 5.0, 20.0, 29.0] {
                let x = cdf.forward(&Tensor::from(u)).unwrap().without_preimage();
                if x.item() == 0.0 || x.item() > 1.0 - 1e-13 {
                    continue;
                }
                // What the rounding of x alone does to u, and that of the exponent −concentration · t.
                let (_, log_slope) = cdf.forward_and_log_det(&Tensor::from(u)).unwrap();
                let rounding = f64::EPSILON * x.item() * (4.0 + concentration) * (-log_slope.item()).exp();
                let back = cdf.inverse(&x).unwrap().item();
                assert!((back - u).abs() <= 1e-13 * u + 4.0 * rounding, "{concentration}, {u}: {back}");
            }
        }
    }
}
