//! `Transformed`: what a bijector makes of a distribution.

use std::sync::Arc;

use crate::bijector::{Bijector, IntoBijector, check_domain, check_gradient, image};
use crate::distribution::density::vector;
use crate::distribution::{Distribution, Expanded, Independent, KlDivergence, Structure, kl_divergence};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The distribution of f(U), where U has the base distribution and f is a bijector.
///
#[doc = include_str!("../../../doc/distribution/Transformed.svg")]
///
/// ```text
/// log p(x) = log p_U(f⁻¹(x)) + ln |det df⁻¹/dx|
/// ```
///
/// Made by [`transform`](crate::distribution::DistributionExt::transform).
///
/// # Parameters
/// | parameter  | domain                     | meaning                  |
/// |------------|----------------------------|--------------------------|
/// | `base`     | a continuous distribution  | distribution of U        |
/// | `bijector` | a [bijector](crate::bijector) whose domain holds the base's support | the map f |
///
/// # Shapes
/// Where f acts on larger events than the base has, batch axes of the base become axes of its event; where
/// the tensors that f holds have a larger batch, the base is expanded to it, with independent draws. The event is
/// what f makes of the base's.
///
/// # Support
/// The image of the base's support: f's codomain if the base has all of f's domain.
///
/// # Moments
/// None: moments do not follow from those of the base, unless f is affine. Of affine and exponential maps there are
/// distributions by name, as [`LogNormal`](crate::distribution::LogNormal).
///
/// # Numerics
/// Those of f's inverse. A value outside of the support has log density −∞. A draw remembers its preimage: its own
/// density is taken there, without the inverse, which would lose what rounding took.
///
/// # Reference
/// Dillon et al. (2017), "TensorFlow Distributions", section 4.
///
/// # Example
/// ```
/// use ppl::bijector::Exp;
/// use ppl::distribution::{Distribution, DistributionExt, LogNormal, Normal};
/// use ppl::Tensor;
///
/// let transformed = Normal::new(0.3, 0.7).transform(Exp)?;
/// let x = Tensor::from([0.5, 2.0]);
/// let difference = transformed.log_prob(&x)? - LogNormal::new(0.3, 0.7)?.log_prob(&x)?;
/// assert!(difference.abs().max() < 1e-14);
/// assert_eq!(transformed.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transformed {
    /// With the batch and the event rank that the bijector needs.
    base: Arc<dyn Distribution>,
    bijector: Arc<dyn Bijector>,
    batch_shape: Shape,
    event_shape: Shape,
    support: Constraint,
}

impl Transformed {
    /// The distribution of the bijector's value at a draw of `base`.
    ///
    /// # Errors
    /// A discrete base, whose masses no Jacobian scales; a base with values outside of the bijector's domain; shapes
    /// that the bijector cannot take.
    pub fn new(base: Arc<dyn Distribution>, bijector: impl IntoBijector) -> Result<Self> {
        let bijector = bijector.into_bijector()?;
        if base.support().is_discrete() {
            return Err(Error::Unsupported {
                what: format!("transforming {}, which is discrete,", base.name()),
                hint: "transform the drawn value instead".to_owned(),
            });
        }
        check_domain(&base.support(), bijector.as_ref())?;
        let base = fit(base, bijector.as_ref())?;
        let shape = bijector.forward_shape(&base.batch_shape().concat(&base.event_shape()))?;
        let event_rank = base.event_shape().rank() - bijector.domain_event_rank() + bijector.codomain_event_rank();
        let (batch_shape, event_shape) = shape.split_event(event_rank);
        let support = image(&base.support(), &bijector);
        Ok(Self { base, bijector, batch_shape, event_shape, support })
    }

    /// The distribution that is transformed, with the batch and event axes that the bijector needs.
    #[must_use]
    pub fn base(&self) -> &Arc<dyn Distribution> {
        &self.base
    }

    /// The map from the base's values.
    #[must_use]
    pub fn bijector(&self) -> &Arc<dyn Bijector> {
        &self.bijector
    }
}

/// The base with the batch of the bijector's tensors and with events at least as large as the bijector's.
fn fit(base: Arc<dyn Distribution>, bijector: &dyn Bijector) -> Result<Arc<dyn Distribution>> {
    let event = base.event_shape();
    let shape = base.batch_shape().concat(&event);
    let full = bijector.inverse_shape(&bijector.forward_shape(&shape)?)?;
    let (batch, full_event) = full.split_event(event.rank());
    if full_event != event {
        // Axes of an event cannot be repeated: the entries would not be independent.
        return Err(Error::ShapeMismatch {
            operation: "transform",
            relation: "agree: the axes of an event are not repeated",
            left: event,
            right: full_event,
        });
    }
    let base = if batch == base.batch_shape() { base } else { Arc::new(Expanded::new(base, batch)?) };
    let missing = bijector.domain_event_rank().saturating_sub(event.rank());
    Ok(if missing == 0 { base } else { Arc::new(Independent::new(base, missing)?) })
}

