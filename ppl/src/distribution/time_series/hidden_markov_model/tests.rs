//! The model against sums over all sequences of states.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::distribution::{Bernoulli, DistributionExt, MultivariateNormal, Normal, Poisson, Uniform};
use crate::random::Key;

/// The distribution of observations of a case, by its parameters.
fn observation(p: &Parameters) -> Result<Arc<dyn Distribution>> {
    if p.has("rate") {
        Poisson::new(p.get("rate")).into_shared().map(|shared| shared as Arc<dyn Distribution>)
    } else if p.has("probs") {
        Bernoulli::new(p.get("probs")).into_shared().map(|shared| shared as Arc<dyn Distribution>)
    } else {
        Normal::new(p.get("loc"), p.get("scale")).into_shared().map(|shared| shared as Arc<dyn Distribution>)
    }
}

fn build(p: &Parameters) -> Result<HiddenMarkovModel> {
    let num_steps = if p.has("num_steps") { p.get("num_steps").item() as usize } else { 4 };
    if p.has("initial_logits") {
        HiddenMarkovModel::from_logits(p.get("initial_logits"), p.get("transition_logits"), observation(p), num_steps)
    } else {
        HiddenMarkovModel::new(p.get("initial_probs"), p.get("transition_probs"), observation(p), num_steps)
    }
}

fn family() -> Family<HiddenMarkovModel> {
    Family::new("HiddenMarkovModel", build)
        .without_far_cases("its density is a sum of products of its observations'")
        .made_of("Normal")
        .covers(&["posterior_marginals", "viterbi"])
        .at(parameters! {
            initial_probs: [0.3, 0.7], transition_probs: [[0.6, 0.4], [0.1, 0.9]], loc: [-1.0, 1.5], scale: [1.2, 0.8],
        })
        .at(parameters! {
            initial_probs: [0.4, 0.6], transition_probs: [[0.5, 0.5], [0.2, 0.8]], loc: [-0.9, 1.4], scale: [1.0, 0.7],
        })
        // Probabilities do not move on their own; logits do, below.
        .constant("initial_probs")
        .constant("transition_probs")
        .rejects(
            parameters! {
                initial_probs: [0.5, 0.6], transition_probs: [[0.5, 0.5], [0.5, 0.5]], loc: [0.0, 1.0], scale: [1.0, 1.0],
            },
            "HiddenMarkovModel: `initial_probs` must be a simplex (non-negative, sum 1), got [0.5, 0.6], whose sum is 1.1",
        )
        .rejects(
            parameters! {
                initial_probs: [0.5, 0.5], transition_probs: [[0.5, 0.5], [1.5, -0.5]], loc: [0.0, 1.0], scale: [1.0, 1.0],
            },
            "HiddenMarkovModel: `transition_probs` must be a simplex (non-negative, sum 1), got [1.5, -0.5], with -0.5 at [1] (event [1] of the batch)",
        )
        .rejects(
            parameters! {
                initial_probs: [0.5, 0.5], transition_probs: [[0.5, 0.5], [0.5, 0.5]], loc: [f64::NAN, 1.0], scale: [1.0, 1.0],
            },
            "Normal: `loc` must be real, got NaN at [0]",
        )
        .rejects(
            parameters! {
                initial_probs: [0.5, 0.5], transition_probs: [[0.5, 0.5], [0.5, 0.5]], loc: [0.0, 1.0], scale: [1.0, -1.0],
            },
            "Normal: `scale` must be positive, got -1 at [1]",
        )
        .draws([0.8246564498855351, 1.2085358689180739, 1.2063497704979382, 2.2188361794697173, 0.8454463753143948, -1.0185138842935504, -0.775158148256011, 1.2089069113251156, 3.161750095830943, 1.2845248119569639, 0.9822979935923661, 2.4480576528881093])
}

conformance::distribution!(family() => multivariate);

mod logits {
    use super::*;

