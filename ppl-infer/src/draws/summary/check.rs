//! Looking for reasons to distrust a set of draws.

use ndarray::Ix2;

use super::{SummaryRow, Warning};
use crate::{diagnostics, draws::Draws};

/// E-BFMI below which the energies are explored too slowly (Betancourt 2016; CmdStan's `diagnose`).
pub(super) const LEAST_BFMI: f64 = 0.3;
/// R̂ above which the chains disagree (Vehtari et al. 2021).
pub(super) const LARGEST_RHAT: f64 = 1.01;
/// Probability that a summary of converged chains warns of one of its R̂ where the draws are so few that chance alone
/// exceeds [`LARGEST_RHAT`].
const RHAT_FALSE_ALARMS: f64 = 0.01;
/// Effective draws, of each chain or of weighted draws, below which estimates and the diagnostics themselves are
/// unreliable (Vehtari et al. 2021).
pub(super) const LEAST_ESS: f64 = 100.0;

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
        return vec![Warning::UnreliableWeights { pareto_k, threshold, ess, total }];
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