impl Distribution for Transformed {
    fn name(&self) -> &'static str {
        "Transformed"
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let u = self.base.sample(rng, sample_shape)?;
        let x = self.bijector.forward(&u)?;
        check_gradient(self.bijector.as_ref(), &u, &x)?;
        Ok(x)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let over_event = self.event_shape.rank() - self.bijector.codomain_event_rank();
        if let Some((u, log_det)) = value.preimage(&self.bijector) {
            // The inverse would lose what rounding took from the image.
            return self.base.log_prob(u)?.try_sub(log_det.sum_rightmost(over_event));
        }
        // ∞ is positive, but no number that a density is taken at.
        let is_inside =
            |value: &Tensor| self.support.contains(value) * vector::is_finite(value, self.event_shape.rank());
        vector::on_support(
            self,
            value,
            is_inside,
            || vector::point_inside(self),
            |value| {
                let (u, log_det) = self.bijector.inverse_and_log_det(value)?;
                check_gradient(self.bijector.as_ref(), value, &u)?;
                self.base.log_prob(&u)?.try_add(log_det.sum_rightmost(over_event))
            },
        )
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }

    fn is_improper(&self) -> bool {
        self.base.is_improper()
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::Transformed(self.base.as_ref(), self.bijector.as_ref()))
    }
}

impl KlDivergence<Self> for Transformed {
    /// That of the bases, if the bijectors are the same: a change of variables does not touch a divergence.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_divergence(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::{Affine, Exp, Inverse, Log, LowerCholesky, Ordered, Power, Sigmoid, Square, StickBreaking};
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::distribution::{Bernoulli, Beta, Dirichlet, DistributionExt, Exponential, Gamma, InverseGamma, Normal};
    use crate::grad;
    use crate::random::Key;

    fn rng() -> Rng {
        Key::new(3).rng("x", 0)
    }

    /// The log-normal distribution as a transformed one, by the golden table of the log-normal.
    mod log_normal {
        use super::*;

        fn family() -> Family<Transformed> {
            Family::new("LogNormal", |p| Normal::new(p.get("loc"), p.get("scale")).transform(Exp))
                .at(parameters! { loc: 0.3, scale: 0.7 })
                .at(parameters! { loc: -1.0, scale: 0.4 })
                .made_of("Normal")
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
                .draws([1.160104873130291, 1.0937768424674272, 2.8616573583919194])
        }

        // Its parameters are those of the base and the bijector: messages show none. A draw of e^U is 0 or ∞ where U is far
        // out.
        conformance::law_tests! { family() =>
            golden_log_prob,
            golden_log_prob_far_out,
            shapes_are_sample_batch_event,
            nothing_is_drawn_for_nobody,
            a_batch_is_its_members,
            many_values_are_as_few,
            gradients_are_finite_differences,
            outside_the_support_the_density_is_zero,
            at_the_ends_the_density_is_known,
            observations_outside_are_named,
            what_a_mask_leaves_out_is_not_looked_at,
            invalid_parameters_are_named,
            first_draws_are_stable,
            draws_with_a_gradient_are_recorded,
            densities_and_draws_at_extreme_parameters,
            univariate,
            reparameterized_by_common_numbers
        }

        #[test]
        fn divergences() {
            family().kl();
        }
    }

    /// The log odds of a beta variable, and the logarithm of an inverse gamma one: TFP's `SigmoidBeta` and
    /// `ExpInverseGamma`. The formulas are those of the transformed density.
    #[test]
    fn densities_by_transformation_keep_their_digits() {
        let log_sigmoid = |x: f64| -(-x.abs()).exp().ln_1p() + x.min(0.0);
        let (a, b) = (2.5, 0.7);
        let log_odds = Beta::new(a, b).transform(Inverse::new(Arc::new(Sigmoid))).unwrap();
        let log_beta = crate::special::lbeta(a, b);
        for x in [-300.0, -50.0, -0.4, 0.3, 5.0, 50.0, 300.0] {
            let got = log_odds.log_prob(&Tensor::from(x)).unwrap().item();
            let want = a * log_sigmoid(x) + b * log_sigmoid(-x) - log_beta;
            assert!((got - want).abs() <= 1e-13 * want.abs(), "{x}: {got} {want}");
        }
        let (concentration, scale) = (3.0, 2.0);
        let logarithm = InverseGamma::new(concentration, scale).transform(Log).unwrap();
        for x in [-3.0, 0.2, 10.0, 300.0] {
            let got = logarithm.log_prob(&Tensor::from(x)).unwrap().item();
            let want = concentration * scale.ln() - 2_f64.ln() - concentration * x - scale * (-x).exp();
            assert!((got - want).abs() <= 1e-13 * want.abs(), "{x}: {got} {want}");
        }
    }

