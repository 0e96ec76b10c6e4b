//! `scope`: names prefixed.

use crate::Result;
use crate::effect::{Ctx, Handler, Model};

/// Prefixes the name of every site by `scope/`; nested scopes read from the outside in.
///
/// It makes parts of models: a model can run twice in another, although names are unique in a run.
///
/// **Acts on** the names of all sites.
///
/// # Laws
/// Only names change, and with them the random numbers, which belong to names; handlers further in see the names without
/// the prefix.
///
/// # Example
/// `call!("left", ..)` and the verb do the same:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin() -> Tensor {
///     sample!("heads", Bernoulli::new(0.5))
/// }
///
/// #[model]
/// fn two() -> Tensor {
///     call!("left", coin()) + call!(coin().scope("right"))
/// }
///
/// assert_eq!(two().trace(0)?.names().collect::<Vec<_>>(), ["left/heads", "right/heads"]);
/// assert_eq!(two().condition("left/heads", 1.0).condition("right/heads", 1.0).output(0)?, 2.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    /// With its slash.
    prefix: String,
}

impl Scope {
    /// Prefixes by `scope/`.
    pub fn new(scope: impl Into<String>) -> Self {
        let mut prefix = scope.into();
        prefix.push('/');
        Self { prefix }
    }
}

impl Handler for Scope {
    fn rename(&self, name: &mut String) {
        name.insert_str(0, &self.prefix);
    }
}

impl Ctx {
    /// `call!("scope", child(args))`: runs a sub-model whose sites are named `scope/…`.
    ///
    /// # Errors
    /// Those of the sub-model.
    pub fn call_scoped<M: Model>(&mut self, scope: impl Into<String>, model: M) -> Result<M::Output> {
        Ok(self.enter(Scope::new(scope), |ctx| model.run(ctx))?.0)
    }
}
