//! Generalized linear models: distributions of outcomes by a linear predictor, as constructors of the distributions.
//!
//! The predictor is `x β + α`, and each constructor names the link between it and the mean, as Stan's functions do:
//!
//! | constructor                      | Stan                    | mean                     |
//! |----------------------------------|-------------------------|--------------------------|
//! | [`Normal::identity_glm`]         | `normal_id_glm`         | η                        |
//! | [`Bernoulli::logit_glm`]         | `bernoulli_logit_glm`   | 1 / (1 + exp(−η))        |
//! | [`Binomial::logit_glm`]          | `binomial_logit_glm`    | trials / (1 + exp(−η))   |
//! | [`Poisson::log_glm`]             | `poisson_log_glm`       | exp(η)                   |
//! | [`NegativeBinomial::log_glm`]    | `neg_binomial_2_log_glm`| exp(η)                   |
//! | [`Categorical::logit_glm`]       | `categorical_logit_glm` | softmax(η)               |
//!
//! They are compositions of tensor operations, which a recorded program fuses.

use super::{Bernoulli, Binomial, Categorical, NegativeBinomial, Normal, Poisson};
use crate::{Constraint, Error, IntoTensor, Result, Tensor, check};

/// `x β + α` of rows of covariates.
fn linear_predictor(
    operation: &'static str,
    x: impl IntoTensor,
    alpha: impl IntoTensor,
    beta: impl IntoTensor,
) -> Result<Tensor> {
    let (x, alpha, beta) = (x.into_tensor(), alpha.into_tensor(), beta.into_tensor());
    let columns = columns_of(operation, &x)?;
    if beta.shape().dims() != [columns] {
        let expected =
            format!("`beta` of shape [{columns}], a coefficient for each column of `x`, whose shape is {}", x.shape());
        return Err(Error::InvalidShape { operation, expected, got: beta.shape() });
    }
    let product = x.try_matmul(&beta)?;
    if !alpha.shape().broadcasts_to(&product.shape()) {
        let expected = format!("`alpha` that broadcasts to shape {}, that of the rows of `x`", product.shape());
        return Err(Error::InvalidShape { operation, expected, got: alpha.shape() });
    }
    product.try_add(alpha)
}

fn columns_of(operation: &'static str, x: &Tensor) -> Result<usize> {
    match x.shape().dims() {
        [.., _, columns] => Ok(*columns),
        _ => Err(Error::InvalidShape {
            operation,
            expected: "a matrix `x` with a row for each outcome".to_owned(),
            got: x.shape(),
        }),
    }
}

impl Normal {
    /// Linear regression: outcomes with mean `x β + α`.
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[]` or `[n]`, `beta`: `[k]`, `scale`: `[]` or `[n]`; batch = `[n]`.
    ///
    /// # Errors
    /// Other shapes; `scale` not positive and finite.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Moments, Normal};
    ///
    /// let outcome = Normal::identity_glm([[1.0, 2.0], [3.0, 4.0]], 0.5, [1.0, -1.0], 2.0)?;
    /// assert_eq!(outcome.mean().to_vec(), [-0.5, -0.5]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn identity_glm(
        x: impl IntoTensor,
        alpha: impl IntoTensor,
        beta: impl IntoTensor,
        scale: impl IntoTensor,
    ) -> Result<Self> {
        Self::new(linear_predictor("Normal::identity_glm", x, alpha, beta)?, scale)
    }
}

impl Bernoulli {
    /// Logistic regression: outcomes with log odds `x β + α`.
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[]` or `[n]`, `beta`: `[k]`; batch = `[n]`.
    ///
    /// # Errors
    /// Other shapes.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn logistic(x: Tensor, y: Tensor) {
    ///     let alpha = sample!("alpha", Normal::new(0.0, 2.0));
    ///     let beta = sample!("beta", Normal::new([0.0, 0.0], 1.0).to_event(1));
    ///     plate!("row", y.size(), {
    ///         observe!("y", Bernoulli::logit_glm(x, alpha, beta), y);
    ///     });
    /// }
    ///
    /// let x = Tensor::from([[0.5, 1.0], [-1.0, 2.0], [0.0, 0.0]]);
    /// let at_zero = [("alpha", Tensor::from(0.0)), ("beta", Tensor::zeros(2))];
    /// let likelihood = logistic(x, Tensor::from([1.0, 0.0, 1.0])).condition_all(at_zero).trace(0)?;
    /// assert!((likelihood.site("y").unwrap().log_prob()? - 3.0 * 0.5_f64.ln()).abs().item() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn logit_glm(x: impl IntoTensor, alpha: impl IntoTensor, beta: impl IntoTensor) -> Result<Self> {
        Self::from_logits(linear_predictor("Bernoulli::logit_glm", x, alpha, beta)?)
    }
}

