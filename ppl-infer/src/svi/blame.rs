//! Who is to blame for a step that failed: a draw of the guide, or a parameter that lacks its constraint.

use std::sync::{Arc, Mutex, PoisonError};

use ppl::effect::{Handler, Message};
use ppl::random::Key;
use ppl::{Constraint, Ctx, Model, Tensor};

use super::learn::Learn;
use super::params::ParamStore;
use crate::runs::{Coverage, Follow, record};
use crate::{Error, Result};

/// The error of a step, or a better one: guide and model are run once more, with every check, by these keys.
///
/// A value that the guide draws outside of the model's support makes trouble wherever the model uses it first.
pub(super) fn explain<M: Model, G: Model>(
    model: &M,
    guide: &G,
    params: &Arc<ParamStore>,
    keys: impl IntoIterator<Item = Key>,
    error: Error,
) -> Error {
    if !is_of_values(&error) {
        return error;
    }
    for key in keys {
        let seen = Seen::default();
        if let Err(strict) = run_again(model, guide, params, key, &seen) {
            return seen.advise(strict);
        }
    }
    error
}

/// Whether an error is one that a value can have brought about.
fn is_of_values(error: &Error) -> bool {
    match error {
        Error::NonFiniteDensity { .. } | Error::NonFiniteElbo { .. } => true,
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
fn run_again<M: Model, G: Model>(model: &M, guide: &G, params: &Arc<ParamStore>, key: Key, seen: &Seen) -> Result<()> {
    let learn = || Learn::constant(Arc::clone(params));
    let ((guide, _), _) = Ctx::new(key).enter(learn(), |ctx| ctx.enter(seen.clone(), |ctx| record(guide, ctx)))?;
    let follow = Follow::new(Arc::new(guide), Coverage::Full).checking_support();
    Ctx::new(key)
        .enter(learn(), |ctx| ctx.enter(seen.clone(), |ctx| ctx.enter(follow, |ctx| record(model, ctx))))
        .map(|_| ())
        .map_err(of_follow)
}

/// The error of [`Follow`], without what it had to travel in.
fn of_follow(error: ppl::Error) -> Error {
    match error {
        ppl::Error::Site { name, source } => match *source {
            ppl::Error::Model(own) => match own.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::Model(ppl::Error::Model(other).at_site(&name)),
            },
            source => Error::Model(source.at_site(&name)),
        },
        error => Error::Model(error),
    }
}

/// Notes the values of parameters, also those of a run that ends in an error.
///
/// **Acts on** `Param` (after).
#[derive(Clone, Debug, Default)]
struct Seen {
    params: Arc<Mutex<Vec<(String, Tensor, Constraint)>>>,
}

impl Handler for Seen {
    fn after(&mut self, message: &mut Message) -> ppl::Result<()> {
        if let Message::Param(param) = message
            && let Some(value) = &param.value
        {
            let entry = (param.name.clone(), value.clone(), param.constraint.clone());
            self.params.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
        Ok(())
    }
}

impl Seen {
    /// Names the constraint that the parameter of a site lacks, if its value is that of a `param!` without one.
    fn advise(&self, error: Error) -> Error {
        match error {
            Error::Model(ppl::Error::Site { name, source }) => match *source {
                ppl::Error::InvalidParameter { distribution, parameter, expected, got } => {
                    let got = match self.advice(&expected, &got) {
                        Some(advice) => format!("{got}; {advice}"),
                        None => got,
                    };
                    let source = ppl::Error::InvalidParameter { distribution, parameter, expected, got };
                    Error::Model(source.at_site(&name))
                }
                source => Error::Model(source.at_site(&name)),
            },
            error => error,
        }
    }

    fn advice(&self, expected: &str, got: &str) -> Option<String> {
        let (_, constraint) = cures().into_iter().find(|(set, _)| set.to_string() == expected)?;
        let params = self.params.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = params.iter().filter(|(_, _, constraint)| matches!(constraint, Constraint::Real)).peekable();
        free.peek()?;
        let number: Option<f64> = got.split(" at ").next().and_then(|number| number.parse().ok());
        let is_its_value = |value: &Tensor| match number {
            Some(number) => value.to_vec().contains(&number),
            None => value.to_string() == got,
        };
        Some(match free.find(|(_, value, _)| is_its_value(value)) {
            Some((name, ..)) => {
                format!("it is the value of `param!` `{name}`: give that the constraint `Constraint::{constraint}`")
            }
            None => format!("if it is made of a `param!`, give that the constraint `Constraint::{constraint}`"),
        })
    }
}

/// Domains of parameters, and the constraint that keeps a `param!` in each.
fn cures() -> [(Constraint, &'static str); 6] {
    [
        (Constraint::Positive, "Positive"),
        (Constraint::NonNegative, "Positive"),
        (Constraint::UnitInterval, "UnitInterval"),
        (Constraint::Simplex, "Simplex"),
        (Constraint::LowerCholesky, "LowerCholesky"),
        (Constraint::PositiveDefinite, "PositiveDefinite"),
    ]
}
