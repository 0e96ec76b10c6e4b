//! The recursion of an autoregression, and those of lower orders.

use super::{AutoRegressive, NAME, Start};
use crate::distribution::time_series::stack_steps;
use crate::tensor::record;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The recursion x_t − centre = intercept + Σ_j weights[j]_t (x_{t−j−1} − centre) + deviations_t ε_t, where the weights and
/// deviations have a last axis of the steps, or of size 1, and the values before the first are `before` + centre.
pub(super) struct Recursion {
    centre: Tensor,
    intercept: Tensor,
    weights: Vec<Tensor>,
    pub(super) deviations: Tensor,
    before: Tensor,
}

impl AutoRegressive {
    /// The recursion by the parameters, with NaN where they are being differentiated and lie outside of their domains.
    pub(super) fn recursion(&self) -> Recursion {
        let order = self.order();
        let scale = check::or_nan(&self.scale, &Constraint::Positive).unsqueeze(-1);
        let intercept = self.intercept.unsqueeze(-1);
        if let Start::Values(before) = &self.start {
            let weights = (0..order).map(|lag| self.coefficient(lag).unsqueeze(-1)).collect();
            let centre = Tensor::scalar(0.0);
            return Recursion { centre, intercept, weights, deviations: scale, before: before.clone() };
        }
        let (predictors, partial) = lower_orders(&self.coefficients);
        let batch = self.coefficients.shape().split_event(1).0;
        // The variance of the prediction from fewer values, in units of that of an innovation.
        let mut ratio = Tensor::ones(batch);
        let mut ratios = vec![ratio.clone()];
        for last in partial.iter().rev() {
            let unexplained = 1.0 - last.square();
            ratio /= Tensor::select(unexplained.greater(0.0), &unexplained, f64::NAN);
            ratios.push(ratio.clone());
        }
        ratios.reverse();
        let over_steps = |of: &dyn Fn(usize) -> Tensor| {
            let first = order.min(self.num_steps);
            let mut steps: Vec<Tensor> = (0..first).map(|step| of(step).unsqueeze(-1)).collect();
            steps.push(of(order).unsqueeze(-1).broadcast_to(batch.concat(&Shape::from(self.num_steps - first))));
            Tensor::concat(&steps, -1)
        };
        let zero = Tensor::zeros(batch);
        let weight = |lag: usize| over_steps(&|known| predictors[known].get(lag).unwrap_or(&zero).clone());
        Recursion {
            centre: intercept / (1.0 - self.coefficients.sum_axis(-1).unsqueeze(-1)),
            intercept: Tensor::scalar(0.0),
            weights: (0..order).map(weight).collect(),
            deviations: scale * over_steps(&|known| ratios[known].sqrt()),
            before: Tensor::zeros(order),
        }
    }
}

impl Recursion {
    /// A step's element of a tensor with a last axis of the steps, or of size 1.
    fn at(tensor: &Tensor, step: usize) -> Tensor {
        let last = tensor.shape().last().copied().unwrap_or(1);
        if tensor.rank() == 0 { tensor.clone() } else { tensor.index(-1, step.min(last - 1)) }
    }

    /// The sequence with these differences from its predictions, of shape `.. ++ [steps]`.
    pub(super) fn run(&self, innovations: &Tensor) -> Result<Tensor> {
        let (batch, steps) = innovations.shape().split_event(1);
        let (steps, order) = (steps.size(), self.weights.len());
        let mut sequence: Vec<Tensor> = (0..order).map(|place| self.before.index(-1, place)).collect();
        for step in 0..steps {
            let mut next = innovations.index(-1, step).try_add(Self::at(&self.intercept, step))?;
            for (lag, weight) in self.weights.iter().enumerate() {
                next = next.try_add(Self::at(weight, step).try_mul(&sequence[order + step - 1 - lag])?)?;
            }
            sequence.push(next.try_broadcast_to(batch)?);
        }
        stack_steps(&sequence[order..], 0)?.try_add(&self.centre)
    }

