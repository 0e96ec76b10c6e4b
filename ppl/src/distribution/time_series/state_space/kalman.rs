//! Kalman's filter, one element of an observation after the other.

use super::{LinearGaussianStateSpaceModel, Matrices, NAME};
use crate::distribution::time_series::time_first;
use crate::special::HALF_LN_2PI;
use crate::tensor::semidefinite;
use crate::{Result, Shape, Tensor, check};

/// Means (as columns) and covariances of a state.
#[derive(Clone, Debug)]
pub(super) struct Belief {
    pub(super) mean: Tensor,
    pub(super) covariance: Tensor,
}

/// One element of an observation, which moves the mean by `gain` times its `innovation`.
#[derive(Debug)]
pub(super) struct Update {
    /// Row of the observation matrix, `.. ++ [1, n]`.
    pub(super) row: Tensor,
    /// `.. ++ [n, 1]`; 0 where the observation is missing.
    pub(super) gain: Tensor,
    /// The element less its prediction, divided by the variance of that, `.. ++ [1, 1]`; 0 where the observation is missing.
    pub(super) scaled_innovation: Tensor,
    /// The inverse of the variance, `.. ++ [1, 1]`; 0 where the observation is missing.
    pub(super) precision: Tensor,
}

/// Beliefs before and after the observation of a step, and its elements' updates.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) predicted: Belief,
    pub(super) filtered: Belief,
    pub(super) updates: Vec<Update>,
}

/// The filter's way through a sequence.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) steps: Vec<Step>,
    pub(super) predictions: Predictions,
}

/// How well elements of observations were predicted.
#[derive(Debug)]
pub(super) struct Predictions {
    /// Of shape `[num_steps] ++ .. ++ [m]`, as their variances.
    innovations: Tensor,
    variances: Tensor,
    /// Which elements count, with a last axis of size 1.
    counts: Option<Tensor>,
}

impl Predictions {
    /// Log densities of each step's observation given those before, of shape `[num_steps] ++ ..`.
    pub(super) fn log_likelihoods(&self) -> Result<Tensor> {
        let squares = self.innovations.square().try_div(&self.variances)?;
        self.counted(squares.try_add(self.variances.ln())? * -0.5 - HALF_LN_2PI)
    }

    /// Entropies of each step's observation given those before, of shape `[num_steps] ++ ..`.
    pub(super) fn entropies(&self) -> Result<Tensor> {
        self.counted(self.variances.ln() * 0.5 + (0.5 + HALF_LN_2PI))
    }

    /// The sums over the elements of each observation, without those that are missing.
    fn counted(&self, each: Tensor) -> Result<Tensor> {
        let counted = match &self.counts {
            Some(counts) => Tensor::try_select(counts, each, 0.0)?,
            None => each,
        };
        counted.try_sum_axis(-1)
    }
}

/// The product of two matrices; of a column and a row without a sum.
pub(super) fn product(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    if left.shape()[left.rank() - 1] == 1 { left.try_mul(right) } else { left.try_matmul(right) }
}

/// The mean of a matrix that is symmetric up to rounding and its transpose.
pub(super) fn symmetric(matrix: &Tensor) -> Result<Tensor> {
    if matrix.shape()[matrix.rank() - 1] == 1 {
        return Ok(matrix.clone());
    }
    Ok(matrix.try_add(matrix.try_transpose()?)? * 0.5)
}

/// Elements of a state, from which on products of matrices are avoided.
const LEAST_ELEMENTS: usize = 6;

/// How states move.
enum Transition {
    /// F.
    Full(Tensor),
    /// F = 1.
    Stays,
    /// F = 1 + `placed` `rows`, with few rows.
    FewRows { placed: Tensor, rows: Tensor },
}

impl Transition {
    /// A matrix of constants that differs from the identity in few rows, as that of effects which stay what they are, costs no
    /// products of matrices.
    fn new(matrix: Tensor) -> Result<Self> {
        let shape = matrix.shape();
        let size = shape[shape.rank() - 1];
        if shape.rank() > 2 || size < LEAST_ELEMENTS || matrix.is_tracked() {
            return Ok(Self::Full(matrix));
        }
        let difference = matrix.try_sub(Tensor::eye(size))?;
        let elements = difference.elements();
        let moving: Vec<usize> =
            (0..size).filter(|row| elements[row * size..][..size].iter().any(|element| *element != 0.0)).collect();
        match moving.len() {
            0 => Ok(Self::Stays),
            count if 3 * count <= size => Ok(Self::FewRows {
                placed: Tensor::eye(size).try_take(1, &moving)?,
                rows: difference.try_take(0, &moving)?,
            }),
            _ => Ok(Self::Full(matrix)),
        }
    }

