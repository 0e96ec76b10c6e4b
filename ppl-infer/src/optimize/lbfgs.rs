//! L-BFGS: a maximum of a density by its gradients.

use std::collections::VecDeque;

use super::line_search::line_search;
use crate::error::{DensityError, OptimizeError};
use crate::settings::{check_dim, settings};
use crate::vector::{add_scaled, dot};
use crate::{Error, LogDensity, Point, Rejections, Result};

settings! {
    /// The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: settings.
    ///
    /// | setting          | default | meaning                                                                     |
    /// |------------------|---------|-----------------------------------------------------------------------------|
    /// | `history`        | 10      | steps that the curvature is estimated from                                  |
    /// | `max_iterations` | 2000    |                                                                             |
    /// | `tolerance`      | 1e-12   | rise of the log density that is still expected when it stops, relative to its size above 1 |
    ///
    /// The rise that is expected is that to the top of the parabola that the estimated curvature gives: ½ gᵀ H g. It does not
    /// depend on the scales of the coordinates.
    ///
    /// # Reference
    /// Nocedal and Wright (2006), *Numerical Optimization*, algorithms 7.4 and 7.5.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::{LogDensity, Result, optimize::Lbfgs};
    ///
    /// /// Rosenbrock's banana, upside down: its top is at (1, 1).
    /// struct Banana;
    ///
    /// impl LogDensity for Banana {
    ///     fn dim(&self) -> usize {
    ///         2
    ///     }
    ///
    ///     fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64> {
    ///         let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    ///         gradient.copy_from_slice(&[2.0 * a + 400.0 * b * x[0], -200.0 * b]);
    ///         Ok(-a * a - 100.0 * b * b)
    ///     }
    /// }
    ///
    /// let top = Lbfgs::new().maximize(&mut Banana, vec![-1.2, 1.0])?;
    /// assert!(top.position.iter().all(|x| (x - 1.0).abs() < 1e-5));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Lbfgs {
        /// Number of steps that the curvature is estimated from; 10.
        history: usize = 10, at_least(1);
        /// Largest number of iterations; 2000.
        max_iterations: usize = 2000;
        /// Expected rise of the log density, relative to its size above 1, below which the search stops; 1e-12.
        tolerance: f64 = 1e-12, positive();
    }
}

/// Where a density has a maximum.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn coin() {
///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
/// }
///
/// // The posterior is Beta(16, 14); on the unconstrained space the density has its top at the logit of 16/30.
/// let mode = Map::new().jacobian(true).run(&coin())?;
/// let top = mode.maximum();
/// assert!((top.position[0] - (16.0_f64 / 14.0).ln()).abs() < 1e-6);
/// assert!(top.gradient[0].abs() < 1e-5 && top.gradient_evaluations >= top.iterations as u64);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Maximum {
    /// The position.
    pub position: Vec<f64>,
    /// The log density there.
    pub log_density: f64,
    /// Its gradient there, zero but for rounding and the tolerance.
    pub gradient: Vec<f64>,
    /// Number of iterations.
    pub iterations: usize,
    /// Number of evaluations of the gradient.
    pub gradient_evaluations: u64,
}

impl Lbfgs {
    /// Climbs from a position to a local maximum.
    ///
    /// # Errors
    /// A setting outside its domain; a start at which the log density or its gradient is not finite;
    /// [`OptimizeError::NoMaximum`] where the log density still rises when the iterations are over, as if it is
    /// unbounded, or where no step along the gradient raises it, as if that is wrong; the density's own.
    pub fn maximize(&self, density: &mut dyn LogDensity, start: Vec<f64>) -> Result<Maximum> {
        self.climb(density, start, &mut |_, _| Ok(()))
    }

