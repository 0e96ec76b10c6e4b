//! Gaussian random walk.

use std::sync::Arc;

use super::check_length;
use crate::distribution::density::vector;
use crate::distribution::derived::sample_expanded;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, DistributionExt, Entropy, KlDivergence, Mode, Moments, Normal};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Random walk with normal steps: real sequences.
///
#[doc = include_str!("../../../doc/distribution/GaussianRandomWalk.svg")]
///
/// ```text
/// X_0 ~ initial,   X_t − X_{t−1} ~ Normal(drift, scale),   t = 1, …, num_steps − 1
/// ```
///
/// # Parameters
/// | parameter   | domain                            | meaning                                    | shape |
/// |-------------|-----------------------------------|--------------------------------------------|-------|
/// | `scale`     | positive                          | standard deviation of a step               | batch |
/// | `num_steps` | at least 1                        | length of the walk                         |       |
/// | `drift`     | real; 0 unless given              | mean of a step                             | batch |
/// | `initial`   | a distribution of real numbers; Normal(0, `scale`) unless given | the first value | batch |
///
/// [`with_drift`](Self::with_drift) and [`with_initial`](Self::with_initial) give the last two.
///
/// # Shapes
/// batch = broadcast(`scale`, `drift`, the initial batch), event = `[num_steps]`
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean_t        = E X_0 + t drift
/// variance_t    = Var X_0 + t scale²
/// covariance_st = Var X_0 + min(s, t) scale²
/// mode_t        = mode of X_0 + t drift
/// entropy       = entropy of X_0 + (num_steps − 1) (ln(scale) + ½ ln(2πe))
/// ```
/// as far as the initial distribution implements them.
///
/// # Numerics
/// The density is that of the differences of neighbours: long walks need no covariance matrix. Draws are running sums
/// of normal noise.
///
/// # Reference
/// NumPyro, `numpyro.distributions.GaussianRandomWalk`; PyMC, `pymc.GaussianRandomWalk`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, GaussianRandomWalk, Moments, Normal};
/// use ppl::Tensor;
///
/// let walk = GaussianRandomWalk::new(2.0, 3)?;
/// assert_eq!(walk.variance().to_vec(), [4.0, 8.0, 12.0]);
/// let step = Normal::new(0.0, 2.0)?;
/// let difference = walk.log_prob(&Tensor::from([1.0, 0.0, 4.0]))? - step.log_prob(&Tensor::from([1.0, -1.0, 4.0]))?.sum();
/// assert!(difference.item().abs() < 1e-14);
///
/// let from_ten = GaussianRandomWalk::new(2.0, 3)?.with_initial(Normal::new(10.0, 1.0))?.with_drift(0.5)?;
/// assert_eq!(from_ten.mean().to_vec(), [10.0, 10.5, 11.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct GaussianRandomWalk<Initial: ?Sized = Normal> {
    scale: Tensor,
    drift: Tensor,
    initial: Arc<Initial>,
    num_steps: usize,
    batch_shape: Shape,
}

const NAME: &str = "GaussianRandomWalk";

impl GaussianRandomWalk {
    /// A walk without drift, whose first value is a step from 0.
    ///
    /// # Errors
    /// A scale that is not positive and finite; no step.
    pub fn new(scale: impl IntoTensor, num_steps: usize) -> Result<Self> {
        let scale = scale.into_tensor();
        check_length(NAME, "num_steps", num_steps)?;
        check::constants(NAME, &[("scale", &scale, Constraint::Positive)])?;
        let initial = Arc::new(Normal::unchecked(Tensor::scalar(0.0), scale.clone())?);
        let batch_shape = scale.shape();
        Ok(Self { scale, drift: Tensor::scalar(0.0), initial, num_steps, batch_shape })
    }
}

impl<Initial: Distribution + ?Sized> GaussianRandomWalk<Initial> {
    /// The walk with this mean of a step.
    ///
    /// # Errors
    /// A drift that is not finite; shapes that do not broadcast.
    pub fn with_drift(self, drift: impl IntoTensor) -> Result<Self> {
        let drift = drift.into_tensor();
        check::constants(NAME, &[("drift", &drift, Constraint::Real)])?;
        let batch_shape = check::broadcast(NAME, &self.batch_shape, &drift.shape())?;
        Ok(Self { drift, batch_shape, ..self })
    }

    /// The walk whose first value has this distribution.
    ///
    /// # Errors
    /// A distribution whose events are not real numbers; shapes that do not broadcast.
    pub fn with_initial<D: DistributionExt>(self, initial: D) -> Result<GaussianRandomWalk<D::Base>> {
        let initial = initial.into_shared()?;
        if !matches!(initial.support(), Constraint::Real) {
            return Err(Error::Unsupported {
                what: format!("{NAME} that starts from {}, whose events are {},", initial.name(), initial.support()),
                hint: "start from a distribution of real numbers, such as `Normal` or `StudentT`".to_owned(),
            });
        }
        let Self { scale, drift, num_steps, .. } = self;
        let batch_shape = check::broadcast_all(NAME, &[&scale, &drift])?;
        let batch_shape = check::broadcast(NAME, &batch_shape, &initial.batch_shape())?;
        Ok(GaussianRandomWalk { scale, drift, initial, num_steps, batch_shape })
    }

