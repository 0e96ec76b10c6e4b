//! The settings that Hamiltonian samplers share.

use serde::{Deserialize, Serialize};

use super::target::TARGETS;
use super::{EuclideanMetric, InverseMassMatrix};
use crate::Result;
use crate::settings::{require, settings};

/// Paths that look for the start of a chain: a posterior of several modes, as of an ordinary differential equation, takes a
/// few.
const PATHS: usize = 8;

/// The estimate of the posterior covariance that the warm-up takes as the inverse mass matrix.
///
/// A perfect one makes the posterior as round as a standard normal distribution; then a trajectory of few steps is enough
/// for nearly independent draws.
///
/// | metric | rescales | cost a step, d dimensions | choose it where |
/// |---|---|---|---|
/// | `Automatic` | as `LowRank` up to 400 dimensions, as `Diagonal` beyond | | always, at first |
/// | `LowRank` | coordinates, and a few directions across them | 2 d k for k directions | parameters are correlated, as coefficients of a regression are |
/// | `Diagonal` | coordinates | d | correlations are weak and d is in the hundreds; to repeat a run of Stan |
/// | `DrawsAndGradients` | coordinates | d | the warm-up must be short |
/// | `Dense` | every direction | d² | d is at most ten or so and parameters are correlated; to repeat a run of Stan |
///
/// `Diagonal` and `Dense` are Stan's adaptation: its windows ([`WarmupSchedule`](super::WarmupSchedule)), a fixed target of 0.8
/// for the acceptance statistic, and chains that start at the first valid proposal.
///
/// The others differ in these points:
/// * *Starts* are looked for by Pathfinder: see [`init_paths`](HmcConfig::init_paths). Up to 40 dimensions, a first metric of
///   low rank is learned from 80 draws of its Gaussians.
/// * *Windows* that overlap: of all draws those of the last two windows count, up to 85 % of the warm-up; then the step size
///   settles. (`Automatic` beyond 400 dimensions keeps Stan's windows, and lets the step size settle as long.)
/// * *The step size* is that at which the acceptance statistic is the target, on a curve through those that were tried. The
///   average of dual averaging is smaller: with a target of 0.8 it is accepted with 0.85 to 0.9. After the first windows it is
///   not searched anew, but stays near.
/// * *The target* begins at 0.8, beyond 400 dimensions at 0.9; it rises, up to 0.95, where trajectories with an energy error of more
///   than 10 are many, as the first sign of divergences to come, unless
///   [`target_accept_prob`](HmcConfig::target_accept_prob) is given.
/// * *Where it has risen in one chain,* no chain takes larger steps after the warm-up than the lower median of all chains: it
///   would get stuck in a neck that only the others have seen.
///
/// # Example
/// ```
/// use ppl_infer::{Metric, Nuts};
///
/// let nuts = Nuts::new().metric(Metric::LowRank);
/// assert_eq!(nuts.hmc.metric, Metric::LowRank);
/// ```
///
/// # Reference
/// Betancourt (2017), A Conceptual Introduction to Hamiltonian Monte Carlo, section 4.2.1, for the covariance of the draws;
/// Seyboldt, Carlson & Carpenter (2026), Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence, arXiv
/// 2603.18845, for draws and gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// `LowRank` up to 400 dimensions; beyond, the variances of the draws.
    #[default]
    Automatic,
    /// The variances of the draws.
    Diagonal,
    /// √(var x/var g) of each coordinate x and its gradient g: the diagonal matrix of least Fisher divergence. It is known from
    /// fewer draws than the variance. Of strongly correlated coordinates it is the geometric mean of the variance and of
    /// the variance given the others, and then draws are more correlated than with `Diagonal`.
    DrawsAndGradients,
    /// That of `DrawsAndGradients`, and a matrix of low rank: the geometric mean of the covariance matrix of the draws and of
    /// the inverse of that of the gradients, in the directions in which it differs from the diagonal by a factor of more than
    /// 1.3, or 2 beyond 40 dimensions. Without draws of Pathfinder a warm-up of fewer than about 110 iterations is too short
    /// for it, and learns the diagonal.
    LowRank,
    /// The covariance matrix of the draws.
    Dense,
}

