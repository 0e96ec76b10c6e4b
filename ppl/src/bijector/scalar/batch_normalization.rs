//! `BatchNormalization`: standardisation by given moments, turned around.

use super::affine::Affine;
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Batch normalisation with given moments. As in TFP, the inverse normalises, which is the direction of a density.
///
#[doc = include_str!("../../../doc/bijector/BatchNormalization.svg")]
///
/// ```text
/// s = √(variance + ε)
/// forward   x = mean + s (u − beta) / gamma      ln |dx/du| = ln |s / gamma|
/// inverse   u = beta + gamma (x − mean) / s      ln |du/dx| = ln |gamma / s|
/// ```
///
/// The moments are numbers that were measured before, as in a trained network: this map does not take them from the batch
/// that it is given, whose members would then depend on each other.
///
/// # Domain and codomain
/// Real numbers; elementwise, all parameters broadcast.
///
/// # Numerics
/// Those of [`Affine`](crate::bijector::Affine): a product and a sum. `epsilon` keeps a variance of 0 from being
/// divided by.
///
/// # Reference
/// TFP, `tfp.bijectors.BatchNormalization` with `training=False`; Ioffe and Szegedy (2015), "Batch normalization".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{BatchNormalization, Bijector};
///
/// let normalization = BatchNormalization::new([1.0, 2.0], [4.0, 9.0])?;
/// let u = normalization.inverse(&Tensor::from([5.0, 2.0]))?;
/// assert!((u - Tensor::from([2.0, 0.0])).abs().max() < 1e-3);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormalization {
    mean: Tensor,
    variance: Tensor,
    beta: Tensor,
    gamma: Tensor,
    epsilon: f64,
    affine: Affine,
}

impl BatchNormalization {
    /// Default of ε, the number that is added to the variance: TFP's.
    const EPSILON: f64 = 1e-3;

    /// The normalisation by these moments, with beta = 0, gamma = 1 and ε = 0.001.
    ///
    /// # Errors
    /// A mean that is not finite; a variance that is negative; shapes that do not broadcast.
    pub fn new(mean: impl IntoTensor, variance: impl IntoTensor) -> Result<Self> {
        let (mean, variance) = (mean.into_tensor(), variance.into_tensor());
        Self::build(mean, variance, Tensor::from(0.0), Tensor::from(1.0), Self::EPSILON)
    }

    /// The same normalisation with this location and scale of normalised values.
    ///
    /// # Errors
    /// `beta` not finite; `gamma` 0 or not finite; shapes that do not broadcast.
    pub fn with_affine(self, beta: impl IntoTensor, gamma: impl IntoTensor) -> Result<Self> {
        Self::build(self.mean, self.variance, beta.into_tensor(), gamma.into_tensor(), self.epsilon)
    }

    /// The same normalisation with this number added to the variance.
    ///
    /// # Errors
    /// A number that is negative or not finite; 0 where a variance is.
    pub fn with_epsilon(self, epsilon: f64) -> Result<Self> {
        Self::build(self.mean, self.variance, self.beta, self.gamma, epsilon)
    }

    fn build(mean: Tensor, variance: Tensor, beta: Tensor, gamma: Tensor, epsilon: f64) -> Result<Self> {
        const NAME: &str = "BatchNormalization";
        check::elements(NAME, "mean", &mean, "finite", f64::is_finite)?;
        check::elements(NAME, "variance", &variance, "finite and not negative", |variance| {
            variance.is_finite() && variance >= 0.0
        })?;
        check::elements(NAME, "beta", &beta, "finite", f64::is_finite)?;
        check::elements(NAME, "gamma", &gamma, "finite and not 0", |gamma| gamma.is_finite() && gamma != 0.0)?;
        check::elements(NAME, "epsilon", &Tensor::from(epsilon), "finite and not negative", |epsilon| {
            epsilon.is_finite() && epsilon >= 0.0
        })?;
        let regularised = &variance + epsilon;
        check::elements(NAME, "variance + epsilon", &regularised, "positive", |variance| variance > 0.0)?;
        check::broadcast_all(NAME, &[&mean, &variance, &beta, &gamma])?;
        let scale = regularised.sqrt() / &gamma;
        let affine = Affine::new(&mean - &scale * &beta, scale)?;
        Ok(Self { mean, variance, beta, gamma, epsilon, affine })
    }
}

impl Bijector for BatchNormalization {
    fn name(&self) -> &'static str {
        "BatchNormalization"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.affine.forward_and_log_det(u)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.affine.inverse_and_log_det(x)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.affine.forward_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.affine.inverse_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let normalization = BatchNormalization::new([1.0, 2.0], [4.0, 0.5]).unwrap();
        let normalization = normalization.with_affine(0.3, [-2.0, 0.7]).unwrap().with_epsilon(0.0).unwrap();
        Laws::of(&normalization).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
        Laws::of(&normalization).hold_at(&Tensor::from(0.3));
        parameter_gradients(
            |p| BatchNormalization::new(&p[0], &p[1])?.with_affine(&p[2], &p[3]),
            &[[1.0, 2.0].into(), [4.0, 0.5].into(), 0.3.into(), [-2.0, 0.7].into()],
            &[0.7, -2.0].into(),
        );
        for variance in [1e-300, 4.0, 1e300] {
            Laws::of(&BatchNormalization::new(1.0, variance).unwrap()).are_finite_at((), &TAILS);
        }
    }

    /// The formula of a batch normalisation layer.
    #[test]
    fn the_inverse_normalises() {
        let normalization = BatchNormalization::new(1.0, 4.0).unwrap().with_affine(0.5, 3.0).unwrap();
        let u = normalization.inverse(&Tensor::from(2.0)).unwrap().item();
        assert!((u - (0.5 + 3.0 * (2.0 - 1.0) / 4.001_f64.sqrt())).abs() < 1e-15);
    }

    #[test]
    fn parameters_are_checked() {
        let error = BatchNormalization::new(0.0, 0.0).unwrap().with_epsilon(0.0).unwrap_err().to_string();
        assert_eq!(error, "BatchNormalization: `variance + epsilon` must be positive, got 0");
        assert!(BatchNormalization::new(0.0, -1.0).is_err());
        assert!(BatchNormalization::new(0.0, 1.0).unwrap().with_affine(0.0, 0.0).is_err());
    }
}
