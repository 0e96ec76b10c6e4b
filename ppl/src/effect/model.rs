//! `Model`: a function with its arguments bound, ready to run any number of times.

use std::fmt;

use super::Ctx;
use crate::site::{Signature, SiteInfo};
use crate::{Error, Result};

/// A probabilistic program: what `#[model]` makes of a function.
///
/// The verbs that change how a model runs (`condition`, `replay`, …) are methods of [`ModelExt`](crate::ModelExt).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "expected a model",
    note = "a model is what a function under `#[model]` returns: call it with its arguments, as in `scale(9.5)`"
)]
pub trait Model {
    /// What the function returns.
    type Output;

    /// Runs the function once; its sites speak to the handlers in `ctx`.
    ///
    /// # Errors
    /// The first error at a site, with the site's name, or one of the user's own propagated by `?`.
    fn run(&self, ctx: &mut Ctx) -> Result<Self::Output>;

    /// What the macro knows of the model.
    fn signature(&self) -> Signature;
}

impl<M: Model + ?Sized> Model for &M {
    type Output = M::Output;

    fn run(&self, ctx: &mut Ctx) -> Result<Self::Output> {
        (**self).run(ctx)
    }

    fn signature(&self) -> Signature {
        (**self).signature()
    }
}

/// A function's body with its arguments bound; a function under `#[model]` returns it.
///
/// Its type is written out, not hidden in `impl Model`, so that the compiler can say what to write where a sub-model takes
/// the place of its value: see [`ValueOf`](super::ValueOf).
#[derive(Clone)]
pub struct Bound<B> {
    signature: Signature,
    body: B,
}

/// The body of a model: a closure that `#[model]` makes.
pub trait Body {
    /// The type that the model returns.
    type Output;

    /// Runs the body once.
    ///
    /// # Errors
    /// Whatever leaves it by `?`.
    fn run(&self, ctx: &mut Ctx) -> Result<Self::Output, Exit>;
}

impl<F, T> Body for F
where
    F: Fn(&mut Ctx) -> Result<T, Exit>,
{
    type Output = T;

    fn run(&self, ctx: &mut Ctx) -> Result<T, Exit> {
        self(ctx)
    }
}

/// Makes a model of a closure; what `#[model]` expands to.
pub fn bind<F, T>(name: &'static str, sites: &'static [SiteInfo], open: bool, body: F) -> Bound<F>
where
    F: Fn(&mut Ctx) -> Result<T, Exit>,
{
    Bound { signature: Signature { name, sites, open }, body }
}

impl<B: Body> Model for Bound<B> {
    type Output = B::Output;

    fn run(&self, ctx: &mut Ctx) -> Result<B::Output> {
        let depth = ctx.plate_depth();
        let output = self.body.run(ctx);
        // An early `return` leaves plates open.
        ctx.close_plates_to(depth);
        output.map_err(Exit::into_error)
    }

    fn signature(&self) -> Signature {
        self.signature
    }
}

impl<B> fmt::Debug for Bound<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model {}", self.signature.name)
    }
}

/// Whatever error left a model's body: one of ours from a site, or any other that the user propagated by `?`.
///
/// It is not itself an error type, so that `?` can convert from all of them.
#[derive(Debug)]
pub struct Exit(Box<dyn std::error::Error + Send + Sync>);

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Exit {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Exit {
    fn into_error(self) -> Error {
        match self.0.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::Model(other),
        }
    }
}
