//! Mixtures of components of one family, by the harness; responsibilities, impossible components, errors.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::distribution::{
    Beta, Binomial, EnumerateSupport, Gamma, Moments, MultivariateNormal, Normal, Poisson, StudentT, Uniform,
};
use crate::grad;
use crate::program::tests::assert_program_is_tape;
use crate::random::Key;

/// The weights, by the names of the table and by their own.
fn mixing(p: &Parameters) -> Result<Categorical> {
    let given = |name: &str| p.has(name).then(|| p.get(name));
    match given("mixture_probs").or_else(|| given("probs")) {
        Some(probs) => Categorical::new(probs),
        None => Categorical::from_logits(given("mixture_logits").unwrap_or_else(|| p.get("logits"))),
    }
}

/// `components` are valid parameters of the components.
fn family<D: Distribution>(
    components: Parameters,
    build: fn(&Parameters) -> Result<MixtureSameFamily<D>>,
) -> Family<MixtureSameFamily<D>> {
    let weights = parameters! { probs: [0.5, 0.6] };
    Family::new("MixtureSameFamily", build)
        .without_far_cases("a logarithm of a sum of densities of others")
        // No probability moves on its own; by logits they are tested with the normal distribution.
        .constant("probs")
        .made_of("Categorical")
        .rejects(
            weights.and(components),
            "Categorical: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.6], whose sum is 1.1",
        )
}

mod of_normals {
    use super::*;

    fn family() -> Family<MixtureSameFamily<Normal>> {
        super::family(parameters! { loc: [0.0, 1.0], scale: [1.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), Normal::new(p.get("loc"), p.get("scale")))
        })
        .of_component("Normal")
        .at(parameters! { probs: [0.3, 0.7], loc: [-1.0, 2.0], scale: [0.5, 1.5] })
        .at(parameters! { probs: [0.5, 0.5], loc: [0.5, 4.0], scale: [0.4, 0.8] })
        .rejects(
            parameters! { probs: [0.5, 0.5], loc: [0.0, f64::NAN], scale: [1.0, 1.0] },
            "Normal: `loc` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { probs: [0.5, 0.5], loc: [0.0, 1.0], scale: [-1.0, 1.0] },
            "Normal: `scale` must be positive, got -1 at [0]",
        )
        .draws([1.6884935948680448, -0.22795496027614615, 2.6672901949695556])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_moments);
}

/// Draws that move with all parameters.
mod reparameterized {
    use super::*;

    fn family() -> Family<MixtureSameFamily<Normal>> {
        super::family(parameters! { loc: [0.0, 1.0], scale: [1.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), Normal::new(p.get("loc"), p.get("scale")))?.reparameterize()
        })
        .of_component("Normal")
        .at(parameters! { logits: [0.3, -0.7], loc: [-1.0, 2.0], scale: [0.5, 1.5] })
        .at(parameters! { logits: [0.5, 0.2], loc: [0.5, 4.0], scale: [0.4, 0.8] })
        .rejects(
            parameters! { logits: [0.5, f64::NAN], loc: [0.0, 1.0], scale: [1.0, 1.0] },
            "Categorical: `logits` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { logits: [0.5, 0.5], loc: [0.0, f64::NAN], scale: [1.0, 1.0] },
            "Normal: `loc` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { logits: [0.5, 0.5], loc: [0.0, 1.0], scale: [-1.0, 1.0] },
            "Normal: `scale` must be positive, got -1 at [0]",
        )
        .draws([-1.5562748385013765, -1.369159981468826, 2.6672901949695556])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized);
}

mod of_gammas {
    use super::*;

    fn family() -> Family<MixtureSameFamily<Gamma>> {
        super::family(parameters! { concentration: [2.0, 1.0], rate: [1.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), Gamma::new(p.get("concentration"), p.get("rate")))?.reparameterize()
        })
        .of_component("Gamma")
        .at(parameters! { probs: [0.3, 0.7], concentration: [2.0, 9.0], rate: [3.0, 1.5] })
        .at(parameters! { probs: [0.5, 0.5], concentration: [1.5, 4.0], rate: [4.0, 1.0] })
        .rejects(
            parameters! { probs: [0.5, 0.5], concentration: [2.0, 0.0], rate: [1.0, 1.0] },
            "Gamma: `concentration` must be positive, got 0 at [1]",
        )
        .rejects(
            parameters! { probs: [0.5, 0.5], concentration: [2.0, 1.0], rate: [1.0, -1.0] },
            "Gamma: `rate` must be positive, got -1 at [1]",
        )
        .draws([4.446502388826768, 5.038736352498769, 4.48774539498964])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized);
}

