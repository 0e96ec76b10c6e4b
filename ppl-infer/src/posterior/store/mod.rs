//! A posterior as a store of plain files, in the Zarr v3 format.
//!
//! ```text
//! zarr.json                     attribute `ppl`: the manifest, all that is no array
//! posterior/zarr.json           attributes of ArviZ
//! posterior/{site}/c/{chain}/{block}/0…
//! posterior/{plate}/c/0         the names of a plate's members, where they have some
//! sample_stats/{statistic}/c/{chain}/{block}
//! sampler_state/chain_{id}/zarr.json   attribute `ppl`: where the chain is, after its last complete block
//! ```
//!
//! The axes of every array are chain × draw × site shape, and a chunk is a block of the draws of one chain. When a run has
//! ended, the arrays have the chains that count; the draws of another one stand beside its state,
//! `sampler_state/chain_{id}/posterior/{site}/{block}/0…`, from where it can go on.

mod balance;
mod chain;
mod files;
mod manifest;
mod options;
mod posterior;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    balance::balanced,
    chain::ChainRecord,
    files::{StoreFiles, data_type},
    manifest::{Manifest, Outcome, SiteEntry, StatisticEntry, StoreVersion},
    posterior::posterior_of,
};
pub use self::{options::StoreOptions, reader::PosteriorStore};
