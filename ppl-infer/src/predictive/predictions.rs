//! `Predictions`: what a model predicts.

use ndarray::ArrayD;

use crate::posterior::{SiteTable, ValueName, Warning};
use crate::{Empirical, Error, Marginal, Rejections, Result};

/// Draws of the sites that a model predicts; the first axis of every array is the draw.
///
/// See [`Predictive`](crate::Predictive), which makes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    draws: Empirical,
    /// The numbers of the draws among those of the source.
    kept: Vec<usize>,
    observed: Vec<String>,
    given: Vec<String>,
}

impl Predictions {
    pub(super) fn new(draws: Empirical, kept: Vec<usize>, observed: Vec<String>, given: Vec<String>) -> Self {
        Self { draws, kept, observed, given }
    }

    /// Draws of a site.
    ///
    /// # Errors
    /// [`Error::NotPredicted`] for an observed site or one whose draws were given; [`Error::UnknownName`], which lists
    /// the sites and suggests the nearest; those of [`Empirical::get`] for a site that not every draw visited.
    pub fn get(&self, site: impl ValueName) -> Result<&ArrayD<f64>> {
        self.check(site.site_name())?;
        self.draws.get(site.site_name())
    }

    /// Distribution of a site: its draws with their weights, which are equal unless the posterior's were not.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn marginal(&self, site: impl ValueName) -> Result<Marginal<'_>> {
        self.check(site.site_name())?;
        self.draws.marginal(site.site_name())
    }

    /// Why draws were left out: parameters of the model that were outside their domains, by site.
    #[must_use]
    pub fn rejections(&self) -> &Rejections {
        self.draws.rejections()
    }

    /// For each draw here its index among the draws that the model was to predict from: 0, 1, 2, … without those that were
    /// [left out](Self::rejections).
    #[must_use]
    pub fn source_draws(&self) -> &[usize] {
        &self.kept
    }

    /// Warnings about these draws; empty if there are none.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let count = self.rejections().total();
        if count == 0 {
            return Vec::new();
        }
        vec![Warning::FailedPredictions {
            count,
            total: self.draw_count() + count,
            causes: self.rejections().to_string(),
        }]
    }

    /// Number of draws, without those that were [left out](Self::rejections).
    #[must_use]
    pub fn draw_count(&self) -> usize {
        self.draws.draw_count()
    }

    /// The sites in the order of the model, with their draws.
    #[must_use]
    pub fn sites(&self) -> &SiteTable {
        self.draws.sites()
    }

    /// The draws as a weighted set.
    #[must_use]
    pub fn draws(&self) -> &Empirical {
        &self.draws
    }

    /// The draws as a weighted set.
    #[must_use]
    pub fn into_draws(self) -> Empirical {
        self.draws
    }

    fn check(&self, name: &str) -> Result<()> {
        let not_predicted = |reason: String| Err(Error::NotPredicted { site: name.to_owned(), reason });
        let is_irregular = || self.draws.irregular_sites().iter().any(|site| site.name() == name);
        if self.draws.sites().get(name).is_ok() || is_irregular() {
            return Ok(());
        }
        if self.observed.iter().any(|observed| observed == name) {
            return not_predicted(format!(
                "the model observes it; give its `observe!` no data (`None`), or run `model.uncondition(\"{name}\")`"
            ));
        }
        if self.given.iter().any(|given| given == name) {
            return not_predicted("its draws were given, they are in the posterior".to_owned());
        }
        Ok(())
    }
}