mod of_betas {
    use super::*;

    fn family() -> Family<MixtureSameFamily<Beta>> {
        super::family(parameters! { concentration1: [2.0, 1.0], concentration0: [1.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), Beta::new(p.get("concentration1"), p.get("concentration0")))
        })
        .of_component("Beta")
        .nan_at("concentration0", &["log_cdf"], "half of the smallest number is 0")
        .at(parameters! { probs: [0.3, 0.7], concentration1: [2.0, 5.0], concentration0: [3.0, 2.5] })
        .at(parameters! { probs: [0.5, 0.5], concentration1: [1.5, 4.0], concentration0: [4.0, 2.0] })
        .rejects(
            parameters! { probs: [0.5, 0.5], concentration1: [2.0, 0.0], concentration0: [1.0, 1.0] },
            "Beta: `concentration1` must be positive, got 0 at [1]",
        )
        .rejects(
            parameters! { probs: [0.5, 0.5], concentration1: [2.0, 1.0], concentration0: [1.0, -1.0] },
            "Beta: `concentration0` must be positive, got -1 at [1]",
        )
        .draws([0.8147378691141409, 0.7027928290077002, 0.8178959788229481])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_moments);
}

mod of_student_ts {
    use super::*;

    fn family() -> Family<MixtureSameFamily<StudentT>> {
        super::family(parameters! { df: [2.0, 1.0], loc: [0.0, 1.0], scale: [1.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), StudentT::new(p.get("df"), p.get("loc"), p.get("scale")))
        })
        .of_component("StudentT")
        .nan_at("df", &["mean", "variance"], "it does not exist there")
        .at(parameters! { probs: [0.3, 0.7], df: [5.0, 7.0], loc: [-1.0, 2.0], scale: [0.5, 1.5] })
        .at(parameters! { probs: [0.5, 0.5], df: [6.0, 9.0], loc: [0.5, 4.0], scale: [0.4, 0.8] })
        .rejects(
            parameters! { probs: [0.5, 0.5], df: [0.0, 1.0], loc: [0.0, 1.0], scale: [1.0, 1.0] },
            "StudentT: `df` must be positive, got 0 at [0]",
        )
        .rejects(
            parameters! { probs: [0.5, 0.5], df: [2.0, 1.0], loc: [0.0, f64::NAN], scale: [1.0, 1.0] },
            "StudentT: `loc` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { probs: [0.5, 0.5], df: [2.0, 1.0], loc: [0.0, 1.0], scale: [-1.0, 1.0] },
            "StudentT: `scale` must be positive, got -1 at [0]",
        )
        .draws([0.4748234552879187, 3.453934423179426, 5.395251811454201])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_moments);
}

mod of_poissons {
    use super::*;

    fn family() -> Family<MixtureSameFamily<Poisson>> {
        super::family(parameters! { rate: [2.0, 1.0] }, |p| {
            MixtureSameFamily::new(mixing(p), Poisson::new(p.get("rate")))
        })
        .of_component("Poisson")
        .at(parameters! { probs: [0.3, 0.7], rate: [0.5, 20.0] })
        .at(parameters! { probs: [0.5, 0.5], rate: [3.0, 4.0] })
        .rejects(
            parameters! { probs: [0.5, 0.5], rate: [2.0, -1.0] },
            "Poisson: `rate` must be non-negative, got -1 at [1]",
        )
        .draws([19.0, 13.0, 18.0])
    }

    conformance::distribution!(family() => univariate, cdf, moments);
}

/// Events of a vector.
mod of_multivariate_normals {
    use super::*;

