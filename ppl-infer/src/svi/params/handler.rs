//! `Params`: stored values for the parameters of a model.

use std::sync::Arc;

use ppl::effect::{Effect, Handler, Message};
use ppl::site::UnknownName;

use super::ParamStore;

/// Gives each `param!` its value in a store.
///
/// **Acts on** `Param` (before).
///
/// # Laws
/// The model has no free parameter left; idempotent.
///
/// # Errors
/// A parameter that the store lacks.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{ParamStore, Params};
///
/// #[model]
/// fn guess() {
///     let loc = param!("loc", 0.0);
///     sample!("x", Normal::new(loc, 1.0));
/// }
///
/// let mut store = ParamStore::new();
/// assert!(guess().with(Params::new(store.clone())).trace(0).is_err());
/// store.insert("loc", 3.0, Constraint::Real)?;
/// assert_eq!(guess().with(Params::new(store)).trace(0)?.get(guess::loc)?.item(), 3.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Params {
    store: Arc<ParamStore>,
}

impl Params {
    /// The values of this store.
    #[must_use]
    pub fn new(store: ParamStore) -> Self {
        Self { store: Arc::new(store) }
    }
}

impl Handler for Params {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let Effect::Param(param) = message.effect else { return Ok(()) };
        if param.value.is_some() {
            return Ok(());
        }
        match self.store.place(message.name) {
            Ok(place) => {
                param.value = Some(self.store.params()[place].constrained()?);
                Ok(())
            }
            Err(_) => Err(UnknownName::new("parameter", message.name, self.store.names()).into()),
        }
    }
}
