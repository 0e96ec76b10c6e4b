//! The filter of small states, on scalars.
//!
//! A program does a step on the elements of small matrices faster than one on the matrices, and elements that are known to be 0
//! or 1 cost nothing. So is the tape, where the matrices of a step are few operations only if they are large.

use super::{LinearGaussianStateSpaceModel, Matrices, NAME};
use crate::{Result, Shape, Tensor, check};

/// Products in a step, above which it is faster on matrices.
const MOST_PRODUCTS: usize = 40;

/// An element of a matrix.
#[derive(Clone, Debug)]
enum Coefficient {
    Zero,
    One,
    Other(Tensor),
}

/// An element of the matrices of all steps; it is known to be 0 or 1 where it is so in all of them.
#[derive(Clone, Debug)]
enum Entry {
    Same(Coefficient),
    /// One for each step, along the last axis.
    ByStep(Tensor),
}

impl Entry {
    /// The elements of matrices, row by row.
    fn all(matrices: &Matrices) -> Vec<Self> {
        let given = &matrices.given;
        let (rows, columns) = (given.shape()[given.rank() - 2], given.shape()[given.rank() - 1]);
        let is_known = given.rank() == matrices.event_rank() && !given.is_tracked();
        let known = is_known.then(|| given.elements());
        let one = |place: usize| {
            let is_all = |number: f64| {
                let own = |elements: &[f64]| elements.iter().skip(place).step_by(rows * columns).all(|x| *x == number);
                known.as_ref().is_some_and(|elements| own(elements))
            };
            let element = || given.index(-2, place / columns).index(-1, place % columns);
            if is_all(0.0) {
                Self::Same(Coefficient::Zero)
            } else if is_all(1.0) {
                Self::Same(Coefficient::One)
            } else if matrices.has_steps {
                Self::ByStep(element())
            } else {
                Self::Same(Coefficient::Other(element()))
            }
        };
        (0..rows * columns).map(one).collect()
    }

    fn at(&self, step: usize) -> Coefficient {
        match self {
            Self::Same(coefficient) => coefficient.clone(),
            Self::ByStep(elements) => Coefficient::Other(elements.index(-1, step)),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Same(Coefficient::Zero))
    }
}

/// A scalar of each batch member; none is 0.
type Scalar = Option<Tensor>;

impl Coefficient {
    fn times(&self, scalar: &Scalar) -> Result<Scalar> {
        match (self, scalar) {
            (Self::Zero, _) | (_, None) => Ok(None),
            (Self::One, Some(_)) => Ok(scalar.clone()),
            (Self::Other(coefficient), Some(scalar)) => Ok(Some(coefficient.try_mul(scalar)?)),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Zero)
    }
}

fn plus(left: Scalar, right: &Scalar) -> Result<Scalar> {
    match (left, right) {
        (Some(left), Some(right)) => Ok(Some(left.try_add(right)?)),
        (None, right) => Ok(right.clone()),
        (left, None) => Ok(left),
    }
}

/// `left` − `factor` · `other`.
fn less_product(left: &Scalar, factor: &Scalar, other: &Scalar) -> Result<Scalar> {
    let (Some(factor), Some(other)) = (factor, other) else { return Ok(left.clone()) };
    let product = factor.try_mul(other)?;
    Ok(Some(match left {
        Some(left) => left.try_sub(product)?,
        None => -product,
    }))
}

/// Σ of coefficients times scalars.
fn dot<'a>(coefficients: &[Coefficient], scalars: impl IntoIterator<Item = &'a Scalar>) -> Result<Scalar> {
    let terms = coefficients.iter().zip(scalars).map(|(coefficient, scalar)| coefficient.times(scalar));
    terms.into_iter().try_fold(None, |sum, term| plus(sum, &term?))
}

/// Elements of a symmetric matrix, of which the lower triangle is kept.
#[derive(Clone, Debug)]
struct Symmetric(Vec<Scalar>);

impl Symmetric {
    fn at(&self, row: usize, column: usize) -> &Scalar {
        let (row, column) = (row.max(column), row.min(column));
        &self.0[row * (row + 1) / 2 + column]
    }

    fn row(&self, row: usize, size: usize) -> impl Iterator<Item = &Scalar> {
        (0..size).map(move |column| self.at(row, column))
    }

    fn new(size: usize, element: impl Fn(usize, usize) -> Result<Scalar>) -> Result<Self> {
        let places = (0..size).flat_map(|row| (0..=row).map(move |column| (row, column)));
        places.map(|(row, column)| element(row, column)).collect::<Result<_>>().map(Self)
    }