settings! {
    part hmc by hmc_settings;
    /// The settings of the integrator and of its adaptation, for [`Hmc`](crate::Hmc) and [`Nuts`](crate::Nuts).
    ///
    /// With [`Metric::Diagonal`] and [`Metric::Dense`] the adaptation is that of Stan 2.36.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::{Metric, Nuts, mcmc::hmc::HmcConfig};
    ///
    /// // The sampler has the settings as methods, and as a field.
    /// let nuts = Nuts::new().metric(Metric::Dense).target_accept_prob(0.9);
    /// let expected =
    ///     HmcConfig { metric: Metric::Dense, target_accept_prob: Some(0.9), ..HmcConfig::default() };
    /// assert_eq!(nuts.hmc, expected);
    /// // A metric of Stan's has Stan's starts, which no path looks for.
    /// assert_eq!((nuts.hmc.target(), nuts.hmc.paths()), (0.9, 0));
    /// assert_eq!((HmcConfig::default().target(), HmcConfig::default().paths()), (0.8, 8));
    /// ```
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct HmcConfig {
        /// Acceptance statistic that the step size is adapted to, in (0, 1). Larger values mean smaller steps. If it is not
        /// given, it is 0.8, and rises up to 0.95 where the energy error of many trajectories is large, unless the metric is
        /// `Diagonal` or `Dense`: see [`Metric`](crate::Metric).
        pub target_accept_prob(f64): Option<f64> = None, valid_by(check_target);
        /// Step size that adaptation starts from, or the one to use if it is not adapted; 1.
        pub step_size: f64 = 1.0, positive();
        /// Whether warm-up adapts the step size; true.
        pub adapt_step_size: bool = true;
        /// Relative range of a uniform jitter of the step size, in [0, 1); 0.
        pub step_size_jitter: f64 = 0.0, satisfies("at least 0 and less than 1", |jitter| (0.0..1.0).contains(jitter));
        /// Estimate of the inverse mass matrix; of low rank and a diagonal.
        pub metric: crate::mcmc::hmc::Metric = crate::mcmc::hmc::Metric::Automatic;
        /// Number of paths of [Pathfinder](crate::Pathfinder) that look for the start of each chain, where that is random and of
        /// [`Init::Uniform`](crate::Init::Uniform); 8, or none if the metric is `Diagonal` or `Dense`.
        ///
        /// Each path climbs from a proposal of its own; the chain starts at a draw of the Gaussians along them, by its weight. It
        /// takes some hundred gradients. A chain that starts far from the posterior may learn a metric on its way that keeps it
        /// there, or need more than the warm-up to come near. Where all paths fail, it starts at the best proposal.
        pub init_paths(usize): Option<usize> = None;
        /// Whether warm-up adapts the mass matrix; true.
        pub adapt_mass_matrix: bool = true;
        /// Inverse mass matrix to start from; the identity.
        pub inverse_mass_matrix(crate::mcmc::hmc::InverseMassMatrix): Option<crate::mcmc::hmc::InverseMassMatrix> = None,
            valid_by(check_mass_matrix);
        /// Energy error beyond which a trajectory counts as divergent; 1000.
        pub max_energy_error: f64 = 1000.0, satisfies("positive", |most| *most > 0.0);
    }
}

impl HmcConfig {
    /// The acceptance statistic that the step size is adapted to, at first and up to 400 dimensions.
    pub fn target(&self) -> f64 {
        self.target_accept_prob.unwrap_or(TARGETS[0])
    }

    /// Whether the target rises where energy errors are large.
    pub(super) fn has_adaptive_target(&self) -> bool {
        self.target_accept_prob.is_none() && !self.metric.is_stans()
    }

