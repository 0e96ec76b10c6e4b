//! `Model`: a function with its arguments bound, ready to run any number of times.

use std::fmt;
use std::sync::Arc;

use super::Ctx;
use crate::site::{Signature, SiteInfo};
use crate::tensor::failure;
use crate::{Error, Result};

/// A probabilistic program: the value that a function under `#[model]` returns.
///
/// The verbs that change how a model runs (`condition`, `replay`, …) are methods of [`ModelExt`](crate::ModelExt).
///
/// A model is a value like others: it can be an argument or the output of another model. References, boxes and `Arc`s of
/// models are models, also of a `dyn Model<Output = T>`.
///
/// # Example
/// A model that returns a model, which then runs twice around the same latent mean:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn normal(mean: Tensor) -> Tensor {
///     sample!("x", Normal::new(mean, 1.0))
/// }
///
/// #[model]
/// fn make_normal_normal() -> impl Model<Output = Tensor> {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     normal(mean)
/// }
///
/// #[model]
/// fn pair() -> Tensor {
///     let normal_normal = call!(make_normal_normal());
///     call!("first", &normal_normal) - call!("second", &normal_normal)
/// }
///
/// assert_eq!(pair().trace(0)?.names().collect::<Vec<_>>(), ["mean", "first/x", "second/x"]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "expected a model",
    note = "a model is what a function under `#[model]` returns: call it with its arguments, as in `scale(9.5)`"
)]
pub trait Model {
    /// The type of the function's value.
    type Output;

    /// Runs the function once; the handlers in `ctx` interpret its sites.
    ///
    /// # Errors
    /// The first error at a site, with the site's name, or one of the user's own propagated by `?`.
    fn run(&self, ctx: &mut Ctx) -> Result<Self::Output>;

    /// The name and the sites that are known at compile time.
    fn signature(&self) -> Signature;
}

/// A model behind a pointer, for where its type cannot be written: in a signature, a field, or a list of models. See
/// [`boxed`](crate::ModelExt::boxed).
pub type BoxModel<'a, T> = Box<dyn Model<Output = T> + Send + Sync + 'a>;

macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(
            impl<M: Model + ?Sized> Model for $pointer {
                type Output = M::Output;

                fn run(&self, ctx: &mut Ctx) -> Result<Self::Output> {
                    (**self).run(ctx)
                }

                fn signature(&self) -> Signature {
                    (**self).signature()
                }
            }
        )*
    };
}

pointers!(&M, Box<M>, Arc<M>);

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

/// Makes a model of a closure. `#[model]` expands to a call of it.
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
        let output = failure::catching(|| self.body.run(ctx));
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

/// The error that left a model's body: one of ours from a site, or another that the user propagated by `?`.
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
