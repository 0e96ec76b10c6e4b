//! What the algorithms that run a model many times share.

mod attempt;
mod catch;
mod erased;
mod error;
mod follow;
mod parallel;

pub use self::error::GuideError;
pub(crate) use self::{
    attempt::Attempt,
    catch::catching_panics,
    erased::{AnyModel, AnySyncModel, WithoutOutput},
    follow::{Coverage, Follow, record, refuse_observations, refuse_outside},
    parallel::{in_parallel, on_threads, on_threads_with_meeting},
};
