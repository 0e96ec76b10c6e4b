//! The acceptance statistic that the warm-up adapts the step size to.

/// The first target and those that it rises to.
pub(super) const TARGETS: [f64; 4] = [0.8, 0.85, 0.9, 0.95];
/// The first one of many dimensions.
const FIRST_OF_MANY_DIMENSIONS: usize = 2;
/// The energy error from which one counts as large.
///
/// With a target of 0.8 one in a few thousand trajectories has such an error on a posterior near a Gaussian, whatever its dimension and scales, 3 % on a GARCH
/// model, 6 % on the eight schools, 15 % on a Poisson regression by a Gaussian process. Divergences, errors of more than 1000, are a
/// hundred times rarer, so that a warm-up of some hundred iterations sees too few of them to tell these apart.
const LARGE_ENERGY_ERROR: f64 = 10.0;
/// Trajectories after which it is decided whether the target rises.
const WINDOW: usize = 100;
/// Large energy errors among them from which each target rises to the next one, and from which it rises by two.
const LARGE_ERRORS: [usize; 3] = [6, 6, 3];
const MANY_LARGE_ERRORS: usize = 11;
/// Iterations after a search for the step size that do not count: dual averaging begins with steps that are too large.
const SETTLING: usize = 30;

/// A target that rises where the energy error of many trajectories is large, and falls again where none is.
///
/// A step size for a target of 0.8 is the most efficient one on most posteriors. Where the curvature varies from place to
/// place it is too large in some of them, and energy errors are large there: Stan and PyMC advise to raise the target where
/// trajectories diverge, and to run again. This does so within the warm-up.
#[derive(Clone, Debug, Default)]
pub(super) struct AdaptiveTarget {
    level: usize,
    /// The level that it began with.
    first: usize,
    /// Trajectories since the last decision, and those of them with a large energy error.
    trajectories: usize,
    large_errors: usize,
    /// Iterations since dual averaging restarted.
    settled: usize,
}

impl AdaptiveTarget {
    /// Begins with the first target, or with 0.9 of many dimensions, where large errors are to be expected:
    /// posteriors of hundreds of dimensions are mostly those of hierarchies and latent processes.
    pub(super) fn new(is_large: bool) -> Self {
        let first = if is_large { FIRST_OF_MANY_DIMENSIONS } else { 0 };
        Self { level: first, first, ..Self::default() }
    }

    pub(super) fn value(&self) -> f64 {
        TARGETS[self.level]
    }

    /// The one that it began with.
    pub(super) fn first_value(&self) -> f64 {
        TARGETS[self.first]
    }

    /// Whether it is higher than at first.
    pub(super) fn has_risen(&self) -> bool {
        self.level > self.first
    }

    /// Tells that dual averaging restarted.
    pub(super) fn restart(&mut self) {
        self.settled = 0;
    }

    /// Looks at the largest energy error of a trajectory; it `counts` if the metric is one of a window, not of the first phase.
    /// Whether the target is another one from here on.
    pub(super) fn observe(&mut self, energy_error: f64, counts: bool) -> bool {
        self.settled += 1;
        if !counts || self.settled <= SETTLING {
            return false;
        }
        self.trajectories += 1;
        self.large_errors += usize::from(energy_error > LARGE_ENERGY_ERROR);
        if self.trajectories < WINDOW {
            return false;
        }
        let before = self.level;
        if LARGE_ERRORS.get(self.level).is_some_and(|least| self.large_errors >= *least) {
            let levels = if self.large_errors >= MANY_LARGE_ERRORS { 2 } else { 1 };
            self.level = (self.level + levels).min(TARGETS.len() - 1);
        } else if self.large_errors == 0 && self.level < TARGETS.len() - 1 {
            // The errors were of a metric that has been replaced.
            self.level = self.level.saturating_sub(1).max(self.first);
        }
        (self.trajectories, self.large_errors) = (0, 0);
        self.level != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The target after windows with this many large energy errors each.
    fn after(windows: &[usize]) -> f64 {
        let mut target = AdaptiveTarget { settled: SETTLING, ..AdaptiveTarget::default() };
        for &errors in windows {
            let before = target.value();
            let changes: Vec<bool> = (0..WINDOW)
                .map(|iteration| target.observe(if iteration < errors { 10.1 } else { 9.9 }, true))
                .collect();
            assert_eq!(changes.iter().filter(|changes| **changes).count(), usize::from(target.value() != before));
        }
        target.value()
    }

    #[test]
    fn the_target_follows_the_number_of_large_errors() {
        assert_eq!(after(&[5, 5, 5]), 0.8);
        assert_eq!(after(&[6]), 0.85);
        assert_eq!(after(&[10, 5]), 0.85);
        assert_eq!(after(&[11, 2]), 0.9);
        assert_eq!(after(&[11, 3]), 0.95);
        assert_eq!(after(&[6, 1, 6, 2, 3]), 0.95);
        assert_eq!(after(&[11, 0]), 0.85);
        assert_eq!(after(&[11, 0, 0, 0]), 0.8);
        assert_eq!(after(&[11, 11, 0]), 0.95);
        assert_eq!(after(&[50, 50, 50, 50]), 0.95);
    }

    #[test]
    fn large_errors_of_the_first_steps_or_phase_do_not_count() {
        let mut target = AdaptiveTarget::default();
        assert!((0..SETTLING).all(|_| !target.observe(f64::INFINITY, true)));
        assert!((0..200).all(|_| !target.observe(f64::INFINITY, false)));
        assert!((0..WINDOW).all(|_| !target.observe(0.0, true)));
        target.restart();
        assert!((0..SETTLING).all(|_| !target.observe(f64::INFINITY, true)));
        assert!((0..WINDOW).all(|_| !target.observe(0.0, true)));
        assert_eq!(target.value(), 0.8);
    }

    #[test]
    fn of_many_dimensions_it_does_not_fall_below_its_first_value() {
        let mut target = AdaptiveTarget { settled: SETTLING, ..AdaptiveTarget::new(true) };
        assert!((0..3 * WINDOW).all(|_| !target.observe(0.0, true)));
        assert_eq!(target.value(), 0.9);
    }
}
