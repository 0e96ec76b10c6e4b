//! Warnings as text, with advice.

use std::fmt;

use super::{
    Warning,
    check::{LARGEST_RHAT, LEAST_BFMI, LEAST_ESS},
};

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedChain { chain, message } => write!(f, "chain {chain} failed and has no draws here: {message}"),
            Self::FailedPath { path, message } => write!(f, "path {path} failed and has no draws here: {message}"),
            Self::LostChains { lost, others } if lost.len() <= others.len() => write!(
                f,
                "{} {} lost: the log density stays far below that of {}; {} draws bias every estimate; start elsewhere \
                 (the draws of Pathfinder, values of sites by `init`, or more `init_paths`), or warm up for longer",
                with_means(lost),
                if lost.len() == 1 { "is" } else { "are" },
                with_means(others),
                if lost.len() == 1 { "its" } else { "their" },
            ),
            Self::LostChains { lost, others } => write!(
                f,
                "the log density of {} stays far below that of {}: the lower chains have not found the posterior, unless the \
                 higher ones stand in a narrow peak of little probability; start elsewhere (the draws of Pathfinder, \
                 values of sites by `init`, or more `init_paths`), or warm up for longer",
                with_means(lost),
                with_means(others),
            ),
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
            Self::PriorViolation { cause } => write!(
                f,
                "the prior draws values at which a parameter is outside its domain, and the posterior is cut off there: \
                 {cause}"
            ),
            Self::RejectedParticles { count, total, causes } => write!(
                f,
                "{count} of {total} particles have weight 0, because a parameter was outside its domain: {causes}"
            ),
            Self::FailedPredictions { count, total, causes } => write!(
                f,
                "{count} of {total} draws are left out, because a parameter was outside its domain where the model was to \
                 predict: {causes}"
            ),
            Self::UnreliableWeights { pareto_k, threshold, ess, total } => {
                let verdict = if *ess < LEAST_ESS { "have collapsed" } else { "cannot be trusted" };
                write!(
                    f,
                    "the importance weights {verdict} (Pareto k {pareto_k:.2}, above {threshold:.2}): {total} draws have \
                     an effective sample size of {ess:.0}; the proposal misses a part of the posterior: fit a guide by \
                     SVI and use it as the proposal, or use NUTS"
                )
            }
            Self::EarlyApproximation { count, total } => write!(
                f,
                "the best Gaussians of {count} of {total} paths were found in the first steps, before the curvature was known: no \
                 Gaussian is near to the posterior, and the draws may show a part of it only, whatever the Pareto k; use \
                 NUTS, which may start at these draws"
            ),
            Self::PoorApproximation { approximation, pareto_k, threshold, ess, total } => write!(
                f,
                "{approximation} approximation is not the posterior (Pareto k {pareto_k:.2}, above {threshold:.2}): weighted \
                 by the ratio of the densities, {total} draws have an effective sample size of {ess:.0}; use NUTS"
            ),
            Self::HighParetoK { count, total, worst, pareto_k, threshold } => write!(
                f,
                "Pareto k is above {threshold:.2} for the mean of {count} of {total} quantities, worst for `{worst}` \
                 ({pareto_k:.2}): it is large where the weights are; use a proposal with heavier tails"
            ),
            Self::FewEffectiveDraws { ess, total } => write!(
                f,
                "the effective sample size of {total} weighted draws is {ess:.0}, below {LEAST_ESS:.0}: run longer, or \
                 use a proposal that is nearer to the posterior"
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

/// `chain 2 (mean log density -340.2)`, or several chains, each with its mean.
fn with_means(chains: &[(usize, f64)]) -> String {
    match chains {
        [(chain, mean)] => format!("chain {chain} (mean log density {})", log_density(*mean)),
        chains => {
            let list = |text: fn(&(usize, f64)) -> String| chains.iter().map(text).collect::<Vec<_>>().join(", ");
            let (numbers, means) = (list(|(chain, _)| chain.to_string()), list(|(_, mean)| log_density(*mean)));
            format!("chains {numbers} (mean log densities {means})")
        }
    }
}

/// A log density to a decimal, or by its order of magnitude: that of a chain far off may have any.
fn log_density(mean: f64) -> String {
    if mean.abs() < 1e7 { format!("{mean:.1}") } else { format!("{mean:.1e}") }
}
