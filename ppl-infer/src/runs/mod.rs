//! What the algorithms that run a model many times share.

mod attempt;
mod catch;
mod follow;
mod parallel;

pub(crate) use self::{
    attempt::Attempt,
    catch::catching_panics,
    follow::{Coverage, Follow, record, refuse_observations, refuse_outside},
    parallel::{check_threads, in_parallel},
};
