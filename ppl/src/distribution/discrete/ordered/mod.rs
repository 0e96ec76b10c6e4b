//! Ordered categories: a latent variable on the real line, cut at increasing points.

mod logistic;
mod probit;

pub use self::logistic::OrderedLogistic;
pub use self::probit::OrderedProbit;

use crate::distribution::Distribution;
use crate::distribution::density::categories::{largest_of_rows, relative_entropy};
use crate::distribution::density::{scalar, vector};
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The distribution of the latent variable around its predictor: standard and symmetric about 0.
trait Link {
    const NAME: &'static str;

    /// P(Z ≤ z).
    fn cdf(z: &Tensor) -> Tensor;

    /// ln P(Z ≤ z).
    fn log_cdf(z: &Tensor) -> Tensor;

    /// ln P(lower < Z ≤ upper), `gap` being upper − lower with its digits.
    fn log_between(lower: &Tensor, upper: &Tensor, gap: &Tensor) -> Result<Tensor>;
}

/// The parameters of ordered categories.
#[derive(Clone, Debug)]
struct Cuts {
    predictor: Tensor,
    cutpoints: Tensor,
    batch_shape: Shape,
}

impl Cuts {
    fn new<L: Link>(predictor: Tensor, cutpoints: Tensor) -> Result<Self> {
        let shape = cutpoints.shape();
        if shape.last().is_none_or(|&size| size == 0) {
            return Err(Error::InvalidShape {
                operation: L::NAME,
                expected: "cutpoints along the last axis".to_owned(),
                got: shape,
            });
        }
        let batch_shape = check::broadcast(L::NAME, &predictor.shape(), &shape.split_event(1).0)?;
        let cuts = Self { predictor, cutpoints, batch_shape };
        check::constants(L::NAME, &cuts.parameters())?;
        Ok(cuts)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("predictor", &self.predictor, Constraint::Real), ("cutpoints", &self.cutpoints, Constraint::OrderedVector)]
    }

    /// The number of cutpoints, which is the last category.
    fn last(&self) -> usize {
        self.cutpoints.shape()[self.cutpoints.rank() - 1]
    }

    /// The cutpoints, with NaN for those that are being differentiated and do not increase.
    fn checked_cutpoints(&self) -> Tensor {
        check::or_nan(&self.cutpoints, &Constraint::OrderedVector)
    }

    /// The cutpoint of each index.
    fn cutpoint_at(&self, cutpoints: &Tensor, index: &Tensor) -> Result<Tensor> {
        if cutpoints.rank() == 1 && !index.is_tracked() {
            let indices: Vec<usize> = index.elements().into_iter().map(|index| index as usize).collect();
            return cutpoints.try_take(0, &indices)?.try_reshape(index.shape());
        }
        let chosen = vector::over_events(&index.detach(), 1)?.try_equal(Tensor::arange(self.last()))?;
        Tensor::try_select(chosen, cutpoints, 0.0)?.try_sum_axis(-1)
    }

    /// The log density of categories from 0 to the last.
    fn log_prob<L: Link>(&self, category: &Tensor) -> Result<Tensor> {
        let category = &category.detach();
        let last = self.last() as f64;
        let (is_first, is_last) = (category.equal(0.0), category.equal(last));
        let cutpoints = &self.checked_cutpoints();
        let lower = self.cutpoint_at(cutpoints, &(category - 1.0).maximum(0.0))?;
        let upper = self.cutpoint_at(cutpoints, &category.minimum(last - 1.0))?;
        let is_end = &is_first + &is_last;
        // Harmless arguments where a category has no lower or no upper cutpoint.
        let width = Tensor::select(&is_end, 1.0, &upper - &lower);
        let [above_lower, below_upper] = [lower.try_sub(&self.predictor)?, upper.try_sub(&self.predictor)?];
        let end = L::log_cdf(&Tensor::try_select(&is_first, &below_upper, -&above_lower)?);
        if is_end.is_known_to_be_all(1.0) {
            return Ok(end);
        }
        let above = Tensor::try_select(&is_end, 0.0, &above_lower)?;
        let below = Tensor::try_select(&is_end, 1.0, &below_upper)?;
        Tensor::try_select(is_end, end, L::log_between(&above, &below, &width)?)
    }

    /// The log density of each category, along the last axis.
    fn log_probs<L: Link>(&self) -> Tensor {
        let of = |category| {
            // Its shape is that of the batch.
            or_panic(self.log_prob::<L>(&Tensor::full(self.batch_shape, category as f64)))
        };
        Tensor::stack(&(0..=self.last()).map(of).collect::<Vec<_>>(), -1)
    }

    fn entropy<L: Link>(&self) -> Tensor {
        let log_probs = self.log_probs::<L>();
        let probs = log_probs.exp();
        -Tensor::select(probs.greater(0.0), probs * log_probs, 0.0).sum_axis(-1)
    }

    fn kl_divergence<L: Link>(&self, other: &Self) -> Result<Tensor> {
        if self.last() != other.last() {
            return Err(Error::ShapeMismatch {
                operation: L::NAME,
                relation: "have the same number of cutpoints",
                left: self.cutpoints.shape(),
                right: other.cutpoints.shape(),
            });
        }
        let log_probs = self.log_probs::<L>();
        relative_entropy(&log_probs.exp(), &log_probs, &other.log_probs::<L>())
    }

    /// The latent variable as a category: how many cutpoints lie below.
    fn category(&self, latent: &Tensor) -> Result<Tensor> {
        let latent = latent.try_add(self.predictor.detach())?;
        vector::over_events(&latent, 1)?.try_greater(self.cutpoints.detach())?.try_sum_axis(-1)
    }

    /// Both tails: of a value from 0 to below the last category by the distance from its cutpoint.
    fn cumulative<L: Link>(
        &self,
        distribution: &impl Distribution,
        value: &Tensor,
        function: Function,
    ) -> Result<Tensor> {
        let last = self.last() as f64;
        scalar::counted(distribution, value, function, |count| {
            // NaN stays: it is no index.
            let is_number = count.equal(count);
            let is_beyond = count.greater_equal(last);
            let index = Tensor::select(is_number.clone() * (1.0 - &is_beyond), count, 0.0);
            let z = self.cutpoint_at(&self.checked_cutpoints(), &index.detach())?.try_sub(&self.predictor)?;
            let inside = match function {
                Function::Lower => L::cdf(&z),
                Function::LogLower => L::log_cdf(&z),
                Function::Upper => L::cdf(&-z),
                _ => L::log_cdf(&-z),
            };
            let inside = Tensor::try_select(is_beyond, function.beyond().1, inside)?;
            Tensor::try_select(is_number, inside, f64::NAN)
        })
    }

    fn icdf<L: Link>(&self, distribution: &impl Distribution, probability: &Tensor) -> Result<Tensor> {
        scalar::refuse_derivative(distribution, "quantiles", &[probability, &self.predictor, &self.cutpoints])?;
        let shape = scalar::check_shape(distribution, probability)?;
        let z = self.cutpoints.try_sub(vector::over_events(&self.predictor, 1)?)?;
        let quantile = vector::over_events(probability, 1)?.try_greater(L::cdf(&z))?.try_sum_axis(-1)?;
        let quantile = Tensor::try_select(probability.equal(1.0), self.last() as f64, quantile)?;
        let is_one = probability.greater_equal(0.0) * probability.less_equal(1.0);
        Tensor::try_select(is_one, quantile, f64::NAN)?.try_broadcast_to(shape)
    }

    fn mode<L: Link>(&self, distribution: &impl Distribution) -> Result<Tensor> {
        scalar::refuse_derivative(distribution, "modes", &[&self.predictor, &self.cutpoints])?;
        Tensor::new(largest_of_rows(&self.log_probs::<L>().to_vec(), self.last() + 1), self.batch_shape)
    }
}

