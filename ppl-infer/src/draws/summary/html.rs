//! The summary as HTML, and in a notebook.

use super::{
    Summary,
    table::{Part, shorten},
};
use crate::{
    notebook::{escaped, show},
    table::{header_html, row_html, warnings_html},
};

impl Summary {
    /// The summary as an HTML table with the warnings below, shortened as its text is.
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use ppl_infer::draws::{Draws, SiteTable};
    ///
    /// let mut sites = SiteTable::new(&[2, 500]);
    /// sites.insert("mu", Array2::from_shape_fn((2, 500), |(c, d)| ((d * 61 + c * 17) % 101) as f64).into_dyn())?;
    /// let html = Draws::new(sites)?.summary().html();
    /// assert!(html.contains("<th>mean</th>") && html.contains("<th style=\"text-align:left\">mu</th>"));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn html(&self) -> String {
        let heading = format!("<p>{}</p>", escaped(&self.heading));
        let header = self.header();
        let columns = header.len();
        let mut rows = String::new();
        for part in shorten(&self.rows) {
            let cells = match part {
                Part::Row(row) => row_html(&self.cells(row)),
                Part::Gap { site, rows } => {
                    format!(
                        "<td colspan=\"{columns}\" style=\"text-align:left\">… {rows} more of {}</td>",
                        escaped(site)
                    )
                }
            };
            rows += &format!("<tr>{cells}</tr>\n");
        }
        let (header, warnings) = (header_html(&header), warnings_html(&self.warnings));
        format!("{heading}\n<table>\n<thead>{header}</thead>\n<tbody>\n{rows}</tbody>\n</table>\n{warnings}\n")
    }

    /// Shows the summary in a notebook with the kernel evcxr, which calls this.
    pub fn evcxr_display(&self) {
        show("text/html", &self.html());
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;

    use crate::Draws;
    use crate::draws::{SiteTable, tests::scores};

    #[test]
    fn a_row_a_quantity_with_the_cells_of_the_text() {
        let mut sites = SiteTable::new(&[4, 100]);
        sites.insert("x<y>", ArrayD::from_shape_vec(vec![4, 100, 90], scores(36_000, 1)).unwrap()).unwrap();
        let summary = Draws::new(sites).unwrap().summary();
        let html = summary.html();
        let text = summary.to_string();
        assert!(html.contains("x&lt;y&gt;[0]") && !html.contains("x<y>"));
        assert!(html.contains("more of x&lt;y&gt;") && text.contains("more of x<y>"));
        assert_eq!(html.matches("<tr>").count(), html.matches("</tr>").count());
        // The header has a line, too.
        assert_eq!(html.matches("<tr>").count(), 62);
        let row = text.lines().find(|line| line.starts_with("x<y>[0]")).unwrap();
        for number in row.split_whitespace().skip(1) {
            assert!(html.contains(&format!(">{number}</td>")), "{number}");
        }
        assert!(html.contains("no warnings") == text.contains("no warnings"));
    }
}
