//! The pictures of failures show failures.

use super::when_it_fails as fails;
use super::*;

/// The centred form does not reach where the other draws 2 % of the values; the prior is the answer.
#[test]
fn a_funnel() {
    let nuts = fails::nuts().progress(false);
    let (centred, non_centred) = (nuts.run(&fails::funnel()).unwrap(), nuts.run(&fails::without_funnel()).unwrap());
    assert!(centred.sample_stats().divergences() > 0);
    assert_eq!(non_centred.sample_stats().divergences(), 0);
    regressions::assert_moments(&non_centred, "log_scale", (0.0, 3.0));
    let lowest = |posterior: &Posterior| posterior.get("log_scale").unwrap().quantile(0.01);
    assert!(lowest(&centred) > lowest(&non_centred) + 0.3);
}

/// The modes are some five standard deviations apart: no chain leaves its own, and R̂ says so.
#[test]
fn labels_and_modes() {
    let y = fails::data();
    let switched = fails::from_both_orders().progress(false).run(&fails::mixture(&y)).unwrap();
    assert!(switched.summary().row("means[0]").unwrap().r_hat > 1.3);
    let ordered = fails::nuts().progress(false).run(&fails::ordered_mixture(&y)).unwrap();
    assert!(ordered.summary().rows().iter().all(|row| row.r_hat < 1.03));

    let stuck = fails::from_both_sides().progress(false).run(&fails::square()).unwrap();
    assert!(stuck.summary().row("x").unwrap().r_hat > 1.3);
    let x = stuck.get("x").unwrap();
    let means: Vec<f64> = x.values().outer_iter().map(|chain| chain.mean().unwrap()).collect();
    for (mean, mode) in means.into_iter().zip([-2.0, 2.0, 2.0, 2.0]) {
        // The standard deviation of a mode is 0.5 / |2 · 2| = 0.125.
        assert!((mean - mode).abs() < 0.1, "{mean}");
    }
}
