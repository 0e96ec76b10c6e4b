//! The matrices of common models.

use super::{LinearGaussianStateSpaceModel, NAME};
use crate::distribution::time_series::auto_regressive::check_stationarity;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// A parameter as 1 x 1 matrices.
fn matrix(scalar: &Tensor) -> Tensor {
    scalar.unsqueeze(-1).unsqueeze(-1)
}

/// The square of a scale, NaN where it is being differentiated and not positive.
fn variance(scale: &Tensor) -> Tensor {
    check::or_nan(scale, &Constraint::Positive).square()
}

impl LinearGaussianStateSpaceModel {
    /// A level that walks at random, and is seen with noise.
    ///
    /// ```text
    /// level_0 ~ Normal(initial_mean, initial_scale),   level_{t+1} ~ Normal(level_t, level_scale)
    ///
    /// X_t ~ Normal(level_t, observation_scale)
    /// ```
    ///
    /// # Errors
    /// Scales that are not positive and finite; no step; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, LinearGaussianStateSpaceModel, MultivariateNormal};
    /// use ppl::Tensor;
    ///
    /// let model = LinearGaussianStateSpaceModel::local_level(2, 1.0, 2.0, 10.0, 3.0)?;
    /// let dense = MultivariateNormal::new([10.0, 10.0], [[13.0, 9.0], [9.0, 14.0]])?;
    /// let difference = model.log_prob(&Tensor::from([[9.0], [13.0]]))? - dense.log_prob(&Tensor::from([9.0, 13.0]))?;
    /// assert!(difference.item().abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn local_level(
        num_steps: usize,
        level_scale: impl IntoTensor,
        observation_scale: impl IntoTensor,
        initial_mean: impl IntoTensor,
        initial_scale: impl IntoTensor,
    ) -> Result<Self> {
        let [level, observation] = [level_scale.into_tensor(), observation_scale.into_tensor()];
        let [mean, initial] = [initial_mean.into_tensor(), initial_scale.into_tensor()];
        let positive = || Constraint::Positive;
        check::constants(
            NAME,
            &[
                ("level_scale", &level, positive()),
                ("observation_scale", &observation, positive()),
                ("initial_scale", &initial, positive()),
            ],
        )?;
        let one = Tensor::ones([1, 1]);
        let [level, observation, initial] = [&level, &observation, &initial].map(|scale| matrix(&variance(scale)));
        let model = Self::new(num_steps, &one, level, &one, observation, mean.unsqueeze(-1), initial)?;
        Ok(Self { is_semidefinite: true, ..model })
    }

    /// A level whose slope walks at random, and which is seen with noise. The state is (level, slope).
    ///
    /// ```text
    /// level_{t+1} ~ Normal(level_t + slope_t, level_scale),   slope_{t+1} ~ Normal(slope_t, slope_scale)
    ///
    /// X_t ~ Normal(level_t, observation_scale)
    /// ```
    ///
    /// Level and slope at the first step are independent and normal, with the elements of `initial_mean` and `initial_scale`.
    ///
    /// # Errors
    /// Scales that are not positive and finite; no step; other than two initial means and scales along the last axis; shapes
    /// that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{LinearGaussianStateSpaceModel, Moments};
    ///
    /// let model = LinearGaussianStateSpaceModel::local_linear_trend(3, 0.1, 0.2, 1.0, [5.0, -1.0], [2.0, 0.5])?;
    /// assert_eq!(model.mean().to_vec(), [5.0, 4.0, 3.0]);
    /// assert!((model.variance().get(1).item() - (4.0 + 0.25 + 0.01 + 1.0)).abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn local_linear_trend(
        num_steps: usize,
        level_scale: impl IntoTensor,
        slope_scale: impl IntoTensor,
        observation_scale: impl IntoTensor,
        initial_mean: impl IntoTensor,
        initial_scale: impl IntoTensor,
    ) -> Result<Self> {
        let [level, slope] = [level_scale.into_tensor(), slope_scale.into_tensor()];
        let [observation, mean, initial] =
            [observation_scale.into_tensor(), initial_mean.into_tensor(), initial_scale.into_tensor()];
        let positive = || Constraint::Positive;
        check::constants(
            NAME,
            &[
                ("level_scale", &level, positive()),
                ("slope_scale", &slope, positive()),
                ("observation_scale", &observation, positive()),
                ("initial_scale", &initial, positive()),
            ],
        )?;
        if initial.shape().last() != Some(&2) {
            let expected = "initial scales of level and slope along the last axis".to_owned();
            return Err(Error::InvalidShape { operation: NAME, expected, got: initial.shape() });
        }
        let batch = check::broadcast(NAME, &level.shape(), &slope.shape())?;
        let both = [level.try_broadcast_to(batch)?, slope.try_broadcast_to(batch)?];
        // Elements that are known to be 0 cost the filter nothing.
        let diagonal = |variances: Tensor| Tensor::select(Tensor::eye(2), variances.unsqueeze(-1), 0.0);
        let model = Self::new(
            num_steps,
            [[1.0, 1.0], [0.0, 1.0]],
            diagonal(variance(&Tensor::try_stack(&both, -1)?)),
            [[1.0, 0.0]],
            matrix(&variance(&observation)),
            mean,
            diagonal(variance(&initial)),
        )?;
        Ok(Self { is_semidefinite: true, ..model })
    }

    /// A stationary autoregression with moving averages of its innovations, ARMA(p, q), in the form of Harvey.
    ///
    /// ```text
    /// X_t = Σ_{j = 1}^p autoregressive[j − 1] X_{t−j} + ε_t + Σ_{j = 1}^q moving_average[j − 1] ε_{t−j},   ε_t ~ Normal(0, scale)
    /// ```
    ///
    /// The coefficients are along the last axes; there may be none of one kind.
    ///
    /// # Errors
    /// Coefficients that are not finite, or not those of a stationary autoregression; a scale that is not positive and finite;
    /// no step; shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{AutoRegressive, Distribution, LinearGaussianStateSpaceModel};
    /// use ppl::Tensor;
    ///
    /// let x = Tensor::from([0.5, 1.5, -0.3]);
    /// let none = Tensor::zeros([0]);
    /// let arma = LinearGaussianStateSpaceModel::arma(3, [0.5, 0.2], none, 2.0)?;
    /// let series = AutoRegressive::new([0.5, 0.2], 2.0, 3)?.stationary()?;
    /// assert!((arma.log_prob(&x.unsqueeze(-1))? - series.log_prob(&x)?).item().abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    ///
    /// # Reference
    /// Harvey (1993), "Time Series Models", section 4.4.
    pub fn arma(
        num_steps: usize,
        autoregressive: impl IntoTensor,
        moving_average: impl IntoTensor,
        scale: impl IntoTensor,
    ) -> Result<Self> {
        let [autoregressive, moving_average] = [autoregressive.into_tensor(), moving_average.into_tensor()];
        let scale = scale.into_tensor();
        check::constants(
            NAME,
            &[
                ("autoregressive", &autoregressive, Constraint::Real),
                ("moving_average", &moving_average, Constraint::Real),
                ("scale", &scale, Constraint::Positive),
            ],
        )?;
        let mut orders = [0; 2];
        for (order, (name, coefficients)) in
            orders.iter_mut().zip([("autoregressive", &autoregressive), ("moving_average", &moving_average)])
        {
            let shape = coefficients.shape();
            let Some(&count) = shape.last() else {
                let expected = format!("`{name}` coefficients along the last axis");
                return Err(Error::InvalidShape { operation: NAME, expected, got: shape });
            };
            *order = count;
        }
        if orders[0] > 0 && !autoregressive.is_tracked() {
            check_stationarity(NAME, "autoregressive", &autoregressive)?;
        }
        let size = orders[0].max(orders[1] + 1);
        let padded = |coefficients: &Tensor, size: usize| {
            let (batch, own) = coefficients.shape().split_event(1);
            let zeros = Tensor::zeros(batch.concat(&Shape::from(size - own.size())));
            Tensor::try_concat(&[coefficients.clone(), zeros], -1)
        };
        // The first column has the coefficients, and each element takes over the one below it.
        let column = padded(&autoregressive, size)?.unsqueeze(-1);
        let places = Tensor::arange(size);
        let (row, place) = (places.unsqueeze(-1), &places);
        let takes_over = (place - &row).equal(1.0);
        let transition = takes_over.try_add(column.try_mul(places.equal(0.0))?)?;
        let (batch, _) = moving_average.shape().split_event(1);
        let one = Tensor::ones(batch.concat(&Shape::from(1)));
        let effects = Tensor::try_concat(&[one, padded(&moving_average, size - 1)?], -1)?;
        let effects = effects.try_mul(check::or_nan(&scale, &Constraint::Positive).unsqueeze(-1))?;
        let noise = effects.unsqueeze(-1).try_mul(effects.unsqueeze(-2))?;
        let initial = stationary_covariance(&transition, &noise, size)?;
        let observation = places.equal(0.0).unsqueeze(0);
        Self::new(num_steps, transition, noise, observation, [[0.0]], Tensor::zeros(size), initial)
    }
}

/// P with P = F P Fᵀ + Q: the covariance of a state that has moved for ever.
fn stationary_covariance(transition: &Tensor, noise: &Tensor, size: usize) -> Result<Tensor> {
    let batch = transition.shape().split_event(2).0;
    let square = Shape::from([size * size, size * size]);
    let by_axes = |axes: [usize; 4]| transition.try_reshape(batch.concat(&Shape::from(axes)));
    let kronecker = by_axes([size, 1, size, 1])?.try_mul(by_axes([1, size, 1, size])?)?;
    let system = Tensor::eye(size * size).try_sub(kronecker.try_reshape(batch.concat(&square))?)?;
    let noise_batch = noise.shape().split_event(2).0;
    let right = noise.try_reshape(noise_batch.concat(&Shape::from([size * size, 1])))?;
    let solution = system.try_solve(right)?;
    let batch = solution.shape().split_event(2).0;
    let covariance = solution.try_reshape(batch.concat(&Shape::from([size, size])))?;
    super::kalman::symmetric(&covariance)
}