    /// Standard deviation of a step.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// Mean of a step.
    #[must_use]
    pub fn drift(&self) -> &Tensor {
        &self.drift
    }

    /// Distribution of the first value.
    #[must_use]
    pub fn initial(&self) -> &Arc<Initial> {
        &self.initial
    }

    /// Length of the walk.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.num_steps
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("scale", &self.scale, Constraint::Positive), ("drift", &self.drift, Constraint::Real)]
    }

    /// Distribution of a step.
    fn step(&self) -> Result<Normal> {
        Normal::unchecked(self.drift.clone(), self.scale.clone())
    }

    /// Steps after the first value.
    fn later_steps(&self) -> f64 {
        (self.num_steps - 1) as f64
    }

    fn over_time(&self, tensor: &Tensor) -> Tensor {
        tensor.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }
}

impl<Initial: ?Sized> Clone for GaussianRandomWalk<Initial> {
    fn clone(&self) -> Self {
        Self {
            scale: self.scale.clone(),
            drift: self.drift.clone(),
            initial: self.initial.clone(),
            num_steps: self.num_steps,
            batch_shape: self.batch_shape,
        }
    }
}

impl<Initial: Distribution + ?Sized> Distribution for GaussianRandomWalk<Initial> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.num_steps)
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        let first = sample_expanded(self.initial.as_ref(), self.batch_shape, rng, sample_shape)?.unsqueeze(-1);
        let later = Shape::from(self.num_steps - 1);
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape).concat(&later));
        let steps = noise.try_mul(self.scale.unsqueeze(-1))?.try_add(self.drift.unsqueeze(-1))?;
        Tensor::try_concat(&[first, steps], -1)?.try_cumsum(-1)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(
            self,
            value,
            is_inside,
            || Ok(Tensor::scalar(0.0).broadcast_to(self.event_shape())),
            |value| {
                let first = self.initial.log_prob(&value.index(-1, 0))?;
                if self.num_steps == 1 {
                    return Ok(first);
                }
                let scale = check::or_nan(&self.scale, &Constraint::Positive);
                let steps = value.slice(-1, 1..self.num_steps).try_sub(value.slice(-1, 0..self.num_steps - 1))?;
                let z = steps.try_sub(self.drift.unsqueeze(-1))?.try_div(scale.unsqueeze(-1))?;
                let normalizer = (scale.ln() + HALF_LN_2PI) * self.later_steps();
                first.try_sub(z.square().sum_axis(-1) * 0.5)?.try_sub(normalizer)
            },
        )
    }

    fn is_reparameterized(&self) -> bool {
        self.initial.is_reparameterized()
    }
}

impl<Initial: Mode + ?Sized> Mode for GaussianRandomWalk<Initial> {
    fn mode(&self) -> Result<Tensor> {
        let later = Tensor::arange(self.num_steps).try_mul(self.drift.unsqueeze(-1))?;
        Ok(self.over_time(&self.initial.mode()?.unsqueeze(-1).try_add(later)?))
    }
}

impl<Initial: Moments + ?Sized> Moments for GaussianRandomWalk<Initial> {
    fn mean(&self) -> Tensor {
        let later = Tensor::arange(self.num_steps) * self.drift.unsqueeze(-1);
        self.over_time(&(self.initial.mean().unsqueeze(-1) + later))
    }

    fn variance(&self) -> Tensor {
        // 0 at the start, also where the square of the scale is ∞.
        let scale = self.scale.unsqueeze(-1);
        let later = Tensor::arange(self.num_steps) * &scale * scale;
        self.over_time(&(self.initial.variance().unsqueeze(-1) + later))
    }
}

impl<Initial: Moments + ?Sized> Covariance for GaussianRandomWalk<Initial> {
    /// Var(X_0) + min(s, t) scale².
    fn covariance(&self) -> Tensor {
        let times = Tensor::arange(self.num_steps);
        let common = times.unsqueeze(1).minimum(times);
        let over_pairs = |tensor: Tensor| tensor.unsqueeze(-1).unsqueeze(-1);
        let scale = over_pairs(self.scale.clone());
        let covariance = over_pairs(self.initial.variance()) + common * &scale * scale;
        covariance.broadcast_to(self.batch_shape.concat(&[self.num_steps, self.num_steps].into()))
    }
}

