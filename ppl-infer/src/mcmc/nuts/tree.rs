//! The doubling tree of a trajectory.
//!
//! A subtree of depth d holds 2ᵈ consecutive states. It is known by the states at its two ends, the sum of its momenta,
//! the sum of its weights exp(H₀ − H), and one state drawn from it with these weights. Two neighbours of equal depth make
//! one subtree of the next depth.
//!
//! Weights are numbers, not logarithms: a join needs neither an exponential nor a logarithm.

use ppl::random::Rng;
use rand::RngExt;

use super::{
    pool::{Pool, StateId},
    turning::{JoinHalves, JoinStates, Products, is_turning},
};
use crate::{
    LogDensity, Result,
    mcmc::chain::FailedStep,
    mcmc::hmc::{EuclideanMetric, PaddedVector, leapfrog},
};

/// A run of consecutive states, in the order in which they were reached.
#[derive(Clone, Debug)]
pub(super) struct Subtree {
    /// The state next to where the subtree was grown from.
    pub(super) near: End,
    /// The state at the other end.
    pub(super) far: End,
    /// The state drawn from it.
    pub(super) proposal: StateId,
    /// Whether it is a single state.
    is_leaf: bool,
    /// The sum ρ of the momenta; not that of a single state, which is its momentum.
    rho: PaddedVector,
    /// Σ exp(H₀ − H).
    pub(super) sum_weight: f64,
}

/// The state at an end of a subtree.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) id: StateId,
    /// v · p, twice the kinetic energy.
    along_momentum: f64,
    /// v · ρ.
    along_rho: f64,
}

/// The energy error H − H₀ below which weights no longer grow, where exp(H₀ − H) would overflow.
///
/// A state of so much less energy than the start has more than 10²⁶⁰ times its density: a chain never begins at such a
/// start but in its first iterations, which are no draws.
const LEAST_ENERGY_ERROR: f64 = -600.0;

/// The weight exp(H₀ − H) of a state.
fn weight(energy_error: f64) -> f64 {
    (-energy_error.max(LEAST_ENERGY_ERROR)).exp()
}

impl Subtree {
    /// A buffer for a subtree, to be [set](Self::set_leaf).
    pub(super) fn buffer(dim: usize) -> Self {
        let end = End { id: StateId::default(), along_momentum: 0.0, along_rho: 0.0 };
        let proposal = StateId::default();
        Self { near: end, far: end, proposal, is_leaf: true, rho: PaddedVector::zeros(dim), sum_weight: 0.0 }
    }

    /// Makes it one state, and its weight.
    pub(super) fn set_leaf(&mut self, id: StateId, sum_weight: f64, pool: &mut Pool) {
        pool.hold(id, 2);
        let along_momentum = 2.0 * pool.get(id).kinetic_energy;
        self.near = End { id, along_momentum, along_rho: along_momentum };
        self.far = self.near;
        self.proposal = id;
        self.is_leaf = true;
        self.sum_weight = sum_weight;
    }

    fn rho<'a>(&'a self, pool: &'a Pool) -> &'a PaddedVector {
        if self.is_leaf { &pool.get(self.near.id).momentum } else { &self.rho }
    }

    /// Lets its states be used again.
    pub(super) fn release(&self, pool: &mut Pool) {
        for id in [self.near.id, self.far.id, self.proposal] {
            pool.release(id);
        }
    }

