//! The summary as text.

use std::fmt;

use super::{
    Diagnostics, Summary, SummaryRow,
    digits::{estimate, standard_error},
};

/// Rows that are shown before long sites are shortened.
const MOST_ROWS: usize = 60;
/// Indent of a warning's lines after its first, under the text behind `warning: `.
const INDENT: &str = "         ";
/// Width at which the text of a warning is broken.
const WARNING_WIDTH: usize = 110;

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
        if self.warnings.is_empty() {
            return write!(f, "no warnings");
        }
        let warnings: Vec<String> =
            self.warnings.iter().map(|warning| wrap(&format!("warning: {warning}"), WARNING_WIDTH)).collect();
        write!(f, "{}", warnings.join("\n"))
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

/// Writes the first column to the left, the others with their decimal points in line. A line of one cell is written
/// across the columns.
fn write_aligned(f: &mut fmt::Formatter<'_>, lines: &[Vec<String>]) -> fmt::Result {
    let (header, body) = lines.split_first().expect("there is a header");
    let width = |text: &str| text.chars().count();
    let rows = || body.iter().filter(|line| line.len() == header.len());
    let first = rows().map(|line| width(&line[0])).max().unwrap_or(0);
    // Widths before the point, and from the point on, of each column.
    let before: Vec<usize> = (0..header.len())
        .map(|column| rows().map(|line| split_at_point(&line[column]).0.len()).max().unwrap_or(0))
        .collect();
    let after: Vec<usize> = (0..header.len())
        .map(|column| rows().map(|line| split_at_point(&line[column]).1.len()).max().unwrap_or(0))
        .collect();

    for line in lines {
        write!(f, "{:first$}", line[0])?;
        for (column, cell) in line.iter().enumerate().skip(1) {
            let total = (before[column] + after[column]).max(width(&header[column]));
            let cell = if std::ptr::eq(line, header) {
                cell.clone()
            } else {
                format!("{cell}{:pad$}", "", pad = padding(cell, after[column]))
            };
            write!(f, "  {cell:>total$}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// A number's digits before the point, and the rest with the point. What is no plain number is all before it.
fn split_at_point(cell: &str) -> (&str, &str) {
    cell.split_at(cell.find('.').unwrap_or(cell.len()))
}

/// Blanks after a number that bring its point in line with those that have `decimals` characters from the point on. NaN
/// and inf go to the edge.
fn padding(cell: &str, decimals: usize) -> usize {
    if cell.ends_with(|last: char| last.is_ascii_digit()) { decimals - split_at_point(cell).1.len() } else { 0 }
}

/// Breaks each line of a text into lines of at most `width` characters, all but the first indented.
fn wrap(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = if lines.is_empty() { String::new() } else { INDENT.to_owned() };
        let mut is_first = true;
        for word in paragraph.split_whitespace() {
            if !is_first && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
                is_first = true;
            }
            if !is_first {
                line.push(' ');
            }
            line.push_str(word);
            is_first = false;
        }
        lines.push(line);
    }
    lines.join("\n")
}
