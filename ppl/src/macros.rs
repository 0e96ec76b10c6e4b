//! The macros: `#[model]`, `#[guide]` and the sites.

/// Makes a model of a function: `fn scale(guess: f64) -> Tensor` becomes a function that binds its arguments and
/// returns a [`Model`](crate::Model) with this `Output`, which is `Clone` and whose body can run any number of times.
///
/// ```text
/// #[model]
/// #[model(crate = ::path::to::ppl)]
/// ```
///
/// Beside the function the macro makes a module of the same name with a typed constant for every site, the list `SITES`
/// of them, and `OPEN`, whether runs may visit sites with other names too (names with indices, sub-models). Sites whose names
/// capture variables become functions of these: `sample!("level_{t}", ..)` is `level(t)`, an
/// [`IndexedSite`](crate::IndexedSite).
///
/// In the body, `return` and `?` work as in any function: `?` converts any error type, and the error leaves
/// [`Model::run`](crate::Model::run) as [`Error::Model`](crate::Error::Model). Control flow is Rust's own; what depends on
/// a random value may differ from run to run. `return Err(error)` does what `Err(error)?` does, unless the model declares
/// a `Result` of its own: such a `Result<T, E>` is the model's value, which inference does not look at. A literal
/// text is an error too: `return Err("no data")`.
///
/// # Arguments
/// They are of any type that is `Clone`: each run works on clones of them. A model that borrows its data lives no longer
/// than these do: `let model = heights(&Tensor::from([1.0, 2.0]));` is refused, because the tensor is gone at the end of the
/// line. Bind it to a variable first, or let the model own it by `fn heights(y: Tensor)`; then the model can also be
/// returned and sent to another thread. A clone of a `Tensor` or an `Arc<[f64]>` shares the numbers and costs nothing; a
/// `Vec<f64>` is copied for each run, so take large ones as `&[f64]`. `fn heights(y: impl IntoTensor + Clone)` takes data
/// of any form.
///
/// # Expansion
/// In short:
///
/// ```text
/// fn scale(guess: f64) -> Bound<impl Body<Output = Tensor> + Clone> {
///     bind("scale", scale::SITES, scale::OPEN, move |ctx| {
///         let guess = guess.clone();
///         let weight = ctx.sample("weight", Normal::new(guess, 1.0))?;
///         Ok(ctx.sample("measurement", Normal::new(weight, 0.75))?)
///     })
/// }
/// mod scale {
///     pub const weight: Site<Latent> = Site::new("weight");
///     pub const measurement: Site<Latent> = Site::new("measurement");
/// }
/// ```
///
/// # Errors at compile time
/// All of a model together: a name used twice in a run, a literal name in a loop, an empty or
/// malformed name, a site in a closure, missing or extra arguments of a site, a `break` out of a plate, and functions that
/// cannot be models: `async`, `const`, `unsafe`, methods, `&mut` arguments, `ppl::Result<T>` as the type of the value.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// /// An uncertain weight, and a scale that errs.
/// #[model]
/// fn scale(guess: f64) -> Tensor {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75))
/// }
///
/// let conditioned = scale(8.5).condition(scale::measurement, 9.5);
/// let trace = conditioned.trace(0)?;
/// assert_eq!(trace.get(scale::measurement)?.item(), 9.5);
/// # Ok::<(), ppl::Error>(())
/// ```
pub use ppl_macros::model;

