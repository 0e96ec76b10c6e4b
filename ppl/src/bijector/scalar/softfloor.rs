//! `Softfloor`: a smooth staircase.

use super::sigmoid::log_slope;
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// A differentiable approximation of `floor`: steps between the integers, the sharper the lower the temperature.
///
#[doc = include_str!("../../../doc/bijector/Softfloor.svg")]
///
/// ```text
/// n = ⌊u − ½⌋,   z = (u − 1 − n) / t,   b = 1 / (2 t)
/// forward   x = n + sigmoid(−b) + ½ (1 + tanh(z/2) / tanh(b/2))     ln |dx/du| = ln sigmoid'(z) − ln t − ln tanh(b/2)
/// inverse   u = 1 + n + 2 t artanh((2 (x − n − sigmoid(−b)) − 1) tanh(b/2)),   n = ⌊x − sigmoid(−b)⌋
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise, the temperature broadcasts. The slope is continuous, and its derivative jumps at the half
/// integers, where the steps meet.
///
/// # Numerics
/// TFP's differences of sigmoids, as hyperbolic tangents, which do not cancel at high temperatures. At temperatures
/// below 0.02 the steps are flat to rounding, and the inverse loses its digits.
///
/// # Reference
/// TFP, `tfp.bijectors.Softfloor`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Softfloor};
///
/// let x = Softfloor::new(0.01)?.forward(&Tensor::from([1.3, 1.7, -0.2]))?;
/// assert!((x - Tensor::from([1.0, 1.0, -1.0])).abs().max() < 1e-8);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Softfloor {
    temperature: Tensor,
    shape: Shape,
}

impl Softfloor {
    /// The staircase of this temperature.
    ///
    /// # Errors
    /// A temperature that is not positive.
    pub fn new(temperature: impl IntoTensor) -> Result<Self> {
        let temperature = temperature.into_tensor();
        let shape = temperature.shape();
        check::elements("Softfloor", "temperature", &temperature, "finite and positive", |temperature| {
            temperature.is_finite() && temperature > 0.0
        })?;
        Ok(Self { temperature, shape })
    }

    /// tanh(b/2), and sigmoid(−b), by which the steps are raised.
    fn step(&self) -> (Tensor, Tensor) {
        let edge = self.temperature.recip() * 0.5;
        ((&edge * 0.5).tanh(), (-edge).sigmoid())
    }

    fn log_slope(&self, z: &Tensor, half_width: &Tensor) -> Tensor {
        log_slope(z) - (&self.temperature * half_width).ln()
    }
}

impl Bijector for Softfloor {
    fn name(&self) -> &'static str {
        "Softfloor"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let floor = (u - 0.5).floor();
        let z = (u - &floor - 1.0) / &self.temperature;
        let (half_width, offset) = self.step();
        let x = floor + offset + ((&z * 0.5).tanh() / &half_width + 1.0) * 0.5;
        Ok((x, self.log_slope(&z, &half_width)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let (half_width, offset) = self.step();
        let rest = x - offset;
        let floor = rest.floor();
        let tanh = ((rest - &floor) * 2.0 - 1.0) * &half_width;
        let z = tanh.log1p() - (-tanh).log1p();
        let log_det = -self.log_slope(&z, &half_width);
        Ok((z * &self.temperature + floor + 1.0, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Softfloor", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let softfloor = Softfloor::new([[0.3], [4.0]]).unwrap();
        Laws::of(&softfloor).hold_at(&Tensor::from([[-2.0, 0.3, 0.6], [5.0, 1.3, -0.9]]));
        Laws::of(&softfloor).hold_at(&Tensor::from(0.4));
        Laws::of(&Softfloor::new(2.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| Softfloor::new(&p[0]), &[[0.3, 2.0].into()], &[0.7, -2.3].into());
    }
}
