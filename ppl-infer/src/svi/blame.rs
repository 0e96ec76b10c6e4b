//! The site to blame for a step that failed: a draw of the guide that left the model's support, or a wrong parameter.

use std::sync::Arc;

use ppl::Ctx;
use ppl::random::Key;
use ppl::tensor::singular_as_nan;

use super::learn::Learn;
use super::params::ParamStore;
use crate::error::{DensityError, SviError};
use crate::runs::{AnyModel, Coverage, Follow, record};
use crate::{Error, Result};

/// The error of a step, or a better one: guide and model are run once more, with every check, by these keys.
///
/// A value that the guide draws outside of the model's support makes trouble wherever the model uses it first.
pub(super) fn explain(
    model: &AnyModel<'_>,
    guide: &AnyModel<'_>,
    params: &Arc<ParamStore>,
    keys: impl IntoIterator<Item = Key>,
    error: Error,
) -> Error {
    if !is_of_values(&error) {
        return error;
    }
    for key in keys {
        let (outcome, singular) = singular_as_nan(|| run_again(model, guide, params, key));
        match (outcome, singular) {
            // The error of the matrix says more than that of the parameters, which are NaN for want of a factor.
            (Err(_), Some(_)) => return error,
            (Err(strict), None) => return strict,
            (Ok(()), _) => {}
        }
    }
    error
}

/// Whether an error is one that a value can have brought about.
fn is_of_values(error: &Error) -> bool {
    match error {
        Error::Density(DensityError::NonFinite { .. }) | Error::Svi(SviError::NonFiniteElbo { .. }) => true,
        Error::Model(error) => is_of_parameter(error),
        _ => false,
    }
}

fn is_of_parameter(error: &ppl::Error) -> bool {
    match error {
        ppl::Error::Site { source, .. } => is_of_parameter(source),
        ppl::Error::InvalidParameter { .. } | ppl::Error::SingularMatrix { .. } => true,
        _ => false,
    }
}

/// Runs the guide, and the model with its draws, with every check.
fn run_again(model: &AnyModel<'_>, guide: &AnyModel<'_>, params: &Arc<ParamStore>, key: Key) -> Result<()> {
    let learn = || Learn::constant(Arc::clone(params));
    let (guide, _) = Ctx::new(key).enter(learn(), |ctx| record(&guide, ctx))?;
    let follow = Follow::new(Arc::new(guide), Coverage::Full).checking_support();
    Ctx::new(key).enter(learn(), |ctx| ctx.enter(follow, |ctx| record(&model, ctx)))?;
    Ok(())
}
