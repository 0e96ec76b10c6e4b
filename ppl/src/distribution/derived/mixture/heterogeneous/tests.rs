//! Mixtures of components of different families: by the harness, against those of one family, errors.

use super::*;
use crate::distribution::conformance::{self, Family, parameters};
use crate::distribution::{
    Bernoulli, Beta, Delta, Exponential, Gamma, HalfNormal, IntoDistribution, LogNormal, MultivariateNormal, Normal,
    Poisson, StudentT, Uniform,
};
use crate::program::tests::assert_program_is_tape;
use crate::random::Key;
use crate::{IntoTensor, grad};

/// What a component of the tests can do.
trait Known: Cdf + Moments {}

impl<D: Cdf + Moments> Known for D {}

fn known<D: Cdf + Moments>(distribution: Result<D>) -> Result<Arc<dyn Known>> {
    Ok(Arc::new(distribution?))
}

/// A normal distribution with a heavy-tailed one.
mod robust {
    use super::*;

    fn family() -> Family<Mixture<dyn Known>> {
        Family::new("Mixture", |p| {
            let components = vec![
                known(Normal::new(p.get("loc"), p.get("scale")))?,
                known(StudentT::new(p.get("df"), p.get("loc"), p.get("scale")))?,
            ];
            Mixture::new(Categorical::from_logits(p.get("logits")), components)?.reparameterize()
        })
        .without_golden_cases("the table has mixtures of one family")
        .without_far_cases("a logarithm of a sum of densities of others")
        .made_of("Categorical")
        .made_of("Normal")
        .made_of("StudentT")
        .nan_at("df", &["mean", "variance"], "it does not exist there")
        .at(parameters! { logits: [0.3, -0.7], loc: 0.4, scale: 0.5, df: 5.0 })
        .at(parameters! { logits: [0.5, 0.2], loc: -1.0, scale: 1.4, df: 8.0 })
        .rejects(
            parameters! { logits: [0.5, f64::NAN], loc: 0.0, scale: 1.0, df: 3.0 },
            "Categorical: `logits` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { logits: [0.5, 0.5], loc: f64::NAN, scale: 1.0, df: 3.0 },
            "Normal: `loc` must be real, got NaN",
        )
        .rejects(
            parameters! { logits: [0.5, 0.5], loc: 0.0, scale: -1.0, df: 3.0 },
            "Normal: `scale` must be positive, got -1",
        )
        .rejects(
            parameters! { logits: [0.5, 0.5], loc: 0.0, scale: 1.0, df: 0.0 },
            "StudentT: `df` must be positive, got 0",
        )
        .draws([-0.15627483850137658, 0.29616453162268164, 0.9201206588487191])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized);
}

fn shared<D: Distribution>(distribution: Result<D>) -> Arc<dyn Distribution> {
    distribution.into_distribution().unwrap()
}

fn weights() -> Result<Categorical> {
    Categorical::new([0.25, 0.75])
}

#[test]
fn components_of_one_family_are_those_along_an_axis() {
    let parts = |scale: f64| Normal::new([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], scale);
    let apart = Mixture::new(weights(), vec![Arc::new(parts(1.0).unwrap()), Arc::new(parts(3.0).unwrap())]).unwrap();
    let loc = Tensor::arange(6).reshape([2, 3, 1]);
    let together = crate::distribution::MixtureSameFamily::new(weights(), Normal::new(loc, [1.0, 3.0])).unwrap();
    assert_eq!(apart.batch_shape().dims(), [2, 3]);
    let x = Tensor::linspace(-3.0, 9.0, 24).reshape([4, 2, 3]);
    let close = |left: Tensor, right: Tensor| assert!((left - right).abs().max() < 1e-13);
    close(apart.log_prob(&x).unwrap(), together.log_prob(&x).unwrap());
    assert_eq!(apart.component_log_probs(&x).unwrap(), together.component_log_probs(&x).unwrap());
    close(apart.posterior(&x).unwrap().probs(), together.posterior(&x).unwrap().probs());
    close(apart.mean(), together.mean());
    close(apart.variance(), together.variance());
    close(apart.cdf(&x).unwrap(), together.cdf(&x).unwrap());
    close(apart.icdf(&0.3.into()).unwrap(), together.icdf(&0.3.into()).unwrap());
    let draws = apart.sample(&mut Key::new(0).rng("x", 0), &Shape::from([5, 4])).unwrap();
    assert_eq!(draws.shape().dims(), [5, 4, 2, 3]);
}

#[test]
fn events_of_vectors() {
    let components = vec![
        shared(MultivariateNormal::new([0.0, 1.0], [[2.0, 0.5], [0.5, 1.0]])),
        shared(StudentT::new(3.0, [0.0, 1.0], 2.0).to_event(1)),
    ];
    let mixture = Mixture::new(weights(), components).unwrap();
    let draws = mixture.sample(&mut Key::new(0).rng("x", 0), &Shape::from(5)).unwrap();
    assert_eq!((mixture.event_shape().dims(), draws.shape().dims()), (&[2][..], &[5, 2][..]));
    let each: Vec<Tensor> = mixture.components().iter().map(|part| part.prob(&draws).unwrap()).collect();
    let want = (&each[0] * 0.25 + &each[1] * 0.75).ln();
    assert!((mixture.log_prob(&draws).unwrap() - want).abs().max() < 1e-13);
    let covariances: Vec<Arc<dyn Covariance>> = vec![
        Arc::new(MultivariateNormal::new([0.0, 1.0], Tensor::eye(2)).unwrap()),
        Arc::new(MultivariateNormal::new([4.0, 1.0], Tensor::eye(2) * 2.0).unwrap()),
    ];
    let covariance = Mixture::new(weights(), covariances).unwrap().covariance();
    let want = Tensor::from([[1.75 + 16.0 * 0.1875, 0.0], [0.0, 1.75]]);
    assert!((covariance - want).abs().max() < 1e-13);
}

