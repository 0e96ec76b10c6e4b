//! The dispatcher: the stack of handlers, and the way of a message through it.
//!
//! # Order
//! The handler that was entered last is the *innermost*. A site's message makes two passes:
//!
//! 1. `before`, from the innermost handler to the outermost. Handlers give the site its value.
//! 2. The site is *settled*: it draws a value if it has none, and the value is checked.
//! 3. `after`, from the outermost handler to the innermost. Handlers collect what the site has become.
//!
//! A handler that hides the site turns the message round: both passes leave out the handlers further out.
//!
//! # Example
//! A log likelihood is `condition` inside `trace`. The sites of the model below go through the two handlers so:
//!
//! ```text
//!                       weight ~ Normal(8.5, 1)      measurement ~ Normal(weight, 0.75)
//! before   condition    holds no value for it        gives it the value 9.5, as data
//!          trace        -                            -
//! settle                draws a value                has a value, which is checked
//! after    trace        records a latent site        records an observed site
//!          condition    -                            -
//! ```
//!
//! ```
//! use ppl::handler::{Condition, Tracer};
//! use ppl::prelude::*;
//!
//! #[model]
//! fn scale(guess: f64) {
//!     let weight = sample!("weight", Normal::new(guess, 1.0));
//!     sample!("measurement", Normal::new(weight, 0.75));
//! }
//!
//! let condition = Condition::new([(scale::measurement, 9.5)]);
//! let mut ctx = Ctx::new(Key::new(0));
//! let (_, tracer) = ctx.enter(Tracer::new(), |ctx| ctx.enter(condition, |ctx| scale(8.5).run(ctx)))?;
//! let trace = tracer.into_trace();
//!
//! let z = (9.5 - trace.get(scale::weight)?.item()) / 0.75;
//! let log_likelihood = -0.5 * z * z - 0.75_f64.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
//! assert!((trace.log_likelihood()?.item() - log_likelihood).abs() < 1e-12);
//!
//! // The same by the verbs: the first is the innermost.
//! assert!(scale(8.5).condition(scale::measurement, 9.5).trace(0)? == trace);
//!
//! // `block` outside of `condition` hides the site from `trace`; inside of it, from `condition` too.
//! let hidden = scale(8.5).condition(scale::measurement, 9.5).block();
//! assert_eq!(hidden.trace(0)?.names().count(), 0);
//! assert!(scale(8.5).block().condition(scale::measurement, 9.5).trace(0).is_err());
//! # Ok::<(), ppl::Error>(())
//! ```

use std::any::Any;
use std::collections::BTreeSet;

use super::message::Contents;
use super::{Ctx, Effect, Handler, Message, PlateFrame};
use crate::tensor::record;
use crate::{Error, Result};

/// The handlers of a run, and the names of its sites.
#[derive(Default)]
pub(super) struct Dispatcher {
    /// The stack, the innermost handler last.
    handlers: Vec<Box<dyn Handler>>,
    names: BTreeSet<String>,
}

impl Dispatcher {
    /// Sends a site's message through the handlers, and gives the name under which the outermost saw it.
    pub(super) fn dispatch<C: Contents>(
        &mut self,
        name: &str,
        plates: &[PlateFrame],
        site: &mut C,
        settle: impl FnOnce(&str, &mut C) -> Result<()>,
    ) -> Result<String> {
        let (mut name, mut hidden) = (name.to_owned(), false);
        let mut outermost = self.handlers.len();
        while outermost > 0 && !hidden {
            outermost -= 1;
            let handler = &mut self.handlers[outermost];
            handler.before(Message { name: &name, plates, hidden: &mut hidden, effect: site.effect() })?;
            handler.rename(&mut name);
        }
        // A plate may be opened again, for a second block of sites over the same members.
        if !matches!(site.effect(), Effect::Plate(_)) && !self.names.insert(name.clone()) {
            return Err(Error::DuplicateSite { name });
        }
        settle(&name, site)?;
        for handler in &mut self.handlers[outermost..] {
            handler.after(Message { name: &name, plates, hidden: &mut hidden, effect: site.effect() })?;
        }
        record::leave();
        Ok(name)
    }

    /// The name of a site with the prefixes of all scopes.
    pub(super) fn full_name(&self, name: &str) -> String {
        let mut name = name.to_owned();
        self.handlers.iter().rev().for_each(|handler| handler.rename(&mut name));
        name
    }

    pub(super) fn depth(&self) -> usize {
        self.handlers.len()
    }

    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

impl Ctx {
    /// Runs `body` inside a handler, and gives back the handler with everything that it has gathered.
    ///
    /// # Errors
    /// Those of `body`, and of the handler's [`finish`](Handler::finish).
    ///
    /// # Example
    /// ```
    /// use ppl::effect::{Effect, Handler, Message};
    /// use ppl::prelude::*;
    ///
    /// /// Counts the random sites of a run.
    /// struct Count(usize);
    ///
    /// impl Handler for Count {
    ///     fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
    ///         self.0 += usize::from(matches!(message.effect, Effect::Sample(_)));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let (_, count) = Ctx::new(Key::new(0)).enter(Count(0), |ctx| {
    ///     ctx.sample("a", Normal::new(0.0, 1.0))?;
    ///     ctx.sample("b", Normal::new(0.0, 1.0))
    /// })?;
    /// assert_eq!(count.0, 2);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn enter<H: Handler, T>(&mut self, handler: H, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, H)> {
        let depth = self.dispatcher.handlers.len();
        self.dispatcher.handlers.push(Box::new(handler));
        let output = body(self);
        // A body that catches a panic may leave handlers above this one.
        self.dispatcher.handlers.truncate(depth + 1);
        let handler = self.dispatcher.handlers.pop().map(|handler| (handler as Box<dyn Any>).downcast::<H>());
        let Some(Ok(mut handler)) = handler else {
            return Err(Error::ReplacedContext);
        };
        let output = output?;
        handler.finish(&self.dispatcher.names)?;
        Ok((output, *handler))
    }
}
