//! Sparse Gaussian processes by inducing points.

use super::jitter::Jitter;
use super::marginal::Marginal;
use super::process::{GaussianProcess, check_points, outer_square, with_noise};
use super::quadrature;
use super::regression_model::check_observations;
use crate::distribution::{Distribution, KlDivergence, Moments, MultivariateNormal, Normal};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Variational Gaussian process: a Gaussian process given an uncertain knowledge of its values at a few inducing points.
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
/// batch = that of all of these, broadcast; event = `[n]`.
///
/// # Numerics
/// No matrix is inverted. The jitter of the prior is that of K_zz and of the covariance matrix of f(x).
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
    /// Titsias 2009, eq. 10.
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

    /// What was added to the diagonal of the covariance matrix of the values: of shape batch, 0 where nothing was.
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
        let noise = super::kernel::spread(&noise_stddev(&self.prior)?, 1)?;
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
    /// expectation is a Gauss–Hermite quadrature at so many values of each f(x_i), exact for polynomials below degree
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
        let (places, weights) = quadrature::gauss_hermite(Self::NAME, nodes)?;
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

/// Standard deviation of the noise in the observations.
fn noise_stddev(prior: &GaussianProcess) -> Result<Tensor> {
    let variance = prior.observation_noise_variance();
    check::parameter(VariationalGaussianProcess::NAME, "observation_noise_variance", variance, &Constraint::Positive)?;
    Ok(check::or_nan(variance, &Constraint::Positive).sqrt())
}

/// Of values at some points: their mean, and two parts of their covariance.
struct Conditional {
    loc: Tensor,
    /// L⁻¹ K_zx, with L Lᵀ = K_zz: its square is what the inducing points explain.
    cross: Tensor,
    /// Sᵀ K_zz⁻¹ K_zx: its square is what is uncertain of them.
    pulled: Tensor,
}

