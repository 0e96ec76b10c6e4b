//! Jitter: an amount added to the diagonal of a covariance matrix, so that it has a Cholesky factor.

use super::covariance::add_to_diagonal;
use crate::tensor::Pivot;
use crate::{Error, Result, Tensor, violation};

/// Amounts that [`Jitter::growing`] tries in order, relative to the mean of the diagonal.
const AMOUNTS: [f64; 4] = [1e-12, 1e-10, 1e-8, 1e-6];

/// Amount added to the diagonal of a covariance matrix that has no Cholesky factor in floating-point numbers.
///
/// The covariance matrix of points that are near in units of the length scale is positive definite, but for rounding. By
/// default nothing is added, and such a matrix is an error: a model is not changed unless it is asked for.
/// [`jitter`](crate::distribution::GaussianProcess::jitter) of a process tells how much was added.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::kernel::ExponentiatedQuadratic;
/// use ppl::distribution::{Distribution, GaussianProcess, Jitter};
///
/// let points = Tensor::linspace(0.0, 1.0, 20);
/// let smooth = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0)?, &points, 0.0)?;
/// let error = smooth.log_prob(&Tensor::zeros(20)).unwrap_err().to_string();
/// assert!(error.starts_with("GaussianProcess: matrix is not positive definite: its leading minor of order "));
///
/// let smooth = smooth.with_jitter(Jitter::growing());
/// assert!(smooth.log_prob(&Tensor::zeros(20))?.item().is_finite());
/// assert!(smooth.jitter()? > 0.0 && smooth.jitter()? <= 1e-6);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jitter(Kind);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Kind {
    #[default]
    None,
    Fixed(f64),
    Growing,
}

impl Jitter {
    /// Nothing is added.
    #[must_use]
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// This amount is added, whether or not it is needed.
    ///
    /// # Errors
    /// A negative or infinite amount.
    pub fn fixed(amount: f64) -> Result<Self> {
        if amount >= 0.0 && amount.is_finite() {
            return Ok(Self(Kind::Fixed(amount)));
        }
        Err(Error::InvalidArgument {
            operation: "Jitter::fixed",
            argument: "amount",
            expected: "non-negative and finite".to_owned(),
            got: amount.to_string(),
        })
    }

    /// The first of 0, 1e-12, 1e-10, 1e-8 and 1e-6 of the mean of the diagonal with which the matrix has a factor; for each
    /// matrix of a batch its own.
    ///
    /// The amount is a constant for the gradient. One that changes from one evaluation to the next makes the density jump,
    /// by as little as the amount. A recorded program makes all the factors at each evaluation, which takes up to five
    /// times as long.
    #[must_use]
    pub fn growing() -> Self {
        Self(Kind::Growing)
    }

    /// Whether something may be added.
    pub(super) fn is_some(self) -> bool {
        self.0 != Kind::None
    }

    /// The Cholesky factor of a covariance matrix with jitter, and what was added: of shape batch.
    pub(super) fn factorize(self, user: &'static str, covariance: &Tensor) -> Result<(Tensor, Tensor)> {
        let batch = covariance.shape().split_event(2).0;
        let added = match self.0 {
            Kind::None => Tensor::zeros(batch),
            Kind::Fixed(amount) => Tensor::full(batch, amount),
            Kind::Growing => growing(covariance)?,
        };
        let jittered =
            if added.is_known_to_be_all(0.0) { covariance.clone() } else { add_to_diagonal(covariance, &added)? };
        match jittered.try_cholesky() {
            Ok(factor) => Ok((factor, added)),
            Err(Error::SingularMatrix { .. }) => Err(self.not_positive_definite(user, covariance)),
            Err(error) => Err(error),
        }
    }

    /// The error of a matrix without a Cholesky factor: the first of a batch, as it is without jitter.
    pub(super) fn not_positive_definite(self, user: &'static str, covariance: &Tensor) -> Error {
        let (_, matrix) = covariance.shape().split_event(2);
        let elements = covariance.detach().elements();
        let pivots = elements.chunks_exact(matrix.size()).map(|each| Pivot::first_wrong(each, matrix[0]));
        let found = match pivots.flatten().next() {
            Some(pivot) => violation::leading_minor(&pivot),
            None => "factor is not finite".to_owned(),
        };
        let help = match self.0 {
            Kind::None => {
                "if the kernel is right, this is rounding: give the process observation noise, or jitter by \
                 `.with_jitter(Jitter::growing())`"
            }
            Kind::Fixed(_) => "try more jitter",
            Kind::Growing => {
                "a jitter of 1e-6 of the mean of the diagonal is not enough: is the kernel positive definite?"
            }
        };
        Error::SingularMatrix { operation: user, problem: format!("not positive definite: its {found}\nhelp: {help}") }
    }
}

/// The least amounts with which the matrices have a factor.
fn growing(covariance: &Tensor) -> Result<Tensor> {
    // Which amount is needed has no derivative.
    let covariance = covariance.detach();
    let scale = covariance.diagonal().try_mean_axis(-1)?;
    let mut added = Tensor::zeros(scale.shape());
    for amount in AMOUNTS {
        let has_factor = has_factor(&add_to_diagonal(&covariance, &added)?)?;
        if has_factor.is_known_to_be_all(1.0) {
            break;
        }
        added = Tensor::try_select(has_factor, added, &scale * amount)?;
    }
    Ok(added)
}

