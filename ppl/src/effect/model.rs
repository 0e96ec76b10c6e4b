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
///
/// # Example
/// Models of different functions in one list:
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn normal() -> Tensor {
///     sample!("x", Normal::new(0.0, 1.0))
/// }
///
/// #[model]
/// fn student(df: f64) -> Tensor {
///     sample!("x", StudentT::new(df, 0.0, 1.0))
/// }
///
/// let models: Vec<BoxModel<'_, Tensor>> = vec![normal().boxed(), student(1.0).boxed()];
/// let names: Vec<&str> = models.iter().map(|model| model.signature().name).collect();
/// assert_eq!(names, ["normal", "student"]);
/// // A Student t distribution with one degree of freedom is Cauchy's.
/// let log_density = models[1].log_prob([("x", 0.0)])?.item();
/// assert!((log_density + std::f64::consts::PI.ln()).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
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
///
/// # Example
/// ```
/// use ppl::effect::Bound;
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(p: f64) -> Tensor {
///     sample!("heads", Bernoulli::new(p))
/// }
///
/// let fair: Bound<_> = coin(0.5);
/// assert_eq!(format!("{fair:?}"), "model coin");
/// // The arguments are bound: it runs any number of times.
/// assert_eq!(fair.output(3)?, fair.clone().output(3)?);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone)]
pub struct Bound<B> {
    signature: Signature,
    body: B,
}

/// The body of a model: a closure that `#[model]` makes.
///
/// # Example
/// The type of a model that a function returns:
///
/// ```
/// use ppl::effect::{Body, Bound};
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(p: f64) -> Tensor {
///     sample!("heads", Bernoulli::new(p))
/// }
///
/// fn coin_of_odds(odds: f64) -> Bound<impl Body<Output = Tensor> + Clone> {
///     coin(odds / (1.0 + odds))
/// }
///
/// assert_eq!(coin_of_odds(3.0).log_prob([("heads", 1.0)])?, coin(0.75).log_prob([("heads", 1.0)])?);
/// # Ok::<(), ppl::Error>(())
/// ```
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
///
/// # Example
/// A model without macros. `sites` are those with literal names, and `open` tells whether a run may visit others:
///
/// ```
/// use ppl::effect::{Exit, bind};
/// use ppl::prelude::*;
/// use ppl::{SiteInfo, SiteKind};
///
/// fn coin(p: f64) -> impl Model<Output = Tensor> {
///     let sites = &[SiteInfo { name: "heads", kind: SiteKind::Latent }];
///     bind("coin", sites, false, move |ctx: &mut Ctx| -> Result<Tensor, Exit> {
///         Ok(ctx.sample("heads", Bernoulli::new(p))?)
///     })
/// }
///
/// assert_eq!(coin(0.25).log_prob([("heads", 1.0)])?, 0.25_f64.ln());
/// assert_eq!(coin(1.0).output(0)?, 1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
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
///
/// # Example
/// ```
/// use ppl::effect::{Exit, bind};
/// use ppl::prelude::*;
///
/// let heights = |text: &'static str| {
///     bind("heights", &[], true, move |ctx: &mut Ctx| -> Result<Tensor, Exit> {
///         let mean: f64 = text.parse()?;
///         Ok(ctx.sample("height", Normal::new(mean, -1.0))?)
///     })
/// };
/// let error = heights("tall").output(0).unwrap_err();
/// assert!(matches!(error, ppl::Error::Model(error) if error.is::<std::num::ParseFloatError>()));
/// let error = heights("170").output(0).unwrap_err();
/// assert_eq!(error.to_string(), "site `height`: Normal: `scale` must be positive, got -1");
/// ```
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