    fn family() -> Family<HiddenMarkovModel> {
        Family::new("HiddenMarkovModel", build)
            .without_far_cases("its density is a sum of products of its observations'")
            .made_of("Normal")
            .covers(&["posterior_marginals", "viterbi"])
            .at(parameters! {
                initial_logits: [0.3, 0.7], transition_logits: [[0.6, -0.4], [0.1, 0.9]], loc: [-1.0, 1.5], scale: [1.2, 0.8],
            })
            .at(parameters! {
                initial_logits: [0.4, 0.6], transition_logits: [[0.5, -0.5], [0.2, 0.8]], loc: [-0.9, 1.4], scale: [1.0, 0.7],
            })
            .rejects(
                parameters! {
                    initial_logits: [0.5, f64::NAN], transition_logits: [[0.5, 0.5], [0.5, 0.5]], loc: [0.0, 1.0], scale: 1.0,
                },
                "HiddenMarkovModel: `initial_logits` must be real, got NaN at [1]",
            )
            .rejects(
                parameters! {
                    initial_logits: [0.5, 0.5], transition_logits: [[0.5, f64::NAN], [0.5, 0.5]], loc: [0.0, 1.0], scale: 1.0,
                },
                "HiddenMarkovModel: `transition_logits` must be real, got NaN at [0, 1]",
            )
            .rejects(
                parameters! {
                    initial_logits: [0.5, 0.5], transition_logits: [[0.5, 0.5], [0.5, 0.5]], loc: [f64::NAN, 1.0], scale: 1.0,
                },
                "Normal: `loc` must be real, got NaN at [0]",
            )
            .rejects(
                parameters! {
                    initial_logits: [0.5, 0.5], transition_logits: [[0.5, 0.5], [0.5, 0.5]], loc: [0.0, 1.0], scale: -1.0,
                },
                "Normal: `scale` must be positive, got -1",
            )
            .draws([-1.7346050936033373, -0.3437185595838895, -0.757484556743613, -2.132859976112014, -0.7203281938104531, -1.0185138842935504, -0.775158148256011, 1.2089069113251156, 3.161750095830943, 1.2845248119569639, -2.1780460298821698, 2.4480576528881093])
    }

    conformance::distribution!(family() => multivariate);
}

mod typed {
    use super::*;

    fn family() -> Family<HiddenMarkovModel<Normal>> {
        let build = |p: &Parameters| {
            let observation = Normal::new(p.get("loc"), p.get("scale"));
            HiddenMarkovModel::from_logits(p.get("initial_logits"), p.get("transition_logits"), observation, 4)
        };
        Family::new("HiddenMarkovModel of normal observations", build)
            .without_golden_cases("the table has no moments")
            .at(parameters! {
                initial_logits: [0.3, 0.7], transition_logits: [[0.6, -0.4], [0.1, 0.9]], loc: [-1.0, 1.5], scale: [1.2, 0.8],
            })
            .at(parameters! {
                initial_logits: [0.4, 0.6], transition_logits: [[0.5, -0.5], [0.2, 0.8]], loc: [-0.9, 1.4], scale: [1.0, 0.7],
            })
    }

    conformance::law_tests! { family() => moments }
}

#[test]
fn states_given_the_observations_are_those_of_the_table() {
    for case in family().cases() {
        let model = build(&case.parameters).unwrap();
        let x = case.tensor("x").get(0);
        case.compare("posterior_marginals", &model.posterior_marginals(&x).unwrap().probs(), 1e-10, 1e-13);
        case.compare("viterbi", &model.viterbi(&x).unwrap(), 0.0, 0.0);
    }
}

/// All sequences of states of a length, one a row.
fn paths(states: usize, steps: usize) -> Vec<Vec<usize>> {
    let count = states.pow(steps as u32);
    (0..count).map(|path| (0..steps).map(|step| path / states.pow(step as u32) % states).collect()).collect()
}

