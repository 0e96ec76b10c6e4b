//! What the algorithms that run a model many times share.

mod catch;
mod follow;
mod gather;
mod parallel;

pub(crate) use self::{
    catch::catching_panics,
    follow::{Coverage, Follow, trace_guide},
    gather::{SiteValue, gather_output, gather_sites, plate_names},
    parallel::{check_threads, in_parallel},
};
