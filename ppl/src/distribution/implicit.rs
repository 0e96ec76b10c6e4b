//! Implicit reparameterisation: derivatives of draws by parameters that no formula connects them with.
//!
//! A draw x of a distribution function F moves with a parameter θ so that F(x; θ) stays where it is:
//!
//! ```text
//! dx/dθ = −(∂F/∂θ) / p(x)
//! ```
//!
//! ∂F/∂θ is taken by a five-point difference of the logarithm of the smaller tail, which the special functions give
//! with full relative precision; with a step of 1e-3 of the length over which F changes, about ten digits are right.
//!
//! **Reference** Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.

use super::student_t;
use crate::{Result, Tensor, special};

/// The draw, with a gradient by a parameter that is being differentiated: what is added is 0, and has this derivative.
pub(crate) fn attach(draw: &Tensor, parameter: &Tensor, derivative: &Tensor) -> Result<Tensor> {
    draw.try_add(parameter.try_sub(parameter.detach())?.try_mul(derivative)?)
}

/// How a draw `x` of Gamma(`concentration`, 1) moves with the concentration.
pub(crate) fn gamma_by_concentration(x: f64, concentration: f64) -> f64 {
    let lower = special::gamma_p(concentration, x) < 0.5;
    let log_tail = |a: f64| if lower { special::gamma_p(a, x) } else { special::gamma_q(a, x) }.ln();
    let log_density = (concentration - 1.0) * x.ln() - x - special::lgamma(concentration);
    by_tail(lower, log_tail, concentration, log_density)
}

/// How a draw `x` of Beta(`a`, `b`) moves with `a`; for the other parameter, see [`beta_by_concentration0`].
pub(crate) fn beta_by_concentration1(x: f64, a: f64, b: f64) -> f64 {
    let lower = special::beta_i(a, b, x) < 0.5;
    let tail = if lower { special::beta_i } else { special::beta_i_complement };
    by_tail(lower, |a| tail(a, b, x).ln(), a, beta_log_density(x, a, b))
}

/// How a draw `x` of Beta(`a`, `b`) moves with `b`.
pub(crate) fn beta_by_concentration0(x: f64, a: f64, b: f64) -> f64 {
    let lower = special::beta_i(a, b, x) < 0.5;
    let tail = if lower { special::beta_i } else { special::beta_i_complement };
    by_tail(lower, |b| tail(a, b, x).ln(), b, beta_log_density(x, a, b))
}

fn beta_log_density(x: f64, a: f64, b: f64) -> f64 {
    special::xlogy(a - 1.0, x) + special::xlog1py(b - 1.0, -x) - special::lbeta(a, b)
}

/// How a draw `t` of the standard t distribution moves with the degrees of freedom.
pub(crate) fn student_t_by_df(t: f64, df: f64) -> f64 {
    // The distribution is symmetric.
    let moved =
        by_tail(true, |df| student_t::lower_tail(-t.abs(), df).ln(), df, student_t::standard_log_density(t, df));
    if t > 0.0 { -moved } else { moved }
}

/// −(∂F/∂θ) / p, given the logarithm of one tail of F as a function of θ.
fn by_tail(lower: bool, log_tail: impl Fn(f64) -> f64, parameter: f64, log_density: f64) -> f64 {
    // A distribution function changes over the length of the parameter, and over its square root where it is large.
    let step = 1e-3 * parameter.min(parameter.sqrt());
    let f = |offset: f64| log_tail(parameter + offset * step);
    let slope = (8.0 * (f(1.0) - f(-1.0)) - (f(2.0) - f(-2.0))) / (12.0 * step);
    let derivative = (f(0.0) - log_density).exp() * slope;
    let derivative = if lower { -derivative } else { derivative };
    // A draw that was rounded to the edge of the support stays there.
    if derivative.is_finite() { derivative } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::integral;

    #[track_caller]
    fn check(got: f64, want: f64) {
        assert!(
            (got - want).abs() <= 1e-8 * want.abs(),
            "got {got:e}, want {want:e}, relative {:.1e}",
            got / want - 1.0
        );
    }

    #[test]
    fn gamma_by_quadrature() {
        // ∂P/∂a = 1/Γ(a) ∫₀ˣ tᵃ⁻¹ exp(−t) (ln t − ψ(a)) dt.
        for a in [0.05, 0.7, 1.0, 3.5, 40.0, 100.0] {
            for p in [1e-12, 0.01, 0.4, 0.6, 0.99] {
                let x = special::gamma_p_inverse(a, p);
                let log_density = |ln_t: f64| (a - 1.0) * ln_t - ln_t.exp() - special::lgamma(a);
                // In u = tᵃ there is no singularity at 0.
                let integrand = |u: f64| {
                    let ln_t = u.ln() / a;
                    (log_density(ln_t) + ln_t - u.ln()).exp() / a * (ln_t - special::digamma(a))
                };
                let want = -integral(integrand, (0.0, x.powf(a)), 0.0, 0.0) / log_density(x.ln()).exp();
                check(gamma_by_concentration(x, a), want);
            }
        }
    }

    #[test]
    fn gamma_of_large_concentration_is_nearly_normal() {
        // x ≈ a + √a z, hence dx/da ≈ 1 + z / (2 √a).
        let (a, z) = (1e8, 1.5);
        let got = gamma_by_concentration(a + 1e4 * z, a);
        assert!((got - (1.0 + z / 2e4)).abs() < 1e-6, "{got}");
    }

    #[test]
    fn student_t_in_closed_form() {
        // F(t; ν) has a derivative in closed form nowhere, but F stays where it is when ν and t move together.
        for df in [0.4, 1.0, 3.0, 80.0] {
            for t in [-30.0, -2.0, -0.1, 0.5, 9.0] {
                let h = 1e-4 * df;
                let tail = student_t::lower_tail(-f64::abs(t), df);
                let quantile = |df: f64| {
                    let mut t = -f64::abs(t);
                    for _ in 0..20 {
                        let ratio = student_t::lower_tail(t, df);
                        t -= (ratio - tail) / student_t::standard_log_density(t, df).exp();
                    }
                    t
                };
                let want = (8.0 * (quantile(df + h) - quantile(df - h))
                    - (quantile(df + 2.0 * h) - quantile(df - 2.0 * h)))
                    / (12.0 * h);
                let got = student_t_by_df(t, df);
                let want = if t > 0.0 { -want } else { want };
                assert!((got - want).abs() < 1e-7 * want.abs() + 1e-10, "ν = {df}, t = {t}: {got}, {want}");
            }
        }
    }

    #[test]
    fn beta_in_closed_form() {
        // F = xᵃ for b = 1, and 1 − (1 − x)ᵇ for a = 1.
        for shape in [0.02, 0.5, 1.0, 7.0, 80.0] {
            for x in [0.1, 0.3, 0.5, 0.9, 0.999] {
                check(beta_by_concentration1(x, shape, 1.0), -x * x.ln() / shape);
                check(beta_by_concentration0(x, 1.0, shape), (1.0 - x) * (-x).ln_1p() / shape);
            }
        }
    }
}