impl Conditional {
    fn new(
        prior: &GaussianProcess,
        inducing: &Marginal,
        variational: &MultivariateNormal,
        points: &Tensor,
    ) -> Result<Self> {
        let factor = inducing.normal()?.dense_scale_tril();
        let cross = prior.kernel().matrix(prior.index_points(), points)?;
        let cross = factor.try_triangular_solve(cross, true, false)?;
        let weights = factor.try_triangular_solve(&cross, true, true)?;
        let pulled = variational.dense_scale_tril().try_transpose()?.try_matmul(&weights)?;
        let shift = variational.mean().try_sub(inducing.loc())?.try_unsqueeze(-1)?;
        let loc = weights.try_transpose()?.try_matmul(shift)?.try_squeeze(-1)?;
        let loc = loc.try_add(prior.mean_at(VariationalGaussianProcess::NAME, points)?)?;
        Ok(Self { loc, cross, pulled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::gaussian_process::kernel::{ExponentiatedQuadratic, MaternThreeHalves};
    use crate::distribution::{Covariance, Entropy};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;

    fn data() -> (Tensor, Tensor) {
        let x = Tensor::from([0.0, 0.6, 1.1, 1.9, 2.4, 3.1]);
        (x.clone(), (&x * 1.3).sin() + Tensor::from([0.1, -0.2, 0.05, 0.3, -0.1, 0.0]))
    }

    fn prior(amplitude: impl IntoTensor, points: impl IntoTensor) -> Result<GaussianProcess> {
        GaussianProcess::new(MaternThreeHalves::new(amplitude, 0.8)?, points, 0.05)?.with_mean(0.2)
    }

    #[test]
    fn with_the_data_as_inducing_points_it_is_exact() {
        let (x, y) = data();
        let exact = prior(1.2, &x).unwrap();
        let new = Tensor::from([0.3, 0.6, 5.0]);
        let posterior = exact.posterior_predictive(&y, &new).unwrap();
        let sparse = VariationalGaussianProcess::optimal(exact.clone(), &y, &x, &new).unwrap();
        // Roundings of matrices whose condition is 100.
        assert!((sparse.mean() - posterior.mean()).abs().max() < 1e-12);
        assert!((sparse.covariance() - posterior.covariance()).abs().max() < 1e-12);
        let (bound, evidence) = (sparse.evidence_lower_bound(&y, &x).unwrap(), exact.log_prob(&y).unwrap());
        assert!((&bound - &evidence).abs() < 1e-11, "{bound}, {evidence}");
        assert!((sparse.variational_loss(&y, &x, 1.0).unwrap() + evidence).abs() < 1e-11);
        let noisy = sparse.clone().with_predictive_noise_variance(0.05).unwrap();
        assert!((noisy.variance() - sparse.variance() - 0.05).abs().max() < 1e-15);
    }

    /// ln N(y | m, Q + σ² I) − tr(K − Q) / (2σ²), with Q = K_xz K_zz⁻¹ K_zx (Titsias 2009, eq. 9).
    #[test]
    fn the_optimal_bound_is_that_of_titsias() {
        let (x, y) = data();
        let z = Tensor::from([0.2, 1.5, 2.8]);
        let kernel = MaternThreeHalves::new(1.2, 0.8).unwrap();
        let sparse = VariationalGaussianProcess::optimal(prior(1.2, &z).unwrap(), &y, &x, &x).unwrap();
        use crate::distribution::kernel::Kernel;
        let cross = kernel.matrix(&z, &x).unwrap();
        let q = cross.transpose().matmul(kernel.covariance(&z).unwrap().solve(&cross));
        let q = (&q + q.transpose()) * 0.5;
        let trace = (kernel.diagonal(&x).unwrap() - q.diagonal()).sum();
        let marginal = MultivariateNormal::new(0.2, q + Tensor::eye(6) * 0.05).unwrap();
        let want = marginal.log_prob(&y).unwrap() - trace / 0.1;
        let got = sparse.evidence_lower_bound(&y, &x).unwrap();
        assert!((&got - &want).abs() < 1e-11, "{got}, {want}");
        assert!(got < prior(1.2, &x).unwrap().log_prob(&y).unwrap());

        // Any other distribution of the values at the inducing points has a lower bound.
        let (loc, scale) = (sparse.variational_loc(), sparse.variational_scale_tril());
        for (loc, scale) in [(loc + 0.02, scale.clone()), (loc.clone(), scale * 1.1), (loc.clone(), scale * 0.9)] {
            let other = VariationalGaussianProcess::new(prior(1.2, &z).unwrap(), loc, scale, &x).unwrap();
            assert!(other.evidence_lower_bound(&y, &x).unwrap() < got);
        }
        // And it is a maximum: the gradient by its parameters is 0.
        let bound = |p: &[Tensor]| {
            VariationalGaussianProcess::new(prior(1.2, &z)?, &p[0], p[1].tril(0), &x)?.evidence_lower_bound(&y, &x)
        };
        let (_, gradients) = grad(bound, &[loc.clone(), scale.clone()]).unwrap();
        assert!(gradients.iter().all(|gradient| gradient.abs().max() < 1e-9), "{gradients:?}");
    }

    /// The expected log likelihood by draws of the function, the KL divergence by draws of the inducing values: false-alarm
    /// rate 6e-7.
    #[test]
    fn the_parts_of_the_bound_are_expectations() {
        const DRAWS: usize = 20_000;

        let (x, y) = data();
        let z = [0.2, 1.5];
        let scale = [[0.3, 0.0], [0.1, 0.2]];
        let sparse = VariationalGaussianProcess::new(prior(1.2, z).unwrap(), [0.4, 0.9], scale, &x).unwrap();
        let mut rng = Key::new(2).rng("draws", 0);
        let near = |each: Tensor, want: Tensor| {
            let (mean, error) = (each.mean().item(), each.std(1).item() / (DRAWS as f64).sqrt());
            assert!((mean - want.item()).abs() < 5.0 * error, "{mean} ± {error}, {want}");
        };
        let functions = sparse.sample(&mut rng, &Shape::from(DRAWS)).unwrap();
        let likelihood = Normal::new(functions, 0.05_f64.sqrt()).unwrap().log_prob(&y).unwrap().sum_axis(-1);
        near(likelihood, sparse.expected_log_likelihood(&y, &x).unwrap());

        let q = MultivariateNormal::from_scale_tril([0.4, 0.9], scale).unwrap();
        let p =
            GaussianProcess::new(MaternThreeHalves::new(1.2, 0.8).unwrap(), z, 0.0).unwrap().with_mean(0.2).unwrap();
        let values = q.sample(&mut rng, &Shape::from(DRAWS)).unwrap();
        near(q.log_prob(&values).unwrap() - p.log_prob(&values).unwrap(), sparse.kl_divergence_from_prior().unwrap());
        assert!(sparse.entropy().item().is_finite());
    }

    #[test]
    fn any_likelihood_is_integrated() {
        let (x, y) = data();
        let sparse =
            VariationalGaussianProcess::new(prior(1.2, [0.2, 1.5]).unwrap(), [0.4, 0.9], Tensor::eye(2) * 0.3, &x)
                .unwrap();
        let normal = |f: &Tensor| Normal::new(f, 0.05_f64.sqrt())?.log_prob(&y);
        // Of a polynomial of degree 2 it is exact.
        let want = sparse.expected_log_likelihood(&y, &x).unwrap();
        for nodes in [2, 3, 20] {
            let got = sparse.expected_log_likelihood_by(&x, nodes, normal).unwrap();
            assert!((&got - &want).abs() < 1e-11, "{got}, {want}");
        }
        // E eᶠ = exp(mean + ½ variance).
        let got = sparse.expected_log_likelihood_by(&x, 20, |f| Ok(f.exp())).unwrap();
        let want = (sparse.mean() + sparse.variance() * 0.5).exp().sum();
        assert!((&got - &want).abs() < 1e-12 * want.item(), "{got}, {want}");
        assert_program_is_tape("expected_log_likelihood_by", &[Tensor::from([0.4, 0.9])], |p| {
            let prior = prior(1.2, [0.2, 1.5])?;
            let sparse = VariationalGaussianProcess::new(prior, &p[0], Tensor::eye(2) * 0.3, &x)?;
            sparse.expected_log_likelihood_by(&x, 8, |f| Ok(-f.softplus()))
        });

        let batch = VariationalGaussianProcess::new(prior([1.0, 1.4], [0.2]).unwrap(), [0.4], [[0.3]], &x).unwrap();
        assert_eq!(batch.expected_log_likelihood_by(&x, 5, normal).unwrap().shape().dims(), [2]);
        assert!(sparse.expected_log_likelihood_by(&x, 5, |f| Ok(f.sum_axis(-1))).is_err());
        assert!(sparse.expected_log_likelihood_by(&x, 0, normal).is_err());
    }

    #[test]
    fn the_bound_is_recorded_and_differentiated() {
        let (x, y) = data();
        let inputs = [
            Tensor::from(1.2),
            Tensor::from([0.2, 1.5]),
            Tensor::from([0.4, 0.9]),
            Tensor::from([[0.3, 0.01], [0.1, 0.2]]),
        ];
        assert_program_is_tape("VariationalGaussianProcess", &inputs, |p| {
            let sparse = VariationalGaussianProcess::new(prior(&p[0], &p[1])?, &p[2], p[3].tril(0), [0.5, 1.0])?;
            let bound = sparse.evidence_lower_bound(&y, &x)?;
            bound.try_add(sparse.log_prob(&Tensor::from([0.3, 0.8]))?)
        });
        assert_program_is_tape("optimal", &inputs[..2], |p| {
            VariationalGaussianProcess::optimal(prior(&p[0], &p[1])?, &y, &x, [0.5, 1.0])?.evidence_lower_bound(&y, &x)
        });
        // The gradient at the optimum by the amplitude is that of the bound with the optimum held.
        let z = Tensor::from([0.2, 1.5, 2.8]);
        let optimal = |p: &[Tensor]| {
            VariationalGaussianProcess::optimal(prior(&p[0], &z)?, &y, &x, &x)?.evidence_lower_bound(&y, &x)
        };
        let (_, slope) = grad(optimal, &[Tensor::from(1.2)]).unwrap();
        let at = |amplitude: f64| optimal(&[Tensor::from(amplitude)]).unwrap().item();
        let want = (at(1.2 + 1e-5) - at(1.2 - 1e-5)) / 2e-5;
        assert!((slope[0].item() - want).abs() < 1e-7 * want.abs().max(1.0), "{}, {want}", slope[0]);
    }

    #[test]
    fn a_batch_is_its_members() {
        let (x, y) = data();
        let batch = VariationalGaussianProcess::optimal(prior([1.0, 1.4], [0.2, 1.5]).unwrap(), &y, &x, &x).unwrap();
        let bounds = batch.evidence_lower_bound(&y, &x).unwrap();
        assert_eq!((batch.batch_shape().dims(), bounds.shape().dims()), (&[2][..], &[2][..]));
        for (member, amplitude) in [1.0, 1.4].into_iter().enumerate() {
            let prior = prior(amplitude, [0.2, 1.5]).unwrap();
            let alone = VariationalGaussianProcess::optimal(prior, &y, &x, &x).unwrap();
            let difference = bounds.get(member) - alone.evidence_lower_bound(&y, &x).unwrap();
            assert!(difference.abs() < 1e-12, "{difference}");
            assert!((batch.mean().get(member) - alone.mean()).abs().max() < 1e-13);
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        let (x, y) = data();
        let noiseless = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), [0.0, 1.0], 0.0).unwrap();
        let text = |sparse: Result<VariationalGaussianProcess>| sparse.unwrap_err().to_string();
        assert_eq!(
            text(VariationalGaussianProcess::optimal(noiseless.clone(), &y, &x, &x)),
            "VariationalGaussianProcess: `observation_noise_variance` must be positive, got 0"
        );
        assert_eq!(
            text(VariationalGaussianProcess::new(noiseless.clone(), [0.0, f64::NAN], Tensor::eye(2), &x)),
            "VariationalGaussianProcess: `variational_loc` must be real, got NaN at [1]"
        );
        let upper = [[1.0, 0.5], [0.0, 1.0]];
        let error = text(VariationalGaussianProcess::new(noiseless.clone(), 0.0, upper, &x));
        assert!(error.starts_with("VariationalGaussianProcess: `variational_scale_tril` must be a lower"), "{error}");
        assert!(VariationalGaussianProcess::new(noiseless.clone(), 0.0, Tensor::eye(3), &x).is_err());
        assert!(VariationalGaussianProcess::optimal(prior(1.0, [0.0]).unwrap(), [0.0, 1.0], &x, &x).is_err());
        // Inducing points that coincide.
        let twice = prior(1.0, [0.5, 0.5]).unwrap();
        assert!(
            text(VariationalGaussianProcess::optimal(twice.clone(), &y, &x, &x)).contains("leading minor of order 2")
        );
        let jittered = twice.with_jitter(Jitter::growing());
        assert!(VariationalGaussianProcess::optimal(jittered, &y, &x, &x).is_ok());
    }
}
