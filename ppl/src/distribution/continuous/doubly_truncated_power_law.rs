//! Power law between two ends.

use super::log_uniform::log_ratio;
use crate::distribution::density::removable::{TiltedUniform, expm1_ratio, log1p_quotient};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::GAUSS_LEGENDRE;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Power law between two ends.
    ///
    #[doc = include_str!("../../../doc/distribution/DoublyTruncatedPowerLaw.svg")]
    ///
    /// ```text
    /// p(x) = x^alpha / Z(0),   low ≤ x ≤ high
    /// Z(k) = ∫ x^(alpha + k) dx = (high^a − low^a) / a,   a = alpha + k + 1;   ln(high / low) if a = 0
    /// ```
    ///
    /// [`LogUniform`](super::LogUniform) at an `alpha` of −1, [`Uniform`](super::Uniform) at 0, and near
    /// [`LowerTruncatedPowerLaw`](super::LowerTruncatedPowerLaw) where `high` is large and `alpha` below −1.
    #[parameters]
    /// # Support
    /// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = Z(1) / Z(0)
    /// variance = Z(2) / Z(0) − mean²
    /// mode     = low if alpha < 0, high if alpha > 0, NaN if alpha = 0
    /// median   = (½ low^a + ½ high^a)^(1 / a),   a = alpha + 1;   √(low · high) if a = 0
    /// entropy  = ln Z(0) − alpha E ln X
    /// ```
    ///
    /// # Numerics
    /// ln X lies on an interval of length w = ln(high / low), and has there the density of an exponential that is cut:
    /// e^(−m t), with m = |alpha + 1| w and t the part of the interval from the end of larger density. Its integral and its
    /// moments have removable singularities at m = 0, the log-uniform limit, near which they are power series. The ratio
    /// high / low is one of differences where the ends are near each other. Both tails are sums of positive terms. The
    /// variance is an integral of that of ln X, tilted, by two times 32 points of the Gauss–Legendre rule, where the
    /// difference of moments cancels.
    ///
    /// # Draws
    /// Inversion of the distribution function; reparameterised.
    ///
    /// # Reference
    /// NumPyro, `DoublyTruncatedPowerLaw`; Newman, "Power laws, Pareto distributions and Zipf's law" (2005).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, DoublyTruncatedPowerLaw};
    ///
    /// // Masses of stars, from 0.5 to 100 suns.
    /// let mass = DoublyTruncatedPowerLaw::new(-2.35, 0.5, 100.0)?;
    /// let power = |x: f64| x.powf(-1.35);
    /// let want = (power(0.5) - power(1.0)) / (power(0.5) - power(100.0));
    /// assert!((mass.cdf(&1.0.into())?.item() - want).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct DoublyTruncatedPowerLaw {
        /// Power of the density.
        alpha: Real,
        /// Lower end.
        low: Positive,
        /// Upper end.
        high: GreaterThan(low),
    }

    pub fn new(alpha: impl IntoTensor, low: impl IntoTensor, high: impl IntoTensor) -> Result<Self>;
}

/// The distribution of ln X.
struct Logarithm {
    low: Tensor,
    high: Tensor,
    /// ln(high / low).
    width: Tensor,
    /// Power of the density of ln X, and its sign: whether the density falls.
    power: Tensor,
    is_falling: Tensor,
    /// Difference of the log density between the two ends.
    drop: Tensor,
}

impl DoublyTruncatedPowerLaw {
    fn logarithm(&self) -> Result<Logarithm> {
        let Self { alpha, low, high, .. } = self.checked();
        let width = log_ratio(&high, &low)?;
        let power = alpha + 1.0;
        let is_falling = power.detach().less_equal(0.0);
        let drop = Tensor::select(&is_falling, -&power, &power).try_mul(&width)?;
        Ok(Logarithm { low, high, width, power, is_falling, drop })
    }

