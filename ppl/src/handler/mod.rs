//! Handlers: Pyro's verbs, each a struct with its laws, and the methods on models that apply them.
//!
//! | verb          | effect on a model                                          |
//! |---------------|------------------------------------------------------------|
//! | `trace`       | records the sites of a run                                 |
//! | `replay`      | gives latent sites the values of an earlier trace          |
//! | `condition`   | gives latent sites values that count as data               |
//! | `uncondition` | makes observed sites latent                                |
//! | `substitute`  | gives latent sites or parameters values                    |
//! | `intervene`   | Pearl's *do*: sets a site and cuts it off from its causes  |
//! | `block`       | hides sites from the handlers further out                  |
//! | `seed`        | sets the random key                                        |
//! | `scale`       | multiplies log densities                                   |
//! | `mask`        | chooses where log densities count                          |
//! | `scope`       | prefixes names                                             |
//!
//! A verb applied first is the innermost handler; [`effect`](crate::effect) has the order of messages.

mod block;
mod condition;
mod handled;
mod intervene;
mod joint;
mod mask;
mod replay;
mod scale;
mod scope;
mod seed;
mod substitute;
mod trace;
mod uncondition;
mod values;

#[cfg(test)]
mod tests;

pub use self::block::Block;
pub use self::condition::Condition;
pub use self::handled::{Handled, ModelExt};
pub use self::intervene::Intervene;
pub use self::mask::Mask;
pub use self::replay::Replay;
pub use self::scale::Scale;
pub use self::scope::Scope;
pub use self::seed::Seed;
pub use self::substitute::Substitute;
pub use self::trace::{Trace, TraceSite, Tracer};
pub use self::uncondition::Uncondition;
