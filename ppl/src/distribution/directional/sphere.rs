//! What distributions of unit vectors share: the angle from a pole, the surface, turning a pole to a direction.

use std::f64::consts::PI;

use rand::RngExt;
use rand_distr::{Beta, Distribution as _};

use crate::distribution::Distribution;
use crate::distribution::density::vector;
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::special::{LN_PI, lgamma};
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The parameters of a distribution about a mean direction: unit vectors along the last axis, and a concentration.
#[derive(Clone, Debug)]
pub(super) struct Directed {
    pub(super) mean_direction: Tensor,
    pub(super) concentration: Tensor,
    pub(super) batch_shape: Shape,
    pub(super) event_shape: Shape,
}

impl Directed {
    pub(super) fn new(name: &'static str, mean_direction: Tensor, concentration: Tensor) -> Result<Self> {
        let shape = mean_direction.shape();
        if shape.last().is_none_or(|&size| size < 2) {
            return Err(Error::InvalidShape {
                operation: name,
                expected: "at least two entries of `mean_direction` along the last axis".to_owned(),
                got: shape,
            });
        }
        let (batch, event_shape) = shape.split_event(1);
        let batch_shape = check::broadcast(name, &batch, &concentration.shape())?;
        let directed = Self { mean_direction, concentration, batch_shape, event_shape };
        check::constants(name, &directed.parameters())?;
        Ok(directed)
    }

    pub(super) fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [
            ("mean_direction", &self.mean_direction, Constraint::UnitVector),
            ("concentration", &self.concentration, Constraint::NonNegative),
        ]
    }

    /// Mean direction and concentration, with NaN for tracked ones outside of their domains.
    pub(super) fn checked(&self) -> (Tensor, Tensor) {
        let [mean_direction, concentration] = self.parameters().map(|(_, value, domain)| check::or_nan(value, &domain));
        (mean_direction, concentration)
    }

    pub(super) fn dimension(&self) -> usize {
        self.event_shape.size()
    }

    /// The log density by its formula on the sphere, −∞ elsewhere.
    pub(super) fn on_sphere(
        &self,
        distribution: &impl Distribution,
        value: &Tensor,
        formula: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let pole = || Ok(pole(self.dimension()));
        vector::on_support(distribution, value, |value| Constraint::UnitVector.contains(value), pole, formula)
    }

    /// Draws at angles from the mean direction, which are given by their cosines and sines.
    pub(super) fn at_angles(&self, rng: &mut Rng, cosine: &Tensor, sine: &Tensor) -> Result<Tensor> {
        let dimension = self.dimension();
        let shape = cosine.shape().concat(&self.event_shape);
        let tangent = uniform(rng, cosine.shape(), dimension - 1)?;
        let direction = self.mean_direction.try_broadcast_to(shape)?;
        // The reflection that takes the pole, or the opposite one if that is nearer, to the negative of the direction.
        let first = direction.slice(-1, 0..1);
        let sign = Tensor::select(first.detach().less(0.0), -1.0, 1.0);
        let normal = &direction + &sign * pole(dimension);
        let height = -&sign * cosine.unsqueeze(-1);
        let vector = Tensor::try_concat(&[height, tangent * sine.unsqueeze(-1)], -1)?;
        let length = (&vector * &normal).try_sum_axis(-1)?.unsqueeze(-1) / (sign * first + 1.0);
        Ok(vector - normal * length)
    }

    /// The mean vector, whose length is the mean of the cosine.
    pub(super) fn mean(&self, mean_cosine: &Tensor) -> Tensor {
        let mean = &self.mean_direction * mean_cosine.unsqueeze(-1);
        mean.broadcast_to(self.batch_shape.concat(&self.event_shape))
    }

    /// a I + (b − a) m mᵀ, of the variances a across and b along the mean direction m.
    pub(super) fn covariance(&self, across: &Tensor, along: &Tensor) -> Tensor {
        let products = self.mean_direction.unsqueeze(-1) * self.mean_direction.unsqueeze(-2);
        let [across, along] = [across, along].map(|each| each.unsqueeze(-1).unsqueeze(-1));
        let covariance = Tensor::eye(self.dimension()) * &across + products * (along - across);
        covariance.broadcast_to(self.batch_shape.concat(&self.event_shape).concat(&self.event_shape))
    }

    /// The diagonal of the covariance.
    pub(super) fn variance(&self, across: &Tensor, along: &Tensor) -> Tensor {
        let [across, along] = [across, along].map(|each| each.unsqueeze(-1));
        let variance = &across + self.mean_direction.square() * (along - &across);
        variance.broadcast_to(self.batch_shape.concat(&self.event_shape))
    }

    /// Whether another distribution is one of vectors of the same length.
    pub(super) fn check_dimension(&self, name: &'static str, other: &Shape) -> Result<()> {
        if self.event_shape == *other {
            return Ok(());
        }
        let (left, right) = (self.event_shape, *other);
        Err(Error::ShapeMismatch { operation: name, relation: "have the same number of entries", left, right })
    }
}