/// In the file of a distribution of ordered categories: everything but its link and its documentation.
macro_rules! ordered_categories {
    ($Name:ident, $Link:ty, $noise:expr) => {
        impl $Name {
            /// The location of the latent variable.
            #[must_use]
            pub fn predictor(&self) -> &Tensor {
                &self.cuts.predictor
            }

            /// The increasing cutpoints, along the last axis.
            #[must_use]
            pub fn cutpoints(&self) -> &Tensor {
                &self.cuts.cutpoints
            }

            /// The number of categories, one more than the cutpoints.
            #[must_use]
            pub fn categories(&self) -> usize {
                self.cuts.last() + 1
            }

            /// The logarithm of the probability of each category, along the last axis.
            #[must_use]
            pub fn log_probs(&self) -> Tensor {
                self.cuts.log_probs::<$Link>()
            }

            fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
                self.cuts.cumulative::<$Link>(self, value, function)
            }
        }

        impl Distribution for $Name {
            fn name(&self) -> &'static str {
                <$Link>::NAME
            }

            fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
                check::values(&self.cuts.parameters())
            }

            fn batch_shape(&self) -> Shape {
                self.cuts.batch_shape
            }

            fn support(&self) -> Constraint {
                Constraint::IntegerInterval { lower: Tensor::scalar(0.0), upper: (self.cuts.last() as f64).into() }
            }

            fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
                check::all(<$Link>::NAME, &self.cuts.parameters())?;
                self.cuts.category(&$noise(rng, sample_shape.concat(&self.cuts.batch_shape)))
            }

            fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
                scalar::on_support(self, value, 0.0, |value| self.cuts.log_prob::<$Link>(value))
            }
        }

        impl Cdf for $Name {
            tails_by_cumulative!();

            fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
                self.cuts.icdf::<$Link>(self, probability)
            }
        }

        impl Mode for $Name {
            fn mode(&self) -> Result<Tensor> {
                self.cuts.mode::<$Link>(self)
            }
        }

        impl Entropy for $Name {
            fn entropy(&self) -> Tensor {
                self.cuts.entropy::<$Link>()
            }
        }

        impl EnumerateSupport for $Name {
            fn enumerate_support(&self) -> Result<Tensor> {
                let size = self.categories();
                Tensor::arange(size).try_reshape(scalar::along_new_axis(size, &self.cuts.batch_shape))
            }
        }

        impl KlDivergence<Self> for $Name {
            fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
                self.cuts.kl_divergence::<$Link>(&other.cuts)
            }
        }
    };
}
use ordered_categories;
