//! Multivariate normal distribution.

mod dense;
mod diagonal;
mod low_rank;

use self::dense::Dense;
use self::diagonal::Diagonal;
use self::low_rank::LowRank;
use super::factored::Given;
use crate::distribution::density::vector;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Normal distribution of real vectors.
///
#[doc = include_str!("../../../../doc/distribution/MultivariateNormal.svg")]
///
/// ```text
/// log p(x) = −½ |z|² − Σ_i ln L_ii − (n / 2) ln(2π),   z = L⁻¹ (x − loc),   covariance = L Lᵀ
/// ```
///
/// # Parameters
/// | parameter           | domain                                          | shape             |
/// |---------------------|-------------------------------------------------|-------------------|
/// | `loc`               | real                                            | batch ++ `[n]`    |
/// | `covariance_matrix` | symmetric positive definite                     | batch ++ `[n, n]` |
/// | `scale_tril`        | lower triangular, with a positive diagonal: L   | batch ++ `[n, n]` |
/// | `precision_matrix`  | symmetric positive definite: covariance⁻¹       | batch ++ `[n, n]` |
/// | `scale_diag`        | positive: standard deviations                   | batch ++ `[n]`    |
/// | `cov_factor`        | real: W, of covariance = W Wᵀ + diag(cov_diag)  | batch ++ `[n, r]` |
/// | `cov_diag`          | positive                                        | batch ++ `[n]`    |
///
/// | constructor                                  | form of the covariance                        | cost of a density |
/// |----------------------------------------------|-----------------------------------------------|-------------------|
/// | [`new`](Self::new)                           | the matrix                                    | n³                |
/// | [`from_scale_tril`](Self::from_scale_tril)   | its Cholesky factor                           | n²                |
/// | [`from_precision`](Self::from_precision)     | its inverse                                   | n³                |
/// | [`diagonal`](Self::diagonal)                 | standard deviations of independent entries    | n                 |
/// | [`low_rank`](Self::low_rank)                 | r shared factors and independent noise        | n r²              |
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all
/// entries.
///
/// # Support
/// The vectors of real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean       = mode = loc
/// covariance = L Lᵀ
/// entropy    = Σ_i ln L_ii + ½ n ln(2πe)
/// ```
/// The variance is the diagonal of the covariance, which is added up without the whole matrix.
///
/// # Numerics
/// x − loc is divided by L in a triangular solve; no n × n matrix is inverted. Of a matrix that is being
/// differentiated only the lower triangle is read, and where it has no factor the density is NaN. The low-rank form
/// needs the factor of an r × r matrix only, and adds up squares where the Woodbury identity subtracts.
///
/// # Draws
/// loc + L ε, with standard normal ε; of the low-rank form loc + W ε + cov_diag^½ ε′.
///
/// # Reference
/// Stan Functions Reference, "Multivariate normal distribution", and "…, Cholesky parameterization"; torch,
/// `LowRankMultivariateNormal`.
///
/// # Example
/// ```
/// use ppl::distribution::{Covariance, Distribution, KlDivergence, MultivariateNormal};
/// use ppl::Tensor;
///
/// let normal = MultivariateNormal::new([1.0, 2.0], [[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(normal.scale_tril()?, Tensor::from([[2.0, 0.0], [1.0, 2.0]]));
/// let log_prob = normal.log_prob(&Tensor::from([1.0, 2.0]))?.item();
/// assert!((log_prob + (4.0 * std::f64::consts::TAU).ln()).abs() < 1e-15);
///
/// // The same as a factor that both share and noise of their own.
/// let shared = MultivariateNormal::low_rank([1.0, 2.0], [[1.0], [2.0]], [3.0, 1.0])?;
/// assert_eq!(shared.covariance(), normal.covariance());
/// assert!(shared.kl_divergence(&normal)?.item().abs() < 1e-15);
///
/// let error = MultivariateNormal::new(0.0, [[1.0, 2.0], [2.0, 1.0]]).unwrap_err();
/// assert!(error.to_string().contains("`covariance_matrix` must be a symmetric positive definite matrix"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultivariateNormal {
    form: Form,
}