/// For each matrix, 1 if it has a Cholesky factor and 0 if not.
fn has_factor(matrices: &Tensor) -> Result<Tensor> {
    if matrices.is_recorded() {
        // In a program the factor is NaN where there is none.
        let sums = matrices.try_cholesky()?.diagonal().try_sum_axis(-1)?;
        return sums.try_equal(&sums);
    }
    let (batch, matrix) = matrices.shape().split_event(2);
    let has = |elements: &[f64]| f64::from(u8::from(Pivot::first_wrong(elements, matrix[0]).is_none()));
    Ok(Tensor::from_parts(matrices.elements().chunks_exact(matrix.size()).map(has).collect(), batch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;
    use crate::distribution::GaussianProcess;
    use crate::distribution::gaussian_process::kernel::ExponentiatedQuadratic;
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    #[test]
    fn each_matrix_of_a_batch_gets_the_least_that_it_needs() {
        let matrices =
            Tensor::from([[[2.0, 0.5], [0.5, 2.0]], [[4.0, 4.0], [4.0, 4.0]], [[1.0, 1.0 + 1e-9], [1.0 + 1e-9, 1.0]]]);
        let (factors, added) = Jitter::growing().factorize("test", &matrices).unwrap();
        assert_eq!(added.to_vec(), [0.0, 4e-12, 1e-8]);
        let products = factors.matmul(factors.transpose());
        assert!((products - add_to_diagonal(&matrices, &added).unwrap()).abs().max() < 1e-15);

        let (_, added) = Jitter::fixed(0.5).unwrap().factorize("test", &matrices).unwrap();
        assert_eq!(added.to_vec(), [0.5; 3]);
        let error = Jitter::none().factorize("test", &matrices).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "test: matrix is not positive definite: its leading minor of order 2 is not positive (pivot 0)"
            ),
            "{error}"
        );
        let error =
            Jitter::growing().factorize("test", &Tensor::from([[1.0, 2.0], [2.0, 1.0]])).unwrap_err().to_string();
        let text = "test: matrix is not positive definite: its leading minor of order 2 is not positive (pivot -3)\nhelp: \
                    a jitter of 1e-6 of the mean of the diagonal is not enough: is the kernel positive definite?";
        assert_eq!(error, text);
    }

    #[test]
    fn amounts_are_checked() {
        let error = Jitter::fixed(-1.0).unwrap_err().to_string();
        assert_eq!(error, "Jitter::fixed: `amount` must be non-negative and finite, got -1");
        assert!(Jitter::fixed(f64::NAN).is_err() && Jitter::fixed(0.0).is_ok());
        assert_eq!(Jitter::default(), Jitter::none());
    }

    /// A process of two points that coincide: the gradient by the amplitude is that with a constant jitter, on the tape and
    /// in a program, which finds the amount anew at each evaluation.
    #[test]
    fn growing_jitter_is_recorded() {
        let value = Tensor::from([0.3, 0.3, -0.2]);
        let density = |p: &[Tensor], jitter: Jitter| {
            let kernel = ExponentiatedQuadratic::new(&p[0], 1.0)?;
            GaussianProcess::new(kernel, [0.0, 0.0, 1.0], 0.0)?.with_jitter(jitter).log_prob(&value)
        };
        let amplitude = [Tensor::from(1.0)];
        let (got, slope) = grad(|p| density(p, Jitter::growing()), &amplitude).unwrap();
        let (want, wanted) = grad(|p| density(p, Jitter::fixed(1e-12)?), &amplitude).unwrap();
        assert_eq!((got, slope), (want, wanted));
        assert!(got.is_finite());

        // Where no amount is needed, the density is the same function.
        let apart = |p: &[Tensor]| {
            let kernel = ExponentiatedQuadratic::new(&p[0], &p[1])?;
            GaussianProcess::new(kernel, [0.0, 0.5, 1.0], 0.0)?.with_jitter(Jitter::growing()).log_prob(&value)
        };
        assert_program_is_tape("growing jitter", &[1.2.into(), 0.4.into()], apart);

        // The program was recorded where 0 is enough, and is evaluated where it is not.
        let near = |p: &Tensor| {
            let kernel = ExponentiatedQuadratic::new(1.0, p.get(0))?;
            GaussianProcess::new(kernel, [0.0, 0.5, 1.0], 0.0)?.with_jitter(Jitter::growing()).log_prob(&value)
        };
        let crate::program::Recorded::Static(mut program) = crate::program::record(&[0.4], near).unwrap() else {
            panic!("jitter keeps the density from being recorded")
        };
        let mut slope = [0.0];
        let got = program.value_and_gradient(&[1e9], &mut slope);
        let want = near(&Tensor::from([1e9])).unwrap().item();
        assert!((got - want).abs() <= 1e-10 * want.abs(), "{got}, {want}");
    }
}