/// The first unit vector.
pub(super) fn pole(dimension: usize) -> Tensor {
    Tensor::arange(dimension).equal(0.0)
}

/// Unit vectors of uniform direction.
pub(super) fn uniform(rng: &mut Rng, shape: Shape, dimension: usize) -> Result<Tensor> {
    let normal = standard_normal(rng, shape.concat(&Shape::from(dimension)));
    let length = normal.square().try_sum_axis(-1)?.sqrt().unsqueeze(-1);
    Ok(normal / length)
}

/// 1 − cos of the angle between unit vectors, without cancellation.
pub(super) fn versine(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    Ok(left.try_sub(right)?.square().try_sum_axis(-1)? * 0.5)
}

/// The logarithm of the surface of the unit sphere in this dimension, 2 π^(d/2) / Γ(d/2).
pub(super) fn log_surface(dimension: usize) -> f64 {
    let half = 0.5 * dimension as f64;
    std::f64::consts::LN_2 + half * LN_PI - lgamma(half)
}

/// Draws of the angle from the mean direction of von Mises–Fisher vectors, with the implicit gradient by the concentration.
///
/// # Reference
/// Wood, "Simulation of the von Mises Fisher distribution", Communications in Statistics 23 (1994).
pub(super) fn draw_polar_angle(
    rng: &mut Rng,
    shape: Shape,
    concentration: &Tensor,
    dimension: usize,
) -> Result<Tensor> {
    let dimension = Tensor::scalar(dimension as f64);
    elementwise::draw_implicit::<PolarAngle, 2>(rng, shape, [concentration, &dimension], Implicit::PolarAngle)
}

/// The angle from the mean direction, by rejection; none where there is no such concentration.
struct PolarAngle(Option<Proposal>);

/// Cosines are written as 1 less a small number, which keeps its digits at large concentrations.
#[derive(Clone, Copy)]
struct Proposal {
    beta: Beta<f64>,
    concentration: f64,
    excess: f64,
    slope: f64,
    below_pole: f64,
}

impl ElementSampler<2> for PolarAngle {
    fn new([concentration, dimension]: [f64; 2]) -> Self {
        let excess = dimension - 1.0;
        let is_valid = concentration >= 0.0 && concentration.is_finite();
        let slope = excess / (2.0 * concentration + (2.0 * concentration).hypot(excess));
        let below_pole = 2.0 * slope / (1.0 + slope);
        let beta = Beta::new(0.5 * excess, 0.5 * excess).ok().filter(|_| is_valid);
        Self(beta.map(|beta| Proposal { beta, concentration, excess, slope, below_pole }))
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        let Some(Proposal { beta, concentration, excess, slope, below_pole }) = self.0 else { return f64::NAN };
        let centre = 1.0 - below_pole;
        loop {
            let z = beta.sample(rng);
            let versine = 2.0 * slope * z / ((1.0 - z) + slope * z);
            let ratio = (below_pole + centre * versine) / (below_pole * (1.0 + centre));
            let log_acceptance = concentration * (below_pole - versine) + excess * ratio.ln();
            if log_acceptance >= (1.0 - rng.random::<f64>()).ln() {
                return (2.0 * (0.5 * versine).sqrt().min(1.0).asin()).min(PI);
            }
        }
    }
}
