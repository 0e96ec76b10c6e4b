//! A posterior in a notebook.

use super::Posterior;
use crate::draws::Dim;
use crate::notebook::{escaped, show};

impl Posterior {
    /// The posterior as HTML: its sites and sample statistics, which unfold, and the summary.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn normal() {
    ///     sample!("x", Normal::new(0.0, 1.0));
    /// }
    ///
    /// let posterior = Nuts::new().chains(2).warmup(100).draws(50).progress(false).run(&normal())?;
    /// assert!(posterior.html().contains("<li><code>x</code>: 2 × 50</li>"));
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn html(&self) -> String {
        let lengths = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
        let site = |site: &crate::draws::SiteValues| {
            let own = site.dims().iter().map(|dim| dim.as_ref().map_or("·", Dim::name)).collect::<Vec<_>>();
            let dims = if own.is_empty() { String::new() } else { format!(" ({})", escaped(&own.join(", "))) };
            format!("<li><code>{}</code>: {}{dims}</li>", escaped(site.name()), lengths(site.values().shape()))
        };
        let sites: String = self.draws.sites().iter().map(site).collect();
        let names: String =
            self.sample_stats.names().map(|name| format!("<li><code>{}</code></li>", escaped(name))).collect();
        let unfold =
            |title: &str, items: String| format!("<details><summary>{title}</summary><ul>{items}</ul></details>");
        let (sites, statistics) = (unfold("sites, chain × draw × …", sites), unfold("sample statistics", names));
        format!("{sites}\n{statistics}\n{}", self.summary().html())
    }

    /// Shows the posterior in a notebook with the kernel evcxr, which calls this.
    pub fn evcxr_display(&self) {
        show("text/html", &self.html());
    }
}

#[cfg(test)]
mod tests {
    use crate::posterior::tests::posterior;

    #[test]
    fn sites_with_their_dimensions_and_the_summary() {
        let html = posterior().html();
        for part in [
            "<li><code>mu</code>: 4 × 250</li>",
            "<li><code>theta</code>: 4 × 250 × 3 (school)</li>",
            "<li><code>L</code>: 4 × 250 × 2 × 2 (·, ·)</li>",
            "<li><code>diverging</code></li>",
            "<th style=\"text-align:left\">theta[2]</th>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
