//! The acceptance statistic that the warm-up adapts the step size to.

/// The first target and those that it rises to.
pub(super) const TARGETS: [f64; 3] = [0.8, 0.9, 0.95];
/// Divergences in a window from which the target rises to the next one. A single one is not rare where the posterior is
/// harmless; after the first rise it is known that it is not.
const DIVERGENCES: [usize; 2] = [2, 1];
/// Iterations after a restart of dual averaging whose divergences do not count: it begins with steps that are too large.
const SETTLING: usize = 30;

/// A target that rises where trajectories diverge.
///
/// A step size for a target of 0.8 is the most efficient one on most posteriors. Where the curvature varies from place to
/// place it is too large in some of them, which divergences tell: Stan and PyMC advise to raise the target then and to run
/// again. This does so within the warm-up.
#[derive(Clone, Debug, Default)]
pub(super) struct RisingTarget {
    level: usize,
    /// Of the window that is open.
    divergences: usize,
    /// Iterations since dual averaging restarted.
    settled: usize,
}

impl RisingTarget {
    /// Begins with the first target, or with the second one where the dimensions are so many that divergences are to be
    /// expected: posteriors of hundreds of dimensions are mostly those of hierarchies and latent processes.
    pub(super) fn new(is_large: bool) -> Self {
        Self { level: usize::from(is_large), ..Self::default() }
    }

    pub(super) fn value(&self) -> f64 {
        TARGETS[self.level]
    }

    /// Tells that dual averaging restarted.
    pub(super) fn restart(&mut self) {
        self.settled = 0;
    }

    /// Looks at an iteration; `counts` if the metric is one of a window, not of the first phase.
    pub(super) fn observe(&mut self, diverged: bool, counts: bool) {
        self.settled += 1;
        self.divergences += usize::from(diverged && counts && self.settled > SETTLING);
    }

    /// Whether the target rose at the end of a window.
    pub(super) fn end_window(&mut self) -> bool {
        let rises = DIVERGENCES.get(self.level).is_some_and(|most| self.divergences >= *most);
        self.level += usize::from(rises);
        self.divergences = 0;
        rises
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The targets after windows of 100 iterations with so many divergences, at their beginning or at their end.
    fn after(windows: &[usize], at_end: bool) -> f64 {
        let mut target = RisingTarget::default();
        for &divergences in windows {
            target.restart();
            for iteration in 0..100 {
                let distance = if at_end { 99 - iteration } else { iteration };
                target.observe(distance < divergences, true);
            }
            target.end_window();
        }
        target.value()
    }

    #[test]
    fn two_divergences_in_a_window_raise_the_target_and_then_one_up_to_the_last() {
        assert_eq!(after(&[1, 1, 1], true), 0.8);
        assert_eq!(after(&[2], true), 0.9);
        assert_eq!(after(&[5, 0], true), 0.9);
        assert_eq!(after(&[1, 2, 0, 1, 3], true), 0.95);
        assert_eq!(after(&[9, 9, 9, 9], true), 0.95);
    }

    #[test]
    fn divergences_of_the_first_steps_or_phase_do_not_count() {
        assert_eq!(after(&[30, 30], false), 0.8);
        assert_eq!(after(&[32], false), 0.9);
        let mut target = RisingTarget::default();
        (0..100).for_each(|_| target.observe(true, false));
        assert!(!target.end_window());
    }
}
