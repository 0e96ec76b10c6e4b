//! All diagnostics of one quantity, as a summary shows them: the draws are sorted once, and what quantities share is kept.

use ndarray::{Array2, ArrayView2};

use super::{
    autocorrelation::Autocovariance,
    chains::{can_be_diagnosed, contiguous, split},
    ess::{effective_sample_size, squared_deviations, tail_ess},
    mcse::error_of_sd,
    moments::sd,
    rank::{NormalScores, RankedDraws},
    rhat::larger_rhat,
};

/// Diagnostics of one quantity; NaN where they are undefined. Each is what the function of its name gives.
pub(crate) struct ChainDiagnostics {
    pub(crate) mcse_mean: f64,
    pub(crate) mcse_sd: f64,
    pub(crate) ess_bulk: f64,
    pub(crate) ess_tail: f64,
    pub(crate) r_hat: f64,
    /// The draws in ascending order.
    pub(crate) sorted: Vec<f64>,
}

/// Tables and memory for quantities with equally many draws.
#[derive(Default)]
pub(crate) struct Workspace {
    normal: NormalScores,
    autocovariance: Autocovariance,
}

impl Workspace {
    /// The diagnostics of draws, chain × draw; none where none is defined.
    pub(crate) fn diagnose(&mut self, draws: ArrayView2<'_, f64>) -> Option<ChainDiagnostics> {
        if !can_be_diagnosed(draws) {
            return None;
        }
        let draws = contiguous(draws);
        let mut ess = |chains: &Array2<f64>| effective_sample_size(chains, &mut self.autocovariance);
        let ranked = RankedDraws::new(draws.view());
        let bulk = ranked.scores(&mut self.normal);
        let squares = squared_deviations(&draws);
        let has_nan = squares.iter().any(|square| square.is_nan());
        let mcse_sd = if has_nan {
            f64::NAN
        } else {
            error_of_sd(squares.as_slice().expect("a map keeps the layout"), ess(&split(squares.view())))
        };
        let mcse_mean = sd(draws.as_slice().expect("draws are contiguous")) / ess(ranked.halves()).sqrt();
        let ess_bulk = ess(&bulk);
        let r_hat = ranked.folded_scores(&mut self.normal).map_or(f64::NAN, |folded| larger_rhat(&bulk, &folded));
        let ess_tail = tail_ess(&ranked, &mut self.autocovariance);
        Some(ChainDiagnostics { mcse_mean, mcse_sd, ess_bulk, ess_tail, r_hat, sorted: ranked.into_sorted() })
    }
}
