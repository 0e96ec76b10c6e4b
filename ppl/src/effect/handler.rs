//! `Handler`: an interpretation of a model's effects.

use std::any::Any;
use std::collections::BTreeSet;

use super::Message;
use crate::Result;

/// An effect handler. All hooks default to doing nothing; the [module](super) states their order.
///
/// # Example
/// Tempering: the likelihood to a power, the prior as it is.
///
/// ```
/// use ppl::effect::{Effect, Handler, Message};
/// use ppl::prelude::*;
///
/// #[derive(Clone)]
/// struct Temper {
///     power: f64,
/// }
///
/// impl Handler for Temper {
///     fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
///         if let Effect::Sample(site) = message.effect
///             && site.is_observed
///         {
///             site.term.scale *= self.power;
///         }
///         Ok(())
///     }
/// }
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
/// }
///
/// let plain = scale(8.5).trace(0)?;
/// let tempered = scale(8.5).with(Temper { power: 0.5 }).trace(0)?;
/// assert_eq!(tempered.log_likelihood()?.item(), 0.5 * plain.log_likelihood()?.item());
/// assert_eq!(tempered.log_prior()?.item(), plain.log_prior()?.item());
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Handler: Any {
    /// The pass before the site has its value, from the innermost handler to the outermost. It may give the site a value,
    /// change how its density counts, or hide it from the handlers further out.
    ///
    /// # Errors
    /// Anything that the handler cannot do with this site; the site's name is added.
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        let _ = message;
        Ok(())
    }

    /// Changes the name by which the handlers further out see a site, as `scope` does.
    ///
    /// The random numbers of a site belong to its name.
    fn rename(&self, name: &mut String) {
        let _ = name;
    }

    /// The pass after the site has got its value, from the outermost handler to the innermost.
    ///
    /// # Errors
    /// Anything that the handler cannot do with this site; the site's name is added.
    fn after(&mut self, message: Message<'_>) -> Result<()> {
        let _ = message;
        Ok(())
    }

    /// The end of the model that the handler wraps; `visited` are the names of the run's sites.
    ///
    /// # Errors
    /// Anything that the run should have done and did not, such as taking every value that the handler holds.
    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        let _ = visited;
        Ok(())
    }
}
