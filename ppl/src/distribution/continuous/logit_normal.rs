//! Logit-normal distribution.

use crate::distribution::continuous::normal::kl_of_scales;
use crate::distribution::density::quadrature::NormalQuadrature;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Logit-normal distribution on the unit interval: the logistic function of a normal variable.
    ///
    #[doc = include_str!("../../../doc/distribution/LogitNormal.svg")]
    ///
    /// ```text
    /// log p(x) = −½ z² − ln(scale) − ½ ln(2π) − ln x − ln(1 − x),   z = (ln(x / (1 − x)) − loc) / scale
    /// ```
    ///
    /// At 0 and 1 the density is 0.
    #[parameters]
    /// # Support
    /// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
    ///
    /// # Moments
    /// ```text
    /// median   = 1 / (1 + e^(−loc))
    /// mean     = E S(Y),   variance = E (S(Y) − mean)²,   S(y) = 1 / (1 + e^(−y)), Y ~ Normal(loc, scale)
    /// entropy  = ½ ln(2πe) + ln(scale) + E[ln S(Y) + ln S(−Y)]
    /// ```
    /// The expectations are quadratures of twelve digits, up to a scale of 1e8; from there on S is a step. There may be two
    /// modes or one, which have no closed form and are not implemented.
    ///
    /// # Numerics
    /// Moments are expectations of S(Y) − S(loc), in which nothing cancels: those of a small scale have their digits, and so
    /// have those next to 0. Tails are Φ(±z), with ln Φ, which does not underflow. A value near 1 has lost the digits of 1 − x
    /// before it is given.
    ///
    /// # Draws
    /// A draw that would round to 0 or 1 is the nearest number inside.
    ///
    /// # Reference
    /// Aitchison and Shen, "Logistic-normal distributions: some properties and uses", Biometrika 67 (1980).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, LogitNormal};
    ///
    /// let share = LogitNormal::new(0.0, 2.0)?;
    /// assert_eq!(share.median()?, 0.5);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LogitNormal {
        /// Mean of the log odds of X.
        loc: Real,
        /// Standard deviation of the log odds of X.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl LogitNormal {
    /// Inside the support.
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        (value.ln() - (-value).log1p()).try_sub(&self.loc)?.try_div(self.checked().scale)
    }

    /// Of a value between 0 and 1.
    fn interior(&self, value: &Tensor) -> Result<Tensor> {
        let (ln, ln_complement) = (value.ln(), (-value).log1p());
        let z = (&ln - &ln_complement).try_sub(&self.loc)?.try_div(&self.scale)?;
        (z.square() * -0.5).try_sub(ln + ln_complement)?.try_sub(self.scale.ln() + HALF_LN_2PI)
    }
}

impl Distribution for LogitNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        let draws = noise.try_mul(&self.scale)?.try_add(&self.loc)?.sigmoid();
        Ok(draws.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            if value.is_known_to_lie_in(&Constraint::UnitInterval) {
                return self.interior(value);
            }
            let constant = value.detach();
            let is_inside = constant.greater(0.0) * constant.less(1.0);
            if is_inside.is_known_to_be_all(1.0) {
                return self.interior(value);
            }
            let inside = self.interior(&Tensor::select(&is_inside, value, 0.5))?;
            Tensor::try_select(is_inside, inside, f64::NEG_INFINITY)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for LogitNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.standardized(value)?.ndtr()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(probability.ndtri().try_mul(self.checked().scale)?.try_add(&self.loc)?.sigmoid())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.standardized(value)?.log_ndtr()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok((-self.standardized(value)?).ndtr()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok((-self.standardized(value)?).log_ndtr()))
    }
}

impl LogitNormal {
    /// The expectation of a function of Y, by nodes that are dense where it changes its sign; Y and the nodes are given.
    fn expectation(&self, of: impl Fn(&NormalQuadrature, &Tensor) -> Result<Tensor>) -> Tensor {
        let Self { loc, scale, .. } = self.checked();
        let expectation = || {
            let rule = NormalQuadrature::new(&self.batch_shape, &(-&loc).try_div(&scale)?, &scale.recip())?;
            let y = rule.z.try_mul(&scale)?.try_add(&loc)?;
            rule.expectation(&of(&rule, &y)?)
        };
        expectation().unwrap_or_else(|error: Error| panic!("{error}"))
    }

