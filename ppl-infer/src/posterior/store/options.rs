//! The settings of a store.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::settings::{require, settings};

/// The largest size of a chunk that is not asked for: 2²¹ numbers, 16 MiB.
const LARGEST_CHUNK: usize = 1 << 21;

/// The largest number of draws of a block of a run that is not asked for.
const LARGEST_BLOCK: usize = 256;

settings! {
    /// How a store of draws is written.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::posterior::StoreOptions;
    ///
    /// let options = StoreOptions::new().block(100).gzip(1);
    /// assert_eq!((options.block, options.gzip), (Some(100), Some(1)));
    /// ```
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct StoreOptions {
        /// Number of draws of a chain in a chunk, a file for each site and statistic. By default as many as make 16 MiB of
        /// the largest site, and at most 256 while a run writes them.
        pub block(usize): Option<usize> = None, at_least(1);
        /// Level of gzip, from 1 (fast) to 9 (small); none by default. Draws of continuous parameters hardly shrink.
        pub gzip(u32): Option<u32> = None, valid_by(check_gzip);
        /// Whether a block of a run counts only when it is on the disk, so that a power failure costs no more than one; by
        /// default from the first block on that took a chain five seconds.
        ///
        /// Without it nothing is lost by the end of the process, but a power failure may take what the system has not
        /// written yet, commonly the last half minute; what is missing then is an error of reading. Each block waits for one
        /// file of each site and statistic, 20 ms each on a slow disk.
        pub sync(bool): Option<bool> = None;
    }
}

impl StoreOptions {
    /// The draws of a block, where the largest site has this size.
    pub(crate) fn block_of(&self, draws: usize, largest_site: usize) -> usize {
        self.block.unwrap_or((LARGEST_CHUNK / largest_site.max(1)).max(1)).min(draws.max(1))
    }

    /// The draws of a block of a run.
    pub(crate) fn block_of_run(&self, draws: usize, largest_site: usize) -> usize {
        let block = self.block_of(draws, largest_site);
        if self.block.is_some() { block } else { block.min(LARGEST_BLOCK) }
    }
}

fn check_gzip(level: &Option<u32>) -> Result<()> {
    level.map_or(Ok(()), |level| require("gzip", "a level from 1 to 9", level, (1..=9).contains(&level)))
}

#[cfg(test)]
mod tests {
    use super::StoreOptions;

    #[test]
    fn a_block_is_as_large_as_a_chunk_should_be() {
        let options = StoreOptions::new();
        assert_eq!(
            (options.block_of(5000, 1), options.block_of_run(5000, 1), options.block_of_run(100, 1)),
            (5000, 256, 100)
        );
        assert_eq!((options.block_of(5000, 100_000), options.block_of_run(5000, 1 << 30)), (20, 1));
        assert_eq!(options.block(1000).block_of_run(5000, 100_000), 1000);
        let message = |options: StoreOptions| options.validate().unwrap_err().to_string();
        assert_eq!(message(StoreOptions::new().gzip(10)), "`gzip` must be a level from 1 to 9, got 10");
        assert_eq!(message(StoreOptions::new().block(0)), "`block` must be at least 1, got 0");
    }
}
