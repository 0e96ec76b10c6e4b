//! Which site is to blame for a density or gradient that is not finite.

use std::fmt;

use ppl::Model;
use ppl::tensor::singular_as_nan;

use super::ModelDensity;
use super::run::{Purpose, run_at};
use crate::error::ChainFailure;
use crate::error::{ChainError, DensityError};
use crate::runs::catching_panics;
use crate::{Error, LogDensity, Rejections, Result};

/// One site's part of the log density at a position.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
///
/// #[model]
/// fn tanks(number: f64) {
///     let largest = sample!("largest", Exponential::new(0.01));
///     observe!("number", Uniform::new(0.0, largest), number);
/// }
///
/// // The position is ln(largest): with fewer tanks than 60 there is no such number.
/// let terms = ModelDensity::new(tanks(60.0))?.terms_at(&[50.0_f64.ln()])?;
/// assert_eq!((terms[0].site.as_str(), terms[1].site.as_str()), ("largest", "number"));
/// // ln(0.01 exp(−0.01 · 50)) with the Jacobian, ln 50.
/// assert!((terms[0].log_prob - (0.5_f64.ln() - 0.5)).abs() < 1e-14);
/// assert_eq!(terms[1].log_prob, f64::NEG_INFINITY);
/// assert_eq!(terms[1].detail.as_deref(), Some("log density -inf at value 60 under Uniform(low = 0, high = 50)"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SiteTerm {
    /// The site's name.
    pub site: String,
    /// The site's value, if it is a free latent site.
    pub value: Option<String>,
    /// Its log density, with the Jacobian of a latent site.
    pub log_prob: f64,
    /// The first element whose log density is not finite, with its value and the distribution's parameters there.
    pub detail: Option<String>,
}

impl<M: Model> ModelDensity<M> {
    /// The terms of the log density at a position, site by site, in the order of the model: their sum is the log density.
    ///
    /// # Shapes
    /// `position` has as many coordinates as the [layout](Self::layout).
    ///
    /// # Errors
    /// Those of the run.
    pub fn terms_at(&self, position: &[f64]) -> Result<Vec<SiteTerm>> {
        let run = run_at(&self.model(), self.layout(), self.layout().split(position), Purpose::Diagnosis)?;
        let mut terms: Vec<SiteTerm> = Vec::new();
        for term in run.terms {
            let log_prob = term.log_prob.item();
            match terms.iter_mut().find(|known| known.site == term.site) {
                Some(known) => {
                    known.log_prob += log_prob;
                    known.detail = known.detail.take().or(term.detail);
                }
                None => terms.push(SiteTerm { site: term.site, value: None, log_prob, detail: term.detail }),
            }
        }
        for value in run.values {
            if let Some(term) = terms.iter_mut().find(|term| term.site == value.name) {
                term.value = Some(value.value.to_string());
            }
        }
        Ok(terms)
    }

    /// The parameter outside its domain, or the matrix without a factor, for which there is no density at a position.
    pub(crate) fn invalid_parameter_at(&self, position: &[f64]) -> Option<ppl::Error> {
        // Values that are not being differentiated are checked.
        let run = || run_at(&self.model(), self.layout(), self.layout().split(position), Purpose::Diagnosis);
        match singular_as_nan(|| catching_panics(run)) {
            (Err(Error::Model(error)), singular) if error.is_outside_domain() => Some(match (singular, error.site()) {
                (Some(singular), Some(site)) => singular.at_site(site),
                _ => error,
            }),
            (Ok(run), Some(singular)) => {
                let site = run.terms.iter().find(|term| !term.log_prob.item().is_finite())?;
                Some(singular.at_site(&site.site))
            }
            _ => None,
        }
    }

    /// Counts why there is no density, or no gradient, at a position.
    fn explain(&self, position: &[f64], rejections: &mut Rejections) {
        if let Some(error) = self.invalid_parameter_at(position) {
            return rejections.add_error(&error);
        }
        let Ok(terms) = catching_panics(|| self.terms_at(position)) else { return rejections.add_unexplained(1) };
        if let Some(term) = terms.iter().find(|term| !term.log_prob.is_finite()) {
            let cause = format!("log density {}", term.log_prob);
            return rejections.add(Some(&term.site), &cause, || term.reason());
        }
        let mut gradient = vec![0.0; position.len()];
        let outcome = self.clone_density().value_and_gradient(position, &mut gradient);
        let bad = gradient.iter().position(|slope| !slope.is_finite()).filter(|_| outcome.is_ok());
        match bad.and_then(|coordinate| Some((gradient[coordinate], self.layout().site_of(coordinate)?))) {
            Some((slope, site)) => {
                let value = terms.iter().find(|term| term.site == site.name).and_then(|term| term.value.as_deref());
                let at = value.map(|value| format!(" at {value}")).unwrap_or_default();
                rejections.add(Some(&site.name), &format!("gradient {slope}"), || format!("gradient {slope}{at}"));
            }
            None => rejections.add_unexplained(1),
        }
    }
}

impl SiteTerm {
    /// The reason, without the site's name.
    fn reason(&self) -> String {
        match (&self.detail, &self.value) {
            (Some(detail), _) => detail.clone(),
            (None, Some(value)) => format!("log density {} at {value}", self.log_prob),
            (None, None) => format!("log density {}", self.log_prob),
        }
    }
}

impl fmt::Display for SiteTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.site, self.reason())
    }
}

/// Says why no start was valid.
pub(crate) fn name_sites<M: Model>(error: Error, density: &ModelDensity<M>) -> Error {
    match error {
        Error::Density(DensityError::NoValidStart { positions, log_density, gradient, .. }) => {
            let mut rejections = Rejections::default();
            positions.iter().for_each(|position| density.explain(position, &mut rejections));
            DensityError::NoValidStart { positions, log_density, gradient, rejections }.into()
        }
        Error::Chain(ChainError::AllFailed { failures }) => ChainError::AllFailed {
            failures: failures
                .into_iter()
                .map(|ChainFailure { chain, error }| ChainFailure { chain, error: name_sites(error, density) })
                .collect(),
        }
        .into(),
        error => error,
    }
}