    /// The same, which shows each point of the way, the start among them.
    pub(crate) fn climb(
        &self,
        density: &mut dyn LogDensity,
        start: Vec<f64>,
        observe: &mut dyn FnMut(&mut dyn LogDensity, &Point) -> Result<()>,
    ) -> Result<Maximum> {
        self.validate()?;
        check_dim("the start", density.dim(), start.len())?;
        let mut here = Point::at(start, density)?;
        if !here.is_finite() {
            let Point { position, gradient, log_density } = here;
            let (positions, rejections) = (vec![position], Rejections::default());
            return Err(DensityError::NoValidStart { positions, log_density, gradient, rejections }.into());
        }
        observe(density, &here)?;
        let mut curvature = Curvature { steps: VecDeque::with_capacity(self.history), limit: self.history };
        let mut evaluations = 1;
        // The log density where the top seemed to be reached: the curvature is estimated anew from there, for it may have
        // been that of other coordinates only.
        let mut claimed: Option<f64> = None;
        for iteration in 0..self.max_iterations {
            let direction = curvature.times(&here.gradient);
            let rise = 0.5 * dot(&direction, &here.gradient);
            let enough = self.tolerance * here.log_density.abs().max(1.0);
            let is_new = curvature.steps.is_empty();
            if rise == 0.0 {
                return Ok(here.maximum(iteration, evaluations));
            }
            if !is_new && rise <= enough {
                if claimed.is_some_and(|before| here.log_density - before <= enough) {
                    return Ok(here.maximum(iteration, evaluations));
                }
                claimed = Some(here.log_density);
                curvature.steps.clear();
                continue;
            }
            // The length of the gradient says nothing.
            let first = if is_new { (0.5 / rise).sqrt().min(1.0) } else { 1.0 };
            let found = line_search(density, &here, &direction, first)?;
            evaluations += found.evaluations;
            match found.point {
                Some(next) if found.is_rising => return Err(Self::no_maximum(next, iteration + 1, rise)),
                Some(next) => {
                    curvature.add(&here, &next);
                    here = next;
                    observe(density, &here)?;
                }
                // The estimate may be that of another region; or rounding hides what is left of the rise.
                None if !is_new => {
                    if rise <= ROUNDING * here.log_density.abs().max(1.0) {
                        claimed = Some(here.log_density);
                    }
                    curvature.steps.clear();
                }
                None if claimed.is_some() || rise <= enough.max(ROUNDING * here.log_density.abs().max(1.0)) => {
                    return Ok(here.maximum(iteration, evaluations));
                }
                None => return Err(Self::no_maximum(here, iteration, rise)),
            }
        }
        let rise = 0.5 * dot(&curvature.times(&here.gradient), &here.gradient);
        Err(Self::no_maximum(here, self.max_iterations, rise))
    }

    fn no_maximum(here: Point, iterations: usize, rise: f64) -> Error {
        let Point { position, gradient, log_density } = here;
        OptimizeError::NoMaximum { site: None, iterations, rise, position, log_density, gradient }.into()
    }
}

/// What rounding may hide of a rise, relative to the log density.
const ROUNDING: f64 = 1e-11;

impl Point {
    fn maximum(self, iterations: usize, gradient_evaluations: u64) -> Maximum {
        let Self { position, log_density, gradient } = self;
        Maximum { position, log_density, gradient, iterations, gradient_evaluations }
    }
}

/// An estimate of the inverse of the negative Hessian, by the last steps.
struct Curvature {
    /// Moves of the position and, the other way round, of the gradient, the oldest first.
    steps: VecDeque<(Vec<f64>, Vec<f64>)>,
    limit: usize,
}

impl Curvature {
    /// Learns from a step, if the gradient fell along it.
    fn add(&mut self, from: &Point, to: &Point) {
        let difference = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let step = difference(&to.position, &from.position);
        let fall = difference(&from.gradient, &to.gradient);
        if dot(&step, &fall) <= f64::EPSILON * dot(&fall, &fall) {
            return;
        }
        if self.steps.len() == self.limit {
            self.steps.pop_front();
        }
        self.steps.push_back((step, fall));
    }

