//! Variational processes against exact ones, and expectations against draws.

use super::VariationalGaussianProcess;
use crate::distribution::gaussian_process::Jitter;
use crate::distribution::gaussian_process::kernel::{ExponentiatedQuadratic, Kernel, MaternThreeHalves};
use crate::distribution::{Covariance, Distribution, Entropy, GaussianProcess, Moments, MultivariateNormal, Normal};
use crate::program::tests::assert_program_is_tape;
use crate::random::Key;
use crate::{IntoTensor, Result, Shape, Tensor, grad};

fn data() -> (Tensor, Tensor) {
    let x = Tensor::from([0.0, 0.6, 1.1, 1.9, 2.4, 3.1]);
    (x.clone(), (&x * 1.3).sin() + Tensor::from([0.1, -0.2, 0.05, 0.3, -0.1, 0.0]))
}

fn prior(amplitude: impl IntoTensor, points: impl IntoTensor) -> Result<GaussianProcess> {
    GaussianProcess::new(MaternThreeHalves::new(amplitude, 0.8)?, points, 0.05)?.with_mean(0.2)
}

#[test]
fn with_the_data_as_inducing_points_it_is_exact() {
    let (x, y) = data();
    let exact = prior(1.2, &x).unwrap();
    let new = Tensor::from([0.3, 0.6, 5.0]);
    let posterior = exact.posterior_predictive(&y, &new).unwrap();
    let sparse = VariationalGaussianProcess::optimal(exact.clone(), &y, &x, &new).unwrap();
    // Roundings of matrices whose condition is 100.
    assert!((sparse.mean() - posterior.mean()).abs().max() < 1e-12);
    assert!((sparse.covariance() - posterior.covariance()).abs().max() < 1e-12);
    let (bound, evidence) = (sparse.evidence_lower_bound(&y, &x).unwrap(), exact.log_prob(&y).unwrap());
    assert!((&bound - &evidence).abs() < 1e-11, "{bound}, {evidence}");
    assert!((sparse.variational_loss(&y, &x, 1.0).unwrap() + evidence).abs() < 1e-11);
    let noisy = sparse.clone().with_predictive_noise_variance(0.05).unwrap();
    assert!((noisy.variance() - sparse.variance() - 0.05).abs().max() < 1e-15);
}

/// ln N(y | m, Q + σ² I) − tr(K − Q) / (2σ²), with Q = K_xz K_zz⁻¹ K_zx.
#[test]
fn the_optimal_bound_is_that_of_titsias() {
    let (x, y) = data();
    let z = Tensor::from([0.2, 1.5, 2.8]);
    let kernel = MaternThreeHalves::new(1.2, 0.8).unwrap();
    let sparse = VariationalGaussianProcess::optimal(prior(1.2, &z).unwrap(), &y, &x, &x).unwrap();
    let cross = kernel.matrix(&z, &x).unwrap();
    let q = cross.transpose().matmul(kernel.covariance(&z).unwrap().solve(&cross));
    let q = (&q + q.transpose()) * 0.5;
    let trace = (kernel.diagonal(&x).unwrap() - q.diagonal()).sum();
    let marginal = MultivariateNormal::new(0.2, q + Tensor::eye(6) * 0.05).unwrap();
    let want = marginal.log_prob(&y).unwrap() - trace / 0.1;
    let got = sparse.evidence_lower_bound(&y, &x).unwrap();
    assert!((&got - &want).abs() < 1e-11, "{got}, {want}");
    assert!(got < prior(1.2, &x).unwrap().log_prob(&y).unwrap());

    // Any other distribution of the values at the inducing points has a lower bound.
    let (loc, scale) = (sparse.variational_loc(), sparse.variational_scale_tril());
    for (loc, scale) in [(loc + 0.02, scale.clone()), (loc.clone(), scale * 1.1), (loc.clone(), scale * 0.9)] {
        let other = VariationalGaussianProcess::new(prior(1.2, &z).unwrap(), loc, scale, &x).unwrap();
        assert!(other.evidence_lower_bound(&y, &x).unwrap() < got);
    }
    // And it is a maximum: the gradient by its parameters is 0.
    let bound = |p: &[Tensor]| {
        VariationalGaussianProcess::new(prior(1.2, &z)?, &p[0], p[1].tril(0), &x)?.evidence_lower_bound(&y, &x)
    };
    let (_, gradients) = grad(bound, &[loc.clone(), scale.clone()]).unwrap();
    assert!(gradients.iter().all(|gradient| gradient.abs().max() < 1e-9), "{gradients:?}");
}

