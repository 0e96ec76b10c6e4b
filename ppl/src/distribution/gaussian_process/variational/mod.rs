//! Sparse Gaussian processes by inducing points.

mod bound;
mod conditional;
#[cfg(test)]
mod tests;

use self::conditional::{Conditional, noise_stddev};
use super::arguments::{check_observations, check_points};
use super::covariance::{outer_square, with_noise};
use super::jitter::Jitter;
use super::marginal::Marginal;
use super::process::GaussianProcess;
use crate::distribution::MultivariateNormal;
use crate::{Constraint, IntoTensor, Result, Tensor, check};

/// Variational Gaussian process: a Gaussian process given an uncertain knowledge of its values at a few inducing points.
///
#[doc = include_str!("../../../../doc/distribution/VariationalGaussianProcess.svg")]
///
/// ```text
/// q(u) = N(a, S Sᵀ) of the values u at the inducing points z,   P = K_zz⁻¹ K_zx
///
/// f(x) ~ N(m(x) + Pᵀ (a − m(z)),  K_xx − K_xz P + Pᵀ S Sᵀ P + s² I)
/// ```
///
/// with a = `variational_loc`, S = `variational_scale_tril` and s² = `predictive_noise_variance`, which is 0 by default. It
/// approximates the process given n observations in O(n m²) instead of O(n³) operations, where m is the number of inducing
/// points. a and S maximise the [`evidence_lower_bound`](Self::evidence_lower_bound), by inference or, for normal noise, by
/// the formulas of [`optimal`](Self::optimal).
///
/// # Parameters
/// | parameter                   | domain                                      | shape                                         |
/// |-----------------------------|---------------------------------------------|-----------------------------------------------|
/// | `variational_loc`           | real                                        | batch ++ `[m]`, m points of the prior         |
/// | `variational_scale_tril`    | lower triangular, with a positive diagonal  | batch ++ `[m, m]`                             |
/// | `index_points`              | real                                        | `[n]` on a line, or rows of batch ++ `[n, d]` |
/// | `predictive_noise_variance` | non-negative                                | batch                                         |
///
/// The prior is the process at the inducing points. Its observation noise is that of the data, and not part of u.
///
/// # Shapes
/// batch = that of all of these, broadcast; event = `[n]`, of real values.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = m(x) + Pᵀ (a − m(z))
/// covariance = K_xx − K_xz P + Pᵀ S Sᵀ P + s² I
/// entropy    = Σ_i ln L_ii + ½ n ln(2πe),   L Lᵀ = covariance
/// ```
/// with jitter on the diagonal where it is asked for. The variance is the diagonal of the covariance.
///
/// # Numerics
/// No matrix is inverted: K_zz has its Cholesky factor, by which P and the explained covariance are triangular solves.
/// The jitter of the prior is that of K_zz and of the covariance matrix of f(x).
///
/// # Draws
/// mean + L ε, with standard normal ε.
///
/// # Reference
/// Titsias 2009, "Variational learning of inducing variables in sparse Gaussian processes"; Hensman, Fusi and Lawrence 2013,
/// "Gaussian processes for big data"; TFP, `distributions.VariationalGaussianProcess`.
///
/// # Example
/// ```
/// use ppl::distribution::kernel::ExponentiatedQuadratic;
/// use ppl::distribution::{Distribution, GaussianProcess, VariationalGaussianProcess};
/// use ppl::Tensor;
///
/// let x = Tensor::linspace(0.0, 6.0, 60);
/// let y = x.sin();
/// let kernel = || ExponentiatedQuadratic::new(1.0, 1.5);
///
/// let inducing = GaussianProcess::new(kernel()?, Tensor::linspace(0.0, 6.0, 10), 0.1)?;
/// let sparse = VariationalGaussianProcess::optimal(inducing, &y, &x, [1.0, 2.0])?;
/// let bound = sparse.evidence_lower_bound(&y, &x)?.item();
///
/// let exact = GaussianProcess::new(kernel()?, &x, 0.1)?.log_prob(&y)?.item();
/// assert!(bound < exact && bound > exact - 1e-3);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VariationalGaussianProcess {
    /// The process at the inducing points.
    prior: GaussianProcess,
    /// Of the values at the inducing points, without noise.
    inducing: Marginal,
    variational: MultivariateNormal,
    index_points: Tensor,
    predictive_noise_variance: Tensor,
    /// The distribution of the function.
    function: Marginal,
    marginal: Marginal,
}