    fn mean(&self, mean: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(matrix) => product(matrix, mean),
            Self::Stays => Ok(mean.clone()),
            Self::FewRows { placed, rows } => mean.try_add(product(placed, &product(rows, mean)?)?),
        }
    }

    /// The covariance of a state that has moved, and got noise.
    fn covariance(&self, covariance: &Tensor, noise: &Tensor) -> Result<Tensor> {
        let moved = match self {
            Self::Full(matrix) => product(matrix, &product(covariance, &matrix.try_transpose()?)?)?,
            Self::Stays => covariance.clone(),
            Self::FewRows { placed, rows } => {
                let left = covariance.try_add(product(placed, &product(rows, covariance)?)?)?;
                left.try_add(product(&product(&left, &rows.try_transpose()?)?, &placed.try_transpose()?)?)?
            }
        };
        symmetric(&moved.try_add(noise)?)
    }
}

/// Observations as elements with independent noise, and their rows and variances.
struct Elements {
    /// With the time first.
    observations: Tensor,
    matrix: Matrices,
    /// As columns.
    variances: Matrices,
}

impl LinearGaussianStateSpaceModel {
    /// The elements of observations, with the time first.
    ///
    /// The noise is L D Lᵀ, with ones on the diagonal of L, so that that of L⁻¹ x is independent.
    fn elements(&self, observations: &Tensor) -> Result<Elements> {
        let rank = self.batch_shape.rank();
        let covariance = self.observation_covariance.map(|covariance| self.covariance(covariance))?;
        if self.observation_size == 1 {
            let (observations, matrix) = (time_first(observations, 1, rank)?, self.observation_matrix.clone());
            return Ok(Elements { observations, matrix, variances: covariance });
        }
        let factor = semidefinite::cholesky(&covariance.given).0;
        let deviations = factor.diagonal();
        let divisors = Tensor::select(deviations.greater(0.0), &deviations, 1.0).unsqueeze(-2);
        let identity = Tensor::eye(self.observation_size);
        let has_steps = covariance.has_steps;
        let unit = Matrices { given: Tensor::select(&identity, 1.0, factor.try_div(divisors)?), has_steps };
        let whitened = unit.with_axis()?.try_triangular_solve(observations.try_unsqueeze(-1)?, true, false)?;
        let observed = &self.observation_matrix;
        let matrix = match (has_steps, observed.has_steps) {
            (false, false) => Matrices::same(unit.given.try_triangular_solve(&observed.given, true, false)?),
            _ => Matrices {
                given: unit.with_axis()?.try_triangular_solve(observed.with_axis()?, true, false)?,
                has_steps: true,
            },
        };
        let variances = Matrices { given: deviations.square().unsqueeze(-1), has_steps };
        Ok(Elements { observations: time_first(&whitened.try_squeeze(-1)?, 1, rank)?, matrix, variances })
    }

    /// The covariance of the state after a step.
    pub(super) fn predicted_covariance(&self, covariance: &Tensor, step: usize) -> Result<Tensor> {
        let noise = self.covariance(&self.transition_covariance.at(step))?;
        Transition::Full(self.transition_matrix.at(step)).covariance(covariance, &noise)
    }

    /// Which steps count, with the time first, and one axis more of size 1.
    fn counts(&self, rank: usize) -> Result<Option<Tensor>> {
        let counts = self.mask.as_ref().map(|mask| time_first(mask, 0, rank)).transpose()?;
        Ok(counts.map(|counts| counts.unsqueeze(-1)))
    }

    /// How well prepared observations are predicted.
    pub(super) fn predictions(&self, observations: &Tensor) -> Result<Predictions> {
        if !self.is_small() {
            return Ok(self.filter_pass(observations, &self.initial_mean)?.predictions);
        }
        let observations = time_first(observations, 1, self.batch_shape.rank())?.try_squeeze(-1)?;
        let counts = self.counts(observations.rank() - 1)?;
        let each = counts.as_ref().map(|counts| counts.squeeze(-1));
        let (innovations, variances) = self.innovations_in_scalars(&observations, each.as_ref())?;
        Ok(Predictions { innovations: innovations.unsqueeze(-1), variances: variances.unsqueeze(-1), counts })
    }

