//! Effects: a site sends a message through the handlers, which decide what becomes of it.
//!
//! **Order**, here and everywhere: handlers stand on a stack, the last one pushed is the *innermost*. Before a site
//! has its value, the message passes from the innermost handler to the outermost; then the value is settled; then the
//! message passes back from the outermost to the innermost.
//!
//! Three concerns are kept apart: where a value comes from (handlers), in which space it lives (constrained, always;
//! inference maps to and from unconstrained space), and what is collected (a trace, a log density).

mod condition;
mod context;
mod data_check;
mod handler;
pub(crate) mod help;
mod message;
mod model;
mod observation;
mod plate;
mod shape_table;
mod subsample;
mod uncalled;

pub use self::condition::Condition;
pub use self::context::Ctx;
pub use self::handler::Handler;
pub use self::message::{DeterministicMessage, FactorMessage, Message, ParamMessage, PlateMessage, SampleMessage};
pub(crate) use self::message::{log_prob_of, total};
pub use self::model::{Body, Bound, Exit, Model, bind};
pub use self::observation::IntoObservation;
#[cfg(test)]
pub(crate) use self::plate::subsample;
pub use self::plate::{PlateFrame, PlateIndex};
pub use self::shape_table::{ShapeRow, ShapeTable};
pub use self::subsample::{IntoMembers, Subsample};
pub use self::uncalled::{NoOperand, ValueOf};