/// Three states and six vectors; a transition matrix for each step, with an impossible transition.
fn vectors() -> (HiddenMarkovModel<MultivariateNormal>, Tensor) {
    let mut rng = Key::new(5).rng("x", 0);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let logits = normal.sample(&mut rng, &Shape::from([5, 3, 3])).unwrap();
    let is_possible = Tensor::from([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]);
    let logits = Tensor::select(is_possible, logits, f64::NEG_INFINITY);
    let observation = MultivariateNormal::new([[0.0, 0.0], [1.0, -1.0], [0.5, 2.0]], [[1.0, 0.3], [0.3, 0.5]]);
    let model =
        HiddenMarkovModel::time_varying_from_logits([0.2, 0.1, f64::NEG_INFINITY], logits, observation).unwrap();
    let x = model.sample(&mut rng, &Shape::SCALAR).unwrap();
    (model, x)
}

/// The log density of states and observations together.
fn log_joint(model: &HiddenMarkovModel<MultivariateNormal>, x: &Tensor, path: &[usize]) -> f64 {
    let transitions = model.transition_probs().ln();
    let emission = |step: usize| {
        let mask = model.mask().map_or(1.0, |mask| mask.get(step).item());
        if mask == 0.0 { 0.0 } else { model.observation().log_prob(&x.get(step)).unwrap().get(path[step]).item() }
    };
    let mut log_joint = model.initial_probs().ln().get(path[0]).item() + emission(0);
    for step in 1..path.len() {
        log_joint += transitions.get(step - 1).get(path[step - 1]).get(path[step]).item() + emission(step);
    }
    log_joint
}