    fn family() -> Family<MixtureSameFamily<MultivariateNormal>> {
        super::family(parameters! { loc: [[0.0, 1.0], [2.0, -1.0]], scale_tril: [[[1.0, 0.0], [0.5, 0.8]], [[1.2, 0.0], [-0.3, 0.7]]] }, |p| {
            MixtureSameFamily::new(mixing(p), MultivariateNormal::from_scale_tril(p.get("loc"), p.get("scale_tril").tril(0)))
        })
        .of_component("MultivariateNormal")
        .at(parameters! {
            probs: [0.3, 0.7],
            loc: [[0.0, 1.0], [2.0, -1.0]],
            scale_tril: [[[1.0, 0.0], [0.5, 0.8]], [[1.2, 0.0], [-0.3, 0.7]]],
        })
        .at(parameters! {
            probs: [0.5, 0.5],
            loc: [[0.1, 0.9], [1.8, -0.9]],
            scale_tril: [[[0.6, 0.0], [0.2, 0.5]], [[0.6, 0.0], [-0.2, 0.5]]],
        })
        .rejects(
            parameters! {
                probs: [0.5, 0.5],
                loc: [[0.0, 1.0], [2.0, f64::NAN]],
                scale_tril: [[[1.0, 0.0], [0.5, 0.8]], [[1.2, 0.0], [-0.3, 0.7]]],
            },
            "MultivariateNormal: `loc` must be real, got NaN at [1, 1]",
        )
        .rejects(
            parameters! {
                probs: [0.5, 0.5],
                loc: [[0.0, 1.0], [2.0, 1.0]],
                scale_tril: [[[1.0, 0.0], [0.5, -0.8]], [[1.2, 0.0], [-0.3, 0.7]]],
            },
            "MultivariateNormal: `scale_tril` must be a lower triangular matrix with positive diagonal, got a 2 x 2 matrix \
             with -0.8 at [1, 1], on the diagonal (event [0] of the batch)",
        )
        .draws([1.1140160444748175, -1.8182163259142392, 1.5273637144427306, -1.354010230153197, 1.1439515807926233, -1.6918188773613771])
    }

    conformance::distribution!(family() => multivariate, moments, covariance, reparameterized_by_moments);
}

fn rng() -> Rng {
    Key::new(3).rng("x", 0)
}

/// Components behind a batch, and of events with an axis, as a loop over both says.
#[test]
fn components_stand_behind_the_batch_and_before_the_event() {
    let weights = Tensor::from([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]);
    let loc = Tensor::arange(12).reshape([3, 2, 2]);
    let scale = Tensor::from([[[0.5, 1.0], [2.0, 1.5]]]);
    let pairs = |loc: &Tensor, scale: &Tensor| Normal::new(loc, scale).to_event(1);
    let mixture = MixtureSameFamily::new(Categorical::new(&weights), pairs(&loc, &scale)).unwrap();
    assert_eq!((mixture.batch_shape().dims(), mixture.event_shape().dims()), (&[3][..], &[2][..]));
    let draws = mixture.sample(&mut rng(), &Shape::from([4, 5])).unwrap();
    assert_eq!(draws.shape().dims(), [4, 5, 3, 2]);
    let log_prob = mixture.log_prob(&draws).unwrap();
    assert_eq!(mixture.component_log_probs(&draws).unwrap().shape().dims(), [4, 5, 3, 2]);
    for member in 0..3 {
        let one = |component: usize| pairs(&loc.get(member).get(component), &scale.get(0).get(component)).unwrap();
        let value = draws.index(2, member);
        let each = [0, 1].map(|component| one(component).prob(&value).unwrap() * weights.get(member).get(component));
        let want = (&each[0] + &each[1]).ln();
        assert!((log_prob.index(2, member) - want).abs().max() < 1e-12);
    }
    // One set of weights, and components that the batch of weights repeats.
    let shared = MixtureSameFamily::new(Categorical::new([0.2, 0.8]), pairs(&loc, &scale)).unwrap();
    assert_eq!(shared.sample(&mut rng(), &Shape::from(2)).unwrap().shape().dims(), [2, 3, 2]);
    let repeated = MixtureSameFamily::new(Categorical::new(&weights), Normal::new([0.0, 100.0], 1.0)).unwrap();
    let draws = repeated.sample(&mut rng(), &Shape::from(10_000)).unwrap();
    assert_eq!(draws.shape().dims(), [10_000, 3]);
    // Five standard deviations of a frequency.
    let frequencies = draws.greater(50.0).mean_axis(0).to_vec();
    for (got, want) in frequencies.into_iter().zip([0.8_f64, 0.5, 0.1]) {
        assert!((got - want).abs() < 5.0 * (want * (1.0 - want) / 1e4).sqrt(), "{got}, {want}");
    }
}

