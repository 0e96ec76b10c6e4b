//! Messages: what a site says to the handlers.

use std::sync::Arc;

use super::PlateFrame;
use crate::distribution::Distribution;
use crate::distribution::vector::{over_events, point_inside};
use crate::random::Key;
use crate::site::SiteKind;
use crate::{Constraint, Result, Shape, Tensor};

/// What a site says to the handlers, by kind of site.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a message is made and taken apart once a site, and never stored")]
pub enum Message {
    /// `sample!` or `observe!`.
    Sample(SampleMessage),
    /// `param!`.
    Param(ParamMessage),
    /// `plate!`, when it opens.
    Plate(PlateMessage),
    /// `deterministic!`.
    Deterministic(DeterministicMessage),
    /// `factor!`.
    Factor(FactorMessage),
}

/// A random site.
#[derive(Clone, Debug)]
pub struct SampleMessage {
    /// The site's name; scopes further out have yet to prefix it.
    pub name: String,
    /// The distribution, its batch expanded to the open plates.
    pub distribution: Arc<dyn Distribution>,
    /// The value, once a handler, the data or a draw has settled it.
    pub value: Option<Tensor>,
    /// Whether the value counts as data.
    pub is_observed: bool,
    /// What the log density is multiplied by: subsampling, tempering.
    pub scale: f64,
    /// Where the log density counts (1) and where it does not (0); broadcasts against the batch.
    pub mask: Option<Tensor>,
    /// The open plates, outermost first.
    pub plates: Vec<PlateFrame>,
    /// Whose random numbers to draw; the run's own if no handler says otherwise.
    pub key: Option<Key>,
    pub(crate) is_hidden: bool,
}

/// A learnable parameter.
#[derive(Clone, Debug)]
pub struct ParamMessage {
    /// The parameter's name.
    pub name: String,
    /// The value to begin with, constrained.
    pub init: Tensor,
    /// The set that the value lives in.
    pub constraint: Constraint,
    /// The constrained value, once settled.
    pub value: Option<Tensor>,
    pub(crate) is_hidden: bool,
}

/// A plate that opens.
#[derive(Clone, Debug)]
pub struct PlateMessage {
    /// The plate's name.
    pub name: String,
    /// Number of all its members.
    pub size: usize,
    /// Number of the members in this run.
    pub subsample_size: usize,
    /// Which members they are, once settled; from the beginning where the model itself says so.
    pub indices: Option<Vec<usize>>,
    /// Whose random numbers choose the members; the run's own if no handler says otherwise.
    pub key: Option<Key>,
    pub(crate) is_hidden: bool,
}

/// A recorded quantity.
#[derive(Clone, Debug)]
pub struct DeterministicMessage {
    /// The site's name.
    pub name: String,
    /// The quantity.
    pub value: Tensor,
    /// The open plates, outermost first.
    pub plates: Vec<PlateFrame>,
    pub(crate) is_hidden: bool,
}

/// A term of the log density.
#[derive(Clone, Debug)]
pub struct FactorMessage {
    /// The site's name.
    pub name: String,
    /// The term, one element a member of the open plates.
    pub log_weight: Tensor,
    /// What the term is multiplied by.
    pub scale: f64,
    /// Where the term counts (1) and where it does not (0).
    pub mask: Option<Tensor>,
    /// The open plates, outermost first.
    pub plates: Vec<PlateFrame>,
    pub(crate) is_hidden: bool,
}

impl Message {
    /// The site's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sample(site) => &site.name,
            Self::Param(site) => &site.name,
            Self::Plate(site) => &site.name,
            Self::Deterministic(site) => &site.name,
            Self::Factor(site) => &site.name,
        }
    }

    /// The site's name, to be changed.
    pub fn name_mut(&mut self) -> &mut String {
        match self {
            Self::Sample(site) => &mut site.name,
            Self::Param(site) => &mut site.name,
            Self::Plate(site) => &mut site.name,
            Self::Deterministic(site) => &mut site.name,
            Self::Factor(site) => &mut site.name,
        }
    }

    /// The kind of site, as handlers so far have left it.
    #[must_use]
    pub fn kind(&self) -> SiteKind {
        match self {
            Self::Sample(site) if site.is_observed => SiteKind::Observed,
            Self::Sample(_) => SiteKind::Latent,
            Self::Param(_) => SiteKind::Param,
            Self::Plate(_) => SiteKind::Plate,
            Self::Deterministic(_) => SiteKind::Deterministic,
            Self::Factor(_) => SiteKind::Factor,
        }
    }

    /// Hides the site from the handlers further out.
    pub fn hide(&mut self) {
        *self.hidden_mut() = true;
    }

    /// Whether a handler has hidden the site from those further out.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        match self {
            Self::Sample(site) => site.is_hidden,
            Self::Param(site) => site.is_hidden,
            Self::Plate(site) => site.is_hidden,
            Self::Deterministic(site) => site.is_hidden,
            Self::Factor(site) => site.is_hidden,
        }
    }

    fn hidden_mut(&mut self) -> &mut bool {
        match self {
            Self::Sample(site) => &mut site.is_hidden,
            Self::Param(site) => &mut site.is_hidden,
            Self::Plate(site) => &mut site.is_hidden,
            Self::Deterministic(site) => &mut site.is_hidden,
            Self::Factor(site) => &mut site.is_hidden,
        }
    }
}

impl SampleMessage {
    /// Batch shape followed by event shape: what a value's shape must be.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.distribution.batch_shape().concat(&self.distribution.event_shape())
    }

    /// The log density of the site's value, a scalar: masked, summed, scaled.
    ///
    /// # Errors
    /// A value that is not settled yet, or that the distribution cannot take.
    pub fn log_prob(&self) -> Result<Tensor> {
        let value = self.value.as_ref().ok_or_else(|| crate::Error::Handler {
            handler: "log_prob",
            problem: "the site has no value yet: ask for its density in `after`".to_owned(),
        })?;
        log_prob_of(self.distribution.as_ref(), value, self.is_observed, self.mask.as_ref(), self.scale)
    }
}

impl FactorMessage {
    /// The term of the log density, a scalar: masked, summed, scaled.
    ///
    /// # Errors
    /// A mask that does not broadcast against the term.
    pub fn log_prob(&self) -> Result<Tensor> {
        total(&self.log_weight, self.mask.as_ref(), self.scale)
    }
}

/// The log density of a random site's value, a scalar: masked, summed, scaled.
///
/// Data that a mask leaves out are replaced by a point of the support, so that no NaN enters the gradient.
pub(crate) fn log_prob_of(
    distribution: &dyn Distribution,
    value: &Tensor,
    is_observed: bool,
    mask: Option<&Tensor>,
    scale: f64,
) -> Result<Tensor> {
    let log_prob = match mask {
        Some(mask) if is_observed => {
            let counts = over_events(mask, distribution.event_shape().rank())?;
            distribution.log_prob(&Tensor::try_select(counts, value, point_inside(distribution)?)?)
        }
        _ => distribution.log_prob(value),
    };
    total(&log_prob?, mask, scale)
}

/// A log density per batch member, masked, summed and scaled.
pub(crate) fn total(log_prob: &Tensor, mask: Option<&Tensor>, scale: f64) -> Result<Tensor> {
    let counted = match mask {
        // Selected, not multiplied: what does not count may be −∞.
        Some(mask) => Tensor::try_select(mask, log_prob, 0.0)?,
        None => log_prob.clone(),
    };
    let sum = counted.sum();
    Ok(if scale == 1.0 { sum } else { sum * scale })
}