    /// Joins it with `next`, which was grown from its far end, and returns whether the union has turned: as a whole, or from
    /// one half into the first state of the other. The proposal stays its own; [`choose`](Self::choose) comes next.
    ///
    /// A union has the sum of the halves' ρ: of v · ρ at its ends, one summand is known. The two tests across the middle were
    /// added in Stan 2.21, against trajectories that close on themselves in step.
    pub(super) fn join(&mut self, next: &Subtree, metric: &EuclideanMetric, pool: &mut Pool) -> bool {
        let (near, middle, next_middle, far) = (self.near, self.far, next.near, next.far);
        let (first, last) = (pool.get(near.id), pool.get(far.id));
        let (outer, turns_across) = if self.is_leaf {
            // All three tests are the same.
            let product = metric.processor().dispatch(JoinStates { first, last, rho: &mut self.rho });
            ([product; 2], false)
        } else {
            let Products { outer, into_next, from_first } = metric.processor().dispatch(JoinHalves {
                first,
                middle: pool.get(middle.id),
                next_middle: pool.get(next_middle.id),
                last,
                rho: &mut self.rho,
                next_rho: next.rho(pool),
            });
            let turns_into_next =
                is_turning([near.along_rho + into_next[0], next_middle.along_momentum + into_next[1]]);
            let turns_from_first = is_turning([middle.along_momentum + from_first[0], far.along_rho + from_first[1]]);
            (outer, turns_into_next || turns_from_first)
        };
        self.near.along_rho = near.along_rho + outer[0];
        self.far = End { along_rho: far.along_rho + outer[1], ..far };
        self.is_leaf = false;
        self.sum_weight += next.sum_weight;
        pool.release(middle.id);
        pool.release(next_middle.id);
        turns_across || is_turning([self.near.along_rho, self.far.along_rho])
    }

    /// Takes the proposal of a subtree that it was joined with, if `take_next`; the other one is released.
    pub(super) fn choose(&mut self, next: &Subtree, take_next: bool, pool: &mut Pool) {
        let dropped = if take_next { std::mem::replace(&mut self.proposal, next.proposal) } else { next.proposal };
        pool.release(dropped);
    }
}

/// The direction in time in which a trajectory is extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    /// Either direction with probability ½.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        if rng.random::<f64>() > 0.5 { Self::Forward } else { Self::Backward }
    }

    fn sign(self) -> f64 {
        match self {
            Self::Forward => 1.0,
            Self::Backward => -1.0,
        }
    }
}

/// The outcome of extending a trajectory by a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// The subtree is complete.
    Grown,
    /// It, or a subtree of it, made a U-turn.
    Turned,
    /// The energy error exceeded the limit.
    Diverged,
}

/// The parts that a trajectory is grown with, and the totals over all of its states.
pub(super) struct Trajectory<'a> {
    pub(super) density: &'a mut dyn LogDensity,
    pub(super) metric: &'a EuclideanMetric,
    pub(super) rng: &'a mut Rng,
    pub(super) pool: &'a mut Pool,
    /// Buffers for the subtrees that wait for a neighbour, of decreasing depths; the first has what was grown.
    pub(super) subtrees: &'a mut Vec<Subtree>,
    pub(super) step_size: f64,
    pub(super) direction: Direction,
    /// H₀.
    pub(super) initial_energy: f64,
    /// Beyond this error of the energy the trajectory has diverged.
    pub(super) max_energy_error: f64,
    /// The number of leapfrog steps.
    pub(super) n_steps: u32,
    /// Σ min(1, exp(H₀ − H)) over all steps.
    pub(super) sum_accept_prob: f64,
    /// The energy error H − H₀ of largest magnitude.
    pub(super) worst_energy_error: f64,
    /// The step that diverged.
    pub(super) failed_step: Option<FailedStep>,
}