#[test]
fn responsibilities_are_those_of_bayes() {
    let normals = || Normal::new([-1.0, 1.0], [0.5, 2.0]);
    let mixture = MixtureSameFamily::new(Categorical::new([0.25, 0.75]), normals()).unwrap();
    let x = Tensor::from([0.3, -40.0]);
    let each = mixture.component_log_probs(&x).unwrap();
    assert_eq!(each, normals().unwrap().log_prob(&x.unsqueeze(-1)).unwrap());
    let posterior = mixture.posterior(&x).unwrap();
    let odds = posterior.log_probs().index(-1, 1) - posterior.log_probs().index(-1, 0);
    let want = each.index(-1, 1) - each.index(-1, 0) + 3_f64.ln();
    assert!((odds - want).abs().max() < 1e-12);
    // By the gradient of the log density: d ln p / d logit = posterior − prior.
    let log_prob = |logits: &[Tensor]| {
        MixtureSameFamily::new(Categorical::from_logits(&logits[0]), normals())?.log_prob(&Tensor::from(0.3))
    };
    let (_, slopes) = grad(log_prob, &[Tensor::from([0.25, 0.75]).ln()]).unwrap();
    assert!((&slopes[0] - (posterior.probs().get(0) - Tensor::from([0.25, 0.75]))).abs().max() < 1e-14);
}

/// A value that only one component can have, or of which one says +∞, leaves no NaN in the gradients.
#[test]
fn components_that_cannot_have_a_value_leave_no_trace() {
    let log_prob = |p: &[Tensor]| {
        let uniforms = Uniform::new([0.0, 2.0], &p[0]);
        MixtureSameFamily::new(Categorical::from_logits(&p[1]), uniforms)?
            .log_prob(&Tensor::from([0.5, 2.5]))
            .map(|x| x.sum())
    };
    let inputs = [Tensor::from([1.0, 4.0]), Tensor::from([0.0, 0.0])];
    let (value, slopes) = grad(log_prob, &inputs).unwrap();
    assert!((value - (0.5_f64.ln() + 0.25_f64.ln())).abs() < 1e-14);
    assert_eq!((slopes[0].to_vec(), slopes[1].to_vec()), (vec![-1.0, -0.5], vec![0.0, 0.0]));
    assert_program_is_tape("uniforms", &inputs, log_prob);
    // The second component has weight 0, and an infinite density at 0.
    let mixture = MixtureSameFamily::new(Categorical::new([1.0, 0.0]), Gamma::new([1.0, 0.5], 2.0)).unwrap();
    assert_eq!(mixture.log_prob(&0.0.into()).unwrap(), 2_f64.ln());
    // The mean of the second does not exist.
    let mixture = MixtureSameFamily::new(Categorical::new([1.0, 0.0]), StudentT::new([5.0, 0.5], 1.0, 1.0)).unwrap();
    assert_eq!((mixture.mean().item(), mixture.variance().item()), (1.0, 5.0 / 3.0));
}

#[test]
fn supports_of_intervals_join() {
    let uniforms = MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Uniform::new([0.0, 2.0], [1.0, 4.0])).unwrap();
    assert_eq!(uniforms.support().to_string(), "between 0 and 4");
    assert_eq!(uniforms.log_prob(&1.5.into()).unwrap(), f64::NEG_INFINITY);
    let quantiles = uniforms.icdf(&Tensor::from([0.0, 0.25, 0.75, 1.0])).unwrap();
    assert!((quantiles - Tensor::from([0.0, 0.5, 3.0, 4.0])).abs().max() < 1e-14);
    let counts = MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Binomial::new([3.0, 5.0], 0.5)).unwrap();
    assert_eq!(counts.support().to_string(), "an integer from 0 to 5");
    assert_eq!(counts.icdf(&Tensor::from([0.0, 0.01, 0.6, 1.0])).unwrap().to_vec(), [0.0, 0.0, 2.0, 5.0]);
}

#[test]
fn values_of_counts_are_enumerated() {
    let counts =
        MixtureSameFamily::new(Categorical::new([[0.5, 0.5], [0.1, 0.9]]), Binomial::new(3.0, [0.5, 0.1])).unwrap();
    let values = counts.enumerate_support().unwrap();
    assert_eq!((values.shape().dims(), values.to_vec()), (&[4, 1][..], vec![0.0, 1.0, 2.0, 3.0]));
    let total = counts.prob(&values).unwrap().sum_axis(0);
    assert!((total - 1.0).abs().max() < 1e-14);
}

