//! Effects: a site asks for one by a message, and the handlers that the message passes interpret it.
//!
//! # Order
//! Here and everywhere, the handler entered last is the *innermost*. Before a site has its value, its message passes from
//! the innermost handler to the outermost ([`Handler::before`]); then the value is settled; then the message passes back
//! from the outermost to the innermost ([`Handler::after`]). `dispatch.rs` has a worked example.
//!
//! # Concerns
//! Three concerns are kept apart: where a value comes from (handlers), in which space it lives (constrained, always;
//! inference maps to and from unconstrained space), and what is collected (a trace, a log density).
//!
//! # Files
//! | file                                                      | what                                                    |
//! |-----------------------------------------------------------|---------------------------------------------------------|
//! | `model.rs`                                                | models as values                                        |
//! | `context.rs`                                              | a run: the methods that the site macros call            |
//! | `message.rs`, `handler.rs`, `dispatch.rs`                 | messages, the handler's hooks, the way between them     |
//! | `settle.rs`                                               | values for sites that no handler gave one               |
//! | `plate.rs`, `subsample.rs`                                | plates, their axes and members                          |
//! | `plate_size.rs`, `levels.rs`                              | sizes of plates, names of their members                 |
//! | `validation.rs`, `data_check.rs`                          | checks that a model and its data need once              |
//! | `shape_table.rs`, `help.rs`                               | messages about shapes and parameters                    |
//! | `observation.rs`, `condition.rs`                          | data for `observe!`, conditions of an `if`              |
//! | `uncalled.rs`                                             | the message about a sub-model without `call!`           |

mod condition;
mod context;
mod data_check;
mod dispatch;
mod handler;
mod help;
mod levels;
mod message;
mod model;
mod observation;
mod plate;
mod plate_size;
mod settle;
mod shape_table;
mod subsample;
mod uncalled;
mod validation;

#[cfg(test)]
mod tests;

pub use self::condition::Condition;
pub use self::context::Ctx;
pub use self::handler::Handler;
pub use self::levels::Levels;
pub use self::message::{DeterministicSite, Effect, FactorSite, Message, ParamSite, PlateSite, SampleSite, Term};
pub use self::model::{Body, Bound, BoxModel, Exit, Model, bind};
pub use self::observation::IntoObservation;
#[cfg(test)]
pub(crate) use self::plate::subsample;
pub use self::plate::{PlateFrame, PlateIndex};
pub use self::plate_size::{IntoPlateSize, MemberName, PlateSize};
pub use self::shape_table::{ShapeRow, ShapeTable};
pub use self::subsample::{IntoMembers, Subsample};
pub use self::uncalled::{NoOperand, ValueOf};
