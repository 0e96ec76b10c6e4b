//! The multivariate t distribution of the values of a process at some points.

use super::marginal::{Marginal, or_fail};
use crate::bijector::{Bijector, LowerCholeskyAffine};
use crate::distribution::Distribution;
use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::{Result, Shape, Tensor, check, special};

/// A normal distribution N(m, K) of the values whose covariance is scaled by one number for all points: spread / χ² of `df`
/// degrees of freedom.
///
/// ```text
/// log p(y) = ln Γ((df + n) / 2) − ln Γ(df / 2) − (n / 2) ln(π spread) − Σ_i ln L_ii − ½ (df + n) ln(1 + |z|² / spread)
/// z = L⁻¹ (y − m),   L Lᵀ = K
/// ```
#[derive(Clone, Debug)]
pub(super) struct StudentTMarginal {
    /// The process, for messages.
    user: &'static str,
    df: Tensor,
    spread: Tensor,
    normal: Marginal,
    batch_shape: Shape,
}

impl StudentTMarginal {
    pub(super) fn new(user: &'static str, df: Tensor, spread: Tensor, normal: Marginal) -> Result<Self> {
        let scales = check::broadcast_all(user, &[&df, &spread])?;
        let batch_shape = check::broadcast(user, &scales, &normal.batch_shape())?;
        Ok(Self { user, df, spread, normal, batch_shape })
    }

    /// The same with another normal distribution.
    pub(super) fn with_normal(self, normal: Marginal) -> Result<Self> {
        Self::new(self.user, self.df, self.spread, normal)
    }

    /// Degrees of freedom, NaN where they are tracked and outside of their domain.
    pub(super) fn df(&self) -> &Tensor {
        &self.df
    }

    pub(super) fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    pub(super) fn event_shape(&self) -> Shape {
        self.normal.event_shape()
    }

    /// The amount added to the diagonal of K.
    pub(super) fn jitter(&self) -> Result<Tensor> {
        self.normal.jitter()?.try_broadcast_to(self.batch_shape)
    }

    fn size(&self) -> f64 {
        self.event_shape().size() as f64
    }

    fn affine(&self) -> Result<LowerCholeskyAffine> {
        let normal = self.normal.normal()?;
        LowerCholeskyAffine::unchecked(self.user, normal.loc().clone(), normal.dense_scale_tril().clone())
    }

    /// |z|².
    pub(super) fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        self.affine()?.inverse(value)?.square().try_sum_axis(-1)
    }

    /// ln Γ((df + n) / 2) − ln Γ(df / 2) − (n / 2) ln(π spread).
    fn log_normalizer(&self) -> Tensor {
        let half = 0.5 * self.size();
        let ratio = special::lgamma(half) - (&self.df * 0.5).lbeta(half);
        ratio - (&self.spread * std::f64::consts::PI).ln() * half
    }

    /// The process has checked its parameters.
    pub(super) fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.normal.normal_of_draw()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = standard_normal(rng, shape.concat(&self.event_shape()));
        let half_chi2 = standard_gamma(rng, &(&self.df * 0.5), shape)?;
        let inflation = (&self.spread * 0.5).try_div(half_chi2)?.sqrt();
        self.affine()?.forward(&noise.try_mul(inflation.try_unsqueeze(-1)?)?)
    }

    pub(super) fn log_prob(&self, process: &impl Distribution, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.mean());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(process, value, is_inside, mean, |value| {
            let (z, log_det) = self.affine()?.inverse_and_log_det(value)?;
            let log = z.square().try_sum_axis(-1)?.try_div(&self.spread)?.log1p();
            let power = log.try_mul((&self.df + self.size()) * 0.5)?;
            log_det.try_add(self.log_normalizer())?.try_sub(power)
        })
    }

    pub(super) fn mean(&self) -> Tensor {
        self.normal.mean().broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }

    /// spread / (df − 2).
    fn inflation(&self) -> Tensor {
        &self.spread / (&self.df - 2.0)
    }

    #[track_caller]
    pub(super) fn variance(&self) -> Tensor {
        let variance = self.normal.variance() * self.inflation().unsqueeze(-1);
        variance.broadcast_to(self.batch_shape.concat(&self.event_shape()))
    }

    #[track_caller]
    pub(super) fn covariance(&self) -> Tensor {
        let event = self.event_shape();
        let covariance = self.normal.covariance() * self.inflation().unsqueeze(-1).unsqueeze(-1);
        covariance.broadcast_to(self.batch_shape.concat(&event).concat(&event))
    }

    /// −[`log_normalizer`](Self::log_normalizer) + Σ_i ln L_ii + ½ (df + n) (ψ((df + n) / 2) − ψ(df / 2)).
    #[track_caller]
    pub(super) fn entropy(&self) -> Tensor {
        let half = &self.df * 0.5;
        let above = &half + 0.5 * self.size();
        let growth = &above * (above.digamma() - half.digamma());
        let log_scale = or_fail(self.affine()).log_scale();
        (growth - self.log_normalizer() + log_scale).broadcast_to(self.batch_shape)
    }
}

/// Implements the traits of a multivariate t distribution for a process with a field `marginal`, `check_parameters`, and
/// `own_parameters`, names and values as they were given.
macro_rules! student_t_by_marginal {
    ($Process:ident) => {
        impl $crate::distribution::Distribution for $Process {
            fn name(&self) -> &'static str {
                Self::NAME
            }

            fn parameter_values(&self) -> Vec<(&'static str, $crate::Tensor)> {
                self.own_parameters()
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
                self.marginal.log_prob(self, value)
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
    };
}