    /// The estimate times a vector, by the recursion over the steps and back.
    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut result = vector.to_vec();
        let mut weights = Vec::with_capacity(self.steps.len());
        for (step, fall) in self.steps.iter().rev() {
            let weight = dot(step, &result) / dot(step, fall);
            add_scaled(&mut result, -weight, fall);
            weights.push(weight);
        }
        if let Some((step, fall)) = self.steps.back() {
            let scale = dot(step, fall) / dot(fall, fall);
            result.iter_mut().for_each(|x| *x *= scale);
        }
        for ((step, fall), weight) in self.steps.iter().zip(weights.into_iter().rev()) {
            let other = dot(fall, &result) / dot(step, fall);
            add_scaled(&mut result, weight - other, step);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::{Gaussian, Univariate};

    #[test]
    fn the_top_of_a_gaussian_is_its_mean_whatever_the_scales() {
        let mut density = Gaussian::bivariate([1.0, -5000.0], [1e-3, 2000.0], 0.9);
        let top = Lbfgs::new().maximize(&mut density, vec![0.0, 0.0]).unwrap();
        // ½ (z² of the position) ≤ 1e-12 in units of the scales, as far as the estimate of the curvature holds.
        for ((x, mean), scale) in top.position.iter().zip([1.0, -5000.0]).zip([1e-3, 2000.0]) {
            assert!((x - mean).abs() < 1e-4 * scale, "{top:?}");
        }
        assert!(top.iterations < 60, "{top:?}");
    }

    #[test]
    fn a_density_that_is_not_finite_beyond_an_edge_is_climbed_inside() {
        // ln x − x on x > 0, with the top at 1; the first step from 30 goes beyond 0.
        for start in [1e-3, 30.0, 1e6] {
            let mut density = Univariate(|x: f64| (x.ln() - x, 1.0 / x - 1.0));
            let top = Lbfgs::new().maximize(&mut density, vec![start]).unwrap();
            assert!((top.position[0] - 1.0).abs() < 1e-5, "from {start}: {top:?}");
        }
    }

    #[test]
    fn what_has_no_maximum_is_an_error_that_says_where_it_was_left() {
        let mut rising = Univariate(|x: f64| (x, 1.0));
        let error = Lbfgs::new().maximize(&mut rising, vec![0.0]).unwrap_err();
        assert!(matches!(error, Error::Optimize(OptimizeError::NoMaximum { iterations: 1, .. })), "{error}");
        let mut slow = Univariate(|x: f64| (x.ln(), 1.0 / x));
        let error = Lbfgs::new().max_iterations(3).maximize(&mut slow, vec![1.0]).unwrap_err();
        assert!(matches!(error, Error::Optimize(OptimizeError::NoMaximum { iterations: 3, .. })), "{error}");
        // A gradient of the wrong sign.
        let mut wrong = Univariate(|x: f64| (-x * x, 2.0 * x));
        let error = Lbfgs::new().maximize(&mut wrong, vec![1.0]).unwrap_err();
        assert!(matches!(error, Error::Optimize(OptimizeError::NoMaximum { iterations: 0, .. })), "{error}");
        let mut nowhere = Univariate(|_| (f64::NAN, 0.0));
        assert!(matches!(
            Lbfgs::new().maximize(&mut nowhere, vec![1.0]),
            Err(Error::Density(DensityError::NoValidStart { .. }))
        ));
    }

    #[test]
    fn settings_outside_their_domains_are_named() {
        let mut density = Gaussian::diagonal(&[1.0]);
        let message =
            |lbfgs: Lbfgs, density: &mut Gaussian| lbfgs.maximize(density, vec![1.0]).unwrap_err().to_string();
        assert_eq!(message(Lbfgs::new().history(0), &mut density), "`history` must be at least 1, got 0");
        assert_eq!(
            message(Lbfgs::new().tolerance(f64::NAN), &mut density),
            "`tolerance` must be positive and finite, got NaN"
        );
    }
}