    fn inside(
        &self,
        value: &Tensor,
        beyond: (f64, f64),
        function: impl Fn(&Logarithm, &Tensor) -> Result<(Tensor, Tensor)>,
        is_lower: bool,
    ) -> Result<Tensor> {
        scalar::inside(self, value, beyond, |value| {
            let logarithm = self.logarithm()?;
            let (near, far) = function(&logarithm, value)?;
            if is_lower {
                Tensor::try_select(&logarithm.is_falling, near, far)
            } else {
                Tensor::try_select(&logarithm.is_falling, far, near)
            }
        })
    }
}

impl Logarithm {
    /// ln Z of ∫ e^(−drop t) dt, t from 0 to 1.
    fn log_integral(&self) -> Tensor {
        TiltedUniform::new(&self.drop).log_integral()
    }

    /// ln of the integral of the density of ln X that is 1 at its largest.
    fn log_normalizer(&self) -> Result<Tensor> {
        let is_flat = self.drop.detach().less(1.0);
        let flat = self.log_integral().try_add(self.width.ln())?;
        // Without the width, from which the far end hardly differs.
        let power = Tensor::try_select(&is_flat, 1.0, magnitude(&self.power))?;
        let steep = (-(-Tensor::select(&is_flat, 1.0, &self.drop)).expm1()).ln().try_sub(power.ln())?;
        Tensor::try_select(is_flat, flat, steep)
    }

    /// The parts of the interval between a value and the end of larger density, and between it and the other.
    fn parts(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let from_low = log_ratio(value, &self.low)?.try_div(&self.width)?;
        let from_high = log_ratio(&self.high, value)?.try_div(&self.width)?;
        let near = Tensor::try_select(&self.is_falling, &from_low, &from_high)?;
        Ok((near, Tensor::try_select(&self.is_falling, from_high, from_low)?))
    }