/// The parameters, in one of their forms.
#[derive(Clone, Debug)]
enum Form {
    Dense(Dense),
    Diagonal(Diagonal),
    LowRank(Box<LowRank>),
}

/// A function that each form has.
macro_rules! of_form {
    ($form:expr, $each:ident => $function:expr) => {
        match $form {
            Form::Dense($each) => $function,
            Form::Diagonal($each) => $function,
            Form::LowRank($each) => $function,
        }
    };
}

/// Batch shape of vectors of `size` entries, or of a scalar that stands for all of them.
pub(super) fn batch_of_vectors(user: &'static str, loc: &Tensor, size: usize) -> Result<Shape> {
    match loc.shape().last() {
        None => Ok(Shape::SCALAR),
        Some(&entries) if entries == size => Ok(loc.shape().split_event(1).0),
        Some(_) => Err(Error::InvalidShape {
            operation: user,
            expected: format!("{size} entries along the last axis of `loc`"),
            got: loc.shape(),
        }),
    }
}

impl MultivariateNormal {
    /// A multivariate normal distribution with this mean and covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not symmetric positive definite; shapes that do not fit.
    pub fn new(loc: impl IntoTensor, covariance_matrix: impl IntoTensor) -> Result<Self> {
        Self::dense(loc.into_tensor(), "covariance_matrix", covariance_matrix.into_tensor(), Given::Matrix)
    }

    /// A multivariate normal distribution with this mean and Cholesky factor of the covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not lower triangular with a positive diagonal; shapes that do not fit.
    pub fn from_scale_tril(loc: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        Self::dense(loc.into_tensor(), "scale_tril", scale_tril.into_tensor(), Given::Factor)
    }

    /// A multivariate normal distribution with this mean and inverse of the covariance matrix.
    ///
    /// # Errors
    /// `loc` not finite; a matrix that is not symmetric positive definite; shapes that do not fit.
    pub fn from_precision(loc: impl IntoTensor, precision_matrix: impl IntoTensor) -> Result<Self> {
        Self::dense(loc.into_tensor(), "precision_matrix", precision_matrix.into_tensor(), Given::Inverse)
    }

    fn dense(loc: Tensor, name: &'static str, given: Tensor, form: Given) -> Result<Self> {
        Ok(Self { form: Form::Dense(Dense::new(loc, name, given, form)?) })
    }

    /// A multivariate normal distribution of independent entries, with this mean and these standard deviations.
    ///
    /// # Errors
    /// `loc` not finite; a standard deviation that is not positive and finite; shapes that do not fit.
    pub fn diagonal(loc: impl IntoTensor, scale_diag: impl IntoTensor) -> Result<Self> {
        Ok(Self { form: Form::Diagonal(Diagonal::new(loc.into_tensor(), scale_diag.into_tensor())?) })
    }

    /// A multivariate normal distribution with this mean and the covariance matrix
    /// `cov_factor` · `cov_factor`ᵀ + diag(`cov_diag`).
    ///
    /// # Errors
    /// `loc` or `cov_factor` not finite; a `cov_diag` that is not positive and finite; shapes that do not fit.
    pub fn low_rank(loc: impl IntoTensor, cov_factor: impl IntoTensor, cov_diag: impl IntoTensor) -> Result<Self> {
        let form = LowRank::new(loc.into_tensor(), cov_factor.into_tensor(), cov_diag.into_tensor())?;
        Ok(Self { form: Form::LowRank(Box::new(form)) })
    }