#[test]
fn masks_of_components_are_passed_on() {
    let normals = || Normal::new(Tensor::zeros([2, 3]), 1.0);
    let of = |mask: Tensor| MixtureSameFamily::new(Categorical::new([0.2, 0.3, 0.5]), normals().mask(mask)).unwrap();
    // The second member counts for no component.
    let masked = of(Tensor::from([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]));
    assert_eq!(masked.element_mask().unwrap().to_vec(), [1.0, 0.0]);
    let log_prob = masked.log_prob(&Tensor::from([0.3, f64::NAN])).unwrap().to_vec();
    assert!(log_prob[0].is_finite() && log_prob[1].abs() < 1e-15, "{log_prob:?}");
    let names: Vec<&str> = masked.parameter_values().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["probs", "loc", "scale"]);
}

/// Far apart components, at quantiles between them.
#[test]
fn quantiles_between_components_that_are_far_apart() {
    let mixture = MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Normal::new([0.0, 1e6], [1.0, 1e-3])).unwrap();
    let probabilities = Tensor::from([1e-200, 0.25, 0.4999, 0.5001, 0.999]);
    let quantiles = mixture.icdf(&probabilities).unwrap();
    let reached = mixture.cdf(&quantiles).unwrap();
    // The distance from the far component has seven digits less than the quantile.
    assert!((reached / probabilities - 1.0).abs().max() < 1e-6, "{quantiles}");
}

#[test]
fn the_gradient_of_draws_by_weights_is_none_unless_it_is_asked_for() {
    let normals = || Normal::new([-1.0, 1.0], 1.0);
    let by_logits = |logits: &[Tensor]| {
        let mixture = MixtureSameFamily::new(Categorical::from_logits(&logits[0]), normals())?;
        assert!(!mixture.is_reparameterized());
        mixture.sample(&mut rng(), &Shape::from(5)).map(|draws| draws.sum())
    };
    assert_eq!(grad(by_logits, &[Tensor::zeros(2)]).unwrap().1[0], Tensor::zeros(2));
    let error = MixtureSameFamily::new(Categorical::new([0.5, 0.5]), Poisson::new([1.0, 2.0]))
        .unwrap()
        .reparameterize()
        .unwrap_err();
    assert!(
        error.to_string().starts_with("a gradient of draws of MixtureSameFamily of Poisson, which are counts, is not"),
        "{error}"
    );
}

#[test]
fn errors_name_shapes_and_the_cure() {
    let weights = || Categorical::new([0.5, 0.5]);
    let error = |mixture: Result<MixtureSameFamily<Normal>>| mixture.unwrap_err().to_string();
    assert_eq!(
        error(MixtureSameFamily::new(weights(), Normal::new(0.0, 1.0))),
        "MixtureSameFamily: `components` must be distributions along the last batch axis, got Normal with batch shape []\n\
         help: give its parameters an axis of components, as in `Normal::new([-1.0, 1.0], 0.5)`"
    );
    assert_eq!(
        error(MixtureSameFamily::new(weights(), Normal::new(Tensor::zeros([2, 3]), 1.0))),
        "MixtureSameFamily: `mixing` must be of 3 categories, the last axis of the batch shape [2, 3] of Normal, got 2, of \
         shape [2]\nhelp: give each component a weight, and put the components along the last batch axis"
    );
    let of_four = Categorical::new(Tensor::full([4, 2], 0.5));
    assert_eq!(
        error(MixtureSameFamily::new(of_four, Normal::new(Tensor::zeros([3, 2]), 1.0))),
        "MixtureSameFamily: shapes [4] and [3] do not broadcast"
    );
    assert_eq!(
        error(MixtureSameFamily::new(weights(), Normal::new([0.0, 1.0], 0.0))),
        "Normal: `scale` must be positive, got 0"
    );
    let points = crate::distribution::Delta::new([0.0, 1.0]);
    assert_eq!(
        MixtureSameFamily::new(weights(), points).unwrap_err().to_string(),
        "a mixture of Delta with supports that differ (exactly [0, 1]) is not supported\nhelp: a distribution over \
         points is `Empirical`"
    );
    let mixture = MixtureSameFamily::new(
        weights(),
        MultivariateNormal::new(0.0, Tensor::stack(&[Tensor::eye(2), Tensor::eye(2)], 0)),
    );
    let error = mixture.unwrap().log_prob(&Tensor::zeros(3)).unwrap_err().to_string();
    assert!(error.contains("MixtureSameFamily: expected a value whose last axes are the event shape [2]"), "{error}");
}
