//! `intervene`: Pearl's *do*.

use std::collections::BTreeSet;

use super::given::Given;
use crate::effect::{Handler, Message};
use crate::{Error, Result, Tensor};

/// Sets latent sites and cuts them off from their causes: what follows sees the value, but the site is no longer
/// random, has no density, and no handler further out sees it.
///
/// **Acts on** `Sample` (before). **Laws** the density of `intervene(m, x)` at the other sites is that of `m` without
/// the site's own factor, at `x`; the other sites draw what they drew. **Errors** a value that no site took; an
/// observed site.
///
/// **Reference** Pearl (2009), *Causality*, section 3.2.1.
#[derive(Clone, Debug)]
pub struct Intervene {
    given: Given,
}

impl Intervene {
    /// Sets these sites by name.
    pub fn new(values: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self { given: Given::new(values) }
    }
}

impl Handler for Intervene {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        let Message::Sample(site) = message else { return Ok(()) };
        let Some(value) = self.given.take(&site.name) else { return Ok(()) };
        if site.is_observed {
            return Err(Error::Handler {
                handler: "intervene",
                problem: "the site is observed; `uncondition` it first to set it".to_owned(),
            });
        }
        site.value = Some(value);
        message.hide();
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.given.finish("intervene", "latent", visited)
    }
}