impl VariationalGaussianProcess {
    const NAME: &'static str = "VariationalGaussianProcess";

    /// The process at `index_points`, given a normal distribution of its values at the inducing points, those of `prior`.
    ///
    /// # Errors
    /// Parameters outside of their domains; shapes that do not fit; a matrix that is not positive definite.
    pub fn new(
        prior: GaussianProcess,
        variational_loc: impl IntoTensor,
        variational_scale_tril: impl IntoTensor,
        index_points: impl IntoTensor,
    ) -> Result<Self> {
        let (loc, scale_tril) = (variational_loc.into_tensor(), variational_scale_tril.into_tensor());
        check::constants(
            Self::NAME,
            &[
                ("variational_loc", &loc, Constraint::Real),
                ("variational_scale_tril", &scale_tril, Constraint::LowerCholesky),
            ],
        )?;
        Self::given(
            inducing_values(&prior)?,
            prior,
            MultivariateNormal::from_scale_tril(loc, scale_tril)?,
            index_points,
        )
    }

    /// The process at `index_points`, given the normal distribution of its values at the inducing points that is best for
    /// these observations with normal noise, of the prior's variance σ².
    ///
    /// ```text
    /// S Sᵀ = K_zz (K_zz + K_zx K_xz / σ²)⁻¹ K_zz,   a = m(z) + S Sᵀ K_zz⁻¹ K_zx (y − m(x)) / σ²
    /// ```
    ///
    /// # Errors
    /// A noise variance of 0; parameters outside of their domains; shapes that do not fit; a matrix that is not positive
    /// definite.
    ///
    /// # Reference
    /// Titsias 2009, "Variational learning of inducing variables in sparse Gaussian processes".
    pub fn optimal(
        prior: GaussianProcess,
        observations: impl IntoTensor,
        observation_index_points: impl IntoTensor,
        index_points: impl IntoTensor,
    ) -> Result<Self> {
        let (observations, points) = (observations.into_tensor(), observation_index_points.into_tensor());
        check_points(Self::NAME, "observation_index_points", &points)?;
        let data = prior.kernel().diagonal(&points)?.shape().split_event(1).1;
        check_observations(Self::NAME, &observations, &data)?;
        let inducing = inducing_values(&prior)?;
        let factor = inducing.normal()?.dense_scale_tril();
        let noise = noise_stddev(&prior)?;
        // A = L⁻¹ K_zx / σ, B = I + A Aᵀ, r = (y − m(x)) / σ.
        let over = |axes| super::kernel::spread(&noise, axes);
        let cross = prior.kernel().matrix(prior.index_points(), &points)?;
        let scaled = factor.try_triangular_solve(cross, true, false)?.try_div(over(2)?)?;
        let residuals = observations.try_sub(prior.mean_at(Self::NAME, &points)?)?.try_div(over(1)?)?;
        let size = factor.shape()[factor.rank() - 1];
        let precision = outer_square(&scaled)?.try_add(Tensor::eye(size))?;
        // S = L C with C Cᵀ = B⁻¹, and a = m(z) + L B⁻¹ A r.
        let root = MultivariateNormal::from_precision(0.0, precision)?;
        let root = root.dense_scale_tril();
        let pull = scaled.try_matmul(residuals.try_unsqueeze(-1)?)?;
        let shift = factor.try_matmul(root.try_matmul(root.try_transpose()?.try_matmul(pull)?)?)?.try_squeeze(-1)?;
        let loc = shift.try_add(inducing.loc())?;
        // Products of lower triangular matrices are that but for the rounding of zeros.
        let scale_tril = factor.try_matmul(root)?.try_tril(0)?;
        Self::given(inducing, prior, MultivariateNormal::from_scale_tril(loc, scale_tril)?, index_points)
    }

