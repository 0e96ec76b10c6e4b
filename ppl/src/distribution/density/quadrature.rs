//! Expectations of functions of a standard normal variable, also of those that change over a short interval only.

use std::f64::consts::{LN_2, PI};

use crate::bijector::scalar::sinh::{asinh, sinh};
use crate::distribution::density::scalar;
use crate::special::HALF_LN_2PI;
use crate::{Result, Shape, Tensor};

/// Nodes: with fewer, an interval of [`NARROWEST`] width is seen too coarsely.
const NODES: usize = 321;
/// An interval that is narrower holds no digit of an expectation.
const NARROWEST: f64 = 1e-8;
/// Beyond this place no interval is looked for: the normal density underflows there.
const FARTHEST: f64 = 38.0;
/// The integrand is 0 to all digits so far from where the normal density and the function have their mass.
const MARGIN: f64 = 9.0;
/// Newton steps to a node: the steps are halved at first, and become exact within the last three.
const STEPS: usize = 12;

/// The trapezoidal rule in a coordinate whose unit is short about a place where functions change, and long elsewhere.
///
/// ```text
/// t = (z − centre) + arsinh((z − centre) / width)
/// ```
///
/// It has thirteen digits for functions g((z − centre) / width) that are analytic and grow no faster than exponentially.
/// The nodes are constants: derivatives are expectations of derivatives.
pub(crate) struct NormalQuadrature {
    /// Nodes, along a new first axis.
    pub(crate) z: Tensor,
    weights: Tensor,
}

impl NormalQuadrature {
    /// The rule for functions of a batch that change about `centre` over `width`, which is 1 or less; wider ones need not be
    /// told.
    pub(crate) fn new(batch_shape: &Shape, centre: &Tensor, width: &Tensor) -> Result<Self> {
        let centre = centre.detach().clamp(-FARTHEST, FARTHEST);
        let width = width.detach().clamp(NARROWEST, 1.0);
        let first = (centre.minimum(0.0) - MARGIN).try_sub(&centre)?;
        let last = (centre.maximum(0.0) + MARGIN).try_sub(&centre)?;
        let [first, last] = [first, last].map(|distance| coordinate(&distance, &width));
        let (first, last) = (first?, last?);
        let step = last.try_sub(&first)? / (NODES - 1) as f64;
        let t = indices(NODES, batch_shape)?.try_mul(&step)?.try_add(first)?;
        // The distance is width · sinh w, and t = width · sinh w + w, by Newton's method from above.
        let sign = Tensor::select(t.less(0.0), -1.0, 1.0);
        let t = t * &sign;
        let mut w = asinh(&t.try_div(&width)?).try_minimum(&t)?;
        for _ in 0..STEPS {
            let (up, down) = (w.exp(), (-&w).exp());
            let sinh = (&up - &down).try_mul(&width)? * 0.5;
            let cosh = (up + down).try_mul(&width)? * 0.5;
            w = &w - (sinh + &w - &t) / (cosh + 1.0);
        }
        let (up, down) = (w.exp(), (-w).exp());
        let distance = (&up - &down).try_mul(&width)? * 0.5 * sign;
        let cosh = (up + down).try_mul(&width)? * 0.5;
        let z = distance.try_add(centre)?;
        let density = (z.square() * -0.5 - HALF_LN_2PI).exp();
        let weights = (&cosh / (&cosh + 1.0)).try_mul(step)?.try_mul(density)?;
        Ok(Self { z, weights })
    }

    /// The expectation of a function, given at the nodes.
    pub(crate) fn expectation(&self, of: &Tensor) -> Result<Tensor> {
        // Where the density underflows the function may overflow.
        let is_seen = self.weights.greater(0.0);
        Tensor::try_select(is_seen, of, 0.0)?.try_mul(&self.weights)?.try_sum_axis(0)
    }
}

/// t at this distance from the centre.
fn coordinate(distance: &Tensor, width: &Tensor) -> Result<Tensor> {
    asinh(&distance.try_div(width)?).try_add(distance)
}

/// The indices of this many nodes, along an axis before those of a batch.
pub(crate) fn indices(nodes: usize, batch_shape: &Shape) -> Result<Tensor> {
    Tensor::arange(nodes).try_reshape(scalar::along_new_axis(nodes, batch_shape))
}

/// The tanh-sinh rule on the unit interval: for functions that are analytic within, whatever they are at its ends.
pub(crate) struct UnitInterval {
    /// The distance of each node from the nearer end, along a new first axis.
    pub(crate) from_end: Tensor,
    /// Whether that is the lower end.
    pub(crate) is_lower: Tensor,
    weights: Tensor,
}

impl UnitInterval {
    const NODES: usize = 257;
    /// Beyond this coordinate nodes are nearer to an end than 1e-20.
    const LAST: f64 = 3.4;

    /// The rule for functions of a batch.
    pub(crate) fn new(batch_shape: &Shape) -> Result<Self> {
        let step = 2.0 * Self::LAST / (Self::NODES - 1) as f64;
        let t = indices(Self::NODES, batch_shape)? * step - Self::LAST;
        let logit = sinh(&t) * PI;
        let from_end = (-logit.abs()).sigmoid();
        let weights = &from_end * (1.0 - &from_end) * log_cosh(&t).exp() * (PI * step);
        Ok(Self { from_end, is_lower: logit.less(0.0), weights })
    }

