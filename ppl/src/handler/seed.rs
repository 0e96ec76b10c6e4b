//! `seed`: the random key.

use crate::Result;
use crate::effect::{Effect, Handler, Message, PlateSite, SampleSite};
use crate::random::Key;

/// Draws by another key than the run's; of two, the inner one decides.
///
/// It fixes the randomness of a part: a model draws the same whichever run it is a part of.
///
/// **Acts on** `Sample`, `Plate` (before).
///
/// # Laws
/// Two runs of `seed(m, k)` draw the same, whatever the run's key; the density does not change.
///
/// # Example
/// The same stimulus in each run, with noise that differs:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn stimulus() -> Tensor {
///     sample!("stimulus", Normal::new(0.0, 1.0))
/// }
///
/// #[model]
/// fn experiment() {
///     let stimulus = call!(stimulus().seed(7));
///     sample!("response", Normal::new(stimulus, 1.0));
/// }
///
/// let (first, second) = (experiment().trace(0)?, experiment().trace(1)?);
/// assert_eq!(first.get("stimulus")?, second.get("stimulus")?);
/// assert_ne!(first.get("response")?, second.get("response")?);
/// # Ok::<(), ppl::Error>(())
/// ```
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
    fn before(&mut self, message: Message<'_>) -> Result<()> {
        if let Effect::Sample(SampleSite { key, .. }) | Effect::Plate(PlateSite { key, .. }) = message.effect {
            key.get_or_insert(self.key);
        }
        Ok(())
    }
}
