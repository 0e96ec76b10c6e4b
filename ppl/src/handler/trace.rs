//! `trace`: the record of a run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::distribution::Distribution;
use crate::effect::{Handler, Message, PlateFrame, ShapeRow, ShapeTable, log_prob_of, total};
use crate::site::{AnyName, SiteKind};
use crate::{Constraint, Error, Result, Tensor};

/// The record of a run: its sites in order, plates left out.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    sites: Vec<TraceSite>,
    places: HashMap<String, usize>,
}

/// The record of one site.
#[derive(Clone, Debug)]
pub struct TraceSite {
    /// The site's full name, scopes included.
    pub name: String,
    /// The site's kind, as the handlers left it.
    pub kind: SiteKind,
    /// The value; of a factor, the term of the log density.
    pub value: Tensor,
    /// The distribution of a random site.
    pub distribution: Option<Arc<dyn Distribution>>,
    /// The constraint of a parameter.
    pub constraint: Option<Constraint>,
    /// What the log density is multiplied by.
    pub scale: f64,
    /// Where the log density counts.
    pub mask: Option<Tensor>,
    /// The open plates, outermost first.
    pub plates: Vec<PlateFrame>,
}

impl TraceSite {
    /// The site's part of the log density, a scalar; zero for parameters and deterministic sites.
    ///
    /// # Errors
    /// A value that the distribution cannot take.
    pub fn log_prob(&self) -> Result<Tensor> {
        match (&self.distribution, self.kind) {
            (Some(distribution), kind) => {
                let is_observed = kind == SiteKind::Observed;
                log_prob_of(distribution.as_ref(), &self.value, is_observed, self.mask.as_ref(), self.scale)
            }
            (None, SiteKind::Factor) => total(&self.value, self.mask.as_ref(), self.scale),
            (None, _) => Ok(Tensor::scalar(0.0)),
        }
        .map_err(|error| error.at_site(&self.name))
    }
}

impl Trace {
    /// The sites in the order of the run.
    #[must_use]
    pub fn sites(&self) -> &[TraceSite] {
        &self.sites
    }

    /// The names in the order of the run.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(|site| site.name.as_str())
    }

    /// The site of this name, if the run had one.
    #[must_use]
    pub fn site(&self, name: &str) -> Option<&TraceSite> {
        self.places.get(name).map(|&place| &self.sites[place])
    }

    /// The value of a site.
    ///
    /// # Errors
    /// A name that the run did not visit.
    pub fn get(&self, site: impl AnyName) -> Result<&Tensor> {
        let name = site.site_name();
        self.site(name).map(|site| &site.value).ok_or_else(|| Error::UnknownSite {
            container: "the trace",
            name: name.to_owned(),
            known: self.names().map(str::to_owned).collect(),
        })
    }

    /// The log density of all sites, a scalar: log p(latent, observed).
    ///
    /// # Errors
    /// A value that a distribution cannot take.
    pub fn log_density(&self) -> Result<Tensor> {
        self.sum(|_| true)
    }

    /// The log density of the observed sites and the factors, a scalar: log p(observed | latent).
    ///
    /// # Errors
    /// A value that a distribution cannot take.
    pub fn log_likelihood(&self) -> Result<Tensor> {
        self.sum(|site| matches!(site.kind, SiteKind::Observed | SiteKind::Factor))
    }

    /// The log density of the latent sites, a scalar: log p(latent).
    ///
    /// # Errors
    /// A value that a distribution cannot take.
    pub fn log_prior(&self) -> Result<Tensor> {
        self.sum(|site| site.kind == SiteKind::Latent)
    }

    fn sum(&self, counts: impl Fn(&TraceSite) -> bool) -> Result<Tensor> {
        self.sites.iter().filter(|site| counts(site)).map(TraceSite::log_prob).sum()
    }

    /// The table of the sites' kinds, plates and shapes; it prints as columns.
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn schools() {
    ///     let mu = sample!("mu", Normal::new(0.0, 5.0));
    ///     plate!("school", 8, { sample!("theta", Normal::new(mu, 1.0)); });
    /// }
    ///
    /// let table = schools().trace(0)?.table();
    /// let expected = "\
    /// site   kind    plates  batch  event  value
    /// mu     latent          []     []     []
    /// theta  latent  school  [8]    []     [8]
    /// ";
    /// let trimmed = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    /// assert_eq!(trimmed(&table.to_string()), trimmed(expected));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn table(&self) -> ShapeTable {
        let mut table = ShapeTable::default();
        for site in &self.sites {
            table.push(ShapeRow {
                site: site.name.clone(),
                kind: site.kind,
                plates: site.plates.iter().map(|plate| plate.name.clone()).collect(),
                batch: site.distribution.as_ref().map(|distribution| distribution.batch_shape()),
                event: site.distribution.as_ref().map(|distribution| distribution.event_shape()),
                value: Some(site.value.shape()),
            });
        }
        table
    }

    fn push(&mut self, site: TraceSite) {
        self.places.insert(site.name.clone(), self.sites.len());
        self.sites.push(site);
    }
}

/// Equal if the same sites had the same kinds and values in the same order.
impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.sites.len() == other.sites.len()
            && self
                .sites
                .iter()
                .zip(&other.sites)
                .all(|(a, b)| a.name == b.name && a.kind == b.kind && a.value == b.value)
    }
}

/// Records the sites of a run.
///
/// **Acts on** all messages but `Plate` (after). **Laws** the run does not change; the trace's log density is the sum of
/// the sites' own.
#[derive(Clone, Debug, Default)]
pub struct Tracer {
    trace: Trace,
}

impl Tracer {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The record.
    #[must_use]
    pub fn into_trace(self) -> Trace {
        self.trace
    }
}

impl Handler for Tracer {
    fn after(&mut self, message: &mut Message) -> Result<()> {
        let kind = message.kind();
        let site = match message {
            Message::Sample(site) => {
                let Some(value) = site.value.clone() else { return Ok(()) };
                TraceSite {
                    name: site.name.clone(),
                    kind,
                    value,
                    distribution: Some(Arc::clone(&site.distribution)),
                    constraint: None,
                    scale: site.scale,
                    mask: site.mask.clone(),
                    plates: site.plates.clone(),
                }
            }
            Message::Param(param) => {
                let Some(value) = param.value.clone() else { return Ok(()) };
                TraceSite { constraint: Some(param.constraint.clone()), ..plain(&param.name, kind, value, &[]) }
            }
            Message::Deterministic(site) => plain(&site.name, kind, site.value.clone(), &site.plates),
            Message::Factor(site) => TraceSite {
                scale: site.scale,
                mask: site.mask.clone(),
                ..plain(&site.name, kind, site.log_weight.clone(), &site.plates)
            },
            Message::Plate(_) => return Ok(()),
        };
        self.trace.push(site);
        Ok(())
    }
}

fn plain(name: &str, kind: SiteKind, value: Tensor, plates: &[PlateFrame]) -> TraceSite {
    TraceSite {
        name: name.to_owned(),
        kind,
        value,
        distribution: None,
        constraint: None,
        scale: 1.0,
        mask: None,
        plates: plates.to_vec(),
    }
}
