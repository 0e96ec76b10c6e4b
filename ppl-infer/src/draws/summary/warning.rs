//! Reasons to distrust a set of draws.

use super::check::LEAST_BFMI;

/// A reason to distrust draws, with advice in its `Display`. The gravest comes first here and in a summary.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable, Warning};
///
/// // Two chains, each at a mode of its own: about 0, and about 100.
/// let mut sites = SiteTable::new(&[2, 500]);
/// let draw = |(chain, draw)| (100 * chain + draw * 61 % 31) as f64;
/// sites.insert("mu", Array2::from_shape_fn((2, 500), draw).into_dyn())?;
/// let summary = Draws::new(sites)?.summary();
///
/// let rhat = summary.warnings().iter().find(|warning| matches!(warning, Warning::HighRhat { .. })).unwrap();
/// let Warning::HighRhat { worst, r_hat, chains, .. } = rhat else { unreachable!() };
/// assert!(worst == "mu" && *r_hat > 1.5 && *chains == 2);
/// assert!(rhat.to_string().ends_with("the chains disagree; run longer, and check the model for several modes"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A chain ended with an error.
    FailedChain {
        /// Number of the chain, from 0.
        chain: usize,
        /// Its error.
        message: String,
    },
    /// A path of Pathfinder ended with an error.
    FailedPath {
        /// Number of the path, from 0.
        path: usize,
        /// Its error.
        message: String,
    },
    /// Chains whose log density stays far below that of another one: a draw of theirs has the smaller one in 95% of all pairs of
    /// a draw each, and in more than chance gives. Of summaries of converged chains, fewer than one in a thousand warn; chains
    /// that have fewer than ten effective draws each, of which R̂ warns, do so in up to one of a hundred.
    ///
    /// It takes the statistic `lp`. Modes whose densities are alike are not told apart by it, but by R̂.
    LostChains {
        /// Number and mean log density of each chain that is lost.
        lost: Vec<(usize, f64)>,
        /// Those of the other chains.
        others: Vec<(usize, f64)>,
    },
    /// Quantities with draws that are NaN or infinite.
    NotFinite {
        /// Their labels.
        labels: Vec<String>,
    },
    /// A draw from the prior at which a parameter of the model is outside its domain, where no chain has met the edge.
    PriorViolation {
        /// The parameter, its value and its site, as text.
        cause: String,
    },
    /// Trajectories that the integrator could not follow.
    Divergences {
        /// Draws with a divergence.
        count: usize,
        /// All draws.
        total: usize,
    },
    /// Trajectories that ended where a parameter of the model was outside its domain.
    RejectedProposals {
        /// Draws whose trajectory ended so, as far as they were looked at.
        count: usize,
        /// Draws whose trajectory ended where the density is not finite, for a reason that was not looked for.
        unexplained: usize,
        /// All draws.
        total: usize,
        /// The causes by site, as text.
        causes: String,
    },
    /// Particles of importance sampling at which a parameter of the model was outside its domain.
    RejectedParticles {
        /// Their number.
        count: usize,
        /// All particles.
        total: usize,
        /// The causes by site, as text.
        causes: String,
    },
    /// Draws from which the model could not predict, since a parameter was outside its domain.
    FailedPredictions {
        /// Their number.
        count: usize,
        /// All draws.
        total: usize,
        /// The causes by site, as text.
        causes: String,
    },
    /// Importance weights whose tail is too heavy: Pareto k̂ above the threshold. They have collapsed where the effective
    /// number of draws is a few.
    UnreliableWeights {
        /// Pareto k̂ of the weights.
        pareto_k: f64,
        /// Largest reliable k̂ for that many draws.
        threshold: f64,
        /// Effective number of draws.
        ess: f64,
        /// All draws.
        total: usize,
    },
    /// Paths of Pathfinder whose best Gaussian was found before the curvature was known in as many directions as are kept.
    EarlyApproximation {
        /// Their number.
        count: usize,
        /// All paths.
        total: usize,
    },
    /// An approximation that is not the posterior: Pareto k̂ of the ratio of the densities above the threshold.
    PoorApproximation {
        /// Whose approximation: "the Laplace", "Pathfinder's".
        approximation: &'static str,
        /// Pareto k̂.
        pareto_k: f64,
        /// Largest reliable k̂ for that many draws.
        threshold: f64,
        /// Effective number of the draws, weighted by that ratio.
        ess: f64,
        /// All draws.
        total: usize,
    },
    /// Pareto k̂ of a mean above the threshold, though that of the weights is not.
    HighParetoK {
        /// Quantities above.
        count: usize,
        /// All quantities.
        total: usize,
        /// Label of the worst.
        worst: String,
        /// Its k̂.
        pareto_k: f64,
        /// Largest reliable k̂ for that many draws.
        threshold: f64,
    },
    /// Weights that are worth fewer than 100 draws.
    FewEffectiveDraws {
        /// Effective number of draws.
        ess: f64,
        /// All draws.
        total: usize,
    },
    /// R̂ above 1.01, by more than chance explains.
    HighRhat {
        /// Quantities above.
        count: usize,
        /// All quantities.
        total: usize,
        /// Label of the worst.
        worst: String,
        /// Its R̂.
        r_hat: f64,
        /// Number of chains.
        chains: usize,
    },
    /// Bulk or tail effective sample size below 100 for each chain.
    LowEss {
        /// Quantities below.
        count: usize,
        /// All quantities.
        total: usize,
        /// Label of the worst.
        worst: String,
        /// The smaller of its bulk and tail effective sample sizes.
        ess: f64,
        /// The threshold: 100 times the number of chains.
        threshold: f64,
    },
    /// Energy Bayesian fraction of missing information below 0.3.
    LowBfmi {
        /// Number of each chain concerned, with its value.
        chains: Vec<(usize, f64)>,
    },
    /// Trajectories cut at the maximum tree depth.
    MaxTreeDepth {
        /// Draws whose trajectory was cut.
        count: usize,
        /// All draws.
        total: usize,
    },
    /// Too few draws for R̂ and the effective sample size to be defined.
    TooFewDraws {
        /// Draws of each chain.
        draws: usize,
    },
}

impl Warning {
    /// Position in a list of warnings: that of the variant.
    pub(super) fn rank(&self) -> usize {
        match self {
            Self::FailedChain { .. } | Self::FailedPath { .. } => 0,
            Self::LostChains { .. } => 1,
            Self::NotFinite { .. } => 2,
            Self::PriorViolation { .. } => 3,
            Self::Divergences { .. } => 4,
            Self::RejectedProposals { .. } => 5,
            Self::RejectedParticles { .. } => 6,
            Self::FailedPredictions { .. } => 7,
            Self::TooFewDraws { .. } => 8,
            Self::UnreliableWeights { .. } => 9,
            Self::PoorApproximation { .. } | Self::EarlyApproximation { .. } => 10,
            Self::HighParetoK { .. } => 11,
            Self::FewEffectiveDraws { .. } => 12,
            Self::HighRhat { .. } => 13,
            Self::LowEss { .. } => 14,
            Self::LowBfmi { .. } => 15,
            Self::MaxTreeDepth { .. } => 16,
        }
    }

    /// E-BFMI below the least good one, of chains with these ids.
    pub(crate) fn low_bfmi(chain_ids: &[usize], fractions: &[f64]) -> Option<Self> {
        let pairs = chain_ids.iter().copied().zip(fractions.iter().copied());
        let chains: Vec<(usize, f64)> = pairs.filter(|(_, fraction)| *fraction < LEAST_BFMI).collect();
        (!chains.is_empty()).then_some(Self::LowBfmi { chains })
    }
}
