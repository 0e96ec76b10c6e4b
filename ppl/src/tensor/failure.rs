//! Operations that fail: a panic at the caller's line, or in a model an error that names the line.
//!
//! An operator such as `+` cannot return a `Result`. In a model its error leaves by unwinding, without the panic hook's
//! message, and becomes the error of the model's run.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};

use super::Tensor;
use crate::{Error, Result};

thread_local! {
    /// Number of models that are running on this thread, one inside the other.
    static MODELS: Cell<usize> = const { Cell::new(0) };
}

/// The payload of an unwinding that a model's run ends.
struct Failure(Error);

/// The tensor, or a failure at the line of the operator's user (which a closure would not know).
#[track_caller]
pub(crate) fn or_panic(result: Result<Tensor>) -> Tensor {
    // Not `unwrap_or_else`: in its closure the caller would be forgotten.
    match result {
        Ok(tensor) => tensor,
        Err(error) => fail(error),
    }
}

/// Panics with the error's own words, or ends the model that is running with the error.
#[track_caller]
pub(crate) fn fail(error: Error) -> ! {
    if MODELS.get() > 0 && cfg!(panic = "unwind") {
        let location = Location::caller();
        panic::resume_unwind(Box::new(Failure(Error::Operation { source: Box::new(error), location })));
    }
    panic!("{error}")
}

/// Runs a model's body, in which the failure of an operation is an error of `E`.
///
/// # Errors
/// Those of the body, and of the first operation that failed.
pub(crate) fn catching<T, E: From<Error>>(body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    /// Restores the count, also where the body panics.
    struct Running(usize);

    impl Drop for Running {
        fn drop(&mut self) {
            MODELS.set(self.0);
        }
    }

    let running = Running(MODELS.replace(MODELS.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    drop(running);
    match outcome {
        Ok(result) => result,
        Err(payload) => match payload.downcast::<Failure>() {
            Ok(failure) => Err(failure.0.into()),
            Err(payload) => panic::resume_unwind(payload),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_in_a_model_is_an_error_with_the_line() {
        let x = Tensor::from([1, 2]);
        let line = line!() + 1;
        let error = catching::<Tensor, Error>(|| Ok(&x + Tensor::zeros(3))).unwrap_err();
        let message = format!("+: shapes [2] and [3] do not broadcast, at {}:{line}:", file!());
        assert!(error.to_string().starts_with(&message), "{error}");
    }

    #[test]
    fn other_panics_go_on_and_leave_no_model_running() {
        let panicked = catch_unwind(|| catching::<(), Error>(|| panic!("a bug")));
        assert!(panicked.is_err());
        assert_eq!(MODELS.get(), 0);
    }
}
