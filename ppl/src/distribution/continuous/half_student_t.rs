//! Half-Student's t distribution.

use std::f64::consts::LN_2;

use crate::distribution::continuous::StudentT;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Half-Student's t distribution: the upper half of Student's t distribution.
///
#[doc = include_str!("../../../doc/distribution/HalfStudentT.svg")]
///
/// ```text
/// log p(x) = ln 2 + log t(z; df) − ln(scale),   z = (x − loc) / scale ≥ 0
/// ```
///
/// # Parameters
/// | parameter | domain   | meaning                            | shape |
/// |-----------|----------|------------------------------------|-------|
/// | `df`      | positive | degrees of freedom (ν)             | batch |
/// | `loc`     | real     | lower end; 0 unless said otherwise | batch |
/// | `scale`   | positive | scale, not the standard deviation  | batch |
///
/// # Shapes
/// batch = broadcast(df, loc, scale), event = `[]`.
///
/// # Support
/// The numbers from `loc` on, which is 0 unless given: [`Constraint::NonNegative`](crate::Constraint::NonNegative) or
/// [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mean     = loc + scale · m,   m = 2 df / (df − 1) · Γ(½ (df + 1)) / (√(df π) Γ(½ df))
/// variance = scale² · (df / (df − 2) − m²)
/// mode     = loc
/// entropy  = ½ (df + 1) (ψ(½ (df + 1)) − ψ(½ df)) + ln B(½ df, ½) + ½ ln(df) + ln(scale) − ln 2
/// ```
/// The mean is ∞ up to df = 1, the variance up to df = 2. The median is the quantile at ½.
///
/// # Numerics
/// Next to the lower end probabilities are those of the beta distribution of t² / (df + t²), which do not cancel.
///
/// # Draws
/// Absolute values of those of [`StudentT`].
///
/// # Reference
/// Gelman, "Prior distributions for variance parameters in hierarchical models", Bayesian Analysis 1 (2006).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, HalfStudentT};
///
/// let tau = HalfStudentT::new(1.0, 5.0)?;
/// assert!((tau.cdf(&5.0.into())?.item() - 0.5).abs() < 1e-15);
/// assert_eq!(tau.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HalfStudentT {
    /// The distribution around 0 whose upper half it is.
    student_t: StudentT,
    /// None is 0.
    loc: Option<Tensor>,
    batch_shape: Shape,
}

/// Below this probability the distribution function is taken from the lower end.
const SMALL: f64 = 0.01;

/// Up to this t / √df its square is finite.
const LARGEST: f64 = 1e150;

impl HalfStudentT {
    const NAME: &'static str = "HalfStudentT";

