//! `Censored`: observations of which only a part of the value is known.

use std::sync::Arc;

use super::bounds::{Bounds, IntoBounds};
use crate::distribution::density::{interval, quantile, scalar, vector};
use crate::distribution::{Cdf, Distribution, Expanded};
use crate::random::Rng;
use crate::tensor::record;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The likelihood of observations that are known up to a set, as lifetimes that have not ended.
///
#[doc = include_str!("../../../doc/distribution/Censored.svg")]
///
/// | constructor   | value            | log density                                                             |
/// |---------------|------------------|-------------------------------------------------------------------------|
/// | [`right`]     | time             | ln P(X > x) where it is censored, the base's log p(x) elsewhere         |
/// | [`left`]      | time             | ln P(X ≤ x) where it is censored, the base's log p(x) elsewhere         |
/// | [`interval`]  | `[low, high]`    | ln P(low ≤ X ≤ high); the base's log p(x) where both are x              |
/// | [`clipped`]   | time             | ln P(X ≤ low) at low, ln P(X ≥ high) at high, the base's log p between  |
///
/// [`right`]: Self::right
/// [`left`]: Self::left
/// [`interval`]: Self::interval
/// [`clipped`]: Self::clipped
///
/// Which observations are censored is data: of the first three forms the density is that of a value given its
/// censoring. They are for sites that are observed.
///
/// # Parameters
/// | parameter     | domain           | shape                     | meaning                                            |
/// |---------------|------------------|---------------------------|----------------------------------------------------|
/// | `base`        | numbers or counts, with a [`Cdf`] | batch    | distribution of the whole values                   |
/// | `is_censored` | 0 or 1           | broadcasts with the batch | of [`right`] and [`left`]: whether a value is a bound |
/// | `low`         | real or −∞       | broadcasts with the batch | of [`clipped`]: lower bound, if given              |
/// | `high`        | greater than low | broadcasts with the batch | of [`clipped`]: upper bound, if given              |
///
/// # Shapes
/// batch = the base's and that of `is_censored` or the bounds, broadcast; event = `[]`, of intervals `[2]`.
///
/// # Support
/// By the constructor: of clipped values that of the base, cut off at the bounds, which belong to it; of intervals
/// [`Constraint::ClosedInterval`](crate::Constraint::ClosedInterval); else that of the base.
///
/// # Moments
/// None: a likelihood of what is known. Those of the whole values are [`base`](Self::base)'s.
///
/// # Numerics
/// Tails and intervals are probabilities on the logarithmic scale, with their digits far out. A density is evaluated at
/// a point of the support where the value is censored, and a tail where it is not: neither enters the other's gradient.
///
/// # Draws
/// Of the base: the whole value, as of a lifetime that is observed to its end; of intervals `[x, x]`. Those of
/// [`clipped`] are the base's, moved to the nearer bound where they lie beyond.
///
/// # Reference
/// Klein and Moeschberger, "Survival Analysis" (2003), section 3.5. NumPyro's `RightCensoredDistribution`,
/// `LeftCensoredDistribution` and `IntervalCensoredDistribution`, PyMC's `Censored`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Exponential};
/// use ppl::Tensor;
///
/// // Two lifetimes ended at 1 and 2; the third went on at 3.
/// let lifetimes = Exponential::new(0.5).censored_right([0.0, 0.0, 1.0])?;
/// let log_prob = lifetimes.log_prob(&Tensor::from([1.0, 2.0, 3.0]))?.to_vec();
/// assert_eq!(log_prob, [0.5_f64.ln() - 0.5, 0.5_f64.ln() - 1.0, -1.5]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Censored<D> {
    base: Arc<D>,
    kind: Kind,
    batch_shape: Shape,
}

#[derive(Clone, Debug)]
enum Kind {
    Right(Tensor),
    Left(Tensor),
    Interval,
    Clipped(Bounds),
}

impl<D: Cdf> Censored<D> {
    const NAME: &'static str = "Censored";

    /// Values that are lower bounds where `is_censored` is 1: X lies beyond, of counts above.
    ///
    /// # Errors
    /// `is_censored` with other values than 0 and 1; shapes that do not broadcast.
    pub fn right(base: Arc<D>, is_censored: impl IntoTensor) -> Result<Self> {
        Self::indicated(base, is_censored.into_tensor(), Kind::Right)
    }

