//! `seed`: the random key.

use crate::Result;
use crate::effect::{Handler, Message};
use crate::random::Key;

/// Draws by another key than the run's; of two, the inner one decides.
///
/// **Acts on** `Sample`, `Plate` (before). **Laws** two runs of `seed(m, k)` draw the same, whatever the run's key;
/// the density does not change.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    key: Key,
}

impl Seed {
    /// Draws by the key of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { key: Key::new(seed) }
    }

    /// Draws by this key.
    #[must_use]
    pub fn with_key(key: Key) -> Self {
        Self { key }
    }
}

impl Handler for Seed {
    fn before(&mut self, message: &mut Message) -> Result<()> {
        match message {
            Message::Sample(site) => {
                site.key.get_or_insert(self.key);
            }
            Message::Plate(plate) => {
                plate.key.get_or_insert(self.key);
            }
            Message::Param(_) | Message::Deterministic(_) | Message::Factor(_) => {}
        }
        Ok(())
    }
}