    /// The upper half of Student's t distribution with median 0, these degrees of freedom and this scale.
    ///
    /// # Errors
    /// `df` or `scale` not positive and finite; shapes that do not broadcast.
    pub fn new(df: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), None, scale.into_tensor())
    }

    /// The half above `loc` of Student's t distribution with median `loc`.
    ///
    /// # Errors
    /// `df` or `scale` not positive and finite; `loc` not finite; shapes that do not broadcast.
    pub fn above(df: impl IntoTensor, loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        Self::build(df.into_tensor(), Some(loc.into_tensor()), scale.into_tensor())
    }

    fn build(df: Tensor, loc: Option<Tensor>, scale: Tensor) -> Result<Self> {
        let zero = Tensor::scalar(0.0);
        let batch_shape = check::broadcast_all(Self::NAME, &[&df, loc.as_ref().unwrap_or(&zero), &scale])?;
        let half = Self { student_t: StudentT::unchecked(df, zero, scale)?, loc, batch_shape };
        check::constants(Self::NAME, &half.parameters())?;
        Ok(half)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let loc = self.loc.iter().map(|loc| ("loc", loc, Constraint::Real));
        let own = [("df", self.df(), Constraint::Positive), ("scale", self.scale(), Constraint::Positive)];
        own.into_iter().chain(loc).collect()
    }

    /// Degrees of freedom.
    #[must_use]
    pub fn df(&self) -> &Tensor {
        self.student_t.df()
    }

    /// The lower end of the support.
    #[must_use]
    pub fn loc(&self) -> Tensor {
        self.loc.clone().unwrap_or_else(|| Tensor::scalar(0.0))
    }

    /// The scale of Student's t distribution.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        self.student_t.scale()
    }

    fn distance(&self, value: &Tensor) -> Result<Tensor> {
        value.try_sub(self.loc())
    }

    /// Whether t² / df is finite.
    fn has_square(&self, distance: &Tensor) -> Result<Tensor> {
        let unit = self.scale().detach().try_mul(self.df().detach().sqrt())?.maximum(f64::MIN_POSITIVE);
        Ok(distance.detach().try_div(unit)?.less(LARGEST))
    }

    /// A function of P(|T| ≤ t) = I(t² / (df + t²); ½, ½ df), of values next to the lower end.
    fn near_low(&self, function: Function, distance: &Tensor) -> Result<Tensor> {
        let df = check::or_nan(self.df(), &Constraint::Positive);
        let square = distance.try_div(self.scale())?.square().try_div(&df)?;
        let (half, one_half) = (scalar::half(&df), Tensor::scalar(0.5));
        // Of this share and its complement the smaller one has all digits. The tail is near 1 beyond it too for few
        // degrees of freedom.
        let is_small = square.detach().less(1.0);
        let small = Tensor::select(&is_small, &square, 0.0);
        let small = small.try_div(&small + 1.0)?;
        let near = Cumulative::new(Standard::Beta, function).try_of(&[&one_half, &half, &small])?;
        if is_small.is_known_to_be_all(1.0) {
            return Ok(near);
        }
        let rest = (Tensor::select(&is_small, 0.0, square) + 1.0).recip();
        let far = Cumulative::new(Standard::Beta, function.mirrored()).try_of(&[&half, &one_half, &rest])?;
        Tensor::try_select(is_small, near, far)
    }

    /// A lower tail, near the lower end by the beta distribution, and by the upper tail otherwise.
    fn lower(&self, value: &Tensor, function: Function, by_survival: impl FnOnce(&Tensor) -> Tensor) -> Result<Tensor> {
        let distance = self.distance(value)?;
        let survival = self.student_t.survival(&distance)? * 2.0;
        let is_near = survival.detach().greater(1.0 - SMALL).try_mul(self.has_square(&distance)?)?;
        let near = self.near_low(function, &Tensor::try_select(&is_near, &distance, 0.0)?)?;
        Tensor::try_select(is_near, near, by_survival(&survival))
    }
}

impl Distribution for HalfStudentT {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        match &self.loc {
            None => Constraint::NonNegative,
            Some(loc) => Constraint::Interval { lower: loc.clone(), upper: f64::INFINITY.into() },
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let student_t = StudentT::unchecked(
            self.df().try_broadcast_to(self.batch_shape)?,
            Tensor::scalar(0.0),
            self.scale().clone(),
        )?;
        let draws = student_t.sample(rng, sample_shape)?.abs().try_add(self.loc())?;
        Ok(draws.minimum(f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.loc(), |value| Ok(self.student_t.log_prob(&self.distance(value)?)? + LN_2))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for HalfStudentT {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| self.lower(value, Function::Lower, |survival| 1.0 - survival))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let is_near = p.detach().less(SMALL);
        let df = check::or_nan(self.df(), &Constraint::Positive);
        let near = {
            let p = Tensor::select(&is_near, &p, 0.5 * SMALL);
            let share = Cumulative::new(Standard::Beta, Function::LowerQuantile).try_of(&[
                &0.5.into(),
                &scalar::half(&df),
                &p,
            ])?;
            share.try_div(1.0 - &share)?.try_mul(&df)?.sqrt()
        };
        let upper = Tensor::select(&is_near, 0.25, (1.0 - &p) * 0.5);
        let far = Cumulative::new(Standard::StudentT, Function::UpperQuantile).try_of(&[&df, &upper])?;
        let scale = check::or_nan(self.scale(), &Constraint::Positive);
        Tensor::try_select(is_near, near, far)?.try_mul(scale)?.try_add(self.loc())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| {
            self.lower(value, Function::LogLower, |survival| (-survival).log1p())
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.student_t.survival(&self.distance(value)?)? * 2.0))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let distance = self.distance(value)?;
            let log_survival = self.student_t.log_survival(&distance)? + LN_2;
            // Near 0 it is the logarithm of 1 − F.
            let is_near = log_survival.detach().greater((-SMALL).ln_1p()).try_mul(self.has_square(&distance)?)?;
            let near = self.near_low(Function::LogUpper, &Tensor::try_select(&is_near, &distance, 0.0)?)?;
            Tensor::try_select(is_near, near, log_survival.minimum(0.0))
        })
    }
}