    /// Values that are upper bounds where `is_censored` is 1: X lies below, of counts at most there.
    ///
    /// # Errors
    /// `is_censored` with other values than 0 and 1; shapes that do not broadcast.
    pub fn left(base: Arc<D>, is_censored: impl IntoTensor) -> Result<Self> {
        Self::indicated(base, is_censored.into_tensor(), Kind::Left)
    }

    /// Values that are intervals `[low, high]` along the last axis, which hold X; both ends belong to the interval.
    ///
    /// `[low, ∞]` is censored on the right, `[−∞, high]` on the left, and `[x, x]` is not censored.
    ///
    /// # Errors
    /// None but those of the base.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, DistributionExt, Exponential};
    /// use ppl::Tensor;
    ///
    /// let visits = Exponential::new(1.0).censored_interval()?;
    /// let seen = visits.log_prob(&Tensor::from([[1.0, 2.0], [3.0, f64::INFINITY], [0.5, 0.5]]))?.to_vec();
    /// assert!((seen[0] - ((-1_f64).exp() - (-2_f64).exp()).ln()).abs() < 1e-15);
    /// assert_eq!(seen[1..], [-3.0, -0.5]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn interval(base: Arc<D>) -> Result<Self> {
        let batch_shape = base.batch_shape();
        Self::new(base, Kind::Interval, batch_shape)
    }

    /// The value of X, or the bound beyond which it lies: a detector's limits. A range without one of the ends has no
    /// such bound.
    ///
    /// # Errors
    /// A bound that is no number; `high` not greater than `low`; shapes that do not broadcast.
    pub fn clipped(base: Arc<D>, range: impl IntoBounds) -> Result<Self> {
        let bounds = range.into_bounds();
        let bounds = if base.support().is_discrete() { bounds.of_counts() } else { bounds };
        if !bounds.is_tracked() {
            Self::check_bounds(&bounds)?;
        }
        let batch_shape = check::broadcast(Self::NAME, &base.batch_shape(), &bounds.shape(Self::NAME)?)?;
        Self::new(base, Kind::Clipped(bounds), batch_shape)
    }

    fn check_bounds(bounds: &Bounds) -> Result<()> {
        if bounds.is_recorded() {
            // A program draws again with other bounds.
            let [low, high] = [bounds.low_or_infinite(), bounds.high_or_infinite()].map(|end| end.detach());
            return record::note_violations(|| (1.0 - low.try_less(high)?).try_sum());
        }
        let infinite = |sign: f64| Tensor::scalar(sign * f64::INFINITY);
        bounds.check(Self::NAME, (&infinite(-1.0), &infinite(1.0)), false)
    }

    fn indicated(base: Arc<D>, is_censored: Tensor, kind: fn(Tensor) -> Kind) -> Result<Self> {
        check::parameter(Self::NAME, "is_censored", &is_censored, &Constraint::Boolean)?;
        let batch_shape = check::broadcast(Self::NAME, &base.batch_shape(), &is_censored.shape())?;
        // Which values are censored is data.
        Self::new(base, kind(is_censored.detach()), batch_shape)
    }

    fn new(base: Arc<D>, kind: Kind, batch_shape: Shape) -> Result<Self> {
        if base.event_shape().rank() > 0 {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "a distribution of numbers, whose event shape is []".to_owned(),
                got: base.event_shape(),
            });
        }
        Ok(Self { base, kind, batch_shape })
    }

    /// The distribution of the whole values.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// The log density of values, and where they are censored, of a set that they bound.
    fn of_known_and_censored(
        &self,
        value: &Tensor,
        is_censored: &Tensor,
        of_set: impl FnOnce(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        if is_censored.is_known_to_be_all(0.0) {
            return self.base.log_prob(value)?.try_broadcast_to(self.shape_with(value)?);
        }
        let inside = vector::point_inside(&*self.base)?;
        let censored = of_set(&Tensor::try_select(is_censored, value, &inside)?)?;
        let known = self.base.log_prob(&Tensor::try_select(is_censored, inside, value)?)?;
        Tensor::try_select(is_censored, censored, known)?.try_broadcast_to(self.shape_with(value)?)
    }

    fn shape_with(&self, value: &Tensor) -> Result<Shape> {
        check::broadcast(Self::NAME, &value.shape(), &self.batch_shape)
    }

    fn of_intervals(&self, value: &Tensor) -> Result<Tensor> {
        check::event(Self::NAME, value, &self.event_shape())?;
        let [low, high] = [0, 1].map(|end| value.index(-1, end));
        let is_known = low.detach().equal(high.detach());
        let whole = Tensor::scalar(f64::INFINITY);
        let from = Tensor::select(&is_known, -&whole, &low);
        let to = Tensor::select(&is_known, whole, high);
        let inside = vector::point_inside(&*self.base)?;
        let known = self.base.log_prob(&Tensor::try_select(&is_known, &low, inside)?)?;
        let within = interval::log_probability(&*self.base, Some(&from), Some(&to))?;
        Tensor::try_select(is_known, known, within)?.try_broadcast_to(self.shape_with(&low)?)
    }

    fn of_clipped(&self, bounds: &Bounds, value: &Tensor) -> Result<Tensor> {
        let shape = self.shape_with(value)?;
        // Where a bound lies has no derivative; what lies beyond has one.
        let known = value.detach();
        let (low, high) = (bounds.low_or_infinite(), bounds.high_or_infinite());
        let is_low = known.try_equal(low.detach())?;
        let is_high = known.try_equal(high.detach())?;
        let is_beyond = known.try_less(low.detach())?.try_maximum(known.try_greater(high.detach())?)?;
        let is_between = 1.0 - is_low.try_add(&is_high)?.try_add(&is_beyond)?;
        let inside = vector::point_inside(&*self.base)?;
        let between = self.base.log_prob(&Tensor::try_select(&is_between, value, inside)?)?;
        let mut log_prob = Tensor::try_select(is_between, between, f64::NEG_INFINITY)?;
        if bounds.low.is_some() {
            log_prob = Tensor::try_select(is_low, interval::log_probability(&*self.base, None, Some(&low))?, log_prob)?;
        }
        if bounds.high.is_some() {
            log_prob =
                Tensor::try_select(is_high, interval::log_probability(&*self.base, Some(&high), None)?, log_prob)?;
        }
        let is_number = known.equal(&known);
        let log_prob = Tensor::try_select(is_number, log_prob, f64::NAN)?;
        let log_prob = match bounds.is_tracked() {
            true => Tensor::try_select(low.detach().try_less(high.detach())?, log_prob, f64::NAN)?,
            false => log_prob,
        };
        log_prob.try_broadcast_to(shape)
    }
}