    /// Filters prepared observations, from this mean of the first state.
    pub(super) fn filter_pass(&self, observations: &Tensor, initial_mean: &Tensor) -> Result<Pass> {
        let Elements { observations, matrix, variances } = self.elements(observations)?;
        let counts = self.counts(observations.rank() - 2)?;
        let noise = self.transition_covariance.map(|covariance| self.covariance(covariance))?;
        let element_of = |matrix: &Tensor, element: usize| matrix.slice(-2, element..element + 1);
        let elements = |matrix: &Tensor| (0..self.observation_size).map(|k| element_of(matrix, k)).collect::<Vec<_>>();
        let mut rows = elements(&matrix.at(0));
        let mut predicted = Belief {
            mean: initial_mean.try_unsqueeze(-1)?,
            covariance: symmetric(&self.covariance(&self.initial_covariance)?)?,
        };
        let (mut innovations, mut all_variances) = (Vec::new(), Vec::new());
        let mut transition = Transition::new(self.transition_matrix.at(0))?;
        let mut steps: Vec<Step> = Vec::with_capacity(self.num_steps);
        for step in 0..self.num_steps {
            if let Some(Step { filtered, .. }) = steps.last() {
                if self.transition_matrix.has_steps {
                    transition = Transition::new(self.transition_matrix.at(step - 1))?;
                }
                predicted = Belief {
                    mean: transition.mean(&filtered.mean)?,
                    covariance: transition.covariance(&filtered.covariance, &noise.at(step - 1))?,
                };
                if matrix.has_steps {
                    rows = elements(&matrix.at(step));
                }
            }
            let variances = variances.at(step);
            let observation = observations.index(0, step);
            let counts_here = counts.as_ref().map(|counts| counts.index(0, step).unsqueeze(-1));
            let mut filtered = predicted.clone();
            let mut updates = Vec::with_capacity(self.observation_size);
            for (element, row) in rows.iter().enumerate() {
                let own = observation.slice(-1, element..element + 1).unsqueeze(-1);
                let noise = element_of(&variances, element);
                let update = filtered.update(row, &own, &noise, counts_here.as_ref(), rows.len() == 1)?;
                innovations.push(update.1);
                all_variances.push(update.2);
                updates.push(update.0);
            }
            steps.push(Step { predicted: predicted.clone(), filtered, updates });
        }
        let mut shape = Shape::SCALAR;
        for scalar in innovations.iter().chain(&all_variances) {
            shape = check::broadcast(NAME, &shape, &scalar.shape())?;
        }
        let [innovations, variances] = [innovations, all_variances].map(|elements| self.gathered(&elements, shape));
        Ok(Pass { steps, predictions: Predictions { innovations: innovations?, variances: variances?, counts } })
    }

    /// What belongs to elements of observations, `.. ++ [1, 1]`, as `[num_steps] ++ .. ++ [m]`.
    fn gathered(&self, elements: &[Tensor], shape: Shape) -> Result<Tensor> {
        let elements = elements.iter().map(|element| element.try_broadcast_to(shape)).collect::<Result<Vec<_>>>()?;
        let batch = shape.split_event(2).0;
        let by_step = Shape::from([self.num_steps, self.observation_size]).concat(&batch);
        let order: Vec<usize> = std::iter::once(0).chain(2..2 + batch.rank()).chain([1]).collect();
        Tensor::try_stack(&elements, 0)?.try_reshape(by_step)?.try_permute(&order)
    }
}

impl Belief {
    /// Learns of one element of an observation; returns the innovation and its variance too.
    fn update(
        &mut self,
        row: &Tensor,
        observation: &Tensor,
        noise: &Tensor,
        counts: Option<&Tensor>,
        is_single: bool,
    ) -> Result<(Update, Tensor, Tensor)> {
        let size = row.shape()[row.rank() - 1];
        // (1 − gain · row) P (1 − gain · row)ᵀ + gain · noise · gainᵀ. Of large states the factors of rank 1 are applied to P one
        // after the other, without products of matrices. Where a step has several elements, each may determine the next but for
        // rounding: then the product with the matrices stays closer to a semidefinite one.
        let by_rank_one = is_single && size >= LEAST_ELEMENTS;
        let column = row.try_transpose()?;
        let covariance_with = product(&self.covariance, &column)?;
        let variance = product(row, &covariance_with)?.try_add(noise)?;
        let innovation = observation.try_sub(product(row, &self.mean)?)?;
        let kept = |tensor: Tensor| match counts {
            Some(counts) => Tensor::try_select(counts, tensor, 0.0),
            None => Ok(tensor),
        };
        let gain = kept(covariance_with.try_div(&variance)?)?;
        self.mean = self.mean.try_add(gain.try_mul(&innovation)?)?;
        let gain_row = gain.try_transpose()?;
        let rest = if by_rank_one {
            let left = self.covariance.try_sub(product(&gain, &covariance_with.try_transpose()?)?)?;
            left.try_sub(product(&product(&left, &column)?, &gain_row)?)?
        } else {
            let kept_part = Tensor::eye(size).try_sub(product(&gain, row)?)?;
            product(&kept_part, &product(&self.covariance, &kept_part.try_transpose()?)?)?
        };
        self.covariance = rest.try_add(product(&gain, &gain_row)?.try_mul(noise)?)?;
        let scaled_innovation = kept(innovation.try_div(&variance)?)?;
        let precision = kept(1.0 / &variance)?;
        Ok((Update { row: row.clone(), gain, scaled_innovation, precision }, innovation, variance))
    }
}