    /// The mean, as it was given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        of_form!(&self.form, form => form.loc())
    }

    /// The lower Cholesky factor of the covariance matrix.
    ///
    /// # Errors
    /// A low-rank covariance whose matrix has no factor, because `cov_diag` is lost in its rounding.
    pub fn scale_tril(&self) -> Result<Tensor> {
        match &self.form {
            Form::Dense(form) => Ok(form.scale_tril().clone()),
            Form::Diagonal(form) => Ok(form.scale_tril()),
            Form::LowRank(form) => form.covariance().try_cholesky(),
        }
    }

    /// The factor that the distribution was built from or holds: of one by a covariance matrix, a precision matrix or a factor.
    pub(crate) fn dense_scale_tril(&self) -> &Tensor {
        match &self.form {
            Form::Dense(form) => form.scale_tril(),
            Form::Diagonal(_) | Form::LowRank(_) => unreachable!("only the dense form holds a factor"),
        }
    }

    fn size(&self) -> f64 {
        self.event_shape().size() as f64
    }

    /// ½ ln |covariance|.
    fn log_scale(&self) -> Tensor {
        of_form!(&self.form, form => form.log_scale())
    }

    /// (x − loc)ᵀ covariance⁻¹ (x − loc).
    fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        of_form!(&self.form, form => form.squared_distance(value))
    }

    /// tr(covariance⁻¹ covariance′) for the covariance′ = R Rᵀ of another distribution.
    fn trace_of_ratio(&self, other: &Self) -> Result<Tensor> {
        let root = || match &other.form {
            Form::Dense(form) => form.scale_tril().clone(),
            Form::Diagonal(form) => form.scale_tril(),
            Form::LowRank(form) => form.root(),
        };
        match &self.form {
            Form::Dense(form) => form.trace_of_ratio(&root()),
            Form::Diagonal(form) => form.trace_of_ratio(&other.stddev()),
            Form::LowRank(form) => form.trace_of_ratio(&root()),
        }
    }
}

impl Distribution for MultivariateNormal {
    fn name(&self) -> &'static str {
        "MultivariateNormal"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let parameters = of_form!(&self.form, form => form.parameters());
        std::iter::once(("loc", self.loc().clone())).chain(parameters.iter().map(check::value)).collect()
    }

    fn batch_shape(&self) -> Shape {
        of_form!(&self.form, form => form.shapes()).0
    }

    fn event_shape(&self) -> Shape {
        of_form!(&self.form, form => form.shapes()).1
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::parameter_of_draw("MultivariateNormal", "loc", self.loc(), &Constraint::Real)?;
        let shape = sample_shape.concat(&self.batch_shape()).concat(&self.event_shape());
        of_form!(&self.form, form => form.sample(rng, shape))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || Ok(self.loc().clone());
        let is_inside = |value: &Tensor| vector::is_finite(value, 1);
        vector::on_support(self, value, is_inside, mean, |value| {
            let distance = self.squared_distance(value)?;
            (-self.log_scale()).try_sub(distance * 0.5 + self.size() * HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for MultivariateNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for MultivariateNormal {
    fn mean(&self) -> Tensor {
        self.loc().broadcast_to(self.batch_shape().concat(&self.event_shape()))
    }

    fn variance(&self) -> Tensor {
        let variance = of_form!(&self.form, form => form.variance());
        variance.broadcast_to(self.batch_shape().concat(&self.event_shape()))
    }
}

impl Covariance for MultivariateNormal {
    fn covariance(&self) -> Tensor {
        let event = self.event_shape();
        let covariance = of_form!(&self.form, form => form.covariance());
        covariance.broadcast_to(self.batch_shape().concat(&event).concat(&event))
    }
}

impl Entropy for MultivariateNormal {
    fn entropy(&self) -> Tensor {
        (self.log_scale() + self.size() * (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape())
    }
}

impl KlDivergence<Self> for MultivariateNormal {
    /// ½ (tr(Σ_q⁻¹ Σ_p) + (μ_p − μ_q)ᵀ Σ_q⁻¹ (μ_p − μ_q) − n) + ½ ln |Σ_q| − ½ ln |Σ_p|, also of two forms.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: "MultivariateNormal",
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        check::broadcast("MultivariateNormal", &self.batch_shape(), &other.batch_shape())?;
        let squares = other.trace_of_ratio(self)?.try_add(other.squared_distance(&self.mean())?)?;
        let kl = (squares - self.size()) * 0.5;
        kl.try_add(other.log_scale())?.try_sub(self.log_scale())
    }
}

#[cfg(test)]
mod tests;
