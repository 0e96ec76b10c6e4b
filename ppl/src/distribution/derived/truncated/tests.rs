//! Truncated distributions against closed forms and the golden tables of truncated normal and Cauchy distributions.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::distribution::{
    DistributionExt, Draw, Exponential, Gamma, HalfNormal, Normal, Poisson, StudentT, TruncatedNormal,
};
use crate::grad;

fn build(p: &Parameters) -> Result<Truncated<StudentT>> {
    StudentT::new(p.get("df"), p.get("loc"), p.get("scale")).truncated(p.get("low")..p.get("high"))
}

fn family() -> Family<Truncated<StudentT>> {
    Family::new("TruncatedStudentT", build)
        .without_golden_cases("the table has the truncated normal and the truncated Cauchy distribution")
        .without_far_cases("those of the truncated Cauchy distribution")
        .nan_at(
            "df",
            &["log_prob", "sample", "cdf", "log_cdf", "survival", "log_survival", "icdf"],
            "the formula is ∞ − ∞ or 0 · ∞ there, without its limit",
        )
        .at(parameters! { df: 3.0, loc: 0.3, scale: 1.7, low: -1.0, high: 2.5 })
        .at(parameters! { df: 8.0, loc: -0.5, scale: 0.8, low: -0.7, high: 3.0 })
        .made_of("StudentT")
        .made_of("Truncated")
        .rejects(
            parameters! { df: 0.0, loc: 0.0, scale: 1.0, low: 0.0, high: 1.0 },
            "StudentT: `df` must be positive, got 0",
        )
        .rejects(
            parameters! { df: 1.0, loc: f64::NAN, scale: 1.0, low: 0.0, high: 1.0 },
            "StudentT: `loc` must be real, got NaN",
        )
        .rejects(
            parameters! { df: 1.0, loc: 0.0, scale: -1.0, low: 0.0, high: 1.0 },
            "StudentT: `scale` must be positive, got -1",
        )
        .rejects(
            parameters! { df: 1.0, loc: 0.0, scale: 1.0, low: f64::NAN, high: 1.0 },
            "Truncated: `low` must be real or -inf, got NaN",
        )
        .rejects(
            parameters! { df: 1.0, loc: 0.0, scale: 1.0, low: 2.0, high: 1.0 },
            "Truncated: `high` must be greater than 2, got 1",
        )
        .draws([0.19163279639208297, 0.20098596395342166, 1.2842176636118365])
}

conformance::distribution!(family() => univariate, cdf, mode, reparameterized);

/// The truncated normal distribution as a truncated normal distribution, by its golden table.
mod normal {
    use super::*;

    fn family() -> Family<Truncated<Normal>> {
        let build = |p: &Parameters| Normal::new(p.get("loc"), p.get("scale")).truncated(p.get("low")..p.get("high"));
        Family::new("TruncatedNormal", build)
            .without_far_cases("those of the truncated Cauchy distribution")
            .at(parameters! { loc: 0.3, scale: 1.7, low: -1.0, high: 2.5 })
            .at(parameters! { loc: -0.5, scale: 0.8, low: -0.7, high: 3.0 })
            .draws([0.0; 3])
    }

    conformance::law_tests! { family() => golden_log_prob, at_the_ends_the_density_is_known, cdf }
}

/// One end; the other is that of the base's support.
mod one_sided {
    use super::*;

    fn family() -> Family<Truncated<HalfNormal>> {
        Family::new("TruncatedHalfNormal", |p| HalfNormal::new(p.get("scale")).truncated(..p.get("high")))
            .without_golden_cases("the table has the truncated normal and the truncated Cauchy distribution")
            .without_far_cases("those of the truncated Cauchy distribution")
            .at(parameters! { scale: 1.7, high: 2.0 })
            .at(parameters! { scale: 0.6, high: 1.0 })
            .made_of("HalfNormal")
            .made_of("Truncated")
            .rejects(parameters! { scale: -1.0, high: 1.0 }, "HalfNormal: `scale` must be positive, got -1")
            .rejects(
                parameters! { scale: 1.0, high: -1.0 },
                "Truncated: `high` must be greater than 0, where the support begins, got -1",
            )
            .draws([0.6183544198964263, 0.6241133774064377, 1.3183057153848694])
    }

