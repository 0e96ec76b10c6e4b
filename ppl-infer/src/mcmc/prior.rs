//! Whether the prior leaves the domain of a parameter.

use ppl::Ctx;
use ppl::random::Key;
use ppl::tensor::singular_as_nan;

use crate::Error;
use crate::runs::{AnySyncModel, catching_panics};

/// Draws from the prior that are looked at.
const PRIOR_DRAWS: u64 = 16;

/// The error of the first draws from the prior at which a parameter is outside its domain, as a scale that is drawn from a
/// normal distribution. The posterior is cut off there, whether or not a chain has met the edge.
pub(super) fn prior_violation(model: &AnySyncModel<'_>, seed: u64) -> Option<String> {
    // A chain that there is not, so that its draws are nobody else's.
    let key = Key::new(seed).chain(u64::MAX);
    for draw in 0..PRIOR_DRAWS {
        let run = || Ok(singular_as_nan(|| model.run(&mut Ctx::new(key.draw(draw)))).0?);
        match catching_panics(run) {
            Err(Error::Model(error)) if error.is_outside_domain() && !is_overflow(&error) => {
                return Some(error.to_string());
            }
            Err(_) => return None,
            Ok(_) => {}
        }
    }
    None
}

/// Whether a parameter is NaN or infinite.
pub(super) fn is_overflow(error: &ppl::Error) -> bool {
    match error {
        ppl::Error::Site { source, .. } => is_overflow(source),
        ppl::Error::InvalidParameter { got, .. } => {
            let number = got.split(' ').next().and_then(|number| number.parse::<f64>().ok());
            number.is_some_and(|number| !number.is_finite())
        }
        _ => false,
    }
}