    /// The differences of a sequence from its predictions.
    pub(super) fn innovations(&self, value: &Tensor) -> Result<Tensor> {
        let (steps, order) = (value.shape()[value.rank() - 1], self.weights.len());
        let value = value.try_sub(&self.centre)?;
        let batch = value.shape().split_event(1).0;
        let before_batch = self.before.shape().split_event(1).0;
        let batch = check::broadcast(NAME, &batch, &before_batch)?;
        let parts = [
            self.before.try_broadcast_to(batch.concat(&Shape::from(order)))?,
            value.try_broadcast_to(batch.concat(&Shape::from(steps)))?,
        ];
        let whole = Tensor::try_concat(&parts, -1)?;
        let mut innovations = value.try_sub(&self.intercept)?;
        for (lag, weight) in self.weights.iter().enumerate() {
            let first = order - 1 - lag;
            innovations = innovations.try_sub(weight.try_mul(whole.slice(-1, first..first + steps))?)?;
        }
        Ok(innovations)
    }

    /// The matrix that makes innovations of a sequence, of shape `.. ++ [steps, steps]`: lower triangular, with ones on its
    /// diagonal.
    pub(super) fn matrix(&self, steps: usize) -> Tensor {
        let [row, column] = [1, 0].map(|axis| Tensor::arange(steps).unsqueeze(axis));
        self.weights.iter().enumerate().fold(Tensor::eye(steps), |matrix, (lag, weight)| {
            let is_lag = (&row - &column).equal((lag + 1) as f64);
            matrix - is_lag * weight.unsqueeze(-1)
        })
    }

    /// L, with L Lᵀ the covariance of a sequence.
    pub(super) fn scale_tril(&self, steps: usize) -> Tensor {
        let deviations = Tensor::eye(steps) * self.deviations.unsqueeze(-2);
        self.matrix(steps).triangular_solve(deviations, true, false)
    }
}

/// The coefficients of the best predictions from k = 0, …, p values of a stationary autoregression, and the last coefficient of
/// each but the first: the partial autocorrelations.
fn lower_orders(coefficients: &Tensor) -> (Vec<Vec<Tensor>>, Vec<Tensor>) {
    let order = coefficients.shape()[coefficients.rank() - 1];
    let mut predictor: Vec<Tensor> = (0..order).map(|lag| coefficients.index(-1, lag)).collect();
    let (mut predictors, mut partial) = (Vec::new(), Vec::new());
    while let Some(last) = predictor.last().cloned() {
        let unexplained = 1.0 - last.square();
        let order = predictor.len();
        let lower = |lag: usize| (&predictor[lag] + &last * &predictor[order - 2 - lag]) / &unexplained;
        let lower = (0..order - 1).map(lower).collect();
        predictors.push(std::mem::replace(&mut predictor, lower));
        partial.push(last);
    }
    predictors.push(Vec::new());
    predictors.reverse();
    partial.reverse();
    (predictors, partial)
}

/// An error where some partial autocorrelation is not between −1 and 1.
pub(in crate::distribution::time_series) fn check_stationarity(
    distribution: &'static str,
    parameter: &'static str,
    coefficients: &Tensor,
) -> Result<()> {
    let partial = Tensor::try_stack(&lower_orders(coefficients).1, -1)?.detach();
    let is_inside = partial.abs().less(1.0);
    if is_inside.is_recorded() {
        return record::note_violations(|| (1.0 - is_inside).try_sum());
    }
    if !is_inside.to_vec().contains(&0.0) {
        return Ok(());
    }
    Err(Error::InvalidParameter {
        distribution,
        parameter,
        expected: "those of a stationary autoregression, with partial autocorrelations between -1 and 1".to_owned(),
        got: format!("{}, with partial autocorrelations {}", coefficients.brief(), partial.brief()),
    })
}