    fn given(
        inducing: Marginal,
        prior: GaussianProcess,
        variational: MultivariateNormal,
        index_points: impl IntoTensor,
    ) -> Result<Self> {
        let index_points = index_points.into_tensor();
        check_points(Self::NAME, "index_points", &index_points)?;
        let conditional = Conditional::new(&prior, &inducing, &variational, &index_points)?;
        let Conditional { loc, cross, pulled } = &conditional;
        let explained = outer_square(&cross.try_transpose()?)?;
        let added = outer_square(&pulled.try_transpose()?)?;
        let covariance = prior.kernel().covariance(&index_points)?.try_sub(explained)?.try_add(added)?;
        let function = Marginal::new(Self::NAME, loc.clone(), covariance, prior.marginal.jitter_rule())?;
        let (marginal, predictive_noise_variance) = (function.clone(), Tensor::scalar(0.0));
        Ok(Self { prior, inducing, variational, index_points, predictive_noise_variance, function, marginal })
    }

    /// The distribution of values with independent normal noise of this variance, which is 0 by default.
    ///
    /// # Errors
    /// A negative variance; one that does not broadcast with the batch.
    pub fn with_predictive_noise_variance(self, variance: impl IntoTensor) -> Result<Self> {
        let predictive_noise_variance = variance.into_tensor();
        let given = ("predictive_noise_variance", &predictive_noise_variance, Constraint::NonNegative);
        check::constants(Self::NAME, &[given])?;
        let covariance = with_noise(Self::NAME, self.function.matrix(), &predictive_noise_variance)?;
        let marginal = self.function.with_matrix(covariance)?;
        Ok(Self { predictive_noise_variance, marginal, ..self })
    }

    /// The distribution with jitter on the diagonal of the covariance matrix of its values, in place of that of the prior.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        let (function, marginal) = (self.function.with_jitter(jitter), self.marginal.with_jitter(jitter));
        Self { function, marginal, ..self }
    }

    /// The process at the inducing points.
    #[must_use]
    pub fn prior(&self) -> &GaussianProcess {
        &self.prior
    }

    /// Mean of the values at the inducing points.
    #[must_use]
    pub fn variational_loc(&self) -> &Tensor {
        self.variational.loc()
    }

    /// Cholesky factor of the covariance matrix of the values at the inducing points.
    #[must_use]
    pub fn variational_scale_tril(&self) -> &Tensor {
        self.variational.dense_scale_tril()
    }

    /// The points, as they were given.
    #[must_use]
    pub fn index_points(&self) -> &Tensor {
        &self.index_points
    }

    /// Variance of the noise in the values.
    #[must_use]
    pub fn predictive_noise_variance(&self) -> &Tensor {
        &self.predictive_noise_variance
    }

    /// The amount added to the diagonal of the covariance matrix of the values: of shape batch, 0 where nothing was.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn jitter(&self) -> Result<Tensor> {
        self.marginal.jitter()
    }

    /// The multivariate normal distribution of the values.
    ///
    /// # Errors
    /// A matrix that is not positive definite.
    pub fn marginal(&self) -> Result<MultivariateNormal> {
        self.marginal.normal().cloned()
    }

    fn list(&self) -> [check::Parameter<'_>; 4] {
        [
            ("variational_loc", self.variational_loc(), Constraint::Real),
            ("variational_scale_tril", self.variational_scale_tril(), Constraint::LowerCholesky),
            ("index_points", &self.index_points, Constraint::Real),
            ("predictive_noise_variance", &self.predictive_noise_variance, Constraint::NonNegative),
        ]
    }

    fn check_parameters(&self) -> Result<()> {
        self.prior.check_parameters()?;
        self.inducing.normal_of_draw()?;
        check::all(Self::NAME, &self.list())
    }

    fn own_parameters(&self) -> Vec<(&'static str, Tensor)> {
        // The inducing points are not those of this distribution.
        let of_prior = self.prior.own_parameters().into_iter().filter(|(name, _)| *name != "index_points");
        of_prior.chain(check::values(&self.list())).collect()
    }
}

normal_by_marginal!(VariationalGaussianProcess);

/// The distribution of the values at the inducing points under the prior, without noise.
fn inducing_values(prior: &GaussianProcess) -> Result<Marginal> {
    let covariance = prior.kernel().covariance(prior.index_points())?;
    let loc = prior.marginal.loc().clone();
    Marginal::new(VariationalGaussianProcess::NAME, loc, covariance, prior.marginal.jitter_rule())
}
