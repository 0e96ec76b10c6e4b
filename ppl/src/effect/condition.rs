//! `Condition`: the truth value of an `if` or a `while` in a model.

/// A truth value, as the condition of an `if`.
///
/// A model's `if z` asks for it by this trait, so that the message about a tensor can say what to write.
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
