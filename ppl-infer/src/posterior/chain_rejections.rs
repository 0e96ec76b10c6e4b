//! Why the steps of a chain ended where the density is not finite.

use serde::{Deserialize, Serialize};

use crate::Rejections;

/// The number of draws with a failed step of which the steps are looked at, since each takes a run of the model.
const LOOKED_AT: usize = 100;

/// Reasons of the rejections of one chain, as far as parameters outside their domains are the reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChainRejections {
    reasons: Rejections,
    /// The draws with a failed step so far.
    failed: usize,
    /// Those whose step ended where the log density is not finite, and was not looked at.
    unexplained: usize,
}

impl ChainRejections {
    /// Counts a step that failed: whether the log density is finite at its end, and the error there, if it comes from a
    /// parameter.
    pub(crate) fn add(&mut self, is_finite: bool, invalid_parameter: impl FnOnce() -> Option<ppl::Error>) {
        self.failed += 1;
        if is_finite {
            return;
        }
        if self.failed > LOOKED_AT {
            self.unexplained += 1;
        } else if let Some(error) = invalid_parameter() {
            self.reasons.add_error(&error);
        }
    }

    /// The rejections of a run, by those of its chains. Unless one was explained, none of the others is likely to come
    /// from a parameter.
    pub(crate) fn total<'a>(chains: impl Iterator<Item = &'a Self>) -> Rejections {
        let mut total = Rejections::default();
        let mut unexplained = 0;
        for chain in chains {
            total.merge(chain.reasons.clone());
            unexplained += chain.unexplained;
        }
        if !total.is_empty() {
            total.add_unexplained(unexplained);
        }
        total
    }
}