#[test]
fn the_density_is_a_sum_over_all_paths() {
    let (model, mut x) = vectors();
    assert_eq!((model.num_steps(), model.event_shape().dims()), (6, &[6, 2][..]));
    for masked in [false, true] {
        let model = match masked {
            false => model.clone(),
            true => {
                // What is missing may be anything.
                let rows: Vec<Tensor> =
                    (0..6).map(|step| if step == 3 { Tensor::full(2, f64::NAN) } else { x.get(step) }).collect();
                x = Tensor::stack(&rows, 0);
                model.clone().with_mask([1.0, 1.0, 1.0, 0.0, 1.0, 1.0]).unwrap()
            }
        };
        let paths = paths(3, 6);
        let joint: Vec<f64> = paths.iter().map(|path| log_joint(&model, &x, path)).collect();
        let total = Tensor::from(joint.clone()).logsumexp();
        assert!((model.log_prob(&x).unwrap() - &total).abs().item() < 1e-12);

        let best = (0..joint.len()).fold(0, |best, path| if joint[path] > joint[best] { path } else { best });
        let viterbi: Vec<usize> = model.viterbi(&x).unwrap().to_vec().into_iter().map(|state| state as usize).collect();
        assert_eq!(viterbi, paths[best]);

        let marginals = model.posterior_marginals(&x).unwrap().probs();
        for step in 0..6 {
            for state in 0..3 {
                let among = paths.iter().zip(&joint).filter(|(path, _)| path[step] == state).map(|(_, joint)| *joint);
                let want = (Tensor::from(among.collect::<Vec<f64>>()).logsumexp() - &total).exp().item();
                assert!((marginals.get(step).get(state).item() - want).abs() < 1e-13);
            }
        }

        // Draws of paths by chi-square, over the paths of at least 5 expected draws; false alarm rate 3e-5.
        let draws = 20_000;
        let states = model.sample_posterior(&mut Key::new(4).rng("x", 0), &x, draws).unwrap().to_vec();
        let mut counts = vec![0.0; paths.len()];
        for path in states.chunks_exact(6) {
            counts[path.iter().rev().fold(0, |index, state| 3 * index + *state as usize)] += 1.0;
        }
        let expected = joint.iter().map(|joint| f64::from(draws as u32) * (joint - total.item()).exp());
        let (mut chi_square, mut cells) = (0.0, 0.0);
        for (count, expected) in counts.into_iter().zip(expected) {
            assert!(expected > 0.0 || count == 0.0, "an impossible path");
            if expected >= 5.0 {
                chi_square += (count - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        assert!((chi_square - cells) / (2.0_f64 * cells).sqrt() < 4.0, "chi-square {chi_square} of {cells} cells");
    }
}

#[test]
fn batches_of_models_and_of_sequences() {
    let transition = Tensor::from([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.4, 0.6]]]);
    let model = HiddenMarkovModel::new([0.5, 0.5], &transition, Normal::new([0.0, 2.0], 1.0), 3).unwrap();
    assert_eq!((model.batch_shape().dims(), model.event_shape().dims()), (&[2][..], &[3][..]));
    let x = model.sample(&mut Key::new(6).rng("x", 0), &Shape::from([4, 5])).unwrap();
    let together = model.log_prob(&x).unwrap();
    let marginals = model.posterior_marginals(&x).unwrap();
    assert_eq!((together.shape().dims(), marginals.batch_shape().dims()), (&[4, 5, 2][..], &[4, 5, 2, 3][..]));
    let states = model.viterbi(&x).unwrap();
    let draws = model.sample_posterior(&mut Key::new(6).rng("y", 0), &x, [7]).unwrap();
    assert_eq!((states.shape().dims(), draws.shape().dims()), (&[4, 5, 2, 3][..], &[7, 4, 5, 2, 3][..]));
    for place in 0..2 {
        let alone = HiddenMarkovModel::new([0.5, 0.5], transition.get(place), Normal::new([0.0, 2.0], 1.0), 3).unwrap();
        let own = x.index(2, place);
        assert!((together.index(2, place) - alone.log_prob(&own).unwrap()).abs().max() < 1e-14);
        assert_eq!(states.index(2, place), alone.viterbi(&own).unwrap());
        let difference = marginals.probs().index(2, place) - alone.posterior_marginals(&own).unwrap().probs();
        assert!(difference.abs().max() < 1e-14);
    }
    // One sequence against all models.
    assert_eq!(model.log_prob(&Tensor::zeros(3)).unwrap().shape().dims(), [2]);
}

#[test]
fn observations_of_states_with_different_supports() {
    let model =
        HiddenMarkovModel::new([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], Uniform::new([0.0, 1.0], [2.0, 4.0]), 2).unwrap();
    let log_prob = model.log_prob(&Tensor::from([[0.5, 3.0], [0.5, 5.0], [1.5, 1.5]])).unwrap().to_vec();
    // 0.5 · ½ · 0.5 · ⅓, none, and (0.5 · ½ + 0.5 · ⅓)².
    assert!((log_prob[0].exp() - 1.0 / 24.0).abs() < 1e-15 && log_prob[1] == f64::NEG_INFINITY);
    assert!((log_prob[2].exp() - (5.0_f64 / 12.0).powi(2)).abs() < 1e-15);
    let error = model.viterbi(&Tensor::from([0.5, 5.0])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "HiddenMarkovModel: `observations` must be possible in some sequence of states, got observations of probability 0"
    );
}

#[test]
fn shapes_are_checked() {
    let normal = || Normal::new([0.0, 1.0], 1.0);
    let wide = HiddenMarkovModel::new([0.5, 0.5], [[0.5, 0.5]], normal(), 3).unwrap_err();
    assert_eq!(
        wide.to_string(),
        "HiddenMarkovModel: expected 2 x 2 transition matrices in the last axes, got shape [1, 2]"
    );
    let single = HiddenMarkovModel::new([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], Normal::new(0.0, 1.0), 3).unwrap_err();
    assert_eq!(
        single.to_string(),
        "HiddenMarkovModel: expected a distribution of observations with 2 states along its last batch axis, got shape []"
    );
    let model = HiddenMarkovModel::new([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], normal(), 3).unwrap();
    let short = model.clone().with_mask([1.0, 0.0]).unwrap_err();
    assert_eq!(short.to_string(), "HiddenMarkovModel: expected a mask of 3 steps along the last axis, got shape [2]");
    assert!(model.with_mask([1.0, 0.5, 0.0]).is_err());
    let empty = HiddenMarkovModel::new([0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], normal(), 0).unwrap_err();
    assert_eq!(empty.to_string(), "HiddenMarkovModel: `num_steps` must be at least 1, got 0");
}
