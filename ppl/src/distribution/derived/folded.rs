//! `Folded`: the absolute value of a distribution's.

use std::sync::Arc;

use crate::distribution::density::{interval, quantile, scalar};
use crate::distribution::{Cdf, Distribution, Expanded};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The distribution of |X|, or of loc + |X − loc|, where X has the base distribution.
///
#[doc = include_str!("../../../doc/distribution/Folded.svg")]
///
/// ```text
/// p(x) = p_X(loc + d) + p_X(loc − d),   d = x − loc ≥ 0
/// ```
///
/// Made by [`folded`](crate::distribution::DistributionExt::folded) about 0. A symmetric base that is folded about its
/// centre gives the half-distributions: [`HalfNormal`](crate::distribution::HalfNormal) of the normal one.
///
/// # Parameters
/// | parameter | domain | shape                     | meaning                          |
/// |-----------|--------|---------------------------|----------------------------------|
/// | `loc`     | real   | broadcasts with the batch | where it is folded; 0 if absent  |
///
/// # Shapes
/// batch = the base's and that of loc, broadcast; event = `[]`.
///
/// # Support
/// The numbers from `loc` on, which is 0 unless given: [`Constraint::NonNegative`](crate::Constraint::NonNegative) or
/// [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// Mean, variance, mode and entropy have no form that holds for all bases and are not implemented. The median is a
/// quantile. Of half-distributions they are known: [`HalfNormal`](crate::distribution::HalfNormal),
/// [`HalfCauchy`](crate::distribution::HalfCauchy), [`HalfStudentT`](crate::distribution::HalfStudentT).
///
/// # Numerics
/// Both parts are added on the logarithmic scale; the distribution function is the probability of an interval. Quantiles
/// solve it.
///
/// # Draws
/// Those of the base, folded, with their gradient if the base is reparameterised.
///
/// # Reference
/// Leone, Nelson and Nottingham, "The folded normal distribution" (1961).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, DistributionExt, Normal};
///
/// let distance = Normal::new(0.5, 1.0).folded()?;
/// let (one, other) = (Normal::new(0.5, 1.0)?.prob(&2.0.into())?, Normal::new(0.5, 1.0)?.prob(&(-2.0).into())?);
/// assert!((distance.prob(&2.0.into())? - (one + other)).abs().item() < 1e-15);
/// assert_eq!(distance.cdf(&(-1.0).into())?, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Folded<D> {
    base: Arc<D>,
    loc: Option<Tensor>,
    batch_shape: Shape,
}

impl<D: Distribution> Folded<D> {
    const NAME: &'static str = "Folded";

    /// The distribution of |X|.
    ///
    /// # Errors
    /// A base of counts, or of vectors.
    pub fn new(base: Arc<D>) -> Result<Self> {
        Self::build(base, None)
    }

    /// The distribution of loc + |X − loc|.
    ///
    /// # Errors
    /// `loc` not finite; a base of counts, or of vectors; shapes that do not broadcast.
    pub fn about(base: Arc<D>, loc: impl IntoTensor) -> Result<Self> {
        let loc = loc.into_tensor();
        check::parameter(Self::NAME, "loc", &loc, &Constraint::Real)?;
        Self::build(base, Some(loc))
    }

    fn build(base: Arc<D>, loc: Option<Tensor>) -> Result<Self> {
        if base.support().is_discrete() {
            return Err(Error::Unsupported {
                what: format!("folding {}, which is discrete,", base.name()),
                hint: "take the absolute value of the draw".to_owned(),
            });
        }
        if base.event_shape().rank() > 0 {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "a distribution of numbers, whose event shape is []".to_owned(),
                got: base.event_shape(),
            });
        }
        let shape = loc.as_ref().map_or(Shape::SCALAR, Tensor::shape);
        let batch_shape = check::broadcast(Self::NAME, &base.batch_shape(), &shape)?;
        Ok(Self { base, loc, batch_shape })
    }

    /// The distribution that is folded.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    fn centre(&self) -> Tensor {
        self.loc.clone().unwrap_or(Tensor::scalar(0.0))
    }

    /// The mirror image of a value.
    fn mirrored(&self, value: &Tensor) -> Result<Tensor> {
        match &self.loc {
            None => Ok(-value),
            Some(loc) => loc.try_sub(value.try_sub(loc)?),
        }
    }
}

impl<D> Clone for Folded<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), loc: self.loc.clone(), ..*self }
    }
}

