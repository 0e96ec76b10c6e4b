//! `Preimage`: the value that a bijector made another one of, so that its inverse need not be computed.
//!
//! A value holds its preimage for as long as it lives itself, and no table outlives it. A preimage may have one of its
//! own; a loop that maps its value again and again would hold all values that it went through, so only [`DEPTH`] of
//! them are kept.

use std::sync::Arc;

use super::Tensor;
use super::origin::Origin;
use crate::bijector::{Bijector, MapId};

/// The longest chain of preimages that a value holds.
const DEPTH: u8 = 8;

/// A value and the maps that made another one of it.
#[derive(Clone)]
pub(crate) struct Preimage {
    value: Tensor,
    /// ln |det| of the map at `value`.
    log_det: Tensor,
    /// Number of preimages that are held through this one.
    depth: u8,
    /// The map, where it has an identity.
    map: Option<MapId>,
    /// The bijector whose forward map it is, where it is shared.
    under: Option<Arc<dyn Bijector>>,
}

impl Preimage {
    /// The value that was mapped, with what is remembered of it, and ln |det| of the map.
    pub(crate) fn get(&self) -> (&Tensor, &Tensor) {
        (&self.value, &self.log_det)
    }

    fn new(value: &Tensor, log_det: &Tensor, map: Option<MapId>, under: Option<Arc<dyn Bijector>>) -> Self {
        let depth = depth(value);
        if depth < DEPTH {
            Self { value: value.clone(), log_det: log_det.clone(), depth: depth + 1, map, under }
        } else {
            let value = Tensor { origin: None, ..value.clone() };
            Self { value, log_det: log_det.clone(), depth: 1, map, under }
        }
    }
}

/// Number of values that a value holds through its origin.
fn depth(value: &Tensor) -> u8 {
    match value.origin.as_deref() {
        None => 0,
        Some(Origin::Exp(u) | Origin::Sigmoid(u) | Origin::MinusSigmoid(u)) => depth(u).saturating_add(1),
        Some(Origin::Image(preimage)) => preimage.depth,
    }
}

impl Tensor {
    /// This value, which the map with this identity made of `preimage`. An origin by which more digits are known stays.
    pub(crate) fn with_preimage(self, preimage: &Self, log_det: &Self, map: MapId) -> Self {
        match self.origin.as_deref() {
            None | Some(Origin::Image(_)) => {
                self.with_origin(Origin::Image(Preimage::new(preimage, log_det, Some(map), None)))
            }
            Some(_) => self,
        }
    }

    /// The value that the map with this identity made this one of and ln |det| of the map there, if they were kept.
    pub(crate) fn preimage_by(&self, map: MapId) -> Option<(Self, Self)> {
        let Some(Origin::Image(preimage)) = self.origin.as_deref() else { return None };
        // A copy on another device was not made by the map.
        if preimage.map != Some(map) || preimage.value.device() != self.device() {
            return None;
        }
        let (value, log_det) = (preimage.value.clone(), preimage.log_det.clone());
        Some(if self.is_drawn() { (value.into_drawn(), log_det.into_drawn()) } else { (value, log_det) })
    }

    /// This value, the image of another one under a shared bijector. Where the bijector has not kept it itself, only a
    /// preimage that has an origin is worth keeping.
    pub(crate) fn into_image(self, preimage: &Self, log_det: &Self, under: &Arc<dyn Bijector>) -> Self {
        let Some(origin) = &preimage.origin else { return self };
        let map = match self.origin.as_deref() {
            Some(Origin::Image(own)) if own.value.origin.as_ref().is_some_and(|own| Arc::ptr_eq(own, origin)) => {
                own.map
            }
            _ => None,
        };
        self.with_origin(Origin::Image(Preimage::new(preimage, log_det, map, Some(Arc::clone(under)))))
    }

    /// The value whose image under this bijector this one is and ln |det| of the bijector there, if they were kept.
    pub(crate) fn preimage(&self, under: &Arc<dyn Bijector>) -> Option<(&Self, &Self)> {
        match self.origin.as_deref() {
            Some(Origin::Image(preimage)) if preimage.under.as_ref().is_some_and(|own| Arc::ptr_eq(own, under)) => {
                Some(preimage.get())
            }
            _ => None,
        }
    }

    /// The same value as if it had come from elsewhere than a bijector.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn without_preimage(&self) -> Self {
        match self.origin.as_deref() {
            Some(Origin::Image(_)) => Self { origin: None, ..self.clone() },
            _ => self.clone(),
        }
    }

    /// Whether this value keeps another one as what it was made of, through any number of maps.
    pub(crate) fn is_made_of(&self, other: &Self) -> bool {
        let Some(Origin::Image(preimage)) = self.origin.as_deref() else { return false };
        preimage.value.is_same_value(other) || preimage.value.is_made_of(other)
    }

    /// Whether two tensors share their memory, or are one number.
    fn is_same_value(&self, other: &Self) -> bool {
        match (self.as_number(), other.as_number()) {
            (Some(left), Some(right)) => left.to_bits() == right.to_bits(),
            _ => self.shares_memory_with(other),
        }
    }

    /// Whether two tensors share their memory.
    pub(crate) fn shares_memory_with(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (super::Value::Number(_), super::Value::Number(_)) => self.node.is_some() && self.node == other.node,
            (super::Value::Cpu(left), super::Value::Cpu(right)) => {
                std::ptr::eq(&raw const left[[0]], &raw const right[[0]])
            }
            (super::Value::Shared(left), super::Value::Shared(right)) => std::sync::Arc::ptr_eq(left, right),
            (super::Value::Single(left), super::Value::Single(right)) => std::sync::Arc::ptr_eq(left, right),
            _ => false,
        }
    }
}