/// A value outside of the support of one component leaves no trace of it, on both engines.
#[test]
fn components_with_different_supports() {
    let on = |parameters: &[Tensor]| {
        let [loc, scale, rate] = [&parameters[0], &parameters[1], &parameters[2]];
        let components = vec![
            Normal::new(loc, scale).into_distribution()?,
            Exponential::new(rate).into_distribution()?,
            Gamma::new(2.0, rate).into_distribution()?,
        ];
        Mixture::on(Constraint::Real, Categorical::from_logits([0.3, -0.2, 0.1]), components)
    };
    let log_prob =
        |x: Vec<f64>| move |p: &[Tensor]| on(p)?.log_prob(&x.as_slice().into_tensor()).map(|each| each.sum());
    let inputs = [0.2, 1.5, 0.8].map(Tensor::from);
    let (value, slopes) = grad(log_prob(vec![-1.0]), &inputs).unwrap();
    let weight = Categorical::from_logits([0.3, -0.2, 0.1]).unwrap().log_probs().get(0).item();
    let want = Normal::new(0.2, 1.5).unwrap().log_prob(&(-1.0).into()).unwrap().item() + weight;
    assert!((value - want).abs() < 1e-14);
    assert_eq!(slopes[2].item(), 0.0);
    assert!(slopes[0].item() < 0.0);
    assert_program_is_tape("different supports", &inputs, log_prob(vec![-1.0, 0.7, 2.0]));
    let mixture = on(&inputs).unwrap();
    assert_eq!(mixture.support().to_string(), "real");
    let draws = mixture.sample(&mut Key::new(0).rng("x", 0), &Shape::from(100)).unwrap();
    assert!(mixture.log_prob(&draws).unwrap().min() > f64::NEG_INFINITY);
    // Counts of different ranges.
    let counts = vec![shared(Bernoulli::new(0.5)), shared(Poisson::new(2.0))];
    let counts = Mixture::on(Constraint::NonNegativeInteger, weights(), counts).unwrap();
    let total: f64 = counts.prob(&Tensor::arange(60)).unwrap().sum().item();
    assert!((total - 1.0).abs() < 1e-14);
}

#[test]
fn intervals_of_one_kind_join() {
    let support = |left, right| Mixture::new(weights(), vec![left, right]).unwrap().support().to_string();
    assert_eq!(support(shared(Uniform::new(0.0, 1.0)), shared(Uniform::new(0.5, 3.0))), "between 0 and 3");
    assert_eq!(support(shared(Beta::new(2.0, 1.0)), shared(Uniform::new(0.0, 1.0))), "between 0 and 1");
    assert_eq!(support(shared(LogNormal::new(0.0, 1.0)), shared(HalfNormal::new(1.0))), "non-negative");
}

#[test]
fn errors_name_components_and_the_cure() {
    let error = |components| Mixture::new(weights(), components).unwrap_err().to_string();
    let [normal, gamma, poisson, point] = [
        shared(Normal::new(0.0, 1.0)),
        shared(Gamma::new(2.0, 1.0)),
        shared(Poisson::new(2.0)),
        shared(Delta::new(0.0)),
    ];
    assert_eq!(
        error(vec![normal.clone(), gamma.clone()]),
        "a mixture of Normal (real) and Gamma (positive), whose supports differ, is not supported\nhelp: say which set holds \
         the values of all components by `Mixture::on(support, ..)`"
    );
    assert_eq!(
        error(vec![normal.clone(), poisson]),
        "a mixture of Poisson, which has probabilities, and Normal, which has a density, is not supported\nhelp: draw which \
         of the two it is at a discrete site of its own, or, for an exact 0 among continuous values, use `Hurdle`"
    );
    assert!(error(vec![point, normal.clone()]).starts_with("a mixture of Delta, which has probabilities, and Normal"));
    assert_eq!(
        error(vec![normal.clone(); 3]),
        "Mixture: `mixing` must be of 3 categories, one for each component, got 2, of shape [2]"
    );
    assert_eq!(error(Vec::new()), "Mixture: `components` must be at least one distribution, got none");
    assert_eq!(
        error(vec![normal.clone(), shared(Normal::new([0.0, 1.0], 1.0).to_event(1))]),
        "Mixture: shapes [] and [2] do not agree as event shapes of the components"
    );
    assert_eq!(
        error(vec![shared(Normal::new([0.0, 1.0], 1.0)), shared(Normal::new([0.0; 3], 1.0))]),
        "Mixture: shapes [2] and [3] do not broadcast"
    );
    let error = Mixture::on(Constraint::Positive, weights(), vec![normal, gamma]).unwrap_err().to_string();
    assert_eq!(error, "Mixture: `support` must be a set that holds the values of Normal (real), got positive");
}