impl Mode for HalfStudentT {
    fn mode(&self) -> Result<Tensor> {
        self.loc().try_broadcast_to(self.batch_shape)
    }
}

impl HalfStudentT {
    /// The mean's distance from the lower end in units of the scale, for df > 1.
    fn relative_mean(&self, df: &Tensor) -> Result<Tensor> {
        let student_t = StudentT::unchecked(df.clone(), Tensor::scalar(0.0), Tensor::scalar(1.0))?;
        Ok((-student_t.log_normalizer()).exp() * 2.0 * df / (df - 1.0))
    }
}

impl Moments for HalfStudentT {
    fn mean(&self) -> Tensor {
        let is_finite = self.df().greater(1.0);
        let relative = self.relative_mean(&Tensor::select(&is_finite, self.df(), 2.0));
        let relative = relative.unwrap_or_else(|_| unreachable!("scalars broadcast"));
        let mean = self.loc() + self.scale() * relative;
        Tensor::select(is_finite, mean, f64::INFINITY).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.df().greater(2.0);
        let df = Tensor::select(&is_finite, self.df(), 3.0);
        let relative = self.relative_mean(&df).unwrap_or_else(|_| unreachable!("scalars broadcast"));
        let variance = self.scale().square() * (&df / (&df - 2.0) - relative.square());
        Tensor::select(is_finite, variance, f64::INFINITY).broadcast_to(self.batch_shape)
    }
}

impl Entropy for HalfStudentT {
    fn entropy(&self) -> Tensor {
        (self.student_t.entropy() - LN_2).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<HalfStudentT> {
        if p.has("loc") {
            HalfStudentT::above(p.get("df"), p.get("loc"), p.get("scale"))
        } else {
            HalfStudentT::new(p.get("df"), p.get("scale"))
        }
    }

    fn family() -> Family<HalfStudentT> {
        Family::new("HalfStudentT", build)
            .at(parameters! { df: 2.5, scale: 1.7 })
            .at(parameters! { df: 7.0, scale: 0.4 })
            .rejects(parameters! { df: -1.0, scale: 1.0 }, "HalfStudentT: `df` must be positive, got -1")
            .rejects(parameters! { df: 1.0, scale: 0.0 }, "HalfStudentT: `scale` must be positive, got 0")
            .draws([0.5070808138847753, 2.4717668709268463, 1.436117933781993])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn tails_where_the_square_of_the_value_overflows() {
        // 4 / z⁴ · 3/2, the first term of the tail of 4 degrees of freedom, whose logarithm is linear in that of z.
        let half = HalfStudentT::new(4.0, 1.0).unwrap();
        let [far, farther] = [1e150, 1e250].map(|x| half.log_survival(&Tensor::from(x)).unwrap().item());
        assert!((far - (6_f64.ln() - 600.0 * 10_f64.ln())).abs() < 1e-12, "{far}");
        assert!((farther - (6_f64.ln() - 1_000.0 * 10_f64.ln())).abs() < 1e-12, "{farther}");
        let slope = |x: f64| crate::grad(|df| HalfStudentT::new(&df[0], 1.0)?.log_survival(&x.into()), &[4.0.into()]);
        let [near, far] = [1e150, 1e250].map(|x| slope(x).unwrap().1[0].item());
        assert!((far - near + 100.0 * 10_f64.ln()).abs() < 1e-11, "{near}, {far}");
    }

    mod above {
        use super::*;

        fn family() -> Family<HalfStudentT> {
            Family::new("HalfStudentT", build)
                .at(parameters! { df: 5.0, loc: -1.0, scale: 1.7 })
                .at(parameters! { df: 9.0, loc: 0.5, scale: 2.4 })
                .rejects(parameters! { df: 0.0, loc: 0.0, scale: 1.0 }, "HalfStudentT: `df` must be positive, got 0")
                .rejects(
                    parameters! { df: 1.0, loc: f64::NAN, scale: 1.0 },
                    "HalfStudentT: `loc` must be real, got NaN",
                )
                .rejects(
                    parameters! { df: 1.0, loc: 0.0, scale: -1.0 },
                    "HalfStudentT: `scale` must be positive, got -1",
                )
                .draws([-0.5607400461256355, 1.1838470435159656, 0.6368615272538143])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
    }
}
