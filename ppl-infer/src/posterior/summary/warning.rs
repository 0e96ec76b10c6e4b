//! What is suspicious about a set of draws.

use std::fmt;

use super::{Posterior, SummaryRow};

/// E-BFMI below which the energies are explored too slowly (Betancourt 2016; CmdStan's `diagnose`).
const LEAST_BFMI: f64 = 0.3;
/// R̂ above which the chains disagree (Vehtari et al. 2021).
const LARGEST_RHAT: f64 = 1.01;
/// Effective draws of each chain below which the diagnostics themselves are unreliable (Vehtari et al. 2021).
const LEAST_ESS_PER_CHAIN: f64 = 100.0;

/// A reason to distrust a posterior, with advice in its `Display`.
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
    /// R̂ above 1.01.
    HighRhat {
        /// Quantities above.
        count: usize,
        /// All quantities.
        total: usize,
        /// Label of the worst.
        worst: String,
        /// Its R̂.
        r_hat: f64,
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

/// All warnings, the gravest first.
pub(super) fn find(posterior: &Posterior, rows: &[SummaryRow]) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = posterior
        .failed_chains()
        .iter()
        .map(|failed| Warning::FailedChain { chain: failed.chain, message: failed.message.clone() })
        .collect();

    // A non-finite draw makes the standard deviation NaN. So does a single draw, which is not worth this warning.
    let several = posterior.chain_count() * posterior.draw_count() > 1;
    let labels: Vec<String> =
        rows.iter().filter(|row| several && !row.sd.is_finite()).map(|row| row.label.clone()).collect();
    if !labels.is_empty() {
        warnings.push(Warning::NotFinite { labels });
    }

    let total = posterior.chain_count() * posterior.draw_count();
    let stats = posterior.sample_stats();
    let rejections = posterior.rejections();
    let divergences = stats.divergences().saturating_sub(rejections.total());
    if divergences > 0 {
        warnings.push(Warning::Divergences { count: divergences, total });
    }
    if !rejections.is_empty() {
        warnings.push(Warning::RejectedProposals {
            count: rejections.explained(),
            unexplained: rejections.unexplained(),
            total,
            causes: rejections.to_string(),
        });
    }
    if posterior.draw_count() < 4 {
        warnings.push(Warning::TooFewDraws { draws: posterior.draw_count() });
    }
    warnings.extend(high_rhat(rows));
    warnings.extend(low_ess(rows, LEAST_ESS_PER_CHAIN * posterior.chain_count() as f64));

    let chains: Vec<(usize, f64)> = posterior
        .chain_numbers()
        .into_iter()
        .zip(posterior.bfmi().unwrap_or_default())
        .filter(|(_, fraction)| *fraction < LEAST_BFMI)
        .collect();
    if !chains.is_empty() {
        warnings.push(Warning::LowBfmi { chains });
    }
    if stats.max_tree_depth_hits() > 0 {
        warnings.push(Warning::MaxTreeDepth { count: stats.max_tree_depth_hits(), total });
    }
    warnings
}

fn high_rhat(rows: &[SummaryRow]) -> Option<Warning> {
    let high = || rows.iter().filter(|row| row.r_hat > LARGEST_RHAT);
    let worst = high().max_by(|a, b| a.r_hat.total_cmp(&b.r_hat))?;
    Some(Warning::HighRhat { count: high().count(), total: rows.len(), worst: worst.label.clone(), r_hat: worst.r_hat })
}

fn low_ess(rows: &[SummaryRow], threshold: f64) -> Option<Warning> {
    // A constant has the number of draws as its ESS, and no error that more draws would make smaller.
    let ess = |row: &SummaryRow| row.ess_bulk.min(row.ess_tail);
    let low = || rows.iter().filter(|row| row.sd != 0.0 && ess(row) < threshold);
    let worst = low().min_by(|a, b| ess(a).total_cmp(&ess(b)))?;
    let (worst, ess) = (worst.label.clone(), ess(worst));
    Some(Warning::LowEss { count: low().count(), total: rows.len(), worst, ess, threshold })
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
            Self::HighRhat { count, total, worst, r_hat } => write!(
                f,
                "R-hat is above {LARGEST_RHAT} for {count} of {total} quantities, worst for `{worst}` ({r_hat:.3}): the \
                 chains disagree; run longer, and check the model for several modes"
            ),
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