impl Trajectory<'_> {
    /// Grows a subtree of the given depth from the state `from`, in the direction of the trajectory; if it is complete, it is
    /// the first of the buffers.
    ///
    /// Leaf by leaf: as soon as two neighbours of equal depth are there, they are joined. That is as often after a leaf as
    /// its number, counted from 0, has binary ones at its end.
    ///
    /// # Errors
    /// If the density fails.
    pub(super) fn grow(&mut self, mut from: StateId, depth: u32) -> Result<Extension> {
        let dim = self.metric.dim();
        let mut waiting = 0;
        for number in 0..1_u32 << depth {
            if self.subtrees.len() == waiting {
                self.subtrees.push(Subtree::buffer(dim));
            }
            if !self.leaf(from, waiting)? {
                self.release_first(waiting);
                return Ok(Extension::Diverged);
            }
            waiting += 1;
            for _ in 0..number.trailing_ones() {
                waiting -= 1;
                let (before, after) = self.subtrees.split_at_mut(waiting);
                let (first, second) = (&mut before[waiting - 1], &after[0]);
                let (own, other) = (first.sum_weight, second.sum_weight);
                if first.join(second, self.metric, self.pool) {
                    first.choose(second, false, self.pool);
                    self.release_first(waiting);
                    return Ok(Extension::Turned);
                }
                // Multinomial sampling: the second half with its share of the weight.
                let take_second = self.rng.random::<f64>() * (own + other) < other;
                first.choose(second, take_second, self.pool);
            }
            from = self.subtrees[waiting - 1].far.id;
        }
        Ok(Extension::Grown)
    }

    /// Releases subtrees that wait for a neighbour which does not come.
    fn release_first(&mut self, waiting: usize) {
        self.subtrees[..waiting].iter().for_each(|subtree| subtree.release(self.pool));
    }

    /// One leapfrog step from `from`, put into a buffer; false if it diverges.
    fn leaf(&mut self, from: StateId, buffer: usize) -> Result<bool> {
        let id = self.pool.take();
        let (start, end) = self.pool.get_pair(from, id);
        leapfrog(self.density, self.metric, self.direction.sign() * self.step_size, start, end)?;
        let energy_error = end.energy() - self.initial_energy;
        let weight = weight(energy_error);
        self.n_steps += 1;
        self.sum_accept_prob += weight.min(1.0);
        if energy_error.abs() > self.worst_energy_error.abs() {
            self.worst_energy_error = energy_error;
        }
        if energy_error > self.max_energy_error {
            let (start, end) = (start.position.to_vec(), end.position.to_vec());
            self.failed_step = Some(FailedStep { start, end, energy_error });
            self.pool.release(id);
            return Ok(false);
        }
        self.subtrees[buffer].set_leaf(id, weight, self.pool);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::{
        mcmc::hmc::{InverseMassMatrix, State},
        purpose::Purpose,
        test_targets::{Gaussian, SkewedLogistic, Univariate, cliff},
    };

    /// Grows a subtree from `start` and passes it, with its trajectory, to `inspect`.
    fn grow<T>(
        (mut density, start, inverse): (impl LogDensity, State, InverseMassMatrix),
        (step_size, depth, draw): (f64, u32, u64),
        inspect: impl FnOnce(Extension, &mut Trajectory<'_>) -> T,
    ) -> T {
        let metric = EuclideanMetric::new(inverse).unwrap();
        let mut pool = Pool::new(start.position.len());
        let root = pool.take();
        let initial_energy = start.energy();
        pool.get_mut(root).copy_from(&start);
        let mut trajectory = Trajectory {
            density: &mut density,
            metric: &metric,
            rng: &mut Purpose::Transition.rng(Key::new(0).draw(draw)),
            pool: &mut pool,
            subtrees: &mut Vec::new(),
            step_size: step_size.abs(),
            direction: if step_size > 0.0 { Direction::Forward } else { Direction::Backward },
            initial_energy,
            max_energy_error: 1000.0,
            n_steps: 0,
            sum_accept_prob: 0.0,
            worst_energy_error: 0.0,
            failed_step: None,
        };
        let extension = trajectory.grow(root, depth).unwrap();
        inspect(extension, &mut trajectory)
    }

    fn inverse() -> InverseMassMatrix {
        InverseMassMatrix::dense(2, vec![1.0, 0.9, 0.9, 3.0]).unwrap()
    }

    fn start(position: Vec<f64>, momentum: Vec<f64>) -> (SkewedLogistic, State, InverseMassMatrix) {
        let mut state = State::at(position, &mut SkewedLogistic).unwrap();
        state.momentum = momentum.into();
        EuclideanMetric::new(inverse()).unwrap().follow(&mut state);
        (SkewedLogistic, state, inverse())
    }

    /// The states of a subtree, one leapfrog step after the other.
    fn walk(start: &State, step_size: f64, count: usize) -> Vec<State> {
        let metric = EuclideanMetric::new(inverse()).unwrap();
        let mut states = vec![start.clone()];
        for i in 0..count {
            let mut next = start.clone();
            leapfrog(&mut SkewedLogistic, &metric, step_size, &states[i], &mut next).unwrap();
            states.push(next);
        }
        states.remove(0);
        states
    }

    /// Also the largest trajectory of the heaviest states has a sum, and a state of infinite energy no share of it.
    #[test]
    fn weights_and_their_sums_are_finite() {
        assert_eq!([weight(0.0), weight(f64::INFINITY)], [1.0, 0.0]);
        assert!((weight(0.3) - (-0.3_f64).exp()).abs() < 1e-16);
        assert!((weight(-1e5) * f64::from(1 << 20)).is_finite() && weight(-1e5) > 1e260);
    }

    /// Stan's three tests at every node of the tree over `states`, with sums formed from scratch.
    fn turns_by_definition(states: &[State]) -> bool {
        if states.len() == 1 {
            return false;
        }
        let (first, second) = states.split_at(states.len() / 2);
        let turns = |states: &[State]| {
            let rho = |i: usize| states.iter().map(|state| state.momentum[i]).sum::<f64>();
            let dot = |state: &State| state.velocity[0] * rho(0) + state.velocity[1] * rho(1);
            !(dot(&states[0]) > 0.0 && dot(&states[states.len() - 1]) > 0.0)
        };
        let middle = first.len();
        turns_by_definition(first)
            || turns_by_definition(second)
            || turns(states)
            || turns(&states[..=middle])
            || turns(&states[middle - 1..])
    }

    #[test]
    fn a_subtree_is_the_walk_of_its_leapfrog_steps() {
        for step_size in [0.05, -0.05] {
            let begin = start(vec![0.3, 0.9], vec![1.2, -0.1]);
            let states = walk(&begin.1, step_size, 8);
            let initial_energy = begin.1.energy();
            grow(begin, (step_size, 3, 0), |extension, trajectory| {
                assert_eq!(extension, Extension::Grown);
                let subtree = &trajectory.subtrees[0];
                assert_eq!(trajectory.pool.get(subtree.near.id), &states[0]);
                assert_eq!(trajectory.pool.get(subtree.far.id), &states[7]);
                assert!(states.contains(trajectory.pool.get(subtree.proposal)));
                assert_eq!(trajectory.n_steps, 8);
                let mut along = [0.0; 2];
                for i in 0..2 {
                    let rho: f64 = states.iter().map(|state| state.momentum[i]).sum();
                    assert!((subtree.rho(trajectory.pool)[i] - rho).abs() < 1e-12);
                    along[0] += states[0].velocity[i] * rho;
                    along[1] += states[7].velocity[i] * rho;
                }
                for (end, along, state) in [(subtree.near, along[0], &states[0]), (subtree.far, along[1], &states[7])] {
                    assert!((end.along_rho - along).abs() < 1e-12);
                    assert_eq!(end.along_momentum, 2.0 * state.kinetic_energy);
                }
                let errors: Vec<f64> = states.iter().map(|state| state.energy() - initial_energy).collect();
                let weight: f64 = errors.iter().map(|error| (-error).exp()).sum();
                assert!((subtree.sum_weight / weight - 1.0).abs() < 1e-12);
                let accept: f64 = errors.iter().map(|error| (-error).exp().min(1.0)).sum();
                assert!((trajectory.sum_accept_prob - accept).abs() < 1e-12);
                let worst = errors.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
                assert_eq!(trajectory.worst_energy_error, worst);
                trajectory.subtrees[0].release(trajectory.pool);
                assert_eq!(trajectory.pool.held(), 1, "the root");
            });
        }
    }

    #[test]
    fn a_subtree_fails_exactly_where_one_of_its_nodes_turns() {
        let (mut turned, mut grown) = (0, 0);
        for trial in 0..2000 {
            let mut rng = Purpose::Start(0).rng(Key::new(1).draw(trial));
            let mut normal = || 2.0 * (rng.random::<f64>() - 0.5);
            let begin = start(vec![normal(), 2.0 * normal()], vec![normal(), normal()]);
            let step_size = 0.4 * (1.0 + normal());
            let states = walk(&begin.1, step_size, 8);
            let turns = turns_by_definition(&states);
            grow(begin, (step_size, 3, trial), |extension, trajectory| {
                match extension {
                    Extension::Grown => {
                        assert!(!turns);
                        trajectory.subtrees[0].release(trajectory.pool);
                    }
                    Extension::Turned => assert!(turns),
                    Extension::Diverged => panic!("{:?}", trajectory.failed_step),
                }
                assert_eq!(trajectory.pool.held(), 1, "the root");
            });
            if turns { turned += 1 } else { grown += 1 }
        }
        assert!(turned > 300 && grown > 300, "{turned} {grown}");
    }

    /// χ² with 7 degrees of freedom exceeds 29.9 with probability 1 in 10 000.
    #[test]
    fn the_proposal_is_drawn_with_the_weights_of_the_states() {
        // A coarse trajectory that does not turn, so that the weights differ.
        let coarse = (0..).find_map(|trial| {
            let mut rng = Purpose::Start(0).rng(Key::new(2).draw(trial));
            let mut uniform = || 2.0 * rng.random::<f64>() - 1.0;
            let begin = start(vec![uniform(), 2.0 * uniform()], vec![uniform(), uniform()]);
            let states = walk(&begin.1, 0.5, 8);
            let weights: Vec<f64> = states.iter().map(|state| (begin.1.energy() - state.energy()).exp()).collect();
            let (low, high) = weights.iter().fold((f64::MAX, 0.0_f64), |(a, b), w| (a.min(*w), b.max(*w)));
            (!turns_by_definition(&states) && high > 1.5 * low).then_some((begin, states, weights))
        });
        let (begin, states, weights) = coarse.unwrap();
        let total: f64 = weights.iter().sum();
        let mut counts = [0.0; 8];
        let draws = 20_000;
        for draw in 0..draws {
            let chosen = grow(begin.clone(), (0.5, 3, draw), |_, trajectory| {
                trajectory.pool.get(trajectory.subtrees[0].proposal).clone()
            });
            counts[states.iter().position(|state| *state == chosen).unwrap()] += 1.0;
        }
        let chi_squared: f64 = (0..8)
            .map(|i| {
                let expected = draws as f64 * weights[i] / total;
                (counts[i] - expected).powi(2) / expected
            })
            .sum();
        assert!(chi_squared < 29.9, "{chi_squared}: {counts:?}");
    }

    #[test]
    fn a_particle_without_force_never_turns_and_a_cliff_diverges() {
        let metric = InverseMassMatrix::identity(1, false);
        let mut state = State::new(1);
        let mut push = |momentum: f64| {
            state.momentum[0] = momentum;
            EuclideanMetric::new(metric.clone()).unwrap().follow(&mut state);
            state.clone()
        };
        grow((Univariate(|_| (0.0, 0.0)), push(1.0), metric.clone()), (1.0, 5, 0), |extension, trajectory| {
            assert_eq!(extension, Extension::Grown);
            let subtree = &trajectory.subtrees[0];
            assert_eq!(*trajectory.pool.get(subtree.far.id).position, [32.0]);
            assert_eq!((subtree.rho(trajectory.pool)[0], trajectory.sum_accept_prob), (32.0, 32.0));
            assert_eq!(subtree.sum_weight, 32.0);
        });
        // 0, 0.8, 1.472: the second step falls.
        grow((cliff(), push(2.0), metric.clone()), (0.4, 5, 0), |extension, trajectory| {
            assert_eq!(extension, Extension::Diverged);
            let divergence = trajectory.failed_step.as_ref().unwrap();
            assert!(divergence.start[0] <= 1.0 && divergence.end[0] > 1.0);
            assert_eq!((divergence.energy_error, trajectory.n_steps), (f64::INFINITY, 2));
            assert_eq!(trajectory.pool.held(), 1, "the root");
        });
    }

    #[test]
    fn divergence_begins_beyond_the_limit() {
        // Energy errors of exactly 1000 and just above, at zero velocity.
        for (jump, diverges) in [(1000.0, false), (1000.1, true)] {
            let density = Univariate(move |_: f64| (-jump, 0.0));
            let parts = (density, State::new(1), InverseMassMatrix::identity(1, false));
            grow(parts, (1.0, 0, 0), |extension, _| {
                assert_eq!(extension == Extension::Diverged, diverges, "{extension:?}");
            });
        }
    }

    #[test]
    fn the_gaussian_helper_is_a_gaussian() {
        // Guards the targets of the statistical tests: precision times covariance is the identity.
        let target = Gaussian::bivariate([0.0, 0.0], [2.0, 3.0], 0.5);
        let covariance = [4.0, 3.0, 3.0, 9.0];
        for i in 0..2 {
            for j in 0..2 {
                let entry: f64 = (0..2).map(|k| target.precision[i * 2 + k] * covariance[k * 2 + j]).sum();
                assert!((entry - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }
}
