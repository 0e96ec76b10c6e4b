//! Implicit reparameterisation: derivatives of draws by parameters that no formula connects them with.
//!
//! A draw x of a distribution function F moves with a parameter θ so that F(x; θ) stays where it is:
//!
//! ```text
//! dx/dθ = −(∂F/∂θ) / p(x)
//! ```
//!
//! The derivatives are those of quantiles in `special/quantile_derivatives.rs`, `special/truncated_normal.rs`,
//! `special/noncentral_gamma/` and `special/polar_angle.rs`.
//!
//! # Reference
//! Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.

use crate::distribution::Cdf;
use crate::{Result, Tensor, special};

/// A distribution whose draws move so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Implicit {
    /// Of (concentration1, concentration0).
    Beta,
    /// Of (concentration), with rate 1.
    Gamma,
    /// Of (df), standard.
    StudentT,
    /// The standard normal between two ends, of which any may be infinite.
    TruncatedNormal,
    /// Gamma(a + N, 1) with N ~ Poisson(m), of (a, m).
    NoncentralGamma,
    /// The angle from the pole of a sphere, of (concentration, dimension); a dimension does not move.
    PolarAngle,
}

impl Implicit {
    /// Number of parameters.
    pub(crate) fn parameters(self) -> usize {
        match self {
            Self::Gamma | Self::StudentT => 1,
            Self::Beta | Self::TruncatedNormal | Self::NoncentralGamma | Self::PolarAngle => 2,
        }
    }

    /// Derivatives of a draw by each parameter; entries beyond [`parameters`](Self::parameters) are arbitrary.
    pub(crate) fn derivatives(self, draw: f64, [a, b]: [f64; 2]) -> [f64; 2] {
        let derivatives = match self {
            Self::Beta => special::beta_quantile_by_shapes(a, b, draw),
            Self::Gamma => [special::gamma_quantile_by_shape(a, draw), 0.0],
            Self::StudentT => [special::student_t_quantile_by_df(draw, a), 0.0],
            Self::TruncatedNormal => special::truncated_quantile_by_ends(draw, a, b),
            Self::NoncentralGamma => special::noncentral_gamma_quantile_by_parameters(a, b, draw),
            Self::PolarAngle => [special::polar_angle_by_concentration(draw, a, b), 0.0],
        };
        // A draw that was rounded to the edge of the support stays there.
        derivatives.map(|derivative| if derivative.is_finite() { derivative } else { 0.0 })
    }

    /// The draws, with a gradient on the tape by those of the parameters that are being differentiated, each of which is as
    /// large.
    pub(crate) fn attach(self, draws: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        let columns: Vec<Vec<f64>> = parameters.iter().map(|parameter| parameter.detach().to_vec()).collect();
        let derivatives: Vec<[f64; 2]> = draws
            .to_vec()
            .into_iter()
            .enumerate()
            .map(|(place, draw)| {
                let last = columns.len() - 1;
                self.derivatives(draw, [0, 1].map(|which: usize| columns[which.min(last)][place]))
            })
            .collect();
        let mut moving = draws.clone();
        for (which, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.is_tracked()) {
            let by_parameter = derivatives.iter().map(|derivatives| derivatives[which]).collect();
            let by_parameter = Tensor::from_parts(by_parameter, draws.shape());
            // An end at infinity does not move.
            let constant = parameter.detach();
            let moved = Tensor::select(constant.abs().less(f64::INFINITY), parameter - constant, 0.0);
            moving = moving.try_add(moved.try_mul(by_parameter)?)?;
        }
        Ok(moving)
    }
}

/// Draws that stand for numbers only, with the derivatives by the parameters that keep the distribution function of each
/// where it is: by the tensors of the distribution function, on the logarithm of the smaller tail.
pub(crate) fn by_cdf(distribution: &impl Cdf, draws: &Tensor) -> Result<Tensor> {
    let draws = draws.detach();
    let (lower, upper) = (distribution.log_cdf(&draws)?, distribution.log_survival(&draws)?);
    if !lower.is_tracked() {
        return Ok(draws);
    }
    let is_lower = lower.detach().less_equal(upper.detach());
    let tail = Tensor::select(&is_lower, &lower, -&upper);
    let log_tail = Tensor::select(is_lower, lower.detach(), upper.detach());
    let slope = (distribution.log_prob(&draws)?.detach() - log_tail).exp();
    // A draw where the density underflows, or that was rounded to the edge of the support, stays where it is.
    let is_moved = slope.greater(0.0) * slope.less(f64::INFINITY);
    let step = (&tail - tail.detach()).try_div(Tensor::select(&is_moved, slope, 1.0))?;
    draws.try_sub(Tensor::select(is_moved, step, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::integral;

    #[track_caller]
    fn check(got: f64, want: f64) {
        assert!(
            (got - want).abs() <= 1e-10 * want.abs(),
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
                check(special::gamma_quantile_by_shape(a, x), want);
            }
        }
    }

    #[test]
    fn gamma_of_large_concentration_is_nearly_normal() {
        // x ≈ a + √a z, hence dx/da ≈ 1 + z / (2 √a).
        let (a, z) = (1e8, 1.5);
        let got = special::gamma_quantile_by_shape(a, a + 1e4 * z);
        assert!((got - (1.0 + z / 2e4)).abs() < 1e-6, "{got}");
    }

    #[test]
    fn student_t_in_closed_form() {
        // F(t; ν) has a derivative in closed form nowhere, but F stays where it is when ν and t move together.
        for df in [0.4, 1.0, 3.0, 80.0] {
            for t in [-30.0, -2.0, -0.1, 0.5, 9.0] {
                let h = 1e-4 * df;
                let tail = special::student_t_lower_tail(-f64::abs(t), df);
                let quantile = |df: f64| {
                    let mut t = -f64::abs(t);
                    for _ in 0..20 {
                        let ratio = special::student_t_lower_tail(t, df);
                        t -= (ratio - tail) / special::student_t_log_density(t, df).exp();
                    }
                    t
                };
                let want = (8.0 * (quantile(df + h) - quantile(df - h))
                    - (quantile(df + 2.0 * h) - quantile(df - 2.0 * h)))
                    / (12.0 * h);
                let got = special::student_t_quantile_by_df(t, df);
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
                check(special::beta_quantile_by_shapes(shape, 1.0, x)[0], -x * x.ln() / shape);
                check(special::beta_quantile_by_shapes(1.0, shape, x)[1], (1.0 - x) * (-x).ln_1p() / shape);
            }
        }
    }
}