    /// The logarithms of the probabilities to be nearer to the end of larger density than a value, and further.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (near, far) = self.parts(value)?;
        let by_near = self.drop.try_mul(&near)?;
        let whole = self.log_integral();
        let up_to = near.ln().try_add(expm1_ratio(&-&by_near).ln())?.try_sub(&whole)?;
        let rest = expm1_ratio(&-self.drop.try_mul(&far)?).ln();
        let beyond = far.ln().try_add(rest)?.try_sub(by_near)?.try_sub(whole)?;
        // Near 0 a logarithm has the digits of the other tail.
        let complement = |log: &Tensor, other: &Tensor| {
            let is_large = log.detach().greater(-0.5);
            let small = Tensor::try_select(&is_large, other, -1.0)?.minimum(-f64::MIN_POSITIVE);
            Tensor::try_select(is_large, small.log1mexp(), log)
        };
        Ok((complement(&up_to, &beyond)?, complement(&beyond, &up_to)?))
    }

    /// The value that is nearer to the end of larger density with this probability, and further with the other.
    fn quantile(&self, near: &Tensor, far: &Tensor) -> Result<Tensor> {
        let is_near = near.detach().less(0.5);
        // 1 − e^(−drop t) = near (1 − e^(−drop)).
        let fallen = (-&self.drop).expm1();
        let from_near =
            expm1_ratio(&-&self.drop).try_mul(log1p_quotient(&fallen, &Tensor::select(&is_near, near, 0.5))?)?;
        // e^(drop (1 − t)) − 1 = far (e^drop − 1), where that does not overflow.
        let is_flat = self.drop.detach().less(1.0);
        let flat = Tensor::select(&is_flat, &self.drop, 0.5);
        let kept = &Tensor::select(&is_near, 0.5, far);
        let from_far = expm1_ratio(&flat).try_mul(log1p_quotient(&flat.expm1(), kept)?)?;
        // e^(−drop t) = far + near e^(−drop).
        let steep = Tensor::select(&is_flat, 1.0, &self.drop);
        let level = kept.try_add((1.0 - kept).try_mul((-&steep).exp())?)?;
        let along = -level.ln().try_div(steep)?;
        let along = Tensor::try_select(&is_near, from_near, along)?;

        let is_from_far = is_flat.try_mul(1.0 - &is_near)?;
        let distance = Tensor::try_select(&is_from_far, from_far, along)?.try_mul(&self.width)?;
        let is_from_low = is_from_far.try_not_equal(&self.is_falling)?;
        let end = Tensor::try_select(&is_from_low, &self.low, &self.high)?;
        let value = Tensor::try_select(is_from_low, &distance, -&distance)?.exp().try_mul(end)?;
        // Only rounding leads beyond an end, and is not differentiated.
        value.try_maximum(self.low.detach())?.try_minimum(self.high.detach())
    }

    /// ln of ∫ e^(z t) dt, t from 0 to 1, less z where z is positive.
    fn log_integral_of(power: &Tensor) -> Tensor {
        TiltedUniform::new(&magnitude(power)).log_integral()
    }

    /// The powers of the integrals Z(0), Z(1) and Z(2), times the width.
    fn powers(&self) -> Result<[Tensor; 3]> {
        let first = self.power.try_mul(&self.width)?;
        Ok([first.clone(), first.try_add(&self.width)?, first.try_add(&self.width * 2.0)?])
    }

    fn mean(&self) -> Result<Tensor> {
        let [zeroth, first, _] = self.powers()?;
        let [known_zeroth, known_first] = [zeroth.detach(), first.detach()];
        // From the end that both integrals have most of their mass at, or from below between them.
        let is_from_high = known_zeroth.greater(0.0);
        let is_between = known_first.greater(0.0) * (1.0 - &is_from_high);
        let ratio = Self::log_integral_of(&first) - Self::log_integral_of(&zeroth);
        let ratio = ratio + Tensor::select(is_between, first, 0.0);
        Tensor::try_select(is_from_high, &self.high, &self.low)?.try_mul(ratio.exp())
    }

    /// ln(E X² / (E X)²).
    fn log_spread(&self) -> Result<Tensor> {
        let [zeroth, first, second] = self.powers()?;
        let width = self.width.try_broadcast_to(first.shape())?;
        // The second difference of ln Z is an integral of its second derivative, a variance.
        let is_smooth =
            width.detach().less(8.0).try_maximum(magnitude(&first.detach()).try_greater(width.detach() * 3.0)?)?;
        let mut integral = Tensor::scalar(0.0);
        for &(node, weight) in GAUSS_LEGENDRE.iter() {
            for side in [-1.0, 1.0] {
                let at = &first + &width * (side * node);
                integral += TiltedUniform::new(&magnitude(&at)).variance() * (weight * (1.0 - node));
            }
        }
        let smooth = integral * width.square();
        let whole = |power: &Tensor| Self::log_integral_of(power) + power.maximum(0.0);
        let apart = whole(&zeroth) + whole(&second) - whole(&first) * 2.0;
        Tensor::try_select(is_smooth, smooth, apart)
    }

    /// Mean of ln X.
    fn mean_logarithm(&self) -> Result<Tensor> {
        let distance = TiltedUniform::new(&self.drop).mean().try_mul(&self.width)?;
        let from_low = self.low.ln().try_add(&distance)?;
        Tensor::try_select(&self.is_falling, from_low, self.high.ln().try_sub(distance)?)
    }
}

/// The absolute value, whose derivative at 0 is one of both sides'.
fn magnitude(x: &Tensor) -> Tensor {
    Tensor::select(x.detach().less_equal(0.0), -x, x)
}

