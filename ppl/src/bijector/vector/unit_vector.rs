//! `UnitVector`: vectors onto the sphere.

use std::f64::consts::LN_2;

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Inverse stereographic projection: n numbers onto the unit sphere in n + 1 dimensions, seen from its last pole.
///
/// ```text
/// r² = Σ_k u_k²
/// forward   x_k = 2 u_k / (1 + r²),   x_{n+1} = 1 − 2 / (1 + r²)      ln |det dx/du| = n ln(2 / (1 + r²))
/// inverse   u_k = x_k / (1 − x_{n+1})                                 ln |det du/dx| = −n ln(1 − x_{n+1})
/// ```
///
/// The determinant is that by area on the sphere, so a density by area is a density of `u` after it.
///
/// # Domain and codomain
/// Vectors of n ≥ 1 real numbers → unit vectors of n + 1 entries, save for the pole (0, …, 0, 1), which is at infinity.
///
/// # Numerics
/// In the half of the sphere about the pole, where 1 − x_{n+1} cancels, the inverse takes it from the other entries:
/// Σ_{k≤n} x_k² / (1 + x_{n+1}). r² overflows where entries are beyond 1e154, and the Jacobian term is −∞ there.
///
/// # Sampling
/// [`biject_to`](crate::bijector::biject_to) uses this map, because it is a bijection: there are as many unconstrained
/// numbers as degrees of freedom, every unit vector but one has a position, and guides have a density. Its price is a
/// heavy tail: mass near the pole lies far out, and a uniform vector is Cauchy-like in `u` (exactly Cauchy on the
/// circle). Where a posterior sits at the pole, mirror the vector. Stan's form, a normal vector divided by its length, has
/// no pole, but one dimension more than the sphere: its length is not a function of the unit vector, so it has no inverse.
///
/// # Reference
/// TFP, `tfp.bijectors.UnitVector`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, UnitVector};
///
/// let (x, log_det) = UnitVector.forward_and_log_det(&Tensor::from([1.0, 0.0]))?;
/// assert_eq!(x.to_vec(), [1.0, 0.0, 0.0]);
/// assert_eq!(log_det, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitVector;

impl Bijector for UnitVector {
    fn name(&self) -> &'static str {
        "UnitVector"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitVector
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let dimension = (shape[shape.rank() - 1] - 1) as f64;
        let square = u.square().sum_axis(-1);
        // Half of the distance from the pole to the image's height.
        let weight = (&square + 1.0).recip().unsqueeze(-1);
        let x = Tensor::concat(&[u * &weight * 2.0, 1.0 - weight * 2.0], -1);
        Ok((x, (LN_2 - square.log1p()) * dimension))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let size = shape[shape.rank() - 1];
        let (others, last) = (x.slice(-1, 0..size), x.index(-1, size));
        let is_near_pole = last.greater(0.0);
        let from_others = others.square().sum_axis(-1) / (&last + 1.0);
        let distance = Tensor::select(is_near_pole, from_others, 1.0 - last);
        let log_det = distance.ln() * -(size as f64);
        Ok((others / distance.unsqueeze(-1), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("UnitVector", shape, 1)?;
        match event.size() {
            0 => Err(Error::InvalidShape {
                operation: "UnitVector",
                expected: "at least one entry along the last axis".to_owned(),
                got: *shape,
            }),
            size => Ok(batch.concat(&Shape::from(size + 1))),
        }
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("UnitVector", shape, 1)?;
        match event.size() {
            0 | 1 => Err(Error::InvalidShape {
                operation: "UnitVector",
                expected: "at least two entries along the last axis".to_owned(),
                got: *shape,
            }),
            size => Ok(batch.concat(&Shape::from(size - 1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&UnitVector).codomain(Coordinates::Volume);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0], [0.1, 0.0, -0.2]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn round_trip_near_the_pole() {
        let u = Tensor::from([3e8, -4e8]);
        let x = UnitVector.forward(&u).unwrap();
        assert_eq!(x.get(2), 1.0, "the height has rounded to that of the pole");
        let error = (UnitVector.inverse(&x).unwrap() / u - 1.0).abs().max();
        assert!(error < 1e-15, "{error}");
    }

    /// ∫ e^{log_det} du is the length of the circle; u = tan θ/2 makes it a finite interval.
    #[test]
    fn the_jacobian_integrates_to_the_circle() {
        use std::f64::consts::PI;
        let panels = 2000;
        let width = PI / f64::from(panels);
        let angle = Tensor::linspace(-PI / 2.0 + width / 2.0, PI / 2.0 - width / 2.0, panels as usize);
        let u = angle.tan().unsqueeze(-1);
        let density = UnitVector.forward_and_log_det(&u).unwrap().1.exp();
        let length = (density / angle.cos().square()).sum() * width;
        assert!((length - 2.0 * PI).abs() < 1e-10);
    }

    #[test]
    fn a_sphere_has_two_dimensions_at_least() {
        let error = UnitVector.inverse(&Tensor::from([1.0])).unwrap_err().to_string();
        assert_eq!(error, "UnitVector: expected at least two entries along the last axis, got shape [1]");
        assert!(UnitVector.forward(&Tensor::zeros(0)).is_err());
    }
}