impl Binomial {
    /// Logistic regression of counts: successes with log odds `x β + α` in `total_count` trials.
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[]` or `[n]`, `beta`: `[k]`, `total_count`: `[]` or `[n]`; batch = `[n]`.
    ///
    /// # Errors
    /// Other shapes; `total_count` not a non-negative integer.
    pub fn logit_glm(
        total_count: impl IntoTensor,
        x: impl IntoTensor,
        alpha: impl IntoTensor,
        beta: impl IntoTensor,
    ) -> Result<Self> {
        Self::from_logits(total_count, linear_predictor("Binomial::logit_glm", x, alpha, beta)?)
    }
}

impl Poisson {
    /// Poisson regression: counts with rate exp(`x β + α`).
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[]` or `[n]`, `beta`: `[k]`; batch = `[n]`. The logarithm of an exposure is a part of
    /// `alpha`.
    ///
    /// # Errors
    /// Other shapes.
    pub fn log_glm(x: impl IntoTensor, alpha: impl IntoTensor, beta: impl IntoTensor) -> Result<Self> {
        Self::from_log_rate(linear_predictor("Poisson::log_glm", x, alpha, beta)?)
    }
}

impl NegativeBinomial {
    /// Negative binomial regression: counts with mean μ = exp(`x β + α`) and variance μ + μ² / concentration.
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[]` or `[n]`, `beta`: `[k]`, `concentration`: `[]` or `[n]`; batch = `[n]`.
    ///
    /// # Errors
    /// Other shapes; `concentration` not positive and finite.
    pub fn log_glm(
        x: impl IntoTensor,
        alpha: impl IntoTensor,
        beta: impl IntoTensor,
        concentration: impl IntoTensor,
    ) -> Result<Self> {
        let log_mean = linear_predictor("NegativeBinomial::log_glm", x, alpha, beta)?;
        let concentration = concentration.into_tensor();
        check::parameter("NegativeBinomial", "concentration", &concentration, &Constraint::Positive)?;
        let logits = log_mean.try_sub(concentration.ln())?;
        Self::from_logits(concentration, logits)
    }
}

impl Categorical {
    /// Multinomial logistic regression: categories with logits `x β + α`.
    ///
    /// # Shapes
    /// `x`: `[n, k]`, `alpha`: `[c]`, `beta`: `[k, c]`; batch = `[n]`, with c categories.
    ///
    /// # Errors
    /// Other shapes.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Categorical, Distribution};
    ///
    /// let beta = [[1.0, 0.0, -1.0], [0.5, 0.0, 0.5]];
    /// let choice = Categorical::logit_glm([[2.0, 1.0], [0.0, 0.0]], [0.0, 0.0, 0.0], beta)?;
    /// let none = choice.log_prob(&2.0.into())?.get(1);
    /// assert!((none - (1.0 / 3.0_f64).ln()).abs().item() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn logit_glm(x: impl IntoTensor, alpha: impl IntoTensor, beta: impl IntoTensor) -> Result<Self> {
        const OPERATION: &str = "Categorical::logit_glm";
        let (x, alpha, beta) = (x.into_tensor(), alpha.into_tensor(), beta.into_tensor());
        let columns = columns_of(OPERATION, &x)?;
        let categories = match beta.shape().dims() {
            [rows, categories] if *rows == columns => *categories,
            _ => {
                let expected = format!(
                    "`beta` of shape [{columns}, categories], a row for each column of `x`, whose shape is {}",
                    x.shape()
                );
                return Err(Error::InvalidShape { operation: OPERATION, expected, got: beta.shape() });
            }
        };
        if alpha.shape().dims() != [categories] {
            let expected = format!("`alpha` of shape [{categories}], an intercept for each category");
            return Err(Error::InvalidShape { operation: OPERATION, expected, got: alpha.shape() });
        }
        Self::from_logits(x.try_matmul(beta)?.try_add(alpha)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    const X: [[f64; 2]; 3] = [[0.5, -1.0], [2.0, 0.3], [-0.7, 1.1]];

    /// The predictor at α = 0.4, β = (0.2, −0.6), by hand.
    fn predictor() -> [f64; 3] {
        X.map(|row| 0.4 + 0.2 * row[0] - 0.6 * row[1])
    }

    #[track_caller]
    fn assert_same(glm: &dyn Distribution, plain: &dyn Distribution, y: [f64; 3]) {
        let (got, want) = (glm.log_prob(&Tensor::from(y)).unwrap(), plain.log_prob(&Tensor::from(y)).unwrap());
        assert_eq!(got.shape().dims(), [3]);
        assert!((&got - &want).abs().max() < 1e-14, "{got}, {want}");
    }

    #[test]
    fn densities_are_those_of_the_predictor() {
        let eta = Tensor::from(predictor());
        let (x, beta) = (Tensor::from(X), [0.2, -0.6]);
        let scale = 1.3;
        assert_same(
            &Normal::identity_glm(&x, 0.4, beta, scale).unwrap(),
            &Normal::new(&eta, scale).unwrap(),
            [0.3, 1.0, -2.0],
        );
        assert_same(
            &Bernoulli::logit_glm(&x, 0.4, beta).unwrap(),
            &Bernoulli::new(eta.sigmoid()).unwrap(),
            [1.0, 0.0, 1.0],
        );
        assert_same(
            &Binomial::logit_glm(7.0, &x, 0.4, beta).unwrap(),
            &Binomial::new(7.0, eta.sigmoid()).unwrap(),
            [1.0, 0.0, 5.0],
        );
        assert_same(&Poisson::log_glm(&x, 0.4, beta).unwrap(), &Poisson::new(eta.exp()).unwrap(), [1.0, 0.0, 5.0]);
        assert_same(
            &NegativeBinomial::log_glm(&x, 0.4, beta, 2.5).unwrap(),
            &NegativeBinomial::from_mean(eta.exp(), 2.5).unwrap(),
            [1.0, 0.0, 5.0],
        );
        let weights = Tensor::from([[0.2, 0.0], [-0.6, 0.0]]);
        assert_same(
            &Categorical::logit_glm(&x, [0.4, 0.0], weights).unwrap(),
            &Bernoulli::new((-&eta).sigmoid()).unwrap(),
            [1.0, 0.0, 1.0],
        );
    }

    #[test]
    fn gradients_are_those_of_the_residuals() {
        let y = [1.0, 0.0, 1.0];
        let density = |p: &[Tensor]| Ok(Bernoulli::logit_glm(X, &p[0], &p[1])?.log_prob(&Tensor::from(y))?.sum());
        let point = [Tensor::from(0.4), Tensor::from([0.2, -0.6])];
        let (_, gradients) = grad(density, &point).unwrap();
        let residual: Vec<f64> = predictor().iter().zip(y).map(|(eta, y)| y - 1.0 / (1.0 + f64::exp(-eta))).collect();
        let by_beta = |column: usize| residual.iter().zip(X).map(|(residual, row)| residual * row[column]).sum::<f64>();
        assert!((gradients[0].item() - residual.iter().sum::<f64>()).abs() < 1e-14);
        assert!((gradients[1].get(0).item() - by_beta(0)).abs() < 1e-14);
        assert!((gradients[1].get(1).item() - by_beta(1)).abs() < 1e-14);
        assert_program_is_tape("logistic regression", &point, density);
    }

    #[test]
    fn shapes_are_checked() {
        let error = Bernoulli::logit_glm(X, 0.0, [1.0, 2.0, 3.0]).unwrap_err().to_string();
        assert!(error.contains("`beta` of shape [2]") && error.contains("[3]"), "{error}");
        let error = Poisson::log_glm([1.0, 2.0], 0.0, [1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("Poisson::log_glm") && error.contains("a matrix `x`"), "{error}");
        let error = Normal::identity_glm(X, [0.0, 1.0], [1.0, 2.0], 1.0).unwrap_err().to_string();
        assert!(error.contains("`alpha`") && error.contains("[3]"), "{error}");
        let error = Categorical::logit_glm(X, [0.0, 1.0], [1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("`beta` of shape [2, categories]"), "{error}");
        let error = Categorical::logit_glm(X, 0.0, [[1.0, 2.0], [0.0, 1.0]]).unwrap_err().to_string();
        assert!(error.contains("`alpha` of shape [2]"), "{error}");
        let error = NegativeBinomial::log_glm(X, 0.0, [1.0, 2.0], -1.0).unwrap_err().to_string();
        assert_eq!(error, "NegativeBinomial: `concentration` must be positive, got -1");
    }
}