    /// Of the elements of matrices, those of a step.
    fn of_step(entries: &[Entry], size: usize, step: usize) -> Result<Self> {
        Self::new(size, |row, column| entries[row * size + column].at(step).times(&Some(Tensor::scalar(1.0))))
    }
}

/// Means and covariances of a state.
struct Belief {
    mean: Vec<Scalar>,
    covariance: Symmetric,
}

/// The elements of the model's matrices.
struct Entries {
    size: usize,
    transition: Vec<Entry>,
    noise: Vec<Entry>,
    observed: Vec<Entry>,
    observation_noise: Vec<Entry>,
}

impl Entries {
    fn of(model: &LinearGaussianStateSpaceModel) -> Result<Self> {
        let checked = |matrices: &Matrices| matrices.map(|covariance| model.covariance(covariance));
        Ok(Self {
            size: model.state_size,
            transition: Entry::all(&model.transition_matrix),
            noise: Entry::all(&checked(&model.transition_covariance)?),
            observed: Entry::all(&model.observation_matrix),
            observation_noise: Entry::all(&checked(&model.observation_covariance)?),
        })
    }

    fn is_homogeneous(&self) -> bool {
        let all = [&self.transition, &self.noise, &self.observed, &self.observation_noise];
        all.into_iter().flatten().all(|entry| matches!(entry, Entry::Same(_)))
    }

    /// A step: how the state came there, which nothing asks of the first, and how it is observed.
    fn step(&self, step: usize) -> Result<Step> {
        let before = step.saturating_sub(1);
        let at = |entries: &[Entry], step: usize| entries.iter().map(|entry| entry.at(step)).collect();
        let one = Some(Tensor::scalar(1.0));
        let observation_noise = self.observation_noise[0].at(step).times(&one)?.unwrap_or_else(|| Tensor::scalar(0.0));
        Ok(Step {
            size: self.size,
            transition: at(&self.transition, before),
            noise: Symmetric::of_step(&self.noise, self.size, before)?,
            observed: at(&self.observed, step),
            observation_noise,
        })
    }
}

/// The matrices of a step.
struct Step {
    size: usize,
    transition: Vec<Coefficient>,
    noise: Symmetric,
    observed: Vec<Coefficient>,
    observation_noise: Tensor,
}

impl Step {
    fn transition_row(&self, row: usize) -> &[Coefficient] {
        &self.transition[row * self.size..][..self.size]
    }

    /// What is known of the next state.
    fn predicted(&self, belief: &Belief) -> Result<Belief> {
        let Belief { mean, covariance } = belief;
        let over_state = |of: &dyn Fn(usize) -> Result<Scalar>| (0..self.size).map(of).collect::<Result<Vec<_>>>();
        let moved = |row: usize| over_state(&|column| dot(self.transition_row(row), covariance.row(column, self.size)));
        let moved = (0..self.size).map(moved).collect::<Result<Vec<_>>>()?;
        Ok(Belief {
            mean: over_state(&|row| dot(self.transition_row(row), mean))?,
            covariance: Symmetric::new(self.size, |row, column| {
                plus(dot(self.transition_row(column), &moved[row])?, self.noise.at(row, column))
            })?,
        })
    }

    /// Learns of an observation; returns the innovation and its variance.
    fn update(&self, belief: &mut Belief, observation: &Tensor, counts: Option<&Tensor>) -> Result<(Tensor, Tensor)> {
        let kept = |tensor: Tensor, otherwise: f64| match counts {
            Some(counts) => Tensor::try_select(counts, tensor, otherwise),
            None => Ok(tensor),
        };
        let row_with_observation = |row: usize| dot(&self.observed, belief.covariance.row(row, self.size));
        let with_observation = (0..self.size).map(row_with_observation).collect::<Result<Vec<_>>>()?;
        let variance = match dot(&self.observed, &with_observation)? {
            Some(variance) => variance.try_add(&self.observation_noise)?,
            None => self.observation_noise.clone(),
        };
        let innovation = match dot(&self.observed, &belief.mean)? {
            Some(predicted) => observation.try_sub(predicted)?,
            None => observation.clone(),
        };
        let gain = |with_observation: &Scalar| match with_observation {
            Some(with_observation) => kept(with_observation.try_div(&variance)?, 0.0).map(Some),
            None => Ok(None),
        };
        let gains = with_observation.iter().map(gain).collect::<Result<Vec<_>>>()?;
        for (mean, gain) in belief.mean.iter_mut().zip(&gains) {
            if let Some(gain) = gain {
                *mean = plus(mean.take(), &Some(gain.try_mul(&innovation)?))?;
            }
        }
        belief.covariance = match self.only_seen() {
            Some(seen) => {
                // (1 − gain) times an element is this part of it, without the difference.
                let part = kept(self.observation_noise.try_div(&variance)?, 1.0)?;
                Symmetric::new(self.size, |row, column| match belief.covariance.at(row, column) {
                    Some(element) if row == seen || column == seen => Ok(Some(element.try_mul(&part)?)),
                    element => less_product(element, &gains[row], &with_observation[column]),
                })?
            }
            None => self.joseph(&belief.covariance, &gains, &with_observation)?,
        };
        Ok((innovation, variance))
    }