impl<D: Distribution> Distribution for Folded<D> {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.base.parameter_values();
        let has_own = values.iter().any(|(name, _)| *name == "loc");
        values.extend(self.loc.clone().filter(|_| !has_own).map(|loc| ("loc", loc)));
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        match &self.loc {
            None => Constraint::NonNegative,
            Some(loc) => Constraint::Interval { lower: loc.clone(), upper: Tensor::scalar(f64::INFINITY) },
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        if let Some(loc) = &self.loc {
            check::all(Self::NAME, &[("loc", loc, Constraint::Real)])?;
        }
        let draws = if self.base.batch_shape() == self.batch_shape {
            self.base.sample(rng, sample_shape)?
        } else {
            Expanded::new(self.base.clone() as Arc<dyn Distribution>, self.batch_shape)?.sample(rng, sample_shape)?
        };
        match &self.loc {
            None => Ok(draws.abs()),
            Some(loc) => draws.try_sub(loc)?.abs().try_add(loc),
        }
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.centre() + 1.0, |value| {
            self.base.log_prob(value)?.try_logaddexp(self.base.log_prob(&self.mirrored(value)?)?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }
}

impl<D: Cdf> Folded<D> {
    /// The logarithms of both tails of a value above the centre.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let mirrored = self.mirrored(value)?;
        let within = interval::log_probability(&*self.base, Some(&mirrored), Some(value))?;
        let log_beyond = self.base.log_survival(value)?.try_logaddexp(self.base.log_cdf(&mirrored)?)?;
        let beyond = self.base.survival(value)?.try_add(self.base.cdf(&mirrored)?)?;
        let is_near_one = beyond.detach().less(0.5);
        let near_one = (-Tensor::select(&is_near_one, beyond, 0.5)).log1p();
        let lower = Tensor::try_select(is_near_one, near_one, &within)?;
        Ok((lower, interval::log_of_complement(log_beyond, &within)?))
    }
}

impl<D: Cdf> Cdf for Folded<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_cdf(value)?.exp())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let [quarter, median, three_quarters] =
            [0.25, 0.5, 0.75].map(|probability| self.base.icdf(&Tensor::scalar(probability)));
        let width = three_quarters?.try_sub(quarter?)?;
        let centre = self.centre();
        let typical = median?.try_sub(&centre)?.abs().try_add(&width)?;
        quantile::by_inversion_of(self, probability, &centre.try_add(typical)?, &width, |value| self.log_tails(value))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.centre(), f64::NEG_INFINITY, |value| Ok(self.log_tails(value)?.0))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.centre(), 1.0, |value| {
            self.base.survival(value)?.try_add(self.base.cdf(&self.mirrored(value)?)?)
        })
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.centre(), 0.0, |value| Ok(self.log_tails(value)?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::distribution::{Cauchy, DistributionExt, Normal, Poisson, StudentT};

    /// An asymmetric base.
    fn family() -> Family<Folded<Normal>> {
        Family::new("FoldedNormal", |p| Normal::new(p.get("loc"), p.get("scale")).folded())
            .without_golden_cases("the table has the half-distributions")
            .without_far_cases("those of the half-distributions")
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -1.0, scale: 0.6 })
            .made_of("Normal")
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
            .draws([0.06790329266494777, 0.21088229982259327, 2.124830885687285])
    }

    conformance::distribution!(family() => univariate, cdf, reparameterized_by_common_numbers);

    mod half_normal {
        use super::*;

        fn family() -> Family<Folded<Normal>> {
            Family::new("HalfNormal", |p| Normal::new(0.0, p.get("scale")).folded())
                .at(parameters! { scale: 1.7 })
                .at(parameters! { scale: 0.4 })
        }

        conformance::law_tests! { family() => golden_log_prob, at_the_ends_the_density_is_known, cdf, reparameterized }
    }

    mod half_cauchy {
        use super::*;

        fn family() -> Family<Folded<Cauchy>> {
            let build = |p: &conformance::Parameters| {
                let loc = if p.has("loc") { p.get("loc") } else { Tensor::from(0.0) };
                Folded::about(Arc::new(Cauchy::new(&loc, p.get("scale"))?), loc)
            };
            Family::new("HalfCauchy", build)
                .at(parameters! { loc: -1.5, scale: 1.7 })
                .at(parameters! { loc: 2.0, scale: 0.4 })
        }

        conformance::law_tests! { family() => golden_log_prob, at_the_ends_the_density_is_known, cdf }
    }

    #[test]
    fn half_student_t() {
        let build = |p: &conformance::Parameters| {
            Folded::about(Arc::new(StudentT::new(p.get("df"), p.get("loc"), p.get("scale"))?), p.get("loc"))
        };
        let family = Family::new("HalfStudentT", build)
            .at(parameters! { df: 3.0, loc: 0.0, scale: 1.0 })
            .at(parameters! { df: 5.0, loc: -2.0, scale: 0.3 });
        family.golden_log_prob();
    }

    #[test]
    fn what_cannot_be_folded() {
        let error = Poisson::new(2.0).folded().unwrap_err().to_string();
        assert!(error.starts_with("folding Poisson, which is discrete, is not supported\nhelp: "), "{error}");
        let error = Folded::about(Arc::new(Normal::new(0.0, 1.0).unwrap()), f64::NAN).unwrap_err().to_string();
        assert_eq!(error, "Folded: `loc` must be real, got NaN");
    }
}