    #[test]
    fn images_of_parts_of_a_domain() {
        // 1 − 2 X for exponential X: the support is what lies below 1.
        let transformed = Exponential::new(0.5).transform(Affine::new(1.0, -2.0)).unwrap();
        let x = Tensor::from([0.0, -3.0, 1.5]);
        let want = Exponential::new(0.25).unwrap().log_prob(&(1.0 - &x)).unwrap();
        let got = transformed.log_prob(&x).unwrap();
        assert!((got.slice(0, 0..2) - want.slice(0, 0..2)).abs().max() < 1e-15);
        assert_eq!(got.get(2), f64::NEG_INFINITY);
        // √X of a gamma X, by Power on the positive numbers.
        let root = Gamma::new(2.0, 1.0).transform(Power::new(0.5)).unwrap();
        assert!(matches!(root.support(), Constraint::Positive));
        let want = Gamma::new(2.0, 1.0).unwrap().log_prob(&Tensor::from(9.0)).unwrap() + 6_f64.ln();
        assert!((root.log_prob(&Tensor::from(3.0)).unwrap() - want).abs() < 1e-14);
    }

    #[test]
    fn batch_axes_become_events_where_the_bijector_needs_them() {
        let simplex = Normal::new(Tensor::zeros([4, 2]), 1.0).transform(StickBreaking).unwrap();
        assert_eq!((simplex.batch_shape().dims(), simplex.event_shape().dims()), (&[4][..], &[3][..]));
        let draw = simplex.sample(&mut rng(), &Shape::from(5)).unwrap();
        assert_eq!(simplex.support().contains(&draw).min(), 1.0);
        let (u, log_det) = StickBreaking.inverse_and_log_det(&draw).unwrap();
        let want = Normal::new(0.0, 1.0).unwrap().log_prob(&u).unwrap().sum_axis(-1) + log_det;
        assert!((simplex.log_prob(&draw).unwrap() - want).abs().max() < 1e-13);
        assert_eq!(simplex.log_prob(&Tensor::from([0.5, 0.6, 0.1])).unwrap().max(), f64::NEG_INFINITY);

        let factor = Normal::new(Tensor::zeros(6), 1.0).transform(LowerCholesky).unwrap();
        assert_eq!((factor.batch_shape().rank(), factor.event_shape().dims()), (0, &[3, 3][..]));
        assert!(Normal::new(0.0, 1.0).transform(Ordered).is_err());
    }

    #[test]
    fn an_elementwise_bijector_counts_over_the_base_event() {
        let odds = Dirichlet::new([2.0, 3.0, 4.0]).transform(Inverse::new(Arc::new(Sigmoid))).unwrap();
        assert_eq!(odds.event_shape().dims(), [3]);
        let draw = odds.sample(&mut rng(), &Shape::from(2)).unwrap();
        assert_eq!(odds.log_prob(&draw).unwrap().shape().dims(), [2]);
        assert_eq!(odds.support().contains(&draw).to_vec(), [1.0, 1.0]);
    }

    #[test]
    fn a_batch_held_by_the_bijector_expands_the_base() {
        let shifted = Normal::new(0.0, 1.0).transform(Affine::new([0.0, 10.0], 1.0)).unwrap();
        assert_eq!(shifted.batch_shape().dims(), [2]);
        let draw = shifted.sample(&mut rng(), &Shape::SCALAR).unwrap().to_vec();
        assert!((draw[1] - draw[0] - 10.0).abs() > 1e-3, "draws of a batch are independent");
        let events = Normal::new([0.0], 1.0).to_event(1).transform(Affine::new([0.0, 10.0], 1.0)).unwrap_err();
        assert_eq!(
            events.to_string(),
            "transform: shapes [1] and [2] do not agree: the axes of an event are not repeated"
        );
    }

    #[test]
    fn discrete_distributions_are_rejected() {
        let error = Bernoulli::new(0.3).transform(Exp).unwrap_err().to_string();
        assert!(error.starts_with("transforming Bernoulli, which is discrete, is not supported"), "{error}");
    }

