//! `Gate`: the probability of a zero that comes from elsewhere.

use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::{Constraint, IntoTensor, Result, Tensor, check};

/// Below this logarithm a probability is nearly no double.
const SMALLEST: f64 = -600.0;

/// The probability of a zero beside a distribution, as itself or as log odds.
#[derive(Clone, Debug)]
pub(super) struct Gate(Odds);

impl Gate {
    pub(super) fn probs(gate: impl IntoTensor) -> Self {
        Self(Odds::Probs(gate.into_tensor()))
    }

    pub(super) fn logits(gate_logits: impl IntoTensor) -> Self {
        Self(Odds::Logits(gate_logits.into_tensor()))
    }

    pub(super) fn tensor(&self) -> &Tensor {
        self.0.tensor()
    }

    pub(super) fn parameter(&self) -> check::Parameter<'_> {
        let (_, tensor, domain) = self.0.parameter();
        (if matches!(self.0, Odds::Probs(_)) { "gate" } else { "gate_logits" }, tensor, domain)
    }

    /// The probability of a zero from elsewhere, and of a draw of the distribution.
    pub(super) fn both(&self) -> [Tensor; 2] {
        match &self.0 {
            Odds::Probs(gate) => {
                let gate = check::or_nan(gate, &Constraint::UnitInterval);
                [gate.clone(), 1.0 - gate]
            }
            logits => [logits.probs(), logits.complement()],
        }
    }

    /// The logarithms of [`both`](Self::both).
    pub(super) fn logarithms(&self) -> (Tensor, Tensor) {
        self.0.logarithms()
    }

    /// ln(gate + (1 − gate) p) from ln p, with its digits where the sum is near 1, and where p underflows.
    pub(super) fn log_sum(&self, log_p: &Tensor) -> Result<Tensor> {
        let [gate, open] = self.both();
        let is_tiny = log_p.less(SMALLEST);
        let near = Tensor::select(&is_tiny, -1.0, log_p);
        let sum = gate.try_add(open.try_mul(near.exp())?)?;
        let rest = open.try_mul(-near.expm1())?;
        let near = scalar::log_of_complements(&sum, &rest);
        if is_tiny.is_known_to_be_all(0.0) {
            return Ok(near);
        }
        let (log_gate, log_open) = self.logarithms();
        let tiny = log_gate.try_logaddexp(log_open.try_add(Tensor::select(&is_tiny, log_p, 0.0))?)?;
        Tensor::try_select(is_tiny, tiny, near)
    }
}