/// The expected log likelihood by draws of the function, the KL divergence by draws of the inducing values: false-alarm
/// rate 6e-7.
#[test]
fn the_parts_of_the_bound_are_expectations() {
    const DRAWS: usize = 20_000;

    let (x, y) = data();
    let z = [0.2, 1.5];
    let scale = [[0.3, 0.0], [0.1, 0.2]];
    let sparse = VariationalGaussianProcess::new(prior(1.2, z).unwrap(), [0.4, 0.9], scale, &x).unwrap();
    let mut rng = Key::new(2).rng("draws", 0);
    let near = |each: Tensor, want: Tensor| {
        let (mean, error) = (each.mean().item(), each.std(1).item() / (DRAWS as f64).sqrt());
        assert!((mean - want.item()).abs() < 5.0 * error, "{mean} ± {error}, {want}");
    };
    let functions = sparse.sample(&mut rng, &Shape::from(DRAWS)).unwrap();
    let likelihood = Normal::new(functions, 0.05_f64.sqrt()).unwrap().log_prob(&y).unwrap().sum_axis(-1);
    near(likelihood, sparse.expected_log_likelihood(&y, &x).unwrap());

    let q = MultivariateNormal::from_scale_tril([0.4, 0.9], scale).unwrap();
    let p = GaussianProcess::new(MaternThreeHalves::new(1.2, 0.8).unwrap(), z, 0.0).unwrap().with_mean(0.2).unwrap();
    let values = q.sample(&mut rng, &Shape::from(DRAWS)).unwrap();
    near(q.log_prob(&values).unwrap() - p.log_prob(&values).unwrap(), sparse.kl_divergence_from_prior().unwrap());
    assert!(sparse.entropy().item().is_finite());
}

#[test]
fn any_likelihood_is_integrated() {
    let (x, y) = data();
    let sparse =
        VariationalGaussianProcess::new(prior(1.2, [0.2, 1.5]).unwrap(), [0.4, 0.9], Tensor::eye(2) * 0.3, &x).unwrap();
    let normal = |f: &Tensor| Normal::new(f, 0.05_f64.sqrt())?.log_prob(&y);
    // Of a polynomial of degree 2 it is exact.
    let want = sparse.expected_log_likelihood(&y, &x).unwrap();
    for nodes in [2, 3, 20] {
        let got = sparse.expected_log_likelihood_by(&x, nodes, normal).unwrap();
        assert!((&got - &want).abs() < 1e-11, "{got}, {want}");
    }
    // E eᶠ = exp(mean + ½ variance).
    let got = sparse.expected_log_likelihood_by(&x, 20, |f| Ok(f.exp())).unwrap();
    let want = (sparse.mean() + sparse.variance() * 0.5).exp().sum();
    assert!((&got - &want).abs() < 1e-12 * want.item(), "{got}, {want}");
    assert_program_is_tape("expected_log_likelihood_by", &[Tensor::from([0.4, 0.9])], |p| {
        let prior = prior(1.2, [0.2, 1.5])?;
        let sparse = VariationalGaussianProcess::new(prior, &p[0], Tensor::eye(2) * 0.3, &x)?;
        sparse.expected_log_likelihood_by(&x, 8, |f| Ok(-f.softplus()))
    });

    let batch = VariationalGaussianProcess::new(prior([1.0, 1.4], [0.2]).unwrap(), [0.4], [[0.3]], &x).unwrap();
    assert_eq!(batch.expected_log_likelihood_by(&x, 5, normal).unwrap().shape().dims(), [2]);
    assert!(sparse.expected_log_likelihood_by(&x, 5, |f| Ok(f.sum_axis(-1))).is_err());
    assert!(sparse.expected_log_likelihood_by(&x, 0, normal).is_err());
}

#[test]
fn the_bound_is_recorded_and_differentiated() {
    let (x, y) = data();
    let inputs = [
        Tensor::from(1.2),
        Tensor::from([0.2, 1.5]),
        Tensor::from([0.4, 0.9]),
        Tensor::from([[0.3, 0.01], [0.1, 0.2]]),
    ];
    assert_program_is_tape("VariationalGaussianProcess", &inputs, |p| {
        let sparse = VariationalGaussianProcess::new(prior(&p[0], &p[1])?, &p[2], p[3].tril(0), [0.5, 1.0])?;
        let bound = sparse.evidence_lower_bound(&y, &x)?;
        bound.try_add(sparse.log_prob(&Tensor::from([0.3, 0.8]))?)
    });
    assert_program_is_tape("optimal", &inputs[..2], |p| {
        VariationalGaussianProcess::optimal(prior(&p[0], &p[1])?, &y, &x, [0.5, 1.0])?.evidence_lower_bound(&y, &x)
    });
    // The gradient at the optimum by the amplitude is that of the bound with the optimum held.
    let z = Tensor::from([0.2, 1.5, 2.8]);
    let optimal =
        |p: &[Tensor]| VariationalGaussianProcess::optimal(prior(&p[0], &z)?, &y, &x, &x)?.evidence_lower_bound(&y, &x);
    let (_, slope) = grad(optimal, &[Tensor::from(1.2)]).unwrap();
    let at = |amplitude: f64| optimal(&[Tensor::from(amplitude)]).unwrap().item();
    let want = (at(1.2 + 1e-5) - at(1.2 - 1e-5)) / 2e-5;
    assert!((slope[0].item() - want).abs() < 1e-7 * want.abs().max(1.0), "{}, {want}", slope[0]);
}

