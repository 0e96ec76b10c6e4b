//! `Learn`: parameters with the values that are being optimized.

use std::mem::discriminant;
use std::sync::Arc;

use ppl::bijector::biject_to;
use ppl::effect::{Effect, Handler, Message, ParamSite};
use ppl::{Shape, Tensor};

use super::error::SviError;
use super::params::{Param, ParamStore, is_same};

/// Gives each `param!` the constrained value of its leaf, and notes parameters that the store lacks.
///
/// It passes from the guide to the model and from particle to particle.
///
/// **Acts on** `Param` (before).
pub(super) struct Learn {
    store: Arc<ParamStore>,
    /// The unconstrained values that gradients are taken by, in the order of the store.
    leaves: Vec<Tensor>,
    /// The constrained values of those parameters that were visited.
    constrained: Vec<Option<Tensor>>,
    /// Parameters that the store lacks.
    found: ParamStore,
}

impl Learn {
    pub(super) fn new(store: Arc<ParamStore>, leaves: Vec<Tensor>) -> Self {
        let constrained = vec![None; leaves.len()];
        Self { store, leaves, constrained, found: ParamStore::new() }
    }

    /// Parameters with the stored values, not to be differentiated.
    pub(super) fn constant(store: Arc<ParamStore>) -> Self {
        let leaves = store.params().iter().map(|param| param.unconstrained.clone()).collect();
        Self::new(store, leaves)
    }

    /// Which parameters of the store were visited, and those that it lacks.
    pub(super) fn finish(self) -> (Vec<bool>, ParamStore) {
        (self.constrained.iter().map(Option::is_some).collect(), self.found)
    }

    fn value(&mut self, name: &str, param: &ParamSite) -> ppl::Result<Tensor> {
        if let Ok(place) = self.store.place(name) {
            check_declaration(&self.store.params()[place], param)?;
            if let Some(value) = &self.constrained[place] {
                return Ok(value.clone());
            }
            let value = biject_to(&param.constraint)?.forward(&self.leaves[place])?;
            self.constrained[place] = Some(value.clone());
            return Ok(value);
        }
        let place = match self.found.place(name) {
            Ok(place) => place,
            Err(place) => {
                self.found.put(Param::new(name, &param.init, &param.constraint)?);
                place
            }
        };
        let found = &self.found.params()[place];
        check_declaration(found, param)?;
        found.constrained()
    }
}

/// A parameter must be declared alike wherever and whenever it occurs.
fn check_declaration(known: &Param, declared: &ParamSite) -> ppl::Result<()> {
    let fail = |what, known, declared| Err(SviError::OtherDeclaration { what, known, declared }.into());
    if !is_same(&known.constraint, &declared.constraint) {
        let same_kind = discriminant(&known.constraint) == discriminant(&declared.constraint);
        let what = if same_kind { "bound of the constraint" } else { "constraint" };
        return fail(what, format!("`{}`", known.constraint), format!("`{}`", declared.constraint));
    }
    // Only some constraints change a value's shape.
    let shape: Shape = match known.constraint.event_rank() {
        0 => known.unconstrained.shape(),
        _ => biject_to(&known.constraint)?.forward_shape(&known.unconstrained.shape())?,
    };
    if shape != declared.init.shape() {
        return fail("shape", shape.to_string(), declared.init.shape().to_string());
    }
    Ok(())
}

impl Handler for Learn {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Param(param) = message.effect
            && param.value.is_none()
        {
            param.value = Some(self.value(message.name, param)?);
        }
        Ok(())
    }
}
