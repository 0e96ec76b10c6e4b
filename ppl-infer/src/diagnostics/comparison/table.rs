//! The comparison as text, as HTML, and in a notebook.

use std::fmt;

use super::{Comparison, ComparisonRow};
use crate::{
    notebook::{escaped, show},
    table::{counted, estimate, header_html, row_html, standard_error, warnings, warnings_html, write_aligned},
};

const HEADER: [&str; 9] = ["", "rank", "elpd_diff", "dse", "p_worse", "p", "elpd", "se", "weight"];

impl Comparison {
    fn heading(&self) -> String {
        let (models, observations) = (counted(self.rows.len(), "model"), counted(self.observations, "observation"));
        format!("{models} of {observations}, compared by leave-one-out cross-validation; weights by stacking")
    }

    /// The comparison as an HTML table with the warnings below.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array3;
    /// use ppl_infer::diagnostics::{compare, loo};
    ///
    /// let constant = loo(Array3::from_elem((4, 100, 9), -1.5).view(), 1.0);
    /// assert!(compare([("constant", &constant)])?.html().contains("<th style=\"text-align:left\">constant</th>"));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn html(&self) -> String {
        let (heading, header) = (escaped(&self.heading()), header_html(&HEADER.map(str::to_owned)));
        let rows: String = self.rows.iter().map(|row| format!("<tr>{}</tr>\n", row_html(&row.cells()))).collect();
        let warnings = warnings_html(&self.warnings);
        format!("<p>{heading}</p>\n<table>\n<thead>{header}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n{warnings}\n")
    }

    /// Shows the comparison in a notebook with the kernel evcxr, which calls this.
    pub fn evcxr_display(&self) {
        show("text/html", &self.html());
    }
}

impl ComparisonRow {
    /// Numbers with standard errors have the digits of these; the best model has no difference.
    fn cells(&self) -> Vec<String> {
        // To the second significant digit of the standard error.
        let number = |value: f64, error: f64| estimate(value, 0.1 * error);
        let is_best = self.rank == 0;
        let (elpd_diff, dse) = if is_best {
            ("0".to_owned(), "0".to_owned())
        } else {
            (number(self.elpd_diff, self.dse), standard_error(self.dse))
        };
        vec![
            self.name.clone(),
            self.rank.to_string(),
            elpd_diff,
            dse,
            if self.p_worse.is_nan() { String::new() } else { format!("{:.2}", self.p_worse) },
            estimate(self.effective_parameters, 0.1),
            number(self.elpd, self.se),
            standard_error(self.se),
            format!("{:.2}", self.weight),
        ]
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.heading())?;
        let mut lines = vec![HEADER.map(str::to_owned).to_vec()];
        lines.extend(self.rows.iter().map(ComparisonRow::cells));
        write_aligned(f, &lines)?;
        write!(f, "\n{}", warnings(&self.warnings))
    }
}