#[test]
fn a_batch_is_its_members() {
    let (x, y) = data();
    let batch = VariationalGaussianProcess::optimal(prior([1.0, 1.4], [0.2, 1.5]).unwrap(), &y, &x, &x).unwrap();
    let bounds = batch.evidence_lower_bound(&y, &x).unwrap();
    assert_eq!((batch.batch_shape().dims(), bounds.shape().dims()), (&[2][..], &[2][..]));
    for (member, amplitude) in [1.0, 1.4].into_iter().enumerate() {
        let prior = prior(amplitude, [0.2, 1.5]).unwrap();
        let alone = VariationalGaussianProcess::optimal(prior, &y, &x, &x).unwrap();
        let difference = bounds.get(member) - alone.evidence_lower_bound(&y, &x).unwrap();
        assert!(difference.abs() < 1e-12, "{difference}");
        assert!((batch.mean().get(member) - alone.mean()).abs().max() < 1e-13);
    }
}

#[test]
fn wrong_arguments_are_named() {
    let (x, y) = data();
    let noiseless = GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 1.0).unwrap(), [0.0, 1.0], 0.0).unwrap();
    let text = |sparse: Result<VariationalGaussianProcess>| sparse.unwrap_err().to_string();
    assert_eq!(
        text(VariationalGaussianProcess::optimal(noiseless.clone(), &y, &x, &x)),
        "VariationalGaussianProcess: `observation_noise_variance` must be positive, got 0"
    );
    assert_eq!(
        text(VariationalGaussianProcess::new(noiseless.clone(), [0.0, f64::NAN], Tensor::eye(2), &x)),
        "VariationalGaussianProcess: `variational_loc` must be real, got NaN at [1]"
    );
    let upper = [[1.0, 0.5], [0.0, 1.0]];
    let error = text(VariationalGaussianProcess::new(noiseless.clone(), 0.0, upper, &x));
    assert!(error.starts_with("VariationalGaussianProcess: `variational_scale_tril` must be a lower"), "{error}");
    assert!(VariationalGaussianProcess::new(noiseless.clone(), 0.0, Tensor::eye(3), &x).is_err());
    assert!(VariationalGaussianProcess::optimal(prior(1.0, [0.0]).unwrap(), [0.0, 1.0], &x, &x).is_err());
    // Inducing points that coincide.
    let twice = prior(1.0, [0.5, 0.5]).unwrap();
    assert!(text(VariationalGaussianProcess::optimal(twice.clone(), &y, &x, &x)).contains("leading minor of order 2"));
    let jittered = twice.with_jitter(Jitter::growing());
    assert!(VariationalGaussianProcess::optimal(jittered, &y, &x, &x).is_ok());
}

mod laws {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::gaussian_process::process::tests::build as build_prior;

    fn build(p: &Parameters) -> Result<VariationalGaussianProcess> {
        let prior = build_prior(p, [[0.3], [1.0]].into())?;
        let (loc, scale_tril) = (p.get("variational_loc"), p.get("variational_scale_tril"));
        VariationalGaussianProcess::new(prior, loc, scale_tril, p.get("index_points"))?
            .with_predictive_noise_variance(p.get("predictive_noise_variance"))
    }

    fn family() -> Family<VariationalGaussianProcess> {
        Family::of("VariationalGaussianProcess", build)
            .without_far_cases("its cases would be matrices; a normal distribution of each coordinate is in the table")
            .nan_at("variational_scale_tril", &["log_prob"], "the square of a large one is beyond every finite number: such a matrix has no factor, and is refused")
            .at(parameters! { amplitude: 1.3, length_scale: 0.8, mean: 0.3, observation_noise_variance: 0.4, index_points: [[0.0], [0.7]], variational_loc: [0.4, -0.9], variational_scale_tril: [[0.8, 0.0], [0.3, 0.6]], predictive_noise_variance: 0.3 })
            .at(parameters! { amplitude: 1.1, length_scale: 1.0, mean: 0.1, observation_noise_variance: 0.3, index_points: [[0.1], [0.8]], variational_loc: [0.5, -0.8], variational_scale_tril: [[0.6, 0.0], [0.2, 0.5]], predictive_noise_variance: 0.2 })
            .constant("variational_scale_tril")
            .draws([
                0.583048309544782,
                -0.7093064453312486,
                1.963854564928252,
                -0.9767937249276419,
                0.5924076334363385,
                -1.066873721370461,
            ])
    }

    // Not `invalid_parameters_are_named`: neither the noise of the prior nor the sign of the factor changes the density.
    conformance::law_tests! { family() =>
        shapes_are_sample_batch_event,
        nothing_is_drawn_for_nobody,
        a_batch_is_its_members,
        gradients_are_finite_differences,
        outside_the_support_the_density_is_zero,
        observations_outside_are_named,
        what_a_mask_leaves_out_is_not_looked_at,
        parameters_have_names_and_values,
        first_draws_are_stable,
        draws_with_a_gradient_are_recorded,
        reparameterized_by_common_numbers,
        densities_and_draws_at_extreme_parameters,
        multivariate,
        mode,
        moments,
        covariance,
        entropy,
        kl
    }
}
