//! What the algorithms that run a model many times share.

mod attempt;
mod catch;
mod erased;
mod follow;
mod parallel;

pub(crate) use self::{
    attempt::Attempt,
    catch::catching_panics,
    erased::{AnyModel, AnySyncModel, WithoutOutput},
    follow::{Coverage, Follow, record, refuse_observations, refuse_outside},
    parallel::{check_threads, in_parallel, on_threads},
};