    conformance::distribution!(family() => univariate, cdf, mode, reparameterized);
}

/// A base that asks whether a value is 0 is given the value, also in a program in which an end moves.
#[test]
fn the_limit_at_the_end_of_the_base_is_kept() {
    let density = |high: &[Tensor]| {
        Gamma::new(1.0, 0.6).truncated(..&high[0])?.log_prob(&Tensor::from([0.0, 1.0])).map(|each| each.sum())
    };
    let (value, _) = grad(density, &[3.0.into()]).unwrap();
    let want = 2.0 * (0.6_f64.ln() - (-(-1.8_f64).exp_m1()).ln()) - 0.6;
    assert!((value - want).abs() < 1e-14);
    crate::program::tests::assert_program_is_tape("truncated gamma at 0", &[3.0.into()], density);
}

mod counts {
    use super::*;

    fn family() -> Family<Truncated<Poisson>> {
        let build = |p: &Parameters| Poisson::new(p.get("rate")).truncated(p.get("low")..=p.get("high"));
        Family::new("TruncatedPoisson", build)
            .without_golden_cases("sums of masses in closed form are below")
            .without_far_cases("those of the Poisson distribution")
            .nan_at(
                "rate",
                &["log_prob", "cdf", "log_cdf", "survival", "log_survival"],
                "no mass is left between the bounds",
            )
            .at(parameters! { rate: 2.5, low: 1.0, high: 6.0 })
            .at(parameters! { rate: 9.0, low: 2.0, high: 14.0 })
            .constant("low")
            .constant("high")
            .made_of("Poisson")
            .made_of("Truncated")
            .rejects(parameters! { rate: -1.0, low: 1.0, high: 4.0 }, "Poisson: `rate` must be non-negative, got -1")
            .rejects(
                parameters! { rate: 1.0, low: f64::NAN, high: 4.0 },
                "Truncated: `low` must be real or -inf, got NaN",
            )
            .rejects(parameters! { rate: 1.0, low: 5.0, high: 4.0 }, "Truncated: `high` must be at least 5, got 4")
            .draws([2.0, 2.0, 3.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode);

    #[test]
    fn ranges_of_counts_are_those_of_rust() {
        let poisson = || Poisson::new(2.0);
        let mass = |k: f64| poisson().unwrap().prob(&k.into()).unwrap().item();
        let at = |truncated: Result<Truncated<Poisson>>, k: f64| truncated.unwrap().prob(&k.into()).unwrap().item();
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-14, "{got}, {want}");
        close(at(poisson().truncated(1.0..), 2.0), mass(2.0) / (1.0 - mass(0.0)));
        close(at(poisson().truncated(1.0..3.0), 2.0), mass(2.0) / (mass(1.0) + mass(2.0)));
        close(at(poisson().truncated(1.0..=3.0), 2.0), mass(2.0) / (mass(1.0) + mass(2.0) + mass(3.0)));
        close(at(poisson().truncated(..3.0), 2.0), mass(2.0) / (mass(0.0) + mass(1.0) + mass(2.0)));
        close(at(poisson().truncated(0.5..=1.5), 1.0), 1.0);
        assert_eq!(at(poisson().truncated(1.0..3.0), 3.0), 0.0);
    }

    /// Far out, where no rejection would end: the counts fall by 2 / k.
    #[test]
    fn draws_far_in_the_tail() {
        let far = Poisson::new(2.0).truncated(100.0..).unwrap();
        let draws = far.draw_n(0, 2000).unwrap();
        let mean = draws.mean().item() - 100.0;
        // A ratio of 2/101 and its square; 2000 draws have a standard error of 0.0032.
        assert!((mean - 0.0202).abs() < 0.013, "{mean}");
    }
}

#[test]
fn far_in_the_tail() {
    // The tail of the exponential distribution is without memory.
    let far = Exponential::new(2.0).truncated(1000.0..).unwrap();
    assert!((far.log_prob(&1001.0.into()).unwrap().item() - (2_f64.ln() - 2.0)).abs() < 1e-12);
    let quantile = far.icdf(&Tensor::from([1e-9, 0.5, 0.999])).unwrap() - 1000.0;
    let want = Exponential::new(2.0).unwrap().icdf(&Tensor::from([1e-9, 0.5, 0.999])).unwrap();
    assert!((quantile - want).abs().max() < 1e-12);
    // There a normal distribution's probabilities underflow: ln p has eleven digits behind the point.
    let far = Normal::new(0.0, 1.0).truncated(1000.0..).unwrap();
    let reference = TruncatedNormal::new(0.0, 1.0, 1000.0, f64::INFINITY).unwrap();
    let x = Tensor::from([1000.0, 1000.001, 1000.01]);
    assert!((far.log_prob(&x).unwrap() - reference.log_prob(&x).unwrap()).abs().max() < 1e-9);
    let median = far.icdf(&0.5.into()).unwrap().item();
    assert!((median - reference.icdf(&0.5.into()).unwrap().item()).abs() < 1e-10, "{median}");
    let draws = far.draw_n(0, 1000).unwrap();
    assert!((draws.mean().item() - 1000.001).abs() < 2e-4, "an excess of 1/1000, standard error 3e-5");
}

#[test]
fn an_interval_beyond_the_support_is_no_cut() {
    let whole = Gamma::new(2.0, 1.0).unwrap();
    let truncated = Gamma::new(2.0, 1.0).truncated(-3.0..).unwrap();
    let x = Tensor::from([0.5, 3.0]);
    assert_eq!(truncated.log_prob(&x).unwrap(), whole.log_prob(&x).unwrap());
    assert_eq!(truncated.log_prob(&(-1.0).into()).unwrap(), f64::NEG_INFINITY);
}

#[test]
fn ends_are_checked() {
    let message = |truncated: Result<Truncated<Gamma>>| truncated.unwrap_err().to_string();
    let gamma = || Gamma::new(2.0, 1.0);
    assert_eq!(message(gamma().truncated(2.0..1.0)), "Truncated: `high` must be greater than 2, got 1");
    assert_eq!(message(gamma().truncated(f64::NAN..)), "Truncated: `low` must be real or -inf, got NaN");
    assert_eq!(
        message(gamma().truncated(..-1.0)),
        "Truncated: `high` must be greater than 0, where the support begins, got -1"
    );
    assert_eq!(message(Gamma::new(-2.0, 1.0).truncated(1.0..)), "Gamma: `concentration` must be positive, got -2");
    let error = Poisson::new(2.0).truncated(4.0..=3.0).unwrap_err().to_string();
    assert_eq!(error, "Truncated: `high` must be at least 4, got 3");
    // Those that are being differentiated are checked by a draw.
    let late = |ends: &[Tensor]| {
        let error = Normal::new(0.0, 1.0).truncated(&ends[0]..&ends[1])?.draw(0).unwrap_err().to_string();
        assert_eq!(error, "Truncated: `high` must be greater than 2, got 1");
        Ok(Tensor::from(0.0))
    };
    grad(late, &[2.0.into(), 1.0.into()]).unwrap();
    let late = |df: &[Tensor]| {
        let error = StudentT::new(&df[0], 0.0, 1.0).truncated(0.0..)?.draw(0).unwrap_err().to_string();
        assert_eq!(error, "StudentT: `df` must be positive, got -1");
        Ok(Tensor::from(0.0))
    };
    grad(late, &[(-1.0).into()]).unwrap();
}

#[test]
fn a_latent_end_has_a_gradient() {
    // Of Exponential(1) above low: p(x) = exp(low − x), and a draw moves with low.
    let density = |low: &[Tensor]| Exponential::new(1.0).truncated(&low[0]..)?.log_prob(&3.0.into());
    let (value, gradient) = grad(density, &[0.5.into()]).unwrap();
    assert!((value + 2.5).abs() < 1e-14 && (gradient[0].item() - 1.0).abs() < 1e-14);
    let draw = |low: &[Tensor]| Exponential::new(1.0).truncated(&low[0]..).draw(0);
    let (_, gradient) = grad(draw, &[0.5.into()]).unwrap();
    assert!((gradient[0].item() - 1.0).abs() < 1e-12);
}
