//! `Condition`: the truth value of an `if` or a `while` in a model.

/// A truth value, as the condition of an `if`.
///
/// A model's `if z` asks for it by this trait, so that the message about a tensor can say what to write.
///
/// # Example
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn weather() {
///     let cloudy = sample!("cloudy", Bernoulli::new(0.3));
///     let mean = if cloudy == 1.0 { 55.0 } else { 75.0 };
///     sample!("temperature", Normal::new(mean, 10.0));
/// }
///
/// let at_mean = weather().log_prob([("cloudy", 1.0), ("temperature", 55.0)])?;
/// let expected = 0.3_f64.ln() - 10.0_f64.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
/// assert!((at_mean.item() - expected).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
///
/// A tensor alone does not compile:
///
/// ```compile_fail,E0277
/// # use ppl::prelude::*;
/// #[model]
/// fn weather() -> f64 {
///     let cloudy = sample!("cloudy", Bernoulli::new(0.3));
///     if cloudy { 55.0 } else { 75.0 }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `bool`",
    label = "expected `bool`",
    note = "a tensor of one element is compared: `if z == 1.0`, `if x > 0.0`",
    note = "to choose element by element, and for gradients in both cases, write `Tensor::select(&z, if_true, if_false)`"
)]
pub trait Condition {
    /// The truth value.
    fn holds(self) -> bool;
}

impl Condition for bool {
    fn holds(self) -> bool {
        self
    }
}
