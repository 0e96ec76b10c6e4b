//! The acceptance statistic as a function of the step size.

use std::f64::consts::PI;

use ppl::special::{ndtr, ndtri};

/// Trials of which a curve is fitted.
const LEAST_TRIALS: usize = 20;
/// Of the logarithm of a step size.
const TOLERANCE: f64 = 1e-6;

/// Step sizes that were tried, with one mass matrix, and the acceptance statistics of their trajectories.
///
/// Dual averaging keeps the mean of the logarithms of the step sizes that it tried. As the acceptance falls the faster the larger
/// the step, that mean is accepted more often than the steps on the average were: 0.85 for a target of 0.8, at the price of a
/// fifth of the steps. Here the target is looked up on the curve that goes through the trials,
///
/// a(ε) = 2 Φ(−c ε²),
///
/// whose one parameter c is such that the mean of a(ε) over the trials is the mean of their acceptance statistics.
///
/// # Reference
/// Beskos, Pillai, Roberts, Sanz-Serna & Stuart (2013), Optimal tuning of the hybrid Monte Carlo algorithm, Bernoulli 19(5A),
/// for the curve.
#[derive(Clone, Debug, Default)]
pub(super) struct AcceptanceCurve {
    trials: Vec<(f64, f64)>,
}

impl AcceptanceCurve {
    /// Forgets all trials, which were with another mass matrix.
    pub(super) fn restart(&mut self) {
        self.trials.clear();
    }

    pub(super) fn observe(&mut self, step_size: f64, accept_prob: f64) {
        self.trials.push((step_size, accept_prob.min(1.0)));
    }

    /// The step size at which the acceptance is `target`; `None` of few trials, or where all of them were accepted or none.
    pub(super) fn step_size(&self, target: f64) -> Option<f64> {
        if self.trials.len() < LEAST_TRIALS {
            return None;
        }
        // With the step size ε₀ of the target, c ε² is −Φ⁻¹(target/2) (ε/ε₀)².
        let at_target = ndtri(0.5 * target);
        let log_trials: Vec<(f64, f64)> = self.trials.iter().map(|trial| (trial.0.ln(), trial.1)).collect();
        // The sum of a(ε) − acceptance for ln ε₀, and its derivative.
        let excess = |log_step_size: f64| {
            log_trials.iter().fold((0.0, 0.0), |(sum, slope), (log_trial, observed)| {
                let argument = at_target * (2.0 * (log_trial - log_step_size)).exp();
                let normal_density = (-0.5 * argument * argument).exp() / (2.0 * PI).sqrt();
                (sum + 2.0 * ndtr(argument) - observed, slope - 4.0 * argument * normal_density)
            })
        };
        let steps = || log_trials.iter().map(|trial| trial.0);
        let mut low = steps().fold(f64::INFINITY, f64::min) - 2.0;
        let mut high = steps().fold(f64::NEG_INFINITY, f64::max) + 2.0;
        if !(excess(low).0 < 0.0 && excess(high).0 > 0.0) {
            return None;
        }
        // Newton's method, with a bisection where its step would leave the bracket.
        let mut root = 0.5 * (low + high);
        loop {
            let (sum, slope) = excess(root);
            (low, high) = if sum < 0.0 { (root, high) } else { (low, root) };
            let newton = root - sum / slope;
            let next = if (low..=high).contains(&newton) { newton } else { 0.5 * (low + high) };
            if (next - root).abs() < TOLERANCE {
                return Some(next.exp());
            }
            root = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trials at step sizes that fluctuate about 1 by a factor of e^±0.5, with their acceptance.
    fn curve(accept_prob: impl Fn(f64) -> f64) -> AcceptanceCurve {
        let mut curve = AcceptanceCurve::default();
        for trial in 0..200 {
            let step_size = (0.5 * (1.7 * f64::from(trial)).sin()).exp();
            curve.observe(step_size, accept_prob(step_size));
        }
        curve
    }

    /// That of Beskos et al. with c = 0.3.
    fn theory(step_size: f64) -> f64 {
        2.0 * ndtr(-0.3 * step_size * step_size)
    }

    #[test]
    fn the_step_size_of_a_target_is_that_of_the_curve() {
        for target in [0.6, 0.8, 0.95] {
            let step_size = curve(theory).step_size(target).unwrap();
            assert!((theory(step_size) - target).abs() < 1e-6, "{step_size}");
        }
    }

    /// Of a process in equilibrium, whose steps fluctuate about the right one, the curve knows that one better than the mean of
    /// the logarithms: also where the acceptance is of another shape, as 1 − 0.2 ε⁴ here.
    #[test]
    fn a_target_is_met_better_than_by_the_mean_of_the_logarithms() {
        let other = |step_size: f64| (1.0 - 0.2 * step_size.powi(4)).max(0.0);
        for accept_prob in [&theory as &dyn Fn(f64) -> f64, &other] {
            let curve = curve(accept_prob);
            let count = curve.trials.len() as f64;
            let target = curve.trials.iter().map(|trial| trial.1).sum::<f64>() / count;
            let mean = (curve.trials.iter().map(|trial| trial.0.ln()).sum::<f64>() / count).exp();
            let by_curve = curve.step_size(target).unwrap();
            assert!(accept_prob(mean) > target + 0.01, "the mean is accepted more often");
            let errors = [by_curve, mean].map(|step_size| (accept_prob(step_size) - target).abs());
            assert!(errors[0] < 0.7 * errors[1], "{errors:?}");
        }
    }

    #[test]
    fn there_is_no_curve_through_few_trials_or_through_trials_that_are_all_alike() {
        assert_eq!(curve(|_| 1.0).step_size(0.8), None);
        assert_eq!(curve(|_| 0.0).step_size(0.8), None);
        let mut few = AcceptanceCurve::default();
        (1..LEAST_TRIALS).for_each(|_| few.observe(1.0, 0.8));
        assert_eq!(few.step_size(0.8), None);
        few.observe(1.0, 0.8);
        assert!((few.step_size(0.8).unwrap() - 1.0).abs() < 1e-6);
        few.restart();
        assert_eq!(few.step_size(0.8), None);
    }
}
