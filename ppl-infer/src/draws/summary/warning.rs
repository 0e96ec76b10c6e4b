//! Reasons to distrust a set of draws.

use std::fmt;

use ndarray::Ix2;

use super::SummaryRow;
use crate::{diagnostics, draws::Draws};

/// E-BFMI below which the energies are explored too slowly (Betancourt 2016; CmdStan's `diagnose`).
const LEAST_BFMI: f64 = 0.3;
/// R̂ above which the chains disagree (Vehtari et al. 2021).
const LARGEST_RHAT: f64 = 1.01;
/// Probability that a summary of converged chains warns of one of its R̂ where the draws are so few that chance alone
/// exceeds [`LARGEST_RHAT`].
const RHAT_FALSE_ALARMS: f64 = 0.01;
/// Effective draws, of each chain or of weighted draws, below which estimates and the diagnostics themselves are
/// unreliable (Vehtari et al. 2021).
const LEAST_ESS: f64 = 100.0;

/// A reason to distrust draws, with advice in its `Display`. The gravest comes first here and in a summary.
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
    /// Quantities with draws that are NaN or infinite.
    NotFinite {
        /// Their labels.
        labels: Vec<String>,
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
    /// Importance weights whose tail is so heavy that no estimate can be trusted: Pareto k̂ above the threshold.
    CollapsedWeights {
        /// Pareto k̂ of the weights.
        pareto_k: f64,
        /// Largest reliable k̂ for that many draws.
        threshold: f64,
        /// Effective number of draws.
        ess: f64,
        /// All draws.
        total: usize,
    },
    /// A Laplace approximation that is not the posterior: Pareto k̂ of the ratio of the densities above the threshold.
    PoorApproximation {
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
    fn rank(&self) -> usize {
        match self {
            Self::FailedChain { .. } => 0,
            Self::NotFinite { .. } => 1,
            Self::Divergences { .. } => 2,
            Self::RejectedProposals { .. } => 3,
            Self::RejectedParticles { .. } => 4,
            Self::FailedPredictions { .. } => 5,
            Self::TooFewDraws { .. } => 6,
            Self::CollapsedWeights { .. } => 7,
            Self::PoorApproximation { .. } => 8,
            Self::HighParetoK { .. } => 9,
            Self::FewEffectiveDraws { .. } => 10,
            Self::HighRhat { .. } => 11,
            Self::LowEss { .. } => 12,
            Self::LowBfmi { .. } => 13,
            Self::MaxTreeDepth { .. } => 14,
        }
    }

    /// E-BFMI below the least good one, of chains with these ids.
    pub(crate) fn low_bfmi(chain_ids: &[usize], fractions: &[f64]) -> Option<Self> {
        let pairs = chain_ids.iter().copied().zip(fractions.iter().copied());
        let chains: Vec<(usize, f64)> = pairs.filter(|(_, fraction)| *fraction < LEAST_BFMI).collect();
        (!chains.is_empty()).then_some(Self::LowBfmi { chains })
    }
}

/// All warnings, those of the method included, the gravest first.
pub(super) fn find(draws: &Draws, rows: &[SummaryRow], mut warnings: Vec<Warning>) -> Vec<Warning> {
    // A non-finite draw makes the standard deviation NaN. So does a single draw, which is not worth this warning.
    let several = draws.total_draws() > 1 && draws.weights().is_none_or(|weights| weights.ess() > 1.0);
    let labels: Vec<String> =
        rows.iter().filter(|row| several && !row.sd.is_finite()).map(|row| row.label.clone()).collect();
    if !labels.is_empty() {
        warnings.push(Warning::NotFinite { labels });
    }
    if draws.has_chains() {
        if draws.num_draws() < 4 {
            warnings.push(Warning::TooFewDraws { draws: draws.num_draws() });
        }
        warnings.extend(high_rhat(draws, rows));
        warnings.extend(low_ess(rows, LEAST_ESS * draws.num_chains() as f64));
    } else {
        warnings.extend(unreliable_weights(draws, rows));
    }
    warnings.sort_by_key(Warning::rank);
    warnings
}

/// R̂ above 1.01 to three decimals, by more than chance explains.
fn high_rhat(draws: &Draws, rows: &[SummaryRow]) -> Option<Warning> {
    let false_alarms = RHAT_FALSE_ALARMS / rows.len() as f64;
    let is_high = |row: &&SummaryRow| {
        if (1000.0 * row.r_hat).round() <= 1000.0 * LARGEST_RHAT || row.r_hat.is_nan() {
            return false;
        }
        let component =
            draws.sites().get(&row.site).map(|site| site.component(&row.index).into_dimensionality::<Ix2>());
        match component {
            // Chains that never move have no noise that could be estimated.
            Ok(Ok(chains)) => {
                let is_noise = row.r_hat - LARGEST_RHAT <= diagnostics::rhat_noise(chains, false_alarms);
                !is_noise
            }
            _ => true,
        }
    };
    let high: Vec<&SummaryRow> = rows.iter().filter(is_high).collect();
    let worst = high.iter().max_by(|a, b| a.r_hat.total_cmp(&b.r_hat))?;
    let (worst, r_hat, chains) = (worst.label.clone(), worst.r_hat, draws.num_chains());
    Some(Warning::HighRhat { count: high.len(), total: rows.len(), worst, r_hat, chains })
}

fn low_ess(rows: &[SummaryRow], threshold: f64) -> Option<Warning> {
    // A constant has the number of draws as its ESS, and no error that more draws would make smaller.
    let ess = |row: &SummaryRow| row.ess_bulk.min(row.ess_tail);
    let low = || rows.iter().filter(|row| row.sd != 0.0 && ess(row) < threshold);
    let worst = low().min_by(|a, b| ess(a).total_cmp(&ess(b)))?;
    let (worst, ess) = (worst.label.clone(), ess(worst));
    Some(Warning::LowEss { count: low().count(), total: rows.len(), worst, ess, threshold })
}

/// Weights that have collapsed, or are worth few draws.
fn unreliable_weights(draws: &Draws, rows: &[SummaryRow]) -> Vec<Warning> {
    let Some(weights) = draws.weights() else { return Vec::new() };
    let total = weights.len() + weights.rejected();
    let (ess, threshold) = (weights.ess(), diagnostics::pareto_k_threshold(total));
    let pareto_k = weights.pareto_k();
    if diagnostics::is_unreliable(pareto_k, total) {
        return vec![Warning::CollapsedWeights { pareto_k, threshold, ess, total }];
    }
    let mut warnings = Vec::new();
    let high = || rows.iter().filter(|row| !row.pareto_k.is_nan() && diagnostics::is_unreliable(row.pareto_k, total));
    if let Some(worst) = high().max_by(|a, b| a.pareto_k.total_cmp(&b.pareto_k)) {
        warnings.push(Warning::HighParetoK {
            count: high().count(),
            total: rows.len(),
            worst: worst.label.clone(),
            pareto_k: worst.pareto_k,
            threshold,
        });
    }
    if ess < LEAST_ESS {
        warnings.push(Warning::FewEffectiveDraws { ess, total });
    }
    warnings
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedChain { chain, message } => write!(f, "chain {chain} failed and has no draws here: {message}"),
            Self::NotFinite { labels } => {
                write!(f, "some draws are NaN or infinite: `{}`", labels[0])?;
                if labels.len() > 1 { write!(f, " and {} more quantities", labels.len() - 1) } else { Ok(()) }
            }
            Self::Divergences { count, total } => write!(
                f,
                "{count} of {total} draws ended in a divergence: the sampler cannot follow the posterior everywhere, and \
                 estimates may be biased; raise the target acceptance rate, or reparameterise (for instance \
                 non-centred)"
            ),
            Self::RejectedProposals { count, unexplained, total, causes } => {
                let at_least = if *unexplained > 0 { "at least " } else { "" };
                write!(
                    f,
                    "{at_least}{count} of {total} draws had a proposal rejected because a parameter was outside its \
                     domain: {causes}"
                )?;
                if *unexplained > 0 {
                    write!(f, "; {unexplained} more ended where the density is not finite, and were not looked at")?;
                }
                f.write_str(
                    "; if the domain is meant as a constraint, give the latent site a support that keeps it, else the \
                     posterior is cut off there",
                )
            }
            Self::RejectedParticles { count, total, causes } => write!(
                f,
                "{count} of {total} particles have weight 0, because a parameter was outside its domain: {causes}"
            ),
            Self::FailedPredictions { count, total, causes } => write!(
                f,
                "{count} of {total} draws are left out, because a parameter was outside its domain where the model was to \
                 predict: {causes}"
            ),
            Self::CollapsedWeights { pareto_k, threshold, ess, total } => write!(
                f,
                "the importance weights have collapsed (Pareto k {pareto_k:.2}, above {threshold:.2}): {total} draws are \
                 worth {ess:.0}, and no estimate can be trusted; the proposal misses the posterior: fit a guide by SVI \
                 and use it as the proposal, or use NUTS"
            ),
            Self::PoorApproximation { pareto_k, threshold, ess, total } => write!(
                f,
                "the Laplace approximation is not the posterior (Pareto k {pareto_k:.2}, above {threshold:.2}): weighted \
                 by the ratio of the densities, {total} draws are worth {ess:.0}; use NUTS"
            ),
            Self::HighParetoK { count, total, worst, pareto_k, threshold } => write!(
                f,
                "Pareto k is above {threshold:.2} for the mean of {count} of {total} quantities, worst for `{worst}` \
                 ({pareto_k:.2}): it is large where the weights are; use a proposal with heavier tails"
            ),
            Self::FewEffectiveDraws { ess, total } => write!(
                f,
                "the weights of {total} draws are worth {ess:.0}, less than {LEAST_ESS:.0}: run longer, or use a \
                 proposal that is nearer to the posterior"
            ),
            Self::HighRhat { count, total, worst, r_hat, chains } => {
                write!(
                    f,
                    "R-hat is above {LARGEST_RHAT} for {count} of {total} quantities, worst for `{worst}` ({r_hat:.3}): "
                )?;
                if *chains > 1 {
                    f.write_str("the chains disagree; run longer, and check the model for several modes")
                } else {
                    f.write_str("the halves of the chain disagree; run longer, and several chains")
                }
            }
            Self::LowEss { count, total, worst, ess, threshold } => write!(
                f,
                "the effective sample size is below {threshold:.0} (100 per chain) for {count} of {total} quantities, \
                 lowest for `{worst}` ({ess:.0}): run longer"
            ),
            Self::LowBfmi { chains } => {
                let list: Vec<String> =
                    chains.iter().map(|(chain, fraction)| format!("chain {chain} ({fraction:.2})")).collect();
                write!(
                    f,
                    "E-BFMI is below {LEAST_BFMI} in {}: the energies are explored slowly and the tails badly; reparameterise",
                    list.join(", ")
                )
            }
            Self::MaxTreeDepth { count, total } => write!(
                f,
                "{count} of {total} trajectories were cut at the maximum tree depth: this costs efficiency, not validity; \
                 raise the maximum tree depth, or bring the parameters to similar scales"
            ),
            Self::TooFewDraws { draws } => {
                write!(
                    f,
                    "{draws} draws per chain are too few for R-hat and the effective sample size: at least 4 are needed"
                )
            }
        }
    }
}