impl Distribution for DoublyTruncatedPowerLaw {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        self.icdf(&standard_uniform(rng, sample_shape.concat(&self.batch_shape)))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.low, |value| {
            let logarithm = self.logarithm()?;
            // From the end of larger density.
            let from_low = log_ratio(value, &logarithm.low)?;
            let from_high = -log_ratio(&logarithm.high, value)?;
            let distance = Tensor::try_select(&logarithm.is_falling, from_low, from_high)?;
            let end = Tensor::try_select(&logarithm.is_falling, &logarithm.low, &logarithm.high)?;
            distance.try_mul(&self.alpha)?.try_sub(end.ln())?.try_sub(logarithm.log_normalizer()?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for DoublyTruncatedPowerLaw {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_cdf(value)?.exp())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.inside(value, (f64::NEG_INFINITY, 0.0), Logarithm::log_tails, true)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.log_survival(value)?.exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.inside(value, (0.0, f64::NEG_INFINITY), Logarithm::log_tails, false)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let lower = scalar::probability(probability);
        self.quantile(&lower, &(1.0 - &lower))
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let upper = scalar::probability(probability);
        self.quantile(&(1.0 - &upper), &upper)
    }
}

impl DoublyTruncatedPowerLaw {
    /// The value with these probabilities below and above.
    fn quantile(&self, lower: &Tensor, upper: &Tensor) -> Result<Tensor> {
        let logarithm = self.logarithm()?;
        let near = Tensor::try_select(&logarithm.is_falling, lower, upper)?;
        let far = Tensor::try_select(&logarithm.is_falling, upper, lower)?;
        logarithm.quantile(&near, &far)
    }
}

impl Mode for DoublyTruncatedPowerLaw {
    /// The end of larger density; NaN where the density is the same everywhere.
    fn mode(&self) -> Result<Tensor> {
        let rising = Tensor::try_select(self.alpha.greater(0.0), &self.high, f64::NAN)?;
        Tensor::try_select(self.alpha.less(0.0), &self.low, rising)?.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for DoublyTruncatedPowerLaw {
    fn mean(&self) -> Tensor {
        or_panic(self.logarithm().and_then(|logarithm| logarithm.mean()))
    }

    fn variance(&self) -> Tensor {
        self.stddev().square()
    }

    fn stddev(&self) -> Tensor {
        let stddev = self.logarithm().and_then(|logarithm| {
            let log_spread = logarithm.log_spread()?;
            // √(E X²) · √(1 − (E X)² / E X²).
            logarithm.mean()?.try_mul((&log_spread * 0.5).exp() * (-(-log_spread).expm1()).sqrt())
        });
        or_panic(stddev)
    }
}

impl Entropy for DoublyTruncatedPowerLaw {
    fn entropy(&self) -> Tensor {
        let entropy = self.logarithm().and_then(|logarithm| {
            let of_part = TiltedUniform::new(&logarithm.drop).entropy();
            of_part.try_add(logarithm.width.ln())?.try_add(logarithm.mean_logarithm()?)
        });
        or_panic(entropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DoublyTruncatedPowerLaw> {
        Family::of("DoublyTruncatedPowerLaw", |p| {
            DoublyTruncatedPowerLaw::new(p.get("alpha"), p.get("low"), p.get("high"))
        })
        .nan_at("alpha", &["mode"], "the density has no highest point, or more than one, there")
        .at(parameters! { alpha: -2.5, low: 0.7, high: 5.5 })
        .at(parameters! { alpha: -0.5, low: 0.3, high: 6.0 })
        .at(parameters! { alpha: -1.0, low: 0.3, high: 6.0 })
        .rejects(
            parameters! { alpha: f64::NAN, low: 1.0, high: 2.0 },
            "DoublyTruncatedPowerLaw: `alpha` must be real, got NaN",
        )
        .rejects(
            parameters! { alpha: -1.0, low: 0.0, high: 1.0 },
            "DoublyTruncatedPowerLaw: `low` must be positive, got 0",
        )
        .rejects(
            parameters! { alpha: -1.0, low: 1.0, high: 1.0 },
            "DoublyTruncatedPowerLaw: `high` must be greater than 1, got 1",
        )
        .draws([0.9390193029791652, 0.9421184357061709, 1.5805844074528694])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    /// Mean, variance, entropy, F(x), 1 − F(x) at low + ¼ (high − low), by mpmath with 60 digits.
    #[test]
    fn cases_of_the_definition() {
        for ([alpha, low, high], wanted) in CASES {
            let law = DoublyTruncatedPowerLaw::new(alpha, low, high).unwrap();
            let x = Tensor::from(low + 0.25 * (high - low));
            let got = [
                law.mean(),
                law.variance(),
                law.entropy(),
                law.cdf(&x).unwrap(),
                law.survival(&x).unwrap(),
                law.icdf(&0.3.into()).unwrap(),
                law.inverse_survival(&1e-12.into()).unwrap(),
            ];
            for (which, (got, want)) in got.iter().zip(wanted).enumerate() {
                let got = got.item();
                // The powers of the largest case are 2000.
                assert!(
                    got == want || (got / want - 1.0).abs() < 2e-12,
                    "{which} at {alpha}, {low}, {high}: {got:e}, {want:e}"
                );
            }
        }
    }

    const CASES: [([f64; 3], [f64; 7]); 10] = [
        (
            [-2.35, 0.5, 100.0],
            [
                1.6279372333861486,
                13.099524695912306,
                0.7369525498971579,
                0.9957944776828029,
                0.004205522317197023,
                0.6510349438573644,
                99.999999905438,
            ],
        ),
        (
            [-1.0, 0.001, 1000.0],
            [
                72.38234126812831,
                30952.003497779002,
                2.625791914476011,
                0.8996568852589215,
                0.1003431147410785,
                0.06309573444801932,
                999.9999999861844,
            ],
        ),
        (
            [-0.999999999, 0.001, 1000.0],
            [
                72.38234169574646,
                30952.003667779387,
                2.6257919303817046,
                0.8996568846353282,
                0.10034311536467176,
                0.06309573571253194,
                999.9999999861844,
            ],
        ),
        (
            [3.0, 2.0, 2.0000001],
            [
                2.000000050000001,
                8.333333306057008e-16,
                -16.1180956525949,
                0.2499999848272775,
                0.7500000151727225,
                2.0000000300000016,
                2.0000001,
            ],
        ),
        (
            [-1.5, 1.0, 1e+20],
            [
                10000000000.0,
                3.333333332666667e+29,
                3.69314717355219,
                0.9999999999,
                1.0000000001e-10,
                2.040816326355685,
                9.802960494088621e+19,
            ],
        ),
        (
            [-1000000.0, 1.0, 10.0],
            [1.000001000002, 1.000006000026e-12, -12.815508557962774, 1.0, 0.0, 1.0000003566753641, 1.000027631430488],
        ),
        (
            [200.0, 1e-05, 100000.0],
            [
                99504.9504950495,
                242659.4900625506,
                7.204645432533043,
                9.68148037091646e-122,
                1.0,
                99402.79893229813,
                99999.9999999995,
            ],
        ),
        (
            [-3.0, 1e-100, 1e+100],
            [
                2e-100,
                9.170340371976184e-198,
                -229.45165647996453,
                1.0,
                0.0,
                1.1952286093343938e-100,
                1.0000000000000001e-94,
            ],
        ),
        (
            [-1.0001, 5.0, 5.5],
            [
                5.2460289465629035,
                0.02083017857674643,
                -0.6935257288810698,
                0.25907725520762503,
                0.740922744792375,
                5.145028306361344,
                5.499999999999476,
            ],
        ),
        ([0.0, 1.0, 3.0], [2.0, 0.3333333333333333, std::f64::consts::LN_2, 0.25, 0.75, 1.6, 2.999999999998]),
    ];

    #[test]
    fn the_mode_is_the_end_of_larger_density() {
        let mode = DoublyTruncatedPowerLaw::new([-0.5, 0.0, 0.5], 1.0, 3.0).unwrap().mode().unwrap().to_vec();
        assert_eq!((mode[0], mode[2]), (1.0, 3.0));
        assert!(mode[1].is_nan());
    }

    /// The derivatives by the power, on both sides of the limit and at it.
    #[test]
    fn it_is_smooth_at_the_log_uniform_limit() {
        let slope = |alpha: f64| {
            let log_prob = |p: &[Tensor]| DoublyTruncatedPowerLaw::new(&p[0], 0.5, 8.0)?.log_prob(&3.0.into());
            crate::grad(log_prob, &[Tensor::from(alpha)]).unwrap().1[0].item()
        };
        // ln x − E ln X.
        let want = 3_f64.ln() - 0.5 * (0.5_f64 * 8.0).ln();
        for alpha in [-1.0 - 1e-15, -1.0, -1.0 + 1e-15] {
            assert!((slope(alpha) - want).abs() < 1e-14, "{}, {want}", slope(alpha));
        }
    }
}
