//! Which site is to blame for a density or gradient that is not finite.

use std::fmt;

use ppl::Model;

use super::ModelDensity;
use super::run::{Purpose, run_at};
use crate::{ChainFailure, Error, Result};

/// One site's part of the log density at a position.
#[derive(Clone, Debug)]
pub struct SiteTerm {
    /// The site's name.
    pub site: String,
    /// The site's value, if it is a free latent site.
    pub value: Option<String>,
    /// Its log density, with the Jacobian of a latent site.
    pub log_prob: f64,
}

impl<M: Model> ModelDensity<M> {
    /// The terms of the log density at a position, site by site, in the order of the model.
    ///
    /// # Errors
    /// Those of the run.
    pub fn terms_at(&self, position: &[f64]) -> Result<Vec<SiteTerm>> {
        let run = run_at(&self.model(), self.layout(), self.layout().split(position), Purpose::Diagnosis)?;
        let mut terms: Vec<SiteTerm> = Vec::new();
        for term in run.terms {
            let log_prob = term.log_prob.item();
            match terms.iter_mut().find(|known| known.site == term.site) {
                Some(known) => known.log_prob += log_prob,
                None => terms.push(SiteTerm { site: term.site, value: None, log_prob }),
            }
        }
        for value in run.values {
            if let Some(term) = terms.iter_mut().find(|term| term.site == value.site) {
                term.value = Some(value.value.to_string());
            }
        }
        Ok(terms)
    }
}

impl fmt::Display for SiteTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: log density {}", self.site, self.log_prob)?;
        match &self.value {
            Some(value) => write!(f, " at {value}"),
            None => Ok(()),
        }
    }
}

/// Says which sites are to blame where no start was valid.
pub(crate) fn name_sites<M: Model>(error: Error, density: &ModelDensity<M>) -> Error {
    match error {
        Error::NoValidStart { attempts, position, log_density, gradient } => {
            let Ok(terms) = density.terms_at(&position) else {
                return Error::NoValidStart { attempts, position, log_density, gradient };
            };
            let mut sites: Vec<String> =
                terms.iter().filter(|term| !term.log_prob.is_finite()).map(ToString::to_string).collect();
            let bad_gradient = gradient.iter().position(|value| !value.is_finite());
            if let (true, Some(coordinate)) = (sites.is_empty(), bad_gradient)
                && let Some(site) = density.layout().site_of(coordinate)
            {
                let value = terms.iter().find(|term| term.site == site.name).and_then(|term| term.value.clone());
                sites.push(format!(
                    "`{}`: gradient {} at {}",
                    site.name,
                    gradient[coordinate],
                    value.unwrap_or_default()
                ));
            }
            Error::NoValidStartAtSites { attempts, sites }
        }
        Error::AllChainsFailed { failures } => Error::AllChainsFailed {
            failures: failures
                .into_iter()
                .map(|ChainFailure { chain, error }| ChainFailure { chain, error: name_sites(error, density) })
                .collect(),
        },
        error => error,
    }
}