    /// S(Y) − S(loc) = S(loc) S(−Y) (e^(Y − loc) − 1) = −S(Y) S(−loc) (e^(loc − Y) − 1), of which one does not overflow.
    fn excess(&self, rule: &NormalQuadrature, y: &Tensor) -> Result<Tensor> {
        let Self { loc, scale, .. } = self.checked();
        let [below, above] = [rule.z.minimum(0.0), rule.z.maximum(0.0)];
        let fall = below.try_mul(&scale)?.expm1().try_mul((-y).sigmoid())?.try_mul(loc.sigmoid())?;
        let rise = above.try_mul(-scale)?.expm1().try_mul(y.sigmoid())?.try_mul((-loc).sigmoid())?;
        fall.try_sub(rise)
    }

    /// mean − S(loc).
    fn mean_excess(&self) -> Tensor {
        self.expectation(|rule, y| self.excess(rule, y))
    }
}

impl Moments for LogitNormal {
    fn mean(&self) -> Tensor {
        self.mean_excess() + self.loc.sigmoid()
    }

    fn variance(&self) -> Tensor {
        let mean = self.mean_excess();
        self.expectation(|rule, y| Ok(self.excess(rule, y)?.try_sub(&mean)?.square()))
    }
}

impl Entropy for LogitNormal {
    fn entropy(&self) -> Tensor {
        let log_slope = self.expectation(|_, y| Ok(y.log_sigmoid() + (-y).log_sigmoid()));
        log_slope + self.checked().scale.ln() + (HALF_LN_2PI + 0.5)
    }
}

impl KlDivergence<Self> for LogitNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // That of the log odds: a change of variables does not touch a divergence.
        let shift = self.loc.try_sub(&other.loc)?.try_div(&other.scale)?;
        kl_of_scales(&self.scale, &other.scale)?.try_add(shift.square() * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogitNormal> {
        Family::new("LogitNormal", |p| LogitNormal::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.2 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "LogitNormal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "LogitNormal: `scale` must be positive, got -2")
            .draws([0.5100745258311339, 0.4848489399156529, 0.8303508609728029])
    }

    conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);

    /// Quadratures by mpmath with 60 digits: loc, scale, mean, variance, entropy.
    #[test]
    fn moments_and_entropies_of_all_shapes() {
        let cases = [
            (0.3, 1.2, 0.558_051_917_783_282_6, 0.054_632_237_453_425_84, -0.116_408_356_420_338_45),
            (-2.0, 0.4, 0.125_525_238_882_835, 0.001_938_973_962_594_502_2, -1.768_241_246_623_954),
            (0.0, 1e3, 0.5, 0.249_601_058_375_830_05, -789.559_179_456_662_8),
            (5.0, 300.0, 0.506_648_608_690_454_7, 0.248_626_197_377_713_38, -232.280_265_881_612_1),
            (-40.0, 3.0, 3.824_246_628_085_285e-16, 1.184_918_556_112_845_2e-27, -37.482_449_178_127_22),
            (0.7, 1e-9, 0.668_187_772_168_166, 4.915_659_818_388_623_5e-20, -20.810_699_401_512_654),
            (25.0, 0.01, 0.999_999_999_986_111_4, 1.929_039_182_837_216_4e-26, -28.186_231_652_811_195),
            (-1.0, 30.0, 0.486_728_584_971_543_14, 0.236_557_351_267_342_73, -19.173_366_686_102_526),
        ];
        for (loc, scale, mean, variance, entropy) in cases {
            let share = LogitNormal::new(loc, scale).unwrap();
            let got = [share.mean(), share.variance(), share.entropy()].map(|each| each.item());
            for (got, want) in got.into_iter().zip([mean, variance, entropy]) {
                assert!((got / want - 1.0).abs() < 1e-12, "{loc}, {scale}: {got}, {want}");
            }
        }
        // A step: half of the mass at each end.
        let coin = LogitNormal::new(0.0, 1e12).unwrap();
        assert!((coin.mean() - 0.5).abs().item() < 1e-9 && (coin.variance() - 0.25).abs().item() < 1e-9);
    }
}