/// Makes a guide of a function: a model that proposes values for the latent sites of another one.
///
/// ```text
/// #[guide(path::to::model)]
/// #[guide(path::to::model, given = [site, ..])]
/// #[guide(path::to::model, crate = ::path::to::ppl)]
/// ```
///
/// It is a [`model`](macro@crate::model) with checks against the model that it is for, at compile time: each
/// site of the guide must be a latent site of the model, and each latent site of the model must be in the guide, or among the
/// `given` ones, which are conditioned where the guide is used. Where one of them has indexed names or sub-models, the rest is
/// checked when it first runs.
///
/// # Errors at compile time
/// Those of `#[model]`; `observe!`; a site that the model lacks, with the name that is meant, or
/// that is not latent there; the latent sites that the guide lacks; a site that is given and sampled.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
/// }
///
/// #[guide(scale)]
/// fn scale_guide(guess: f64) {
///     let loc = param!("loc", guess);
///     let spread = param!("spread", 1.0, Constraint::Positive);
///     sample!("weight", Normal::new(loc, spread));
/// }
///
/// assert_eq!(scale_guide(8.5).trace(0)?.get(scale_guide::loc)?.item(), 8.5);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// A guide of a model whose data come by [`condition`](crate::ModelExt::condition):
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) -> Tensor {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75))
/// }
///
/// #[guide(scale, given = [measurement])]
/// fn exact() {
///     sample!("weight", Normal::new(9.14, 0.6));
/// }
///
/// let conditioned = scale(8.5).condition(scale::measurement, 9.5);
/// let replayed = conditioned.replay(exact().trace(0)?).trace(0)?;
/// assert_eq!(replayed.get(scale::measurement)?.item(), 9.5);
/// # Ok::<(), ppl::Error>(())
/// ```
pub use ppl_macros::guide;

/// A latent site: draws a value, or takes the one that a handler gives.
///
/// ```text
/// sample!("name", distribution)
/// sample!("name_{index}", distribution)
/// ```
///
/// The distribution may be the `Result` of building it: an error leaves the model with the site's name. Gives a
/// [`Tensor`](crate::Tensor) of the site's batch shape (open plates included) followed by its event shape.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn walk(steps: usize) -> Tensor {
///     let mut place = Tensor::from(0.0);
///     for t in 0..steps {
///         place = sample!("place_{t}", Normal::new(place, 1.0));
///     }
///     place
/// }
///
/// assert_eq!(walk(3).trace(0)?.names().last(), Some("place_2"));
///
/// #[model]
/// fn wrong() {
///     sample!("x", Normal::new(0.0, -1.0));
/// }
/// assert_eq!(wrong().trace(0).unwrap_err().to_string(), "site `x`: Normal: `scale` must be positive, got -1");
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! sample {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(sample $($arguments)*) };
}

/// An observed site: its value is data.
///
/// ```text
/// observe!("name", distribution, data)
/// ```
///
/// `data` is a tensor or anything that converts to one, or an `Option` of it; `None` makes the site latent, which is how
/// a model predicts. Whole numbers of up to 32 bits and truth values are data too; `usize` and `i64`, which may lose digits,
/// and `f32` are converted first, by `n as f64`. The data's shape must be the site's: it is never broadcast, and several
/// data are observed in a `plate!`. Gives the value.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn heights(y: Option<Tensor>) {
///     let mean = sample!("mean", Normal::new(170.0, 10.0));
///     plate!("person", 3, {
///         observe!("y", Normal::new(mean, 8.0), y);
///     });
/// }
///
/// assert!(heights(Some(Tensor::from([160.0, 171.0, 180.0]))).trace(0).is_ok());
/// assert_eq!(heights(None).trace(0)?.get(heights::y)?.size(), 3);
/// let error = heights(Some(Tensor::from(160.0))).trace(0).unwrap_err().to_string();
/// assert!(error.starts_with("site `y`: value has shape [], expected [3]"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! observe {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(observe $($arguments)*) };
}

/// A learnable parameter.
///
/// ```text
/// param!("name", init)
/// param!("name", init, constraint)
/// ```
///
/// `init` is the constrained value to begin with. Optimisers move an unconstrained value, and the site gives the constrained
/// one.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn rate() -> Tensor {
///     param!("rate", 2.0, Constraint::Positive)
/// }
///
/// assert_eq!(rate().trace(0)?.get(rate::rate)?.item(), 2.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! param {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(param $($arguments)*) };
}