impl<Initial: Entropy + ?Sized> Entropy for GaussianRandomWalk<Initial> {
    fn entropy(&self) -> Tensor {
        let steps = (self.scale.ln() + (0.5 + HALF_LN_2PI)) * self.later_steps();
        (self.initial.entropy() + steps).broadcast_to(self.batch_shape)
    }
}

impl<Initial: KlDivergence<Initial>> KlDivergence<Self> for GaussianRandomWalk<Initial> {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.num_steps != other.num_steps {
            return Err(Error::ShapeMismatch {
                operation: NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let step = self.step()?.kl_divergence(&other.step()?)?;
        let kl = self.initial.kl_divergence(&other.initial)?.try_add(step * self.later_steps())?;
        kl.try_broadcast_to(check::broadcast(NAME, &self.batch_shape, &other.batch_shape)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{HalfNormal, MultivariateNormal, StudentT};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<GaussianRandomWalk> {
        let num_steps = if p.has("num_steps") { p.get("num_steps").item() as usize } else { 3 };
        let walk = GaussianRandomWalk::new(p.get("scale"), num_steps)?;
        if p.has("drift") { walk.with_drift(p.get("drift")) } else { Ok(walk) }
    }

    fn family() -> Family<GaussianRandomWalk> {
        Family::new("GaussianRandomWalk", build)
            .without_far_cases("its increments are normal, and a normal distribution is in the table")
            .at(parameters! { scale: 1.7, drift: 0.3 })
            .at(parameters! { scale: 1.2, drift: -0.1 })
            .rejects(parameters! { scale: -1.0, drift: 0.0 }, "GaussianRandomWalk: `scale` must be positive, got -1")
            .rejects(
                parameters! { scale: 1.0, drift: f64::INFINITY },
                "GaussianRandomWalk: `drift` must be finite and real, got inf",
            )
            .draws([
                -0.36790329266494776,
                -1.959237743569628,
                -2.0122783360525105,
                -0.5108822998225933,
                -1.466026236816602,
                -3.691041858462901,
                1.824830885687285,
                5.129792094406415,
                6.186054315371912,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    #[test]
    fn it_is_a_normal_distribution_of_vectors() {
        let walk = GaussianRandomWalk::new([0.7, 2.0], 5).unwrap().with_drift(0.4).unwrap();
        let walk = walk.with_initial(Normal::new(1.0, 0.3)).unwrap();
        let dense = MultivariateNormal::new(walk.mean(), walk.covariance()).unwrap();
        let x = walk.sample(&mut Key::new(1).rng("x", 0), &Shape::from(3)).unwrap();
        // The factorisation of the covariance rounds.
        assert!((walk.log_prob(&x).unwrap() - dense.log_prob(&x).unwrap()).abs().max() < 1e-11);
        assert!((walk.entropy() - dense.entropy()).abs().max() < 1e-12);
        assert_eq!(walk.mode().unwrap(), walk.mean());
    }

    #[test]
    fn it_starts_from_any_distribution_of_real_numbers() {
        let walk = GaussianRandomWalk::new(0.5, 3).unwrap().with_initial(StudentT::new(3.0, [0.0, 4.0], 1.0)).unwrap();
        assert_eq!((walk.batch_shape().dims(), walk.event_shape().dims()), (&[2][..], &[3][..]));
        let x = Tensor::from([1.0, 1.5, 0.5]);
        let steps = Normal::new(0.0, 0.5).unwrap().log_prob(&Tensor::from([0.5, -1.0])).unwrap().sum();
        let first = StudentT::new(3.0, [0.0, 4.0], 1.0).unwrap().log_prob(&Tensor::from(1.0)).unwrap();
        assert!((walk.log_prob(&x).unwrap() - first - steps).abs().max() < 1e-14);
        let shared = StudentT::new(3.0, 0.0, 1.0).unwrap();
        let shared: Arc<dyn Distribution> = Arc::new(shared);
        assert!(GaussianRandomWalk::new(0.5, 3).unwrap().with_initial(shared).is_ok());
        let error = GaussianRandomWalk::new(0.5, 3).unwrap().with_initial(HalfNormal::new(1.0)).unwrap_err();
        assert!(error.to_string().starts_with("GaussianRandomWalk that starts from HalfNormal"), "{error}");
    }

    #[test]
    fn a_walk_has_a_value() {
        assert_eq!(
            GaussianRandomWalk::new(1.0, 0).unwrap_err().to_string(),
            "GaussianRandomWalk: `num_steps` must be at least 1, got 0"
        );
        let single = GaussianRandomWalk::new(2.0, 1).unwrap();
        let draw = single.sample(&mut Key::new(1).rng("x", 0), &Shape::SCALAR).unwrap();
        assert_eq!(draw.shape().dims(), [1]);
        assert_eq!(single.log_prob(&draw).unwrap(), Normal::new(0.0, 2.0).unwrap().log_prob(&draw.get(0)).unwrap());
    }
}
