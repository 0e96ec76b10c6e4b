//! `SummaryOptions`: the columns of a summary.

use crate::draws::site::check_probability;

/// Columns of a [`Summary`](super::Summary) besides mean, standard deviation and diagnostics.
///
/// The default is that of ArviZ: the equal-tailed interval of 89%.
///
/// # Example
/// ```
/// use ppl_infer::draws::SummaryOptions;
///
/// let options = SummaryOptions::default().hdi(0.94).quantiles(&[0.5]);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryOptions {
    pub(super) interval: Interval,
    pub(super) quantiles: Vec<f64>,
}

/// An interval of some probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Interval {
    EqualTailed(f64),
    HighestDensity(f64),
}

impl Default for SummaryOptions {
    /// The equal-tailed interval of 89%, no quantiles.
    fn default() -> Self {
        Self { interval: Interval::EqualTailed(0.89), quantiles: Vec::new() }
    }
}

impl SummaryOptions {
    /// The equal-tailed interval of this probability; see [`SiteDraws::eti`](crate::draws::SiteDraws::eti).
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn eti(self, probability: f64) -> Self {
        check_probability("eti", probability);
        Self { interval: Interval::EqualTailed(probability), ..self }
    }

    /// The highest-density interval of this probability; see [`SiteDraws::hdi`](crate::draws::SiteDraws::hdi).
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn hdi(self, probability: f64) -> Self {
        check_probability("hdi", probability);
        Self { interval: Interval::HighestDensity(probability), ..self }
    }

    /// Quantiles at these probabilities, too.
    ///
    /// # Panics
    /// A probability outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn quantiles(self, probabilities: &[f64]) -> Self {
        for &probability in probabilities {
            check_probability("quantiles", probability);
        }
        Self { quantiles: probabilities.to_vec(), ..self }
    }

    /// Headings of the columns: `eti89_lb`, `eti89_ub`, and `2.5%` of quantiles.
    pub(super) fn headings(&self) -> Vec<String> {
        let (kind, probability) = match self.interval {
            Interval::EqualTailed(probability) => ("eti", probability),
            Interval::HighestDensity(probability) => ("hdi", probability),
        };
        let percent = trimmed(100.0 * probability);
        let mut headings = vec![format!("{kind}{percent}_lb"), format!("{kind}{percent}_ub")];
        headings.extend(self.quantiles.iter().map(|probability| format!("{}%", trimmed(100.0 * probability))));
        headings
    }
}

/// A number without trailing zeros: 5, 2.5, 97.5.
fn trimmed(percent: f64) -> String {
    let text = format!("{percent:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
