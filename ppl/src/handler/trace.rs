//! `trace`: the record of a run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::distribution::Distribution;
use crate::effect::{Effect, Handler, Message, PlateFrame, ShapeRow, ShapeTable, Term};
use crate::site::{AnyName, SiteKind, UnknownName};
use crate::{Constraint, Result, Tensor};

/// The record of a run: its sites in order, plates left out.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    sites: Vec<TraceSite>,
    /// Positions in `sites` by name.
    index: HashMap<String, usize>,
}

/// The record of one site.
///
/// # Example
/// ```
/// use ppl::SiteKind;
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
/// }
///
/// let trace = scale(8.5).trace(0)?;
/// let site = trace.site("measurement").unwrap();
/// assert_eq!((site.kind, site.value.item()), (SiteKind::Observed, 9.5));
/// assert_eq!(site.distribution.as_ref().unwrap().name(), "Normal");
/// assert_eq!(site.log_prob()?, trace.log_likelihood()?);
/// # Ok::<(), ppl::Error>(())
/// ```
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
    /// The scale and the mask of the log density.
    pub term: Term,
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
                self.term.log_prob(distribution.as_ref(), &self.value, kind == SiteKind::Observed)
            }
            (None, SiteKind::Factor) => self.term.total(&self.value),
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
        self.index.get(name).map(|&position| &self.sites[position])
    }

    /// The value of a site.
    ///
    /// # Errors
    /// A name that the run did not visit.
    pub fn get(&self, site: impl AnyName) -> Result<&Tensor> {
        let name = site.site_name();
        let unknown = || UnknownName::new("site of the trace", name, self.names());
        self.site(name).map(|site| &site.value).ok_or_else(|| unknown().into())
    }

    /// The names and values of the latent sites, in the order of the run.
    ///
    /// # Example
    /// A counterfactual: another value for the treatment, the same noise.
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn outcome() -> Tensor {
    ///     let noise = sample!("noise", Normal::new(0.0, 1.0));
    ///     let treatment = sample!("treatment", Bernoulli::new(0.5));
    ///     2.0 * treatment + noise
    /// }
    ///
    /// let factual = outcome().substitute(outcome::treatment, 0.0).trace(0)?;
    /// let noise = factual.latent_values().filter(|(name, _)| *name != "treatment");
    /// let counterfactual = outcome().intervene(outcome::treatment, 1.0).substitute_all(noise);
    /// let (_, value) = counterfactual.trace_output(Key::new(1))?;
    /// assert_eq!(value.item(), 2.0 + factual.get(outcome::noise)?.item());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn latent_values(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let latent = self.sites.iter().filter(|site| site.kind == SiteKind::Latent);
        latent.map(|site| (site.name.as_str(), &site.value))
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
    /// # Example
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
            let batch = site.distribution.as_ref().map(|distribution| distribution.batch_shape());
            let event = site.distribution.as_ref().map(|distribution| distribution.event_shape());
            table.push(ShapeRow::new(&site.name, site.kind, &site.plates, batch, event, Some(site.value.shape())));
        }
        table
    }

    fn push(&mut self, site: TraceSite) {
        self.index.insert(site.name.clone(), self.sites.len());
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
/// It makes a run a value: importance weights, ELBOs and reports are sums over the sites of traces.
///
/// **Acts on** all messages but `Plate` (after).
///
/// # Laws
/// The run does not change; the trace's log density is the sum of the sites' own.
///
/// # Example
/// The record of a part of a run, where [`trace`](crate::ModelExt::trace) records all of it:
///
/// ```
/// use ppl::handler::Tracer;
/// use ppl::prelude::*;
///
/// let mut ctx = Ctx::new(Key::new(0));
/// let mean = ctx.sample("mean", Normal::new(0.0, 1.0))?;
/// let (y, tracer) = ctx.enter(Tracer::new(), |ctx| ctx.sample("y", Normal::new(&mean, 1.0)))?;
///
/// let trace = tracer.into_trace();
/// assert_eq!(trace.names().collect::<Vec<_>>(), ["y"]);
/// assert_eq!(trace.log_density()?, Normal::new(&mean, 1.0)?.log_prob(&y)?);
/// # Ok::<(), ppl::Error>(())
/// ```
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
    fn after(&mut self, message: Message<'_>) -> Result<()> {
        let kind = message.kind();
        let (value, distribution, constraint, term) = match message.effect {
            Effect::Sample(site) => (site.value.clone(), Some(Arc::clone(&site.distribution)), None, site.term.clone()),
            Effect::Param(site) => (site.value.clone(), None, Some(site.constraint.clone()), Term::default()),
            Effect::Deterministic(site) => (Some(site.value.clone()), None, None, Term::default()),
            Effect::Factor(site) => (Some(site.log_weight.clone()), None, None, site.term.clone()),
            Effect::Plate(_) => return Ok(()),
        };
        // A value that a handler has removed is an error when the message is back at its site.
        let Some(value) = value else { return Ok(()) };
        let (name, plates) = (message.name.to_owned(), message.plates.to_vec());
        self.trace.push(TraceSite { name, kind, value, distribution, constraint, term, plates });
        Ok(())
    }
}
