//! `ModelStarts`: the starts of a model, whose sites are known.

use std::sync::Arc;

use ppl::Model;
use ppl::random::{Key, Rng};
use rand::RngExt;

use super::Init;
use super::find::{ATTEMPTS, InitialPosition};
use super::sites::SiteStart;
use crate::density::{Layout, is_outside_support, position_at};
use crate::settings::{check_dim, require};
use crate::{Error, Result};

/// The starts that an [`Init`] gives on a model.
#[derive(Debug)]
pub(crate) struct ModelStarts<'a, M> {
    init: &'a Init,
    model: M,
    layout: Arc<Layout>,
}

impl<'a, M: Model> ModelStarts<'a, M> {
    /// The starts of `count` chains.
    ///
    /// # Errors
    /// A value for a site that the model has not, or of another shape than the site's.
    pub(crate) fn new(init: &'a Init, count: usize, model: M, layout: &Arc<Layout>) -> Result<Self> {
        let starts = Self { init, model, layout: Arc::clone(layout) };
        for chain in 0..count {
            init.of_chain(chain).0.into_iter().try_for_each(|start| starts.check(start))?;
        }
        Ok(starts)
    }

    fn check(&self, SiteStart { site: name, shape, .. }: &SiteStart) -> Result<()> {
        let Some(site) = self.layout.sites().iter().find(|site| site.name == *name) else {
            let known = self.layout.sites().iter().map(|site| site.name.as_str());
            return Err(Error::unknown_name("latent site", name, known));
        };
        let expected = format!("a value of shape {} for the site `{name}`", site.shape);
        require("init", &expected, format!("one of shape {shape}"), *shape == site.shape)
    }
}

impl<M: Model> InitialPosition for ModelStarts<'_, M> {
    fn attempts(&self, chain: usize) -> usize {
        let (values, others) = self.init.of_chain(chain);
        if values.len() == self.layout.sites().len() { 1 } else { others.attempts(chain) }
    }

    fn is_uninformed(&self, chain: usize) -> bool {
        self.init.is_uninformed(chain)
    }

    fn propose(&self, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        self.propose_again(0, chain, dim, rng)
    }

    fn propose_again(&self, rejected: usize, chain: usize, dim: usize, rng: &mut Rng) -> Result<Vec<f64>> {
        let (values, others) = self.init.of_chain(chain);
        let is_prior = *others == Init::Prior;
        if values.is_empty() && !is_prior {
            return others.propose_again(rejected, chain, dim, rng);
        }
        // A site with an improper prior starts as with `Init::Uniform`.
        let uniform = Init::default();
        let others = if is_prior { &uniform } else { others };
        for attempt in 1.. {
            let position = others.propose_again(rejected, chain, dim, rng)?;
            check_dim("the start", dim, position.len())?;
            let prior = is_prior.then(|| Key::new(rng.random()));
            let values = values.iter().map(|start| (start.site.clone(), start.value())).collect();
            match position_at(&self.model, &self.layout, values, position, prior) {
                // Its support may depend on sites that another attempt draws anew.
                Err(error) if is_outside_support(&error) && attempt < self.attempts(chain).min(ATTEMPTS) => {}
                outcome => return outcome,
            }
        }
        unreachable!("the last attempt returns")
    }
}
