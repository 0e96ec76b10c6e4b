//! The normal distribution of the values of a process at some points.

use std::sync::OnceLock;

use super::covariance::add_to_diagonal;
use super::jitter::Jitter;
use crate::distribution::{Distribution, Entropy, KlDivergence, MultivariateNormal};
use crate::random::Rng;
use crate::tensor::fail;
use crate::{Result, Shape, Tensor, check};

/// Mean and covariance matrix of function values, with a Cholesky factor that is made when it is first needed.
#[derive(Clone, Debug)]
pub(super) struct Marginal {
    /// The process, for messages.
    user: &'static str,
    /// Of shape batch ++ `[n]`, or broadcasting to it.
    loc: Tensor,
    /// Without jitter: batch ++ `[n, n]`.
    covariance: Tensor,
    jitter: Jitter,
    batch_shape: Shape,
    factorized: OnceLock<Factorized>,
}

#[derive(Clone, Debug)]
struct Factorized {
    normal: MultivariateNormal,
    /// Amount added to the diagonal: of the shape of the matrix's batch.
    added: Tensor,
}

impl Marginal {
    pub(super) fn new(user: &'static str, loc: Tensor, covariance: Tensor, jitter: Jitter) -> Result<Self> {
        let (of_matrix, _) = covariance.shape().split_event(2);
        let of_loc = if loc.rank() == 0 { Shape::SCALAR } else { loc.shape().split_event(1).0 };
        let batch_shape = check::broadcast(user, &of_matrix, &of_loc)?;
        Ok(Self { user, loc, covariance, jitter, batch_shape, factorized: OnceLock::new() })
    }

    /// The same values with another mean.
    pub(super) fn with_loc(&self, loc: Tensor) -> Result<Self> {
        Self::new(self.user, loc, self.covariance.clone(), self.jitter)
    }

    /// The same values with another covariance matrix.
    pub(super) fn with_matrix(&self, covariance: Tensor) -> Result<Self> {
        Self::new(self.user, self.loc.clone(), covariance, self.jitter)
    }

    /// The same values with other jitter.
    pub(super) fn with_jitter(&self, jitter: Jitter) -> Self {
        Self { jitter, factorized: OnceLock::new(), ..self.clone() }
    }

    fn factorized(&self) -> Result<&Factorized> {
        if let Some(factorized) = self.factorized.get() {
            return Ok(factorized);
        }
        let (scale_tril, added) = self.jitter.factorize(self.user, &self.covariance)?;
        // A mean may be one number for all points.
        let points = Shape::from(scale_tril.shape()[scale_tril.rank() - 1]);
        let loc = match self.loc.rank() {
            0 => self.loc.clone(),
            _ => self.loc.try_broadcast_to(self.loc.shape().split_event(1).0.concat(&points))?,
        };
        let normal = MultivariateNormal::from_scale_tril(loc, scale_tril)?;
        Ok(self.factorized.get_or_init(|| Factorized { normal, added }))
    }

    /// The multivariate normal distribution, whose factor is NaN where a tracked matrix has none.
    pub(super) fn normal(&self) -> Result<&MultivariateNormal> {
        Ok(&self.factorized()?.normal)
    }

    /// The same, for draws: a matrix without a factor is an error, unless it is recorded.
    pub(super) fn normal_of_draw(&self) -> Result<&MultivariateNormal> {
        let normal = self.normal()?;
        let factor = normal.dense_scale_tril().detach();
        if !factor.is_recorded() && factor.elements().iter().any(|element| element.is_nan()) {
            return Err(self.jitter.not_positive_definite(self.user, &self.covariance));
        }
        Ok(normal)
    }

    pub(super) fn jitter(&self) -> Result<Tensor> {
        self.factorized()?.added.try_broadcast_to(self.batch_shape)
    }

    /// The rule by which an amount is added to the diagonal.
    pub(super) fn jitter_rule(&self) -> Jitter {
        self.jitter
    }

    /// The amount added to the diagonal, for messages; `None` where nothing may be added.
    pub(super) fn jitter_value(&self) -> Option<(&'static str, Tensor)> {
        let added = if self.jitter.is_some() { self.jitter().ok() } else { None };
        added.map(|added| ("jitter", added))
    }

