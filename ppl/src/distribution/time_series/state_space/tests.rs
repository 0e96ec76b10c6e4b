//! The model against the joint normal distribution of all its observations and states.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::distribution::{AutoRegressive, MultivariateNormal};
use crate::grad;
use crate::program::tests::assert_program_is_tape;
use crate::random::Key;

/// The symmetric matrix with this lower triangle, so that an entry can move on its own.
fn symmetric(matrix: &Tensor) -> Tensor {
    matrix.tril(0) + matrix.tril(-1).transpose()
}

fn build(p: &Parameters) -> Result<LinearGaussianStateSpaceModel> {
    let either = |name: &str, in_table: &str| if p.has(name) { p.get(name) } else { p.get(in_table) };
    let num_steps = if p.has("num_timesteps") { p.get("num_timesteps").item() as usize } else { 2 };
    LinearGaussianStateSpaceModel::new(
        num_steps,
        p.get("transition_matrix"),
        symmetric(&either("transition_covariance", "transition_noise_cov")),
        p.get("observation_matrix"),
        symmetric(&either("observation_covariance", "observation_noise_cov")),
        p.get("initial_mean"),
        symmetric(&either("initial_covariance", "initial_cov")),
    )
}

fn family() -> Family<LinearGaussianStateSpaceModel> {
    Family::new("LinearGaussianStateSpaceModel", build)
        .without_far_cases("its cases would be matrices; it is compared with a normal distribution of vectors below")
        .covers(&["filtered_means", "filtered_covs", "smoothed_means", "smoothed_covs"])
        .nan_at("initial_covariance", &["log_prob", "entropy"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .nan_at("observation_matrix", &["log_prob"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .nan_at("transition_matrix", &["log_prob", "variance", "entropy"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .at(parameters! {
            transition_matrix: [[0.9, 0.3], [-0.2, 0.7]], transition_covariance: [[0.7, 0.2], [0.2, 0.5]],
            observation_matrix: [[1.0, 0.4], [-0.3, 0.8]], observation_covariance: [[0.6, -0.1], [-0.1, 0.8]],
            initial_mean: [0.5, -0.2], initial_covariance: [[1.1, 0.3], [0.3, 0.9]],
        })
        .at(parameters! {
            transition_matrix: [[0.8, 0.2], [-0.2, 0.6]], transition_covariance: [[0.6, 0.1], [0.1, 0.4]],
            observation_matrix: [[0.9, 0.4], [-0.3, 0.7]], observation_covariance: [[0.5, -0.1], [-0.1, 0.7]],
            initial_mean: [0.4, -0.1], initial_covariance: [[0.9, 0.2], [0.2, 0.8]],
        })
        .rejects(
            parameters! {
                transition_matrix: [[f64::NAN, 0.0], [0.0, 1.0]], transition_covariance: [[1.0, 0.0], [0.0, 1.0]],
                observation_matrix: [[1.0, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 0.0], [0.0, 1.0]],
                initial_mean: [0.0, 0.0], initial_covariance: [[1.0, 0.0], [0.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `transition_matrix` must be real, got NaN at [0, 0]",
        )
        .rejects(
            parameters! {
                transition_matrix: [[0.9, 0.0], [0.0, 0.9]], transition_covariance: [[1.0, 2.0], [2.0, 1.0]],
                observation_matrix: [[1.0, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 0.0], [0.0, 1.0]],
                initial_mean: [0.0, 0.0], initial_covariance: [[1.0, 0.0], [0.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `transition_covariance` must be a symmetric positive semidefinite matrix, got [[1, 2], [2, 1]]",
        )
        .rejects(
            parameters! {
                transition_matrix: [[0.9, 0.0], [0.0, 0.9]], transition_covariance: [[1.0, 0.0], [0.0, 1.0]],
                observation_matrix: [[f64::NAN, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 0.0], [0.0, 1.0]],
                initial_mean: [0.0, 0.0], initial_covariance: [[1.0, 0.0], [0.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `observation_matrix` must be real, got NaN at [0, 0]",
        )
        .rejects(
            parameters! {
                transition_matrix: [[0.9, 0.0], [0.0, 0.9]], transition_covariance: [[1.0, 0.0], [0.0, 1.0]],
                observation_matrix: [[1.0, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 2.0], [2.0, 1.0]],
                initial_mean: [0.0, 0.0], initial_covariance: [[1.0, 0.0], [0.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `observation_covariance` must be a symmetric positive semidefinite matrix, got [[1, 2], [2, 1]]",
        )
        .rejects(
            parameters! {
                transition_matrix: [[0.9, 0.0], [0.0, 0.9]], transition_covariance: [[1.0, 0.0], [0.0, 1.0]],
                observation_matrix: [[1.0, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 0.0], [0.0, 1.0]],
                initial_mean: [f64::NAN, 0.0], initial_covariance: [[1.0, 0.0], [0.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `initial_mean` must be real, got NaN at [0]",
        )
        .rejects(
            parameters! {
                transition_matrix: [[0.9, 0.0], [0.0, 0.9]], transition_covariance: [[1.0, 0.0], [0.0, 1.0]],
                observation_matrix: [[1.0, 0.0], [0.0, 1.0]], observation_covariance: [[1.0, 0.0], [0.0, 1.0]],
                initial_mean: [0.0, 0.0], initial_covariance: [[1.0, 2.0], [2.0, 1.0]],
            },
            "LinearGaussianStateSpaceModel: `initial_covariance` must be a symmetric positive semidefinite matrix, got [[1, 2], [2, 1]]",
        )
        .draws([0.6354390953460916, -1.2362570622761084, 0.959662856777732, 0.871210376511977, 0.26374185267885775, -1.5136454920330427, 1.5034658018106883, -1.9635178341366888, 0.32001429905427065, -0.07578676238718351, -1.613297446166079, -0.24988223280476646])
}

conformance::distribution!(
    family() => multivariate, mode, moments, entropy, reparameterized_by_common_numbers
);

#[test]
fn states_given_the_observations_are_those_of_the_table() {
    for case in family().cases() {
        let model = build(&case.parameters).unwrap();
        let x = case.tensor("x").get(0);
        let (filtered, smoothed) = (model.filter(&x).unwrap(), model.smoother(&x).unwrap());
        case.compare("filtered_means", &filtered.means, 1e-10, 1e-12);
        case.compare("filtered_covs", &filtered.covariances, 1e-10, 1e-12);
        case.compare("smoothed_means", &smoothed.means, 1e-10, 1e-12);
        case.compare("smoothed_covs", &smoothed.covariances, 1e-10, 1e-12);
        assert!((filtered.log_likelihoods.sum() - model.log_prob(&x).unwrap()).abs() < 1e-12);
    }
}

/// Three-dimensional states, of which one moves by the others only, seen through two elements.
fn model(num_steps: usize) -> LinearGaussianStateSpaceModel {
    let direction = Tensor::from([0.8, -0.3, 0.0]);
    LinearGaussianStateSpaceModel::new(
        num_steps,
        [[0.9, 0.3, 0.1], [-0.2, 0.7, 0.0], [0.5, 0.4, 0.2]],
        direction.unsqueeze(1) * direction,
        [[1.0, 0.4, -0.2], [-0.3, 0.8, 1.0]],
        [[0.6, -0.1], [-0.1, 0.8]],
        [0.5, -0.2, 1.0],
        [[1.1, 0.3, 0.0], [0.3, 0.9, 0.1], [0.0, 0.1, 0.4]],
    )
    .unwrap()
}

/// Mean and covariance of states and observations of all steps, by the definition of the model.
struct Dense {
    states: Tensor,
    observations: Tensor,
    covariance_of_states: Tensor,
    covariance_of_both: Tensor,
    covariance_of_observations: Tensor,
}

fn blocks(steps: usize, block: impl Fn(usize, usize) -> Tensor) -> Tensor {
    let row = |row: usize| Tensor::concat(&(0..steps).map(|column| block(row, column)).collect::<Vec<_>>(), 1);
    Tensor::concat(&(0..steps).map(row).collect::<Vec<_>>(), 0)
}

fn dense(model: &LinearGaussianStateSpaceModel) -> Dense {
    let steps = model.num_steps();
    let f = |step: usize| model.transition_matrix.at(step);
    // What a state becomes.
    let moves = |from: usize, to: usize| {
        (from..to).fold(Tensor::eye(model.state_size()), |product, step| f(step).matmul(product))
    };
    let (mut means, mut marginals) = (vec![model.initial_mean().clone()], vec![model.initial_covariance().clone()]);
    for step in 1..steps {
        let (f, noise) = (f(step - 1), model.transition_covariance.at(step - 1));
        means.push(f.matmul(&means[step - 1]));
        marginals.push(f.matmul(&marginals[step - 1]).matmul(f.transpose()) + noise);
    }
    let covariance_of_states = blocks(steps, |row, column| match row >= column {
        true => moves(column, row).matmul(&marginals[column]),
        false => marginals[row].matmul(moves(row, column).transpose()),
    });
    let zero = |rows: usize, columns: usize| Tensor::zeros([rows, columns]);
    let (n, m) = (model.state_size(), model.observation_size());
    let on_diagonal = |matrices: &Matrices, rows: usize, columns: usize| {
        blocks(steps, |row, column| if row == column { matrices.at(row) } else { zero(rows, columns) })
    };
    let all = on_diagonal(&model.observation_matrix, m, n);
    let covariance_of_both = covariance_of_states.matmul(all.transpose());
    let states = Tensor::concat(&means, 0);
    Dense {
        observations: all.matmul(&states),
        covariance_of_observations: all.matmul(&covariance_of_both) + on_diagonal(&model.observation_covariance, m, m),
        states,
        covariance_of_states,
        covariance_of_both,
    }
}

impl Dense {
    /// Mean and covariance of the states given some of the observations' elements.
    fn given(&self, x: &Tensor, seen: &[usize]) -> (Tensor, Tensor) {
        let x = x.reshape(x.size()).take(0, seen) - self.observations.take(0, seen);
        let both = self.covariance_of_both.take(1, seen);
        let gain = self.covariance_of_observations.take(0, seen).take(1, seen).solve(both.transpose()).transpose();
        (&self.states + gain.matmul(x), &self.covariance_of_states - gain.matmul(both.transpose()))
    }

    fn log_prob(&self, x: &Tensor, seen: &[usize]) -> f64 {
        let covariance = self.covariance_of_observations.take(0, seen).take(1, seen);
        let normal = MultivariateNormal::new(self.observations.take(0, seen), symmetric(&covariance)).unwrap();
        normal.log_prob(&x.reshape(x.size()).take(0, seen)).unwrap().item()
    }
}

/// A step's mean and covariance, of those of all.
fn of_step((mean, covariance): &(Tensor, Tensor), step: usize) -> (Tensor, Tensor) {
    let range = 3 * step..3 * step + 3;
    (mean.slice(0, range.clone()), covariance.slice(0, range.clone()).slice(1, range))
}

/// Semidefinite matrices, of rank 1 more than the second one is scaled by.
fn covariances(steps: usize, size: usize, scale: f64) -> Tensor {
    let direction = (Tensor::arange(steps * size).reshape([steps, size]) * 0.7 + 0.3).cos();
    direction.unsqueeze(-1) * direction.unsqueeze(-2) + Tensor::eye(size) * scale
}

/// A model whose matrices and covariances are others in each step.
fn time_varying_model(num_steps: usize) -> LinearGaussianStateSpaceModel {
    let constant = model(num_steps);
    let moved = |matrix: &Tensor, steps: usize| {
        let shape = matrix.shape();
        let (rows, columns) = (shape[0], shape[1]);
        matrix + (Tensor::arange(steps * rows * columns) * 1.3).sin().reshape([steps, rows, columns]) * 0.4
    };
    LinearGaussianStateSpaceModel::time_varying(
        num_steps,
        moved(constant.transition_matrix(), num_steps - 1),
        covariances(num_steps - 1, 3, 0.0),
        moved(constant.observation_matrix(), num_steps),
        covariances(num_steps, 2, 0.3),
        constant.initial_mean(),
        constant.initial_covariance(),
    )
    .unwrap()
}

#[test]
fn it_is_conditioning_of_a_normal_distribution_of_vectors() {
    are_those_of_a_normal_distribution(&model(5));
}

#[test]
fn time_varying_models_are_conditioning_too() {
    are_those_of_a_normal_distribution(&time_varying_model(5));
}

fn are_those_of_a_normal_distribution(complete: &LinearGaussianStateSpaceModel) {
    for mask in [[1.0; 5], [1.0, 0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]] {
        let x = complete.sample(&mut Key::new(3).rng("x", 0), &Shape::SCALAR).unwrap();
        let counts = Tensor::from(mask).unsqueeze(-1);
        let with_gaps = Tensor::select(&counts, &x, f64::NAN);
        let masked = complete.clone().with_mask(mask).unwrap();
        let seen: Vec<usize> = (0..10).filter(|element| mask[element / 2] == 1.0).collect();
        let dense = dense(complete);

        assert!((masked.log_prob(&with_gaps).unwrap().item() - dense.log_prob(&x, &seen)).abs() < 1e-12);
        let (filtered, smoothed) = (masked.filter(&with_gaps).unwrap(), masked.smoother(&with_gaps).unwrap());
        let near = |got: &Tensor, want: &Tensor| assert!((got - want).abs().max() < 1e-12, "{got} {want}");
        let all = dense.given(&x, &seen);
        for step in 0..5 {
            let (mean, covariance) = of_step(&all, step);
            near(&smoothed.means.get(step), &mean);
            near(&smoothed.covariances.get(step), &covariance);
            let up_to: Vec<usize> = seen.iter().copied().filter(|element| element / 2 <= step).collect();
            let before: Vec<usize> = seen.iter().copied().filter(|element| element / 2 < step).collect();
            if !up_to.is_empty() {
                let (mean, covariance) = of_step(&dense.given(&x, &up_to), step);
                near(&filtered.means.get(step), &mean);
                near(&filtered.covariances.get(step), &covariance);
            }
            if !before.is_empty() {
                let (mean, covariance) = of_step(&dense.given(&x, &before), step);
                near(&filtered.predicted_means.get(step), &mean);
                near(&filtered.predicted_covariances.get(step), &covariance);
            }
            for covariance in [&filtered.covariances, &filtered.predicted_covariances, &smoothed.covariances] {
                assert_eq!(covariance.get(step), covariance.get(step).transpose());
            }
        }

        // Draws of all states: means and covariances to 5 standard errors, false alarm rate 6e-7 for each of 135 numbers.
        let count = 20_000;
        let draws = masked.sample_posterior(&mut Key::new(4).rng("x", 0), &with_gaps, count).unwrap();
        let draws = draws.reshape([count, 15]) - &all.0;
        let (means, products) = (draws.mean_axis(0), draws.transpose().matmul(&draws) / count as f64);
        let variances = all.1.diagonal().maximum(0.0);
        let errors = (&variances / count as f64).sqrt() * 5.0 + 1e-9;
        assert!(means.abs().less_equal(errors).min() == 1.0, "means of the draws {means}");
        let spread = variances.unsqueeze(1) * &variances + all.1.square();
        let errors = (spread / count as f64).sqrt() * 5.0 + 1e-9;
        assert!((products - &all.1).abs().less_equal(errors).min() == 1.0, "covariances of the draws");
    }
}

#[test]
fn forecasts_are_conditional_distributions() {
    let longer = model(6);
    let x = longer.sample(&mut Key::new(3).rng("x", 0), &Shape::from(2)).unwrap();
    let (now, next) = (x.slice(1, 0..4), x.slice(1, 4..6));
    let forecast = model(4).forecast(&now, 2).unwrap();
    assert_eq!((forecast.batch_shape().dims(), forecast.event_shape().dims()), (&[2][..], &[2, 2][..]));
    let together = model(4).log_prob(&now).unwrap() + forecast.log_prob(&next).unwrap();
    assert!((longer.log_prob(&x).unwrap() - together).abs().max() < 1e-12);
}

#[test]
fn matrices_of_some_steps_may_be_the_same_in_all() {
    let constant = model(4);
    let each = time_varying_model(4);
    let x = each.sample(&mut Key::new(3).rng("x", 0), &Shape::from(2)).unwrap();
    // Each of the four is the same in all steps in one of the models, and then in all but one.
    for place in 0..8 {
        let is_same = |which: usize| (place % 4 == which) == (place < 4);
        let pick =
            |which: usize, one: &Tensor, all: &Tensor| if is_same(which) { one.unsqueeze(0) } else { all.clone() };
        let model = LinearGaussianStateSpaceModel::time_varying(
            4,
            pick(0, constant.transition_matrix(), each.transition_matrix()),
            pick(1, constant.transition_covariance(), each.transition_covariance()),
            pick(2, constant.observation_matrix(), each.observation_matrix()),
            pick(3, constant.observation_covariance(), each.observation_covariance()),
            constant.initial_mean(),
            constant.initial_covariance(),
        )
        .unwrap();
        let dense = dense(&model);
        let seen: Vec<usize> = (0..8).collect();
        let log_prob = model.log_prob(&x).unwrap();
        for sequence in 0..2 {
            assert!((log_prob.get(sequence).item() - dense.log_prob(&x.get(sequence), &seen)).abs() < 1e-12);
        }
        assert!((model.mean().reshape(8) - &dense.observations).abs().max() < 1e-13);
        assert!((model.variance().reshape(8) - dense.covariance_of_observations.diagonal()).abs().max() < 1e-13);
    }
    let repeated = |matrix: &Tensor, steps: usize| matrix.broadcast_to(Shape::from(steps).concat(&matrix.shape()));
    let same = LinearGaussianStateSpaceModel::time_varying(
        4,
        repeated(constant.transition_matrix(), 3),
        repeated(constant.transition_covariance(), 3),
        repeated(constant.observation_matrix(), 4),
        repeated(constant.observation_covariance(), 4),
        constant.initial_mean(),
        constant.initial_covariance(),
    )
    .unwrap();
    assert!((same.log_prob(&x).unwrap() - constant.log_prob(&x).unwrap()).abs().max() < 1e-13);
    assert!((same.entropy() - constant.entropy()).item().abs() < 1e-13);
    let draw =
        |model: &LinearGaussianStateSpaceModel| model.sample(&mut Key::new(3).rng("x", 0), &Shape::from(2)).unwrap();
    assert!((draw(&same) - draw(&constant)).abs().max() < 1e-13);
}

#[test]
fn draws_of_time_varying_models_have_their_moments() {
    // Means and covariances to 5 standard errors, false alarm rate 6e-7 for each of 44 numbers.
    let model = time_varying_model(4);
    let dense = dense(&model);
    let count = 20_000;
    let draws = model.sample(&mut Key::new(5).rng("x", 0), &Shape::from(count)).unwrap();
    let draws = draws.reshape([count, 8]) - &dense.observations;
    let covariance = &dense.covariance_of_observations;
    let variances = covariance.diagonal();
    let errors = (&variances / count as f64).sqrt() * 5.0;
    assert!(draws.mean_axis(0).abs().less_equal(errors).min() == 1.0);
    let errors = ((variances.unsqueeze(1) * &variances + covariance.square()) / count as f64).sqrt() * 5.0;
    let products = draws.transpose().matmul(&draws) / count as f64;
    assert!((products - covariance).abs().less_equal(errors).min() == 1.0);
}

#[test]
fn what_remains_is_a_conditional_distribution() {
    let mask = [1.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    for complete in [model(6), time_varying_model(6)] {
        for model in [complete.clone(), complete.clone().with_mask(mask).unwrap()] {
            let x = model.sample(&mut Key::new(3).rng("x", 0), &Shape::from([2, 3])).unwrap();
            for first in 1..6 {
                let (before, after) = (x.slice(2, 0..first), x.slice(2, first..6));
                let remaining = model.remaining(&before).unwrap();
                assert_eq!(remaining.batch_shape().dims(), [2, 3]);
                assert_eq!(remaining.event_shape().dims(), [6 - first, 2]);
                let own = model.steps(0..first).unwrap().log_prob(&before).unwrap();
                let together = own + remaining.log_prob(&after).unwrap();
                assert!((model.log_prob(&x).unwrap() - together).abs().max() < 1e-12);
            }
        }
    }
    assert_eq!(
        model(3).remaining(&Tensor::zeros([3, 2])).unwrap_err().to_string(),
        "remaining: expected observations of size 2 of 1 to 2 steps in the last two axes, got shape [3, 2]"
    );
    assert_eq!(
        time_varying_model(3).forecast(&Tensor::zeros([3, 2]), 1).unwrap_err().to_string(),
        "forecast: `self` must be a model whose matrices are the same in all steps, got time-varying matrices\n\
         help: make a model of all steps, and call `remaining` with the first observations"
    );
}

#[test]
fn gradients_of_time_varying_models() {
    let x = time_varying_model(5).sample(&mut Key::new(2).rng("x", 0), &Shape::SCALAR).unwrap();
    let model = time_varying_model(5);
    let inputs = [model.transition_matrix().clone(), model.observation_matrix().clone(), Tensor::from(0.7)];
    let log_prob = |p: &[Tensor]| {
        let noise = covariances(5, 2, 0.3) * p[2].square();
        let (mean, covariance) = (model.initial_mean(), model.initial_covariance());
        let transition_noise = model.transition_covariance();
        LinearGaussianStateSpaceModel::time_varying(5, &p[0], transition_noise, &p[1], noise, mean, covariance)?
            .log_prob(&x)
    };
    assert_program_is_tape("time-varying", &inputs, log_prob);
    let (_, slopes) = grad(log_prob, &inputs).unwrap();
    const STEP: f64 = 1e-5;
    for (which, slope) in slopes.iter().enumerate() {
        let elements = inputs[which].elements().to_vec();
        for (place, slope) in slope.elements().iter().enumerate() {
            let at = |step: f64| {
                let mut moved = elements.clone();
                moved[place] += step;
                let mut inputs = inputs.clone();
                inputs[which] = Tensor::new(moved, inputs[which].shape()).unwrap();
                log_prob(&inputs).unwrap().item()
            };
            // Central differences of errors of h² and of roundings by h.
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!((slope - difference).abs() < 1e-7 * slope.abs().max(1.0), "{which}, {place}: {slope} {difference}");
        }
    }
}

#[test]
fn programs_of_time_varying_models_on_scalars() {
    // A regression on covariates, one of which is 0 now and then, with coefficients that walk at random.
    let covariate = (Tensor::arange(20) * 0.9).sin().maximum(0.0);
    let rows = Tensor::stack(&[Tensor::ones(20), covariate], -1).unsqueeze(1);
    let x = (Tensor::arange(20) * 0.4).cos().unsqueeze(1);
    let exposure = (Tensor::arange(20) * 0.3).sin() + 1.5;
    let inputs = [Tensor::from(0.7), Tensor::from([0.4, 0.2])];
    let model = |p: &[Tensor]| {
        let noise = (p[0].square() / &exposure).reshape([20, 1, 1]);
        let walk = (Tensor::eye(2) * p[1].square()).unsqueeze(0);
        let (mean, covariance) = (Tensor::zeros(2), Tensor::eye(2) * 3.0);
        LinearGaussianStateSpaceModel::time_varying(
            20,
            Tensor::eye(2).unsqueeze(0),
            walk,
            &rows,
            noise,
            mean,
            covariance,
        )
    };
    assert!(model(&inputs).unwrap().is_small());
    let dense = dense(&model(&inputs).unwrap());
    let seen: Vec<usize> = (0..20).collect();
    let log_prob = model(&inputs).unwrap().log_prob(&x).unwrap().item();
    assert!((log_prob - dense.log_prob(&x, &seen)).abs() < 1e-12);
    assert_program_is_tape("a dynamic regression", &inputs, |p| model(p)?.log_prob(&x));
    let mask = Tensor::arange(20).not_equal(7.0);
    assert_program_is_tape("with gaps", &inputs, |p| model(p)?.with_mask(&mask)?.log_prob(&x));
}

#[test]
fn batches_of_time_varying_models() {
    let scales = Tensor::from([0.5, 2.0]).reshape([2, 1, 1, 1]);
    let model = |scales: Tensor| {
        let constant = time_varying_model(4);
        LinearGaussianStateSpaceModel::time_varying(
            4,
            constant.transition_matrix() * &scales,
            constant.transition_covariance(),
            constant.observation_matrix(),
            constant.observation_covariance() * &scales,
            constant.initial_mean(),
            constant.initial_covariance(),
        )
        .unwrap()
    };
    let both = model(scales.clone());
    assert_eq!(both.batch_shape().dims(), [2]);
    let x = both.sample(&mut Key::new(6).rng("x", 0), &Shape::from([3, 5])).unwrap();
    let (together, smoothed) = (both.log_prob(&x).unwrap(), both.smoother(&x).unwrap());
    assert_eq!((together.shape().dims(), smoothed.covariances.shape().dims()), (&[3, 5, 2][..], &[2, 4, 3, 3][..]));
    for place in 0..2 {
        let alone = model(scales.get(place));
        let own = x.index(2, place);
        assert!((together.index(2, place) - alone.log_prob(&own).unwrap()).abs().max() < 1e-12);
        let means = alone.smoother(&own).unwrap().means;
        assert!((smoothed.means.index(2, place) - means).abs().max() < 1e-12);
    }
}

#[test]
fn batches_of_models_and_of_sequences() {
    let scales = Tensor::from([[0.5], [2.0]]);
    let model =
        |level: Tensor| LinearGaussianStateSpaceModel::local_linear_trend(4, level, 0.3, 1.0, [0.0, 1.0], [1.0, 0.5]);
    let both = model(scales.clone()).unwrap();
    assert_eq!((both.batch_shape().dims(), both.event_shape().dims()), (&[2, 1][..], &[4, 1][..]));
    let mut rng = Key::new(6).rng("x", 0);
    let x = both.sample(&mut rng, &Shape::from([3, 2])).unwrap();
    let draws = both.sample_posterior(&mut rng, &x.get(0), Shape::SCALAR).unwrap();
    let (together, smoothed) = (both.log_prob(&x).unwrap(), both.smoother(&x).unwrap());
    assert_eq!((together.shape().dims(), draws.shape().dims()), (&[3, 2, 2, 1][..], &[2, 2, 1, 4, 2][..]));
    assert_eq!(smoothed.covariances.shape().dims(), [2, 1, 4, 2, 2]);
    for place in 0..2 {
        let alone = model(scales.get(place).get(0)).unwrap();
        let own = x.index(3, 0).index(2, place);
        assert!((together.index(3, 0).index(2, place) - alone.log_prob(&own).unwrap()).abs().max() < 1e-13);
        let means = smoothed.means.index(3, 0).index(2, place);
        assert!((means - alone.smoother(&own).unwrap().means).abs().max() < 1e-13);
    }
    // One sequence against all models.
    assert_eq!(both.log_prob(&Tensor::zeros([4, 1])).unwrap().shape().dims(), [2, 1]);
}

#[test]
fn an_arma_process_has_its_autocovariances() {
    // Brockwell and Davis (1991), example 3.3.1 by (3.3.8): of ARMA(1, 1), with ψ_j = φ^{j−1} (φ + θ).
    let (phi, theta, scale) = (0.6_f64, 0.4_f64, 1.5_f64);
    let arma = LinearGaussianStateSpaceModel::arma(6, [phi], [theta], scale).unwrap();
    let variance = scale * scale * (1.0 + (phi + theta).powi(2) / (1.0 - phi * phi));
    let first = scale * scale * (phi + theta + (phi + theta).powi(2) * phi / (1.0 - phi * phi));
    let covariance = |lag: usize| if lag == 0 { variance } else { first * phi.powi(lag as i32 - 1) };
    let rows: Vec<f64> = (0..36).map(|place: usize| covariance((place / 6).abs_diff(place % 6))).collect();
    let normal = MultivariateNormal::new(Tensor::zeros(6), Tensor::new(rows, [6, 6]).unwrap()).unwrap();
    let x = normal.sample(&mut Key::new(2).rng("x", 0), &Shape::from(3)).unwrap();
    let log_prob = arma.log_prob(&x.unsqueeze(-1)).unwrap();
    assert!((log_prob - normal.log_prob(&x).unwrap()).abs().max() < 1e-12);
    assert!((arma.variance() - variance).abs().max() < 1e-12);
    let error = LinearGaussianStateSpaceModel::arma(6, [1.2], [theta], scale).unwrap_err();
    assert_eq!(
        error.to_string(),
        "LinearGaussianStateSpaceModel: `autoregressive` must be those of a stationary autoregression, with partial \
         autocorrelations between -1 and 1, got [1.2], with partial autocorrelations [1.2]"
    );
}

#[test]
fn an_autoregression_is_a_state_without_noise_of_observation() {
    let x = AutoRegressive::new([0.5, -0.3], 1.2, 5).unwrap().stationary().unwrap();
    let x = x.sample(&mut Key::new(2).rng("x", 0), &Shape::SCALAR).unwrap();
    // Gradients by the coefficients too, also where they are not those of a stationary process.
    let inputs = [Tensor::from([0.5, -0.3]), Tensor::from(1.2)];
    let by_arma = |p: &[Tensor]| {
        LinearGaussianStateSpaceModel::arma(5, &p[0], Tensor::zeros([0]), &p[1])?.log_prob(&x.unsqueeze(-1))
    };
    let direct = |p: &[Tensor]| AutoRegressive::new(&p[0], &p[1], 5)?.stationary()?.log_prob(&x);
    let ((got, slopes), (want, wanted)) = (grad(by_arma, &inputs).unwrap(), grad(direct, &inputs).unwrap());
    assert!((got - want).abs() < 1e-13);
    for (slope, wanted) in slopes.iter().zip(&wanted) {
        assert!((slope - wanted).abs().max() < 1e-12, "{slope} {wanted}");
    }
    assert_program_is_tape("arma", &inputs, by_arma);
    assert!(grad(by_arma, &[Tensor::from([0.5, 0.7]), Tensor::from(1.2)]).unwrap().0.is_nan());
}

#[test]
fn programs_of_the_structural_models() {
    let x = model(20).sample(&mut Key::new(2).rng("x", 0), &Shape::SCALAR).unwrap().slice(1, 0..1);
    let mask = Tensor::arange(20).not_equal(7.0);
    let inputs = [Tensor::from(0.7), Tensor::from(0.4), Tensor::from(1.3)];
    let level = |p: &[Tensor]| LinearGaussianStateSpaceModel::local_level(20, &p[0], &p[2], 0.0, 3.0);
    let trend = |p: &[Tensor]| {
        LinearGaussianStateSpaceModel::local_linear_trend(20, &p[0], &p[1], &p[2], [0.0, 0.0], [3.0, 1.0])
    };
    assert_program_is_tape("local level", &inputs, |p| level(p)?.log_prob(&x));
    assert_program_is_tape("local level with gaps", &inputs, |p| level(p)?.with_mask(&mask)?.log_prob(&x));
    assert_program_is_tape("local linear trend", &inputs, |p| trend(p)?.log_prob(&x));
    assert_program_is_tape("local linear trend with gaps", &inputs, |p| trend(p)?.with_mask(&mask)?.log_prob(&x));
}

#[test]
fn nearly_exact_observations_keep_covariances_positive() {
    // The first observation tells a position to ten digits more than was known.
    let model =
        LinearGaussianStateSpaceModel::local_linear_trend(30, 1e-6, 1e-6, 1e-6, [0.0, 0.0], [1e5, 1e5]).unwrap();
    let x = Tensor::linspace(0.0, 3.0, 30).unsqueeze(-1);
    let filtered = model.filter(&x).unwrap();
    assert_eq!(Constraint::PositiveDefinite.contains(&filtered.covariances.slice(0, 2..30)).min(), 1.0);
    assert!(filtered.covariances.index(-1, 0).index(-1, 0).max() < 1.01e-12);
    assert!((filtered.means.get(29) - Tensor::from([3.0, 3.0 / 29.0])).abs().max() < 1e-6);
}

#[test]
fn shapes_are_checked() {
    let build = |matrix: Tensor, mean: Tensor| {
        LinearGaussianStateSpaceModel::new(3, Tensor::eye(2), Tensor::eye(2), matrix, [[1.0]], mean, Tensor::eye(2))
    };
    assert_eq!(
        build(Tensor::from([1.0, 0.0]), Tensor::zeros(2)).unwrap_err().to_string(),
        "LinearGaussianStateSpaceModel: expected an `observation_matrix` in the last two axes, got shape [2]"
    );
    assert_eq!(
        build(Tensor::from([[1.0, 0.0]]), Tensor::zeros(3)).unwrap_err().to_string(),
        "LinearGaussianStateSpaceModel: expected a `initial_mean` of shape [2] in the last axes, by an `observation_matrix` \
         of shape [1, 2], got shape [3]"
    );
    let of_steps = |matrix: Tensor| {
        let identity = || Tensor::eye(2).unsqueeze(0);
        let (row, noise) = (Tensor::from([[[1.0, 0.0]]]), [[[1.0]]]);
        LinearGaussianStateSpaceModel::time_varying(4, matrix, identity(), row, noise, [0.0, 0.0], Tensor::eye(2))
    };
    assert_eq!(
        of_steps(Tensor::zeros([4, 2, 2])).unwrap_err().to_string(),
        "LinearGaussianStateSpaceModel: expected a `transition_matrix` of 3 steps, or of 1 for all, along axis -3, got shape \
         [4, 2, 2]"
    );
    assert_eq!(
        of_steps(Tensor::eye(2)).unwrap_err().to_string(),
        "LinearGaussianStateSpaceModel: expected a `transition_matrix` with an axis of the steps and the matrices' two behind \
         the batch, got shape [2, 2]"
    );
    let model = build(Tensor::from([[1.0, 0.0]]), Tensor::zeros(2)).unwrap();
    assert_eq!(
        model.forecast(&Tensor::zeros([3, 1]), 0).unwrap_err().to_string(),
        "forecast: `steps` must be at least 1, got 0"
    );
}

#[test]
fn small_states_on_scalars_are_those_on_matrices() {
    let mut rng = Key::new(8).rng("x", 0);
    let batch = Tensor::from([0.3, 1.1]);
    let models = [
        LinearGaussianStateSpaceModel::local_level(6, &batch, 0.7, [0.5, -1.0], 2.0).unwrap(),
        LinearGaussianStateSpaceModel::local_linear_trend(6, &batch, 0.2, 0.7, [0.0, 1.0], [2.0, 0.5]).unwrap(),
        LinearGaussianStateSpaceModel::new(
            6,
            [[0.9, 0.3], [-0.2, 0.7]],
            [[0.5, 0.1], [0.1, 0.2]],
            [[0.8, -1.2]],
            [[0.6]],
            [1.0, 0.0],
            [[1.0, 0.2], [0.2, 2.0]],
        )
        .unwrap(),
        // Nothing is seen of the state.
        LinearGaussianStateSpaceModel::new(6, [[0.9]], [[0.5]], [[0.0]], [[0.6]], [1.0], [[1.0]]).unwrap(),
    ];
    for model in models {
        for model in [model.clone(), model.with_mask([1.0, 1.0, 0.0, 1.0, 0.0, 1.0]).unwrap()] {
            assert!(model.is_small());
            let x = model.sample(&mut rng, &Shape::from(3)).unwrap();
            let on_matrices = model.filter(&x).unwrap().log_likelihoods.sum_axis(-1);
            assert!((model.log_prob(&x).unwrap() - on_matrices).abs().max() < 1e-13);
        }
    }
    assert!(!model(3).is_small());
}
