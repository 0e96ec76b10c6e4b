//! `Handler`: what stands between a site and its value.

use std::any::Any;
use std::collections::BTreeSet;

use super::Message;
use crate::Result;

/// An effect handler. Both hooks default to doing nothing; see the [module](super) for the order.
///
/// ```
/// use ppl::prelude::*;
/// use ppl::effect::{Handler, Message};
///
/// /// Counts the sites of a run.
/// #[derive(Clone, Default)]
/// struct Count(usize);
///
/// impl Handler for Count {
///     fn after(&mut self, message: &mut Message) -> ppl::Result<()> {
///         self.0 += usize::from(matches!(message, Message::Sample(_)));
///         Ok(())
///     }
/// }
///
/// #[model]
/// fn two() {
///     sample!("a", Normal::new(0.0, 1.0));
///     sample!("b", Normal::new(0.0, 1.0));
/// }
///
/// let mut ctx = Ctx::new(Key::new(0));
/// let ((), count) = ctx.enter(Count::default(), |ctx| two().run(ctx))?;
/// assert_eq!(count.0, 2);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Handler: Any {
    /// Before the site has its value: may give it one, change how it counts, rename it, or hide it from the handlers
    /// further out ([`Message::hide`]).
    ///
    /// # Errors
    /// What the handler cannot do with this site; the site's name is added.
    fn before(&mut self, message: &mut Message) -> Result<()> {
        let _ = message;
        Ok(())
    }

    /// After the site has its value.
    ///
    /// # Errors
    /// What the handler cannot do with this site; the site's name is added.
    fn after(&mut self, message: &mut Message) -> Result<()> {
        let _ = message;
        Ok(())
    }

    /// After the model that the handler wraps has returned; `visited` are the names of the run's sites.
    ///
    /// # Errors
    /// What the run should have done and did not, such as taking every value it was given.
    fn finish(&mut self, visited: &BTreeSet<String>) -> Result<()> {
        let _ = visited;
        Ok(())
    }
}
