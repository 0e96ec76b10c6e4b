//! The unconstrained position at which latent sites have given values: the inverse of a run at a position.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppl::bijector::{Bijector, biject_to};
use ppl::effect::{Effect, Handler, Message, SampleSite};
use ppl::random::Key;
use ppl::tensor::singular_as_nan;
use ppl::{Constraint, Ctx, Model, Shape, Tensor};

use super::Layout;
use super::layout::is_free;
use crate::error::InvalidSetting;
use crate::{Error, Result};

/// The position at which the sites have these values.
///
/// A site without a value keeps its coordinates of `position`; with a key, it is drawn from its distribution, unless that
/// has no draws. Where a parameter leaves its domain the run ends, and the sites after it keep their coordinates: the density
/// says there that the position is not valid, and why.
///
/// # Errors
/// A value outside the support of its site, or on its edge ([`InvalidSetting`], at the site); those of the run.
pub(crate) fn position_at<M: Model>(
    model: &M,
    layout: &Arc<Layout>,
    values: BTreeMap<String, Tensor>,
    position: Vec<f64>,
    prior: Option<Key>,
) -> Result<Vec<f64>> {
    let handler = Locate { layout: Arc::clone(layout), values, position, prior, next: 0 };
    // The handler is wanted from a run that ends early, too.
    let run = |ctx: &mut Ctx| Ok(model.run(ctx).map(drop));
    let entered = singular_as_nan(|| Ctx::new(Key::new(0)).without_validation().enter(handler, run)).0;
    let (outcome, handler) = entered?;
    match outcome {
        Err(error) if !error.is_outside_domain() => Err(error.into()),
        _ => Ok(handler.position),
    }
}

/// Gives the free latent sites their values, and writes down where these are on the unconstrained space.
struct Locate {
    layout: Arc<Layout>,
    values: BTreeMap<String, Tensor>,
    position: Vec<f64>,
    prior: Option<Key>,
    /// The index of the next site without a value; the model runs its sites in the order of the layout.
    next: usize,
}

impl Locate {
    fn value(&mut self, name: &str, site: &SampleSite) -> ppl::Result<Tensor> {
        let (offset, shape) = {
            let place = self.layout.site_in_order(self.next, name, site.shape())?;
            (place.offset, place.unconstrained_shape)
        };
        self.next += 1;
        // The support may depend on the sites before.
        let support = site.distribution.support();
        let bijector = biject_to(&support)?;
        if let Some(value) = self.values.remove(name) {
            let unconstrained = unconstrain(&support, &*bijector, &value)?;
            self.write(offset, &unconstrained);
            return Ok(value);
        }
        match self.prior {
            Some(key) if !site.distribution.is_improper() => {
                let value = site.distribution.sample(&mut key.rng(name, 0), &Shape::SCALAR)?;
                // Not finite where the draw was rounded to the edge of the support: such a start is rejected.
                self.write(offset, &bijector.inverse(&value)?);
                Ok(value)
            }
            _ => {
                let own = &self.position[offset..offset + shape.size()];
                bijector.forward(&Tensor::from(own).reshape(shape))
            }
        }
    }

    fn write(&mut self, offset: usize, unconstrained: &Tensor) {
        self.position[offset..offset + unconstrained.size()].copy_from_slice(&unconstrained.to_vec());
    }
}

impl Handler for Locate {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Sample(site) = message.effect
            && is_free(site)
        {
            site.value = Some(self.value(message.name, site)?);
        }
        Ok(())
    }
}

/// The unconstrained form of a value that a user gave for a site.
fn unconstrain(support: &Constraint, bijector: &dyn Bijector, value: &Tensor) -> ppl::Result<Tensor> {
    let invalid = |expected: String, got: String| ppl::Error::from(InvalidSetting { parameter: "init", expected, got });
    let inside = support.contains(value);
    if let Some(event) = inside.to_vec().iter().position(|&inside| inside == 0.0) {
        return Err(invalid(support.to_string(), describe(value, &inside.shape(), event)));
    }
    let unconstrained = bijector.inverse(value)?;
    if unconstrained.to_vec().iter().all(|coordinate| coordinate.is_finite()) {
        return Ok(unconstrained);
    }
    Err(invalid(format!("{support}, finite and not on the edge"), value.brief().to_string()))
}

/// The value of one event, and where in the batch it is.
fn describe(value: &Tensor, batch: &Shape, event: usize) -> String {
    if batch.rank() == 0 {
        return value.brief().to_string();
    }
    let events =
        value.reshape(Shape::from(batch.size()).concat(&value.shape().split_event(value.rank() - batch.rank()).1));
    format!("{} at {:?}", events.get(event).brief(), batch.unravel_index(event))
}

/// Whether this is the error of a value that is not inside the support of its site.
pub(crate) fn is_outside_support(error: &Error) -> bool {
    matches!(error.cause(), Error::Setting(InvalidSetting { parameter: "init", .. }))
}
