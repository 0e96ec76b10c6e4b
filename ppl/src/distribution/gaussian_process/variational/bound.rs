//! The evidence lower bound of variational processes, and its parts.

use super::VariationalGaussianProcess;
use super::conditional::{Conditional, noise_stddev};
use crate::distribution::gaussian_process::arguments::{check_observations, check_points};
use crate::distribution::gaussian_process::kernel::spread;
use crate::distribution::gaussian_process::quadrature::gauss_hermite;
use crate::distribution::{Distribution, KlDivergence, Normal};
use crate::{Error, IntoTensor, Result, Shape, Tensor, check};

/// # The evidence lower bound
impl VariationalGaussianProcess {
    /// KL(q(u) ‖ p(u)), how far the values at the inducing points are from the prior: of shape batch.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn kl_divergence_from_prior(&self) -> Result<Tensor> {
        self.variational.kl_divergence(self.inducing.normal()?)
    }

    /// The expected log likelihood of observations with normal noise of the prior's variance σ²: of shape batch.
    ///
    /// ```text
    /// Σ_i E ln N(y_i | f(x_i), σ²) = Σ_i (ln N(y_i | E f(x_i), σ²) − Var f(x_i) / (2σ²))
    /// ```
    ///
    /// # Errors
    /// A noise variance of 0; observations that are not finite, or not one for each point.
    pub fn expected_log_likelihood(
        &self,
        observations: impl IntoTensor,
        observation_index_points: impl IntoTensor,
    ) -> Result<Tensor> {
        let (observations, points) = (observations.into_tensor(), observation_index_points.into_tensor());
        check_points(Self::NAME, "observation_index_points", &points)?;
        check_observations(
            Self::NAME,
            &observations,
            &self.prior.kernel().diagonal(&points)?.shape().split_event(1).1,
        )?;
        let (loc, variance) = self.moments_at(&points)?;
        let noise = spread(&noise_stddev(&self.prior)?, 1)?;
        let log_likelihood = Normal::new(loc, &noise)?.log_prob(&observations)?;
        log_likelihood.try_sub(variance.try_div(noise.square())? * 0.5)?.try_sum_axis(-1)
    }

    /// The expected log likelihood of observations that are independent given the function, whatever their distribution: of
    /// shape batch.
    ///
    /// ```text
    /// Σ_i E ln p(y_i | f(x_i))
    /// ```
    ///
    /// The function is given values f of shape `[nodes]` ++ batch ++ `[n]`, and returns ln p(y_i | f) of the same shape. The
    /// expectation is a Gauss–Hermite quadrature with this number of nodes for each f(x_i), exact for polynomials below degree
    /// 2 · nodes.
    ///
    /// # Errors
    /// Fewer than 1 or more than 64 nodes; points that are not finite; a log likelihood of another shape.
    ///
    /// # Example
    /// A classification:
    ///
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::MaternFiveHalves;
    /// use ppl::distribution::{Bernoulli, Distribution, GaussianProcess, VariationalGaussianProcess};
    ///
    /// let (x, y) = (Tensor::linspace(0.0, 1.0, 6), Tensor::from([0, 0, 1, 0, 1, 1]));
    /// let inducing = GaussianProcess::new(MaternFiveHalves::new(2.0, 0.4)?, [0.1, 0.5, 0.9], 0.0)?;
    /// let (loc, scale) = ([-1.0, 0.0, 1.0], 0.5 * Tensor::eye(3));
    /// let logits = VariationalGaussianProcess::new(inducing, loc, scale, &x)?;
    /// let likelihood = logits.expected_log_likelihood_by(&x, 20, |f| Bernoulli::from_logits(f)?.log_prob(&y))?;
    /// let bound = likelihood - logits.kl_divergence_from_prior()?;
    /// assert!(bound < 0.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn expected_log_likelihood_by(
        &self,
        observation_index_points: impl IntoTensor,
        nodes: usize,
        log_likelihood: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let points = observation_index_points.into_tensor();
        check_points(Self::NAME, "observation_index_points", &points)?;
        let (places, weights) = gauss_hermite(Self::NAME, nodes)?;
        let (loc, variance) = self.moments_at(&points)?;
        let shape = check::broadcast(Self::NAME, &loc.shape(), &variance.shape())?;
        // One for each value of each f(x_i); a variance of 0 may have become less by rounding.
        let over = Shape::from(places.len()).concat(&Shape::from(vec![1; shape.rank()]));
        let steps = Tensor::from(places).try_reshape(over)?.try_mul(variance.maximum(0.0).sqrt())?;
        let each = log_likelihood(&steps.try_add(loc)?)?;
        let expected = Shape::from(weights.len()).concat(&shape);
        if each.shape() != expected {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!("a log likelihood of shape {expected}"),
                got: each.shape(),
            });
        }
        each.try_mul(Tensor::from(weights).try_reshape(over)?)?.try_sum_axis(0)?.try_sum_axis(-1)
    }

    /// Means and variances of the function's values at some points.
    fn moments_at(&self, points: &Tensor) -> Result<(Tensor, Tensor)> {
        let Conditional { loc, cross, pulled } =
            Conditional::new(&self.prior, &self.inducing, &self.variational, points)?;
        let columns = |matrix: &Tensor| matrix.square().try_sum_axis(-2);
        let variance = self.prior.kernel().diagonal(points)?.try_sub(columns(&cross)?)?.try_add(columns(&pulled)?)?;
        Ok((loc, variance))
    }

    /// The evidence lower bound, which is at most the log marginal likelihood of the observations: of shape batch.
    ///
    /// ```text
    /// expected log likelihood − KL(q(u) ‖ p(u))
    /// ```
    ///
    /// # Errors
    /// Those of its two parts.
    pub fn evidence_lower_bound(
        &self,
        observations: impl IntoTensor,
        observation_index_points: impl IntoTensor,
    ) -> Result<Tensor> {
        let likelihood = self.expected_log_likelihood(observations, observation_index_points)?;
        likelihood.try_sub(self.kl_divergence_from_prior()?)
    }

    /// Minus the evidence lower bound, with a weight of the KL divergence: of shape batch.
    ///
    /// For a batch of B of N observations a weight of B / N gives an unbiased estimate of the loss of all, times B / N.
    ///
    /// # Errors
    /// Those of the evidence lower bound.
    pub fn variational_loss(
        &self,
        observations: impl IntoTensor,
        observation_index_points: impl IntoTensor,
        kl_weight: f64,
    ) -> Result<Tensor> {
        let kl = self.kl_divergence_from_prior()? * kl_weight;
        kl.try_sub(self.expected_log_likelihood(observations, observation_index_points)?)
    }
}