    /// Of two numbers with one square, only one would count.
    #[test]
    fn values_outside_of_the_domain_are_refused() {
        let error = Normal::new([0.0, 1.0], 1.0).transform(Square).unwrap_err().to_string();
        let message = "transforming what is real by Square, whose domain is non-negative, is not supported\n\
                       help: put a bijector onto that domain in between, by `Chain`";
        assert_eq!(error, message);
        assert!(Normal::new([0.0, 1.0], 1.0).to_event(1).transform(Power::new(0.5)).is_err());
        assert!(Gamma::new(1.0, 1.0).transform(Power::new(0.5)).is_ok());
    }

    #[test]
    fn gradients_by_tensors_of_base_and_bijector() {
        let x = Tensor::from([0.5, 2.0]);
        let by_bijector = |p: &[Tensor]| {
            let distribution = Normal::new(0.0, 1.0).transform(Affine::new(&p[0], &p[1]))?;
            let draw = distribution.sample(&mut rng(), &Shape::SCALAR)?;
            Ok(distribution.log_prob(&x)?.sum() + draw)
        };
        let direct = |p: &[Tensor]| {
            let distribution = Normal::new(&p[0], &p[1])?;
            let draw = distribution.sample(&mut rng(), &Shape::SCALAR)?;
            Ok(distribution.log_prob(&x)?.sum() + draw)
        };
        let inputs = [Tensor::from(0.3), Tensor::from(1.7)];
        let ((got, slopes), (want, wanted)) = (grad(by_bijector, &inputs).unwrap(), grad(direct, &inputs).unwrap());
        assert!((got - want).abs() < 1e-13);
        for (slope, wanted) in slopes.iter().zip(&wanted) {
            assert!((slope - wanted).abs() < 1e-13);
        }
    }

    /// A map that reads the numbers of what it is given, as a foreign function needs them.
    #[derive(Debug)]
    struct Reading {
        by_map: bool,
    }

    impl Reading {
        fn apply(&self, x: &Tensor, function: fn(f64) -> f64) -> Tensor {
            match self.by_map {
                true => x.map(function),
                false => Tensor::new(x.to_vec().into_iter().map(function).collect::<Vec<f64>>(), x.shape()).unwrap(),
            }
        }
    }

    impl Bijector for Reading {
        fn name(&self) -> &'static str {
            "Reading"
        }

        fn domain(&self) -> Constraint {
            Constraint::Real
        }

        fn codomain(&self) -> Constraint {
            Constraint::Positive
        }

        fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
            Ok((self.apply(u, f64::exp), u.clone()))
        }

        fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
            let u = self.apply(x, f64::ln);
            Ok((u.clone(), -u))
        }
    }

    #[test]
    fn a_bijector_that_loses_the_gradient_is_refused() {
        let base = || Normal::new(0.3, 0.7).unwrap();
        let reading = base().transform(Reading { by_map: false }).unwrap();
        let density = reading.log_prob(&Tensor::from(2.0)).unwrap();
        assert_eq!(density, base().transform(Exp).unwrap().log_prob(&Tensor::from(2.0)).unwrap());
        let message = "the derivative of the bijector `Reading`, which reads the numbers that it is given, is not \
                       supported\nhelp: compose the map of operations of `Tensor`, without `to_vec` and `item`";
        // By the density, by the way from the unconstrained space, which a chain is, and by a draw.
        let error = grad(|x| reading.log_prob(&x[0]), &[Tensor::from(2.0)]).unwrap_err();
        assert_eq!(error.to_string(), message);
        let chain =
            crate::bijector::Chain::new(vec![Arc::new(Exp) as Arc<dyn Bijector>, Arc::new(Reading { by_map: false })]);
        let error = grad(|u| Ok(chain.forward(&u[0])?.sum()), &[Tensor::from(2.0)]).unwrap_err();
        assert_eq!(error.to_string(), message);
        let draw = |loc: &[Tensor]| {
            Normal::new(&loc[0], 1.0)?.transform(Reading { by_map: false })?.sample(&mut rng(), &Shape::SCALAR)
        };
        assert_eq!(grad(draw, &[Tensor::from(2.0)]).unwrap_err().to_string(), message);
    }

    #[test]
    #[should_panic(expected = "`map` has no derivative")]
    fn a_bijector_of_map_panics_while_it_is_differentiated() {
        let reading = Normal::new(0.3, 0.7).unwrap().transform(Reading { by_map: true }).unwrap();
        let _ = grad(|x| reading.log_prob(&x[0]), &[Tensor::from(2.0)]);
    }
}