    /// The number of paths that look for the start of a chain.
    pub fn paths(&self) -> usize {
        self.init_paths.unwrap_or(if self.metric.is_stans() { 0 } else { PATHS })
    }
}

impl Metric {
    /// Whether the adaptation is that of Stan.
    pub(super) fn is_stans(self) -> bool {
        matches!(self, Self::Diagonal | Self::Dense)
    }
}

fn check_target(target: &Option<f64>) -> Result<()> {
    let Some(target) = target else { return Ok(()) };
    require("target_accept_prob", "strictly between 0 and 1", target, *target > 0.0 && *target < 1.0)
}

/// [`MassMatrix`](crate::error::ChainError::MassMatrix) unless the matrix is positive definite.
fn check_mass_matrix(matrix: &Option<InverseMassMatrix>) -> Result<()> {
    match matrix {
        Some(matrix) => EuclideanMetric::new(matrix.clone()).map(drop),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::error::{ChainError, InvalidSetting};

    #[test]
    fn every_setting_outside_of_its_domain_is_named() {
        let default = HmcConfig::default;
        for (name, config) in [
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(0.0), ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(1.0), ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(f64::NAN), ..default() }),
            ("step_size", HmcConfig { step_size: 0.0, ..default() }),
            ("step_size", HmcConfig { step_size: -0.1, ..default() }),
            ("step_size", HmcConfig { step_size: f64::INFINITY, ..default() }),
            ("step_size_jitter", HmcConfig { step_size_jitter: 1.0, ..default() }),
            ("max_energy_error", HmcConfig { max_energy_error: 0.0, ..default() }),
        ] {
            let Err(Error::Setting(InvalidSetting { parameter, .. })) = config.validate() else { panic!("{config:?}") };
            assert_eq!(parameter, name);
        }
        assert!(default().validate().is_ok());
        let error = HmcConfig { target_accept_prob: Some(1.5), ..default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "`target_accept_prob` must be strictly between 0 and 1, got 1.5");
    }

    #[test]
    fn the_adaptation_is_stans_with_its_metrics_unless_it_is_given() {
        let of = |metric| HmcConfig { metric, ..HmcConfig::default() };
        for (metric, is_stans) in [
            (Metric::Automatic, false),
            (Metric::LowRank, false),
            (Metric::DrawsAndGradients, false),
            (Metric::Diagonal, true),
            (Metric::Dense, true),
        ] {
            let config = of(metric);
            assert_eq!((config.target(), config.has_adaptive_target()), (0.8, !is_stans), "{metric:?}");
            assert_eq!(config.paths() == 0, is_stans, "{metric:?}");
        }
        let given = HmcConfig { target_accept_prob: Some(0.85), init_paths: Some(1), ..of(Metric::LowRank) };
        assert_eq!((given.target(), given.has_adaptive_target(), given.paths()), (0.85, false, 1));
    }

    #[test]
    fn a_mass_matrix_that_was_read_from_a_file_is_checked() {
        let read = |matrix: &str| {
            let config: HmcConfig = serde_json::from_str(&format!(r#"{{"inverse_mass_matrix": {matrix}}}"#)).unwrap();
            config.validate().unwrap_err()
        };
        assert!(matches!(
            read(r#"{"Diagonal": [1.0, -2.0]}"#),
            Error::Chain(ChainError::MassMatrix { pivot: 1, value: -2.0 })
        ));
        for matrix in [r#"{"dim": 2, "values": [1.0, 0.5]}"#, r#"{"dim": 2, "values": [1.0, 0.5, 0.4, 1.0]}"#] {
            let error = read(&format!(r#"{{"Dense": {matrix}}}"#));
            assert!(
                matches!(error, Error::Setting(InvalidSetting { parameter: "inverse_mass_matrix", .. })),
                "{error}"
            );
        }
    }
}
