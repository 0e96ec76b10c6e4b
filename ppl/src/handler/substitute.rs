//! `substitute`: values from outside.

use std::collections::BTreeSet;

use super::given::Given;
use crate::effect::{Handler, Message};
use crate::{Error, Result, Tensor};

/// Gives latent sites or parameters values, and leaves them what they are.
///
/// **Acts on** `Sample`, `Param` (before). **Laws** a substituted site is still latent, and its density counts;
/// idempotent. **Errors** a value that no site took; an observed site.
#[derive(Clone, Debug)]
pub struct Substitute {
    given: Given,
}

impl Substitute {
    /// Substitutes these values by site name.
    pub fn new(values: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self { given: Given::new(values) }
    }
}

impl Handler for Substitute {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        match message {
            Message::Sample(site) => {
                if let Some(value) = self.given.take(&site.name) {
                    if site.is_observed {
                        return Err(Error::Handler {
                            handler: "substitute",
                            problem: "the site is observed: its value comes from the data".to_owned(),
                        });
                    }
                    site.value = Some(value);
                }
            }
            Message::Param(param) => {
                if let Some(value) = self.given.take(&param.name) {
                    param.value = Some(value);
                }
            }
            Message::Plate(_) | Message::Deterministic(_) | Message::Factor(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        self.given.finish("substitute", "latent or param", visited)
    }
}