/// A plate: the sites in its block are independent, given everything outside, along an axis of the plate's size.
///
/// ```text
/// plate!("name", size, { .. })
/// plate!("name", size, |index| { .. })
/// plate!("name", size, subsample_size = m, |index| { .. })
/// plate!("name", size, subsample = indices, |index| { .. })
/// plate!("name", size, dim = -2, { .. })
/// plate!("name", levels, { .. })
/// ```
///
/// The outermost plate has the last batch axis, −1, the next one inside it −2, and so on, unless `dim` says otherwise. Gives
/// the block's value.
///
/// # Names of the members
/// In the place of the size a plate takes the names of its members, all different: [`Levels`](crate::Levels), or strings as a
/// slice, an array or a `Vec`. They go with the draws: a component is `theta[Choate]` in summaries and plots, and files have
/// the names as coordinates.
///
/// # Subsamples
/// With `subsample_size`, a run is about `m` members drawn without replacement; with `subsample`, it is about
/// the members of these indices: a slice, an array, a `Vec` or a range of different `usize`s below `size`. `index` says which
/// they are, and log densities inside are multiplied by `size / m`. Give `index` to
/// [`Tensor::take`](crate::Tensor::take) as it is, and SVI records a model that draws its members.
///
/// A model that is given the rows of a batch, and not all, has `subsample = 0..m`: which rows they are does not matter to
/// the densities, only that they are `m` of `size`.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn minibatch(data: &Tensor) {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     plate!("row", data.size(), subsample_size = 2, |index| {
///         observe!("y", Normal::new(mean, 1.0), data.take(0, &index));
///     });
/// }
///
/// let trace = minibatch(&Tensor::arange(10)).trace(0)?;
/// assert_eq!(trace.site("y").unwrap().term.scale, 5.0);
///
/// #[model]
/// fn of_rows(data: &Tensor, rows: &[usize]) {
///     let mean = sample!("mean", Normal::new(0.0, 1.0));
///     plate!("row", data.size(), subsample = rows, |index| {
///         observe!("y", Normal::new(mean, 1.0), data.take(0, &index));
///     });
/// }
///
/// let trace = of_rows(&Tensor::arange(10), &[7, 2]).trace(0)?;
/// assert_eq!(trace.get(of_rows::y)?.to_vec(), [7.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! plate {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(plate $($arguments)*) };
}

/// A recorded quantity: traces and posteriors hold it. Gives the value.
///
/// ```text
/// deterministic!("name", value)
/// ```
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn difference() {
///     let a = sample!("a", Normal::new(0.0, 1.0));
///     let b = sample!("b", Normal::new(0.0, 1.0));
///     deterministic!("difference", a - b);
/// }
///
/// let trace = difference().trace(0)?;
/// let expected = trace.get("a")?.item() - trace.get("b")?.item();
/// assert_eq!(trace.get(difference::difference)?.item(), expected);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! deterministic {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(deterministic $($arguments)*) };
}

/// A term of the log density.
///
/// ```text
/// factor!("name", log_weight)
/// ```
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn soft_constraint() {
///     let x = sample!("x", Normal::new(0.0, 1.0));
///     factor!("near_one", -10.0 * (x - 1.0).square());
/// }
///
/// let trace = soft_constraint().substitute(soft_constraint::x, 1.0).trace(0)?;
/// assert_eq!(trace.log_likelihood()?.item(), 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! factor {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(factor $($arguments)*) };
}

/// Runs another model as a part of this one. Gives its output.
///
/// ```text
/// call!(child(arguments))
/// call!("scope", child(arguments))
/// ```
///
/// With a scope, the sites of the sub-model are named `scope/…`. Recursion is a call like any other. The model may be an
/// argument, in a `Box` or `Arc`, or the value of another model: see [`Model`](crate::Model).
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn geometric(p: f64, trial: usize) -> usize {
///     let success = sample!("success_{trial}", Bernoulli::new(p));
///     if success == 1.0 { trial } else { call!(geometric(p, trial + 1)) }
/// }
///
/// #[model]
/// fn two() -> usize {
///     call!("first", geometric(0.5, 0)) + call!("second", geometric(0.5, 0))
/// }
///
/// let trace = two().trace(0)?;
/// assert!(trace.names().next().is_some_and(|name| name == "first/success_0"));
/// # Ok::<(), ppl::Error>(())
/// ```
#[macro_export]
macro_rules! call {
    ($($arguments:tt)*) => { $crate::__private::site_outside_model!(call $($arguments)*) };
}