    /// The element that is observed, if it is one, as it is.
    fn only_seen(&self) -> Option<usize> {
        let is_one = |coefficient: &Coefficient| matches!(coefficient, Coefficient::One);
        let mut seen = self.observed.iter().enumerate().filter(|(_, coefficient)| !coefficient.is_zero());
        let (first, coefficient) = seen.next()?;
        (is_one(coefficient) && seen.next().is_none()).then_some(first)
    }

    /// (1 − gain · row) P (1 − gain · row)ᵀ + gain · noise · gainᵀ.
    fn joseph(&self, covariance: &Symmetric, gains: &[Scalar], with_observation: &[Scalar]) -> Result<Symmetric> {
        let left = |row: usize| {
            let element =
                |column: usize| less_product(covariance.at(row, column), &gains[row], &with_observation[column]);
            (0..self.size).map(element).collect::<Result<Vec<_>>>()
        };
        let left = (0..self.size).map(left).collect::<Result<Vec<_>>>()?;
        let projected = left.iter().map(|row| dot(&self.observed, row)).collect::<Result<Vec<_>>>()?;
        Symmetric::new(self.size, |row, column| {
            let both = less_product(&left[row][column], &projected[row], &gains[column])?;
            match (&gains[row], &gains[column]) {
                (Some(one), Some(other)) => plus(both, &Some(one.try_mul(&self.observation_noise)?.try_mul(other)?)),
                _ => Ok(both),
            }
        })
    }
}

impl LinearGaussianStateSpaceModel {
    /// Whether a step is faster on scalars: of one observation, with few products.
    pub(super) fn is_small(&self) -> bool {
        let size = self.state_size;
        if self.observation_size > 1 || size * size > MOST_PRODUCTS {
            return false;
        }
        let nonzero = Entry::all(&self.transition_matrix).iter().filter(|entry| !entry.is_zero()).count();
        2 * nonzero * size + size * (size + 1) <= MOST_PRODUCTS
    }

    /// Innovations and their variances, of observations of one element with the time first; both of shape `[num_steps] ++ ..`.
    pub(super) fn innovations_in_scalars(
        &self,
        observations: &Tensor,
        counts: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor)> {
        let entries = Entries::of(self)?;
        let initial = Matrices::same(self.covariance(&self.initial_covariance)?);
        let mut belief = Belief {
            mean: (0..self.state_size).map(|element| Some(self.initial_mean.index(-1, element))).collect(),
            covariance: Symmetric::of_step(&Entry::all(&initial), self.state_size, 0)?,
        };
        let mut matrices = entries.step(0)?;
        let (mut innovations, mut variances) = (Vec::new(), Vec::new());
        for step in 0..self.num_steps {
            if step > 0 {
                if !entries.is_homogeneous() {
                    matrices = entries.step(step)?;
                }
                belief = matrices.predicted(&belief)?;
            }
            let counts = counts.map(|counts| counts.index(0, step));
            let (innovation, variance) = matrices.update(&mut belief, &observations.index(0, step), counts.as_ref())?;
            innovations.push(innovation);
            variances.push(variance);
        }
        let mut shape = Shape::SCALAR;
        for scalar in innovations.iter().chain(&variances) {
            shape = check::broadcast(NAME, &shape, &scalar.shape())?;
        }
        let stacked = |scalars: &[Tensor]| {
            let scalars = scalars.iter().map(|scalar| scalar.try_broadcast_to(shape)).collect::<Result<Vec<_>>>()?;
            Tensor::try_stack(&scalars, 0)
        };
        Ok((stacked(&innovations)?, stacked(&variances)?))
    }
}
