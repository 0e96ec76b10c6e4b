//! Ordered logistic distribution.

use super::{Cuts, Link, ordered_categories};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Ordered logistic distribution: one of K ordered categories 0, …, K − 1, into which K − 1 cutpoints divide a logistic
/// latent variable.
///
#[doc = include_str!("../../../../doc/distribution/OrderedLogistic.svg")]
///
/// ```text
/// p(k) = σ(cₖ − predictor) − σ(cₖ₋₁ − predictor),   k ∈ {0, …, K − 1},   c₋₁ = −∞, c_{K−1} = ∞
/// ```
///
/// # Parameters
/// | parameter   | domain              | shape              | meaning                         |
/// |-------------|---------------------|--------------------|---------------------------------|
/// | `predictor` | real                | batch              | location of the latent variable |
/// | `cutpoints` | an increasing vector | batch ++ `[K − 1]` | c₀ < … < c_{K−2}                |
///
/// # Shapes
/// batch = broadcast(predictor, all but the last axis of cutpoints), event = `[]`.
///
/// # Support
/// The integers from 0 to K − 1: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mode    = the category of the largest probability, of several the first
/// median  = the number of cutpoints below the predictor
/// entropy = −Σ p(k) ln p(k)
/// ```
/// Categories have an order but no distances: it has no mean and no variance.
///
/// # Numerics
/// ln p of an inner category is ln σ(cₖ − predictor) + ln σ(predictor − cₖ₋₁) + ln(1 − exp(cₖ₋₁ − cₖ)): nothing cancels,
/// and nothing underflows far out.
///
/// # Reference
/// Stan Functions Reference, "Ordered logistic distribution" (its categories start at 1).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, OrderedLogistic};
///
/// let rating = OrderedLogistic::new(0.5, [-1.0, 0.5, 2.0])?;
/// // P(rating ≤ 1) = σ(0.5 − 0.5)
/// assert_eq!(rating.cdf(&1.0.into())?, 0.5);
/// let total: f64 = (0..4).map(|k| rating.prob(&f64::from(k).into()).unwrap().item()).sum();
/// assert!((total - 1.0).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OrderedLogistic {
    cuts: Cuts,
}

impl OrderedLogistic {
    /// Ordered categories of a logistic latent variable at `predictor`, divided at `cutpoints` along their last axis.
    ///
    /// # Errors
    /// A `predictor` that is not finite; `cutpoints` that do not increase or are not finite; no axis of cutpoints, or none
    /// along it; shapes that do not broadcast.
    pub fn new(predictor: impl IntoTensor, cutpoints: impl IntoTensor) -> Result<Self> {
        Ok(Self { cuts: Cuts::new::<Logit>(predictor.into_tensor(), cutpoints.into_tensor())? })
    }

    /// The regression of ordered categories on the rows of a matrix: the predictor is `x · beta` (Stan's
    /// `ordered_logistic_glm`).
    ///
    /// # Errors
    /// Those of [`new`](Self::new) and of the product.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, OrderedLogistic};
    ///
    /// let ratings = OrderedLogistic::glm([[1.0, 0.0], [1.0, 2.0]], [0.5, -1.0], [-1.0, 1.0])?;
    /// assert_eq!(ratings.predictor().to_vec(), [0.5, -1.5]);
    /// assert_eq!(ratings.batch_shape().dims(), [2]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn glm(x: impl IntoTensor, beta: impl IntoTensor, cutpoints: impl IntoTensor) -> Result<Self> {
        Self::new(x.into_tensor().try_matmul(beta)?, cutpoints)
    }
}

#[derive(Debug)]
struct Logit;

impl Link for Logit {
    const NAME: &'static str = "OrderedLogistic";

    fn cdf(z: &Tensor) -> Tensor {
        z.sigmoid()
    }

    fn log_cdf(z: &Tensor) -> Tensor {
        z.log_sigmoid()
    }

    fn log_between(lower: &Tensor, upper: &Tensor, gap: &Tensor) -> Result<Tensor> {
        upper.log_sigmoid().try_add((-lower).log_sigmoid())?.try_add((-gap).log1mexp())
    }
}