impl<D> Clone for Censored<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), kind: self.kind.clone(), ..*self }
    }
}

impl<D: Cdf> Distribution for Censored<D> {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.base.parameter_values();
        match &self.kind {
            Kind::Right(is_censored) | Kind::Left(is_censored) => values.push(("is_censored", is_censored.clone())),
            Kind::Clipped(bounds) => values.extend(bounds.values()),
            Kind::Interval => {}
        }
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        match self.kind {
            Kind::Interval => Shape::from(2),
            _ => Shape::SCALAR,
        }
    }

    fn support(&self) -> Constraint {
        let base = self.base.support();
        let Kind::Clipped(bounds) = &self.kind else {
            return if matches!(self.kind, Kind::Interval) { Constraint::ClosedInterval } else { base };
        };
        let (first, last) = quantile::ends(&base);
        let (lower, upper) = (bounds.low_or_infinite().maximum(first), bounds.high_or_infinite().minimum(last));
        if base.is_discrete() {
            Constraint::IntegerInterval { lower, upper }
        } else {
            Constraint::Interval { lower, upper }
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        if let Kind::Clipped(bounds) = &self.kind {
            Self::check_bounds(bounds)?;
        }
        let draws = if self.base.batch_shape() == self.batch_shape {
            self.base.sample(rng, sample_shape)?
        } else {
            Expanded::new(self.base.clone() as Arc<dyn Distribution>, self.batch_shape)?.sample(rng, sample_shape)?
        };
        match &self.kind {
            Kind::Right(_) | Kind::Left(_) => Ok(draws),
            Kind::Interval => Tensor::try_stack(&[draws.clone(), draws], -1),
            // A part of them is at a bound with a mass of its own: they have no gradient.
            Kind::Clipped(bounds) => {
                let [low, high] = [bounds.low_or_infinite(), bounds.high_or_infinite()].map(|end| end.detach());
                draws.detach().try_maximum(low)?.try_minimum(high)
            }
        }
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        match &self.kind {
            Kind::Right(is_censored) => {
                self.of_known_and_censored(value, is_censored, |value| self.base.log_survival(value))
            }
            Kind::Left(is_censored) => self.of_known_and_censored(value, is_censored, |value| self.base.log_cdf(value)),
            Kind::Interval => self.of_intervals(value),
            Kind::Clipped(bounds) => self.of_clipped(bounds, value),
        }
    }

    fn is_reparameterized(&self) -> bool {
        !matches!(self.kind, Kind::Clipped(_)) && self.base.is_reparameterized()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{DistributionExt, Draw, Exponential, Gamma, LogNormal, Normal, Poisson};
    use crate::effect::Ctx;
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;

    #[track_caller]
    fn assert_near(got: &Tensor, want: &[f64]) {
        let got = got.to_vec();
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!(got == want || (got - want).abs() < 1e-13, "{got}, {want}");
        }
    }

    #[test]
    fn censored_on_the_right_and_on_the_left() {
        let x = Tensor::from([0.5, 2.0, 40.0]);
        let normal = Normal::new(0.3, 1.7).unwrap();
        let [density, above, below] =
            [normal.log_prob(&x), normal.log_survival(&x), normal.log_cdf(&x)].map(Result::unwrap);
        let right = normal.clone().censored_right([0.0, 1.0, 1.0]).unwrap().log_prob(&x).unwrap();
        assert_near(&right, &[density.get(0).item(), above.get(1).item(), above.get(2).item()]);
        let left = normal.clone().censored_left([1.0, 0.0, 1.0]).unwrap().log_prob(&x).unwrap();
        assert_near(&left, &[below.get(0).item(), density.get(1).item(), below.get(2).item()]);
        let none = normal.censored_right(0.0).unwrap().log_prob(&x).unwrap();
        assert_near(&none, &density.to_vec());
    }

    /// The gradient is that of the likelihood written by hand, on the tape and in programs.
    #[test]
    fn the_gradient_is_that_of_the_likelihood_by_hand() {
        let x = Tensor::from([0.5, 2.0, 1.5]);
        let is_censored = Tensor::from([0.0, 1.0, 1.0]);
        let censored = |p: &[Tensor]| Ok(Gamma::new(&p[0], &p[1]).censored_right(&is_censored)?.log_prob(&x)?.sum());
        let by_hand = |p: &[Tensor]| {
            let gamma = Gamma::new(&p[0], &p[1])?;
            let each = (1.0 - &is_censored) * gamma.log_prob(&x)? + &is_censored * gamma.log_survival(&x)?;
            Ok(each.sum())
        };
        let point = [Tensor::from(2.5), Tensor::from(0.7)];
        let ((got, slopes), (want, wanted)) = (grad(censored, &point).unwrap(), grad(by_hand, &point).unwrap());
        assert!((got - want).abs() < 1e-13);
        for (slope, wanted) in slopes.iter().zip(&wanted) {
            assert!((slope - wanted).abs() < 1e-12);
        }
        assert_program_is_tape("censored on the right", &point, censored);
        let intervals = Tensor::from([[0.5, 2.0], [1.5, f64::INFINITY], [0.7, 0.7], [f64::NEG_INFINITY, 0.3]]);
        assert_program_is_tape("censored to intervals", &point, |p| {
            Ok(Gamma::new(&p[0], &p[1]).censored_interval()?.log_prob(&intervals)?.sum())
        });
        assert_program_is_tape("clipped", &point, |p| {
            Ok(Gamma::new(&p[0], &p[1]).clipped(0.5..2.0)?.log_prob(&x)?.sum())
        });
    }

    #[test]
    fn intervals_are_all_kinds_of_censoring() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        let at = |low: f64, high: f64| {
            normal.clone().censored_interval().unwrap().log_prob(&Tensor::from([low, high])).unwrap().item()
        };
        let infinity = f64::INFINITY;
        assert_eq!(at(0.5, infinity), normal.log_survival(&0.5.into()).unwrap().item());
        assert_eq!(at(-infinity, 0.5), normal.log_cdf(&0.5.into()).unwrap().item());
        assert_eq!(at(0.5, 0.5), normal.log_prob(&0.5.into()).unwrap().item());
        assert_eq!(at(-infinity, infinity), 0.0);
        assert_eq!(at(2.0, 1.0), f64::NEG_INFINITY);
        // Both ends of an interval of counts belong to it.
        let poisson = Poisson::new(2.0).unwrap();
        let counts =
            poisson.clone().censored_interval().unwrap().log_prob(&Tensor::from([[1.0, 2.0], [3.0, 3.0]])).unwrap();
        let mass = |k: f64| poisson.prob(&k.into()).unwrap().item();
        assert_near(&counts, &[(mass(1.0) + mass(2.0)).ln(), mass(3.0).ln()]);
    }

    #[test]
    fn a_clipped_value_has_the_mass_beyond_at_its_bounds() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        let clipped = normal.clone().clipped(-1.0..2.0).unwrap();
        let got = clipped.log_prob(&Tensor::from([-1.5, -1.0, 0.3, 2.0, 2.5])).unwrap();
        let want = [
            f64::NEG_INFINITY,
            normal.log_cdf(&(-1.0).into()).unwrap().item(),
            normal.log_prob(&0.3.into()).unwrap().item(),
            normal.log_survival(&2.0.into()).unwrap().item(),
            f64::NEG_INFINITY,
        ];
        assert_near(&got, &want);
        // Draws: 15.9 % at −1, with a standard error of 0.4 %.
        let draws = clipped.draw_n(1, 10_000).unwrap();
        assert!((draws.min().item(), draws.max().item()) == (-1.0, 2.0));
        let share = draws.equal(-1.0).mean().item();
        assert!((share - normal.cdf(&(-1.0).into()).unwrap().item()).abs() < 0.016, "{share}");
        // Of counts, a bound has its own mass too.
        let counts = Poisson::new(2.0).clipped(1.0..=3.0).unwrap();
        let total = counts.prob(&Tensor::from([1.0, 2.0, 3.0])).unwrap().sum().item();
        assert!((total - 1.0).abs() < 1e-14, "{total}");
        let one_sided = Exponential::new(1.0).clipped(..2.0).unwrap();
        assert_near(&one_sided.log_prob(&Tensor::from([2.0, 1.0])).unwrap(), &[-2.0, -1.0]);
    }

    #[test]
    fn draws_are_whole_values() {
        let right = LogNormal::new(0.0, 1.0).censored_right([0.0, 1.0]).unwrap();
        let draws = right.draw_n(0, 3).unwrap();
        assert_eq!(draws.shape().dims(), [3, 2]);
        assert!(draws.get(0).get(0).item() != draws.get(0).get(1).item());
        let intervals = LogNormal::new([0.0, 1.0], 1.0).censored_interval().unwrap().draw_n(0, 3).unwrap();
        assert_eq!(intervals.shape().dims(), [3, 2, 2]);
        assert_eq!(intervals.index(-1, 0), intervals.index(-1, 1));
    }

    #[test]
    fn observations_are_checked() {
        let observe = |data: Tensor| {
            let intervals = Exponential::new([1.0, 2.0]).censored_interval()?;
            Ctx::new(Key::new(0)).observe("y", intervals, data)
        };
        observe(Tensor::from([[1.0, f64::INFINITY], [0.0, 2.0]])).unwrap();
        let error = observe(Tensor::from([[1.0, 2.0], [3.0, 2.0]])).unwrap_err().to_string();
        assert!(
            error.starts_with("site `y`: value must be an interval [low, high] with low at most high, got "),
            "{error}"
        );
        let error = observe(Tensor::from([[1.0, 2.0], [f64::NAN, 2.0]])).unwrap_err().to_string();
        assert!(error.contains("NaN"), "{error}");
    }

    #[test]
    fn arguments_are_checked() {
        let error = Normal::new(0.0, 1.0).censored_right([0.0, 2.0]).unwrap_err().to_string();
        assert_eq!(error, "Censored: `is_censored` must be 0 or 1, got 2 at [1]");
        let error = Normal::new(0.0, 1.0).clipped(2.0..1.0).unwrap_err().to_string();
        assert_eq!(error, "Censored: `high` must be greater than 2, got 1");
        assert!(Normal::new([0.0, 1.0], 1.0).censored_left([1.0, 0.0, 1.0]).is_err());
    }

    /// Counts with bounds that have masses of their own.
    mod clipped_counts {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Censored<Poisson>> {
            Family::of("CensoredPoisson", |p| Poisson::new(p.get("rate")).clipped(p.get("low")..=p.get("high")))
                .made_of("Poisson")
                .made_of("Censored")
                .without_far_cases("the tails at the bounds are those of the base")
                .at(parameters! { rate: 2.5, low: 1.0, high: 4.0 })
                .at(parameters! { rate: 9.0, low: 2.0, high: 14.0 })
                .constant("low")
                .constant("high")
                .rejects(
                    parameters! { rate: -1.0, low: 1.0, high: 4.0 },
                    "Poisson: `rate` must be non-negative, got -1",
                )
                .rejects(
                    parameters! { rate: 1.0, low: f64::NAN, high: 4.0 },
                    "Censored: `low` must be real or -inf, got NaN",
                )
                .rejects(
                    parameters! { rate: 1.0, low: 5.0, high: 4.0 },
                    "Censored: `high` must be greater than 5, got 4",
                )
                .draws([3.0, 2.0, 3.0])
        }

        conformance::distribution!(family() => univariate);
    }

    /// A mixture of a density and two masses: the quadrature does not see the masses, ratios of densities do.
    mod clipped_numbers {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Censored<Normal>> {
            let build = |p: &conformance::Parameters| {
                Normal::new(p.get("loc"), p.get("scale")).clipped(p.get("low")..=p.get("high"))
            };
            Family::of("CensoredNormal", build)
                .made_of("Normal")
                .made_of("Censored")
                .without_far_cases("the tails at the bounds are those of the base")
                .without_value_gradient("values at the bounds are masses")
                .at(parameters! { loc: 0.3, scale: 1.7, low: -4.0, high: 5.0 })
                .at(parameters! { loc: 0.2, scale: 1.5, low: -4.0, high: 5.0 })
                .constant("low")
                .constant("high")
                .rejects(
                    parameters! { loc: f64::NAN, scale: 1.0, low: 1.0, high: 4.0 },
                    "Normal: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, scale: -1.0, low: 1.0, high: 4.0 },
                    "Normal: `scale` must be positive, got -1",
                )
                .rejects(
                    parameters! { loc: 0.0, scale: 1.0, low: f64::NAN, high: 4.0 },
                    "Censored: `low` must be real or -inf, got NaN",
                )
                .rejects(
                    parameters! { loc: 0.0, scale: 1.0, low: 5.0, high: 4.0 },
                    "Censored: `high` must be greater than 5, got 4",
                )
                .draws([-0.06790329266494777, -0.21088229982259327, 2.124830885687285])
        }

        conformance::distribution!(family() => multivariate);
    }

    /// Lifetimes, some of which have not ended.
    mod lifetimes {
        use super::*;
        use crate::distribution::Weibull;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Censored<Weibull>> {
            let build = |p: &conformance::Parameters| {
                Weibull::new(p.get("concentration"), p.get("scale")).censored_right(p.get("is_censored"))
            };
            Family::of("CensoredWeibull", build)
                .made_of("Weibull")
                .made_of("Censored")
                .without_far_cases("those of the base, which has the tails")
                .at(parameters! { concentration: 1.7, scale: 2.0, is_censored: 1.0 })
                .at(parameters! { concentration: 0.8, scale: 1.3, is_censored: 0.0 })
                .constant("is_censored")
                .draws([0.8541552675704476, 1.211225946533528, 3.332433635953249])
        }

        // The density is that of a value given its censoring: the likelihood of a set, which does not integrate to 1,
        // and is 1 below the support. Which values are censored is data, which only `new` checks.
        conformance::law_tests! { family() =>
            shapes_are_sample_batch_event,
            nothing_is_drawn_for_nobody,
            a_batch_is_its_members,
            many_values_are_as_few,
            gradients_are_finite_differences,
            at_the_ends_the_density_is_known,
            observations_outside_are_named,
            what_a_mask_leaves_out_is_not_looked_at,
            parameters_have_names_and_values,
            first_draws_are_stable,
            draws_with_a_gradient_are_recorded,
            densities_and_draws_at_extreme_parameters,
            reparameterized_by_common_numbers
        }
    }
}
