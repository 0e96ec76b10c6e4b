//! Forward and inverse of one value are computed once: values remember what a bijector made them of.

use std::any::TypeId;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Result, Tensor};

/// The identity of a map. Two maps with one identity are the same function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapId {
    map: Map,
    is_inverse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Map {
    /// The only map of its type.
    Type(TypeId),
    /// One of many, by the count of those before it.
    Instance(u64),
}

impl MapId {
    /// The identity of the forward map of a bijector without parameters.
    pub(crate) fn of<B: 'static>() -> Self {
        Self { map: Map::Type(TypeId::of::<B>()), is_inverse: false }
    }

    /// An identity that no other map has.
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { map: Map::Instance(NEXT.fetch_add(1, Ordering::Relaxed)), is_inverse: false }
    }

    /// The identity of the map in the other direction.
    pub(crate) fn inverse(self) -> Self {
        Self { is_inverse: !self.is_inverse, ..self }
    }
}

/// The image of a value under a map and ln |det|: what was kept if the value was made by the map's inverse, or else
/// computed and kept.
pub(crate) fn remembered(
    map: MapId,
    value: &Tensor,
    compute: impl FnOnce(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<(Tensor, Tensor)> {
    if let Some((preimage, log_det)) = value.preimage_by(map.inverse()) {
        return Ok((preimage, -log_det));
    }
    let (image, log_det) = compute(value)?;
    let image = image.with_preimage(value, &log_det, map);
    Ok((image, log_det))
}
