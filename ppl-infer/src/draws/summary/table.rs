//! The summary as text.

use std::fmt;

use super::{Diagnostics, Summary, SummaryRow};
use crate::table::{estimate, standard_error, warnings, write_aligned};

/// Rows that are shown before long sites are shortened.
const MOST_ROWS: usize = 60;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.heading)?;
        let mut lines = vec![self.header()];
        let mut shown = 0;
        for part in shorten(&self.rows) {
            match part {
                Part::Row(row) => {
                    shown += 1;
                    lines.push(self.cells(row));
                }
                Part::Gap { site, rows } => lines.push(vec![format!("… {rows} more of {site}")]),
            }
        }
        write_aligned(f, &lines)?;
        if shown < self.rows.len() {
            writeln!(f, "{shown} of {} rows are shown; `rows()` has all of them", self.rows.len())?;
        }
        writeln!(f)?;
        write!(f, "{}", warnings(&self.warnings))
    }
}

impl Summary {
    pub(super) fn header(&self) -> Vec<String> {
        let mut cells = vec![String::new(), "mean".to_owned(), "sd".to_owned()];
        cells.extend(self.options.headings());
        let diagnostics: &[&str] = match self.diagnostics {
            Diagnostics::OfChains => &["ess_bulk", "ess_tail", "r_hat", "mcse_mean", "mcse_sd"],
            Diagnostics::OfWeights => &["ess", "pareto_k", "mcse_mean", "mcse_sd"],
            Diagnostics::None => &[],
        };
        cells.extend(diagnostics.iter().map(|name| (*name).to_owned()));
        cells
    }

    pub(super) fn cells(&self, row: &SummaryRow) -> Vec<String> {
        let (low, high) = row.interval;
        let mut cells = vec![row.label.clone(), estimate(row.mean, row.mcse_mean), estimate(row.sd, row.mcse_sd)];
        // A quantile is known less well than the mean; its own error would take a sort and a transform for each.
        let quantiles = [low, high].into_iter().chain(row.quantiles.iter().copied());
        cells.extend(quantiles.map(|quantile| estimate(quantile, row.mcse_mean)));
        let count = |ess: f64| format!("{ess:.0}");
        match self.diagnostics {
            Diagnostics::OfChains => {
                cells.extend([count(row.ess_bulk), count(row.ess_tail), format!("{:.3}", row.r_hat)]);
            }
            Diagnostics::OfWeights => cells.extend([count(row.ess), format!("{:.2}", row.pareto_k)]),
            Diagnostics::None => return cells,
        }
        cells.extend([standard_error(row.mcse_mean), standard_error(row.mcse_sd)]);
        cells
    }
}

/// A line of the table.
pub(super) enum Part<'a> {
    Row(&'a SummaryRow),
    Gap { site: &'a str, rows: usize },
}

/// All rows if they are few; else of each site at most as many as let all sites have some, the first ones and the last.
pub(super) fn shorten(rows: &[SummaryRow]) -> Vec<Part<'_>> {
    let sites: Vec<&[SummaryRow]> = rows.chunk_by(|a, b| a.site == b.site).collect();
    let shown = |most: usize| sites.iter().map(|site| site.len().min(most)).sum::<usize>();
    let longest = sites.iter().map(|site| site.len()).max().unwrap_or(0);
    let most = if rows.len() <= MOST_ROWS {
        longest
    } else {
        (3..longest).rev().find(|&most| shown(most) <= MOST_ROWS).unwrap_or(3)
    };
    let mut parts = Vec::new();
    for site in sites {
        if site.len() <= most {
            parts.extend(site.iter().map(Part::Row));
        } else {
            parts.extend(site[..most - 1].iter().map(Part::Row));
            parts.push(Part::Gap { site: &site[0].site, rows: site.len() - most });
            parts.push(Part::Row(&site[site.len() - 1]));
        }
    }
    parts
}