    /// The integral of a function, given at the nodes.
    pub(crate) fn integral(&self, of: &Tensor) -> Result<Tensor> {
        of.try_mul(&self.weights)?.try_sum_axis(0)
    }
}

/// −Σ weight · p ln p over nodes along the first axis: the entropy of a density.
pub(crate) fn entropy(log_density: &Tensor, weights: &Tensor) -> Result<Tensor> {
    // In the place of −∞, whose product with the density 0 is no number.
    let log_density = log_density.maximum(-700.0);
    Ok(-log_density.exp().try_mul(&log_density)?.try_mul(weights)?.try_sum_axis(0)?)
}

/// ln cosh w, without overflow.
pub(crate) fn log_cosh(w: &Tensor) -> Tensor {
    let twice = w * 2.0;
    (twice.log_sigmoid() + (-twice).log_sigmoid()) * -0.5 - LN_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{
        DiscreteWeibull, Entropy, ExponentiallyModifiedGaussian, JohnsonSU, LogitNormal, Moments, PlackettLuce, Rice,
        SinhArcsinh, SkewNormal, TruncatedCauchy, YuleSimon,
    };
    use crate::program::tests::assert_program_is_tape;

    fn rule(centre: f64, width: f64) -> NormalQuadrature {
        NormalQuadrature::new(&Shape::SCALAR, &centre.into(), &width.into()).unwrap()
    }

    #[test]
    fn moments_of_the_normal_distribution() {
        for (centre, width) in [(0.0, 1.0), (0.3, 1e-3), (-2.0, 1e-8), (7.0, 0.1), (-38.0, 1e-4)] {
            let rule = rule(centre, width);
            for (power, want) in [(0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)] {
                let got = rule.expectation(&rule.z.powf(f64::from(power))).unwrap().item();
                assert!((got - want).abs() < 1e-12 * (1.0 + want), "E Z^{power} by {centre}, {width}: {got}");
            }
        }
    }

    /// E Φ((Z − c) / b) = Φ(−c / √(1 + b²)).
    #[test]
    fn steps_are_seen() {
        for (centre, width) in [(0.0, 1.0), (0.5, 0.01), (-2.0, 1e-8), (4.0, 1e-5), (30.0, 0.3)] {
            let rule = rule(centre, width);
            let got = rule.expectation(&((&rule.z - centre) / width).ndtr()).unwrap().item();
            let want = Tensor::from(-centre / f64::hypot(1.0, width)).ndtr().item();
            assert!((got / want - 1.0).abs() < 1e-12, "{centre}, {width}: {got}, {want}");
        }
    }

    /// ∫ ln x dx and ∫ (1 − x)^(−½) dx, which are infinite at an end.
    #[test]
    fn poles_at_an_end_are_integrated() {
        let rule = UnitInterval::new(&Shape::SCALAR).unwrap();
        let x = Tensor::select(&rule.is_lower, &rule.from_end, 1.0 - &rule.from_end);
        let complement = Tensor::select(&rule.is_lower, 1.0 - &rule.from_end, &rule.from_end);
        let log = rule.integral(&x.ln()).unwrap().item();
        assert!((log + 1.0).abs() < 1e-14, "{log}");
        let root = rule.integral(&complement.powf(-0.5)).unwrap().item();
        // What lies nearer to the end than the last node.
        assert!((root - 2.0).abs() < 1e-9, "{root}");
    }

    #[test]
    fn moments_and_entropies_are_recorded() {
        let inputs = [0.3, 1.7, 0.8, 1.2].map(Tensor::from);
        fn all(distribution: &(impl Moments + Entropy)) -> Result<Tensor> {
            Ok(distribution.mean() + distribution.variance() * 0.7 + distribution.entropy() * 1.9)
        }
        assert_program_is_tape("logit normal", &inputs, |p| all(&LogitNormal::new(&p[0], &p[1])?));
        assert_program_is_tape("sinh-arcsinh", &inputs, |p| all(&SinhArcsinh::new(&p[0], &p[1], &p[2], &p[3])?));
        assert_program_is_tape("Johnson", &inputs, |p| all(&JohnsonSU::new(&p[0], &p[3], &p[2], &p[1])?));
        assert_program_is_tape("skew normal", &inputs, |p| all(&SkewNormal::new(&p[0], &p[1], &p[2])?));
        assert_program_is_tape("ex-Gaussian", &inputs, |p| {
            all(&ExponentiallyModifiedGaussian::new(&p[0], &p[1], &p[2])?)
        });
        assert_program_is_tape("Rice", &inputs, |p| all(&Rice::new(&p[0], &p[1])?));
        assert_program_is_tape("Yule", &inputs, |p| all(&YuleSimon::new(&p[1] + 1.0)?));
        assert_program_is_tape("Weibull", &inputs, |p| all(&DiscreteWeibull::new(&p[2], &p[3])?));
        assert_program_is_tape("Cauchy", &inputs, |p| Ok(TruncatedCauchy::new(&p[0], &p[1], -&p[2], &p[3])?.entropy()));
        assert_program_is_tape("rankings", &[Tensor::from([0.3, 1.7, 0.8])], |p| {
            Ok(PlackettLuce::new(&p[0])?.entropy())
        });
    }

    #[test]
    fn log_cosh_has_its_tails() {
        for (w, want) in [(0.0, 0.0), (1.0, 1_f64.cosh().ln()), (-800.0, 800.0 - LN_2)] {
            assert!((log_cosh(&w.into()).item() - want).abs() < 1e-15 * (1.0 + want), "{w}");
        }
    }
}