    pub(super) fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    pub(super) fn event_shape(&self) -> Shape {
        self.covariance.shape().split_event(1).1
    }

    pub(super) fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.normal_of_draw()?.sample(rng, sample_shape)
    }

    pub(super) fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let event = self.event_shape();
        check::event(self.user, value, &event)?;
        check::broadcast(self.user, &value.shape().split_event(1).0, &self.batch_shape)?;
        self.normal()?.log_prob(value)
    }

    pub(super) fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }

    #[track_caller]
    pub(super) fn variance(&self) -> Tensor {
        self.covariance().diagonal()
    }

    /// With jitter.
    #[track_caller]
    pub(super) fn covariance(&self) -> Tensor {
        let covariance = if self.jitter.is_some() {
            let added = or_fail(self.factorized().map(|factorized| &factorized.added));
            or_fail(add_to_diagonal(&self.covariance, added))
        } else {
            self.covariance.clone()
        };
        let event = self.event_shape();
        covariance.broadcast_to(self.batch_shape.concat(&event).concat(&event))
    }

    #[track_caller]
    pub(super) fn entropy(&self) -> Tensor {
        or_fail(self.normal()).entropy().broadcast_to(self.batch_shape)
    }

    pub(super) fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.normal()?.kl_divergence(other.normal()?)
    }

    /// The covariance matrix without jitter.
    pub(super) fn matrix(&self) -> &Tensor {
        &self.covariance
    }

    pub(super) fn loc(&self) -> &Tensor {
        &self.loc
    }
}

/// The value, or the failure of an operation.
#[track_caller]
pub(super) fn or_fail<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => fail(error),
    }
}

/// Implements the traits of a normal distribution for a process with a field `marginal`, `check_parameters`, and
/// `own_parameters`, names and values as they were given.
macro_rules! normal_by_marginal {
    ($Process:ident) => {
        impl $crate::distribution::Distribution for $Process {
            fn name(&self) -> &'static str {
                Self::NAME
            }

            fn parameter_values(&self) -> Vec<(&'static str, $crate::Tensor)> {
                let mut values = self.own_parameters();
                values.extend(self.marginal.jitter_value());
                values
            }

            fn batch_shape(&self) -> $crate::Shape {
                self.marginal.batch_shape()
            }

            fn event_shape(&self) -> $crate::Shape {
                self.marginal.event_shape()
            }

            fn support(&self) -> $crate::Constraint {
                $crate::Constraint::Independent(Box::new($crate::Constraint::Real), 1)
            }

            fn sample(
                &self,
                rng: &mut $crate::random::Rng,
                sample_shape: &$crate::Shape,
            ) -> $crate::Result<$crate::Tensor> {
                self.check_parameters()?;
                self.marginal.sample(rng, sample_shape)
            }

            fn log_prob(&self, value: &$crate::Tensor) -> $crate::Result<$crate::Tensor> {
                self.marginal.log_prob(value)
            }

            fn is_reparameterized(&self) -> bool {
                true
            }
        }

        impl $crate::distribution::Mode for $Process {
            fn mode(&self) -> $crate::Result<$crate::Tensor> {
                Ok(self.marginal.mean())
            }
        }

        impl $crate::distribution::Moments for $Process {
            fn mean(&self) -> $crate::Tensor {
                self.marginal.mean()
            }

            fn variance(&self) -> $crate::Tensor {
                self.marginal.variance()
            }
        }

        impl $crate::distribution::Covariance for $Process {
            fn covariance(&self) -> $crate::Tensor {
                self.marginal.covariance()
            }
        }

        impl $crate::distribution::Entropy for $Process {
            fn entropy(&self) -> $crate::Tensor {
                self.marginal.entropy()
            }
        }

        impl $crate::distribution::KlDivergence<Self> for $Process {
            /// That of the normal distributions of the values.
            fn kl_divergence(&self, other: &Self) -> $crate::Result<$crate::Tensor> {
                self.marginal.kl_divergence(&other.marginal)
            }
        }
    };
}
