//! `condition`: values that count as data.

use std::collections::BTreeSet;

use super::given::Given;
use crate::effect::{Handler, Message};
use crate::{Error, Result, Tensor};

/// Gives latent sites values that count as data.
///
/// **Acts on** `Sample` (before). **Laws** the density of `condition(m, x)` is the joint density of `m` at `x`; a
/// conditioned site is observed; the others draw what they drew. **Errors** a value that no site took; a site that is
/// observed already.
#[derive(Clone, Debug)]
pub struct Condition {
    given: Given,
}

impl Condition {
    /// Conditions on these values by site name.
    pub fn new(values: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self { given: Given::new(values) }
    }
}

impl Handler for Condition {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        if let Message::Sample(site) = message
            && let Some(value) = self.given.take(&site.name)
        {
            if site.is_observed {
                return Err(Error::Handler {
                    handler: "condition",
                    problem: "the site is observed already; `uncondition` it first to give it other data".to_owned(),
                });
            }
            site.value = Some(value);
            site.is_observed = true;
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.given.finish("condition", "latent", visited)
    }
}
