//! What the algorithms that run a model many times share.

mod attempt;
mod batch;
mod catch;
mod erased;
mod follow;
mod gather;
mod parallel;

pub(crate) use self::{
    attempt::Attempt,
    batch::{BatchSite, FEWEST_RECORDED_DRAWS, batch_array, batch_table, draw_batches},
    catch::catching_panics,
    erased::{AnyModel, AnySyncModel, WithoutOutput},
    follow::{Coverage, Follow, record, refuse_observations, refuse_outside},
    gather::{SiteValue, gather_output, gather_sites, plate_names},
    parallel::{check_threads, in_parallel, on_threads},
};