fn standard_logistic(rng: &mut Rng, shape: Shape) -> Tensor {
    let uniform = standard_uniform(rng, shape).maximum(f64::MIN_POSITIVE);
    uniform.ln() - (-uniform).log1p()
}

ordered_categories!(OrderedLogistic, Logit, standard_logistic);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    /// The predictor is `loc` in the golden table.
    fn build(p: &Parameters) -> Result<OrderedLogistic> {
        OrderedLogistic::new(p.get(if p.has("loc") { "loc" } else { "predictor" }), p.get("cutpoints"))
    }

    fn family() -> Family<OrderedLogistic> {
        Family::new("OrderedLogistic", build)
            .without_far_cases("a parameter is a vector; the golden table has predictors far out")
            .at(parameters! { predictor: 0.4, cutpoints: [-1.0, 0.5, 2.0] })
            .at(parameters! { predictor: -0.8, cutpoints: [-2.0, 0.1, 0.6] })
            .rejects(
                parameters! { predictor: f64::NAN, cutpoints: [0.0, 1.0, 2.0] },
                "OrderedLogistic: `predictor` must be real, got NaN",
            )
            .rejects(
                parameters! { predictor: 0.0, cutpoints: [0.0, 2.0, 1.0] },
                "OrderedLogistic: `cutpoints` must be an increasing vector, got [0, 2, 1], with 2 before 1 at [1]",
            )
            .draws([1.0, 1.0, 2.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, entropy, kl, enumerable);

    #[test]
    fn a_narrow_category_far_out_keeps_its_digits() {
        // Density times width: the next term is smaller by width² / 24.
        for predictor in [0.0, 600.0] {
            let gap = 2.0_f64.powi(-30);
            let narrow = OrderedLogistic::new(predictor, [1.0, 1.0 + gap]).unwrap();
            let z = 1.0 + 0.5 * gap - predictor;
            let want = z - 2.0 * z.exp().ln_1p() + gap.ln();
            let got = narrow.log_prob(&1.0.into()).unwrap().item();
            assert!((got - want).abs() < 4e-16 * want.abs(), "{got} {want}");
        }
    }

    #[test]
    fn cutpoints_are_an_axis() {
        assert!(OrderedLogistic::new(0.0, 1.0).is_err());
        assert!(OrderedLogistic::new(0.0, Tensor::zeros([2, 0])).is_err());
        let (two, three) = (OrderedLogistic::new(0.0, [0.0]).unwrap(), OrderedLogistic::new(0.0, [0.0, 1.0]).unwrap());
        assert!(two.kl_divergence(&three).is_err());
    }

    /// A regression: cutpoints that all data share, and a value that a program draws.
    #[test]
    fn data_and_categories_of_programs_agree() {
        let x = Tensor::from([[1.0, 0.3], [-0.2, 2.0], [0.5, -1.0]]);
        let data = Tensor::from([0.0, 2.0, 1.0]);
        let inputs = [Tensor::from([0.4, -0.7]), Tensor::from([-0.5, 1.5])];
        let shared = |p: &[Tensor]| OrderedLogistic::glm(&x, &p[0], &p[1])?.log_prob(&data)?.try_sum();
        let own = |p: &[Tensor]| {
            let cutpoints = Tensor::stack(&[p[1].clone(), p[1].clone(), p[1].clone()], 0);
            OrderedLogistic::glm(&x, &p[0], cutpoints)?.log_prob(&data)?.try_sum()
        };
        let (want, got) = (crate::grad(shared, &inputs).unwrap(), crate::grad(own, &inputs).unwrap());
        assert_eq!(got.0, want.0);
        for (got, want) in got.1.iter().zip(&want.1) {
            for (got, want) in got.to_vec().into_iter().zip(want.to_vec()) {
                assert!((got - want).abs() < 1e-15, "{got} {want}");
            }
        }
        crate::program::tests::assert_program_is_tape("ordered logistic regression", &inputs, shared);
    }
}
