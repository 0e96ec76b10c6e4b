//! Matrices without a Cholesky factor, where an algorithm runs a model: an outcome, not a panic.

use std::cell::RefCell;

use crate::Error;

/// The innermost open call of [`singular_as_nan`] on this thread.
enum Scope {
    Closed,
    Open(Option<Error>),
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::Closed) };
}

/// Runs a function in which [`Tensor::cholesky`](crate::Tensor::cholesky) gives NaN for a matrix that is not positive
/// definite, where it would panic otherwise. Returns the first such matrix's error besides.
///
/// Algorithms that run models use it: whether a covariance matrix has a factor may depend on latent values, and a draw at
/// which it has none is rejected. `try_cholesky` gives its error as always.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::tensor::singular_as_nan;
///
/// let (factor, error) = singular_as_nan(|| Tensor::from([[1.0, 2.0], [2.0, 1.0]]).cholesky());
/// assert!(factor.to_vec().iter().all(|element| element.is_nan()));
/// assert!(error.unwrap().to_string().starts_with("cholesky: matrix is not positive definite"));
/// ```
pub fn singular_as_nan<T>(function: impl FnOnce() -> T) -> (T, Option<Error>) {
    /// Restores the outer scope, also where the function panics.
    struct Guard(Option<Scope>);

    impl Drop for Guard {
        fn drop(&mut self) {
            if let Some(outer) = self.0.take() {
                SCOPE.replace(outer);
            }
        }
    }

    let mut guard = Guard(Some(SCOPE.replace(Scope::Open(None))));
    let output = function();
    let outer = guard.0.take().unwrap_or(Scope::Closed);
    let error = match SCOPE.replace(outer) {
        Scope::Open(error) => error,
        Scope::Closed => None,
    };
    // It happened in the outer function too.
    if let Some(error) = &error {
        note(error);
    }
    (output, error)
}

/// Notes a matrix without a factor; `false` if that is not an outcome here.
pub(super) fn note(error: &Error) -> bool {
    SCOPE.with_borrow_mut(|scope| match scope {
        Scope::Closed => false,
        Scope::Open(first) => {
            if let (None, Error::SingularMatrix { operation, problem }) = (&first, error) {
                *first = Some(Error::SingularMatrix { operation, problem: problem.clone() });
            }
            true
        }
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::Tensor;

    #[test]
    fn the_scope_ends_with_the_function_also_by_a_panic() {
        let bad = || Tensor::from([[-1.0]]);
        let panics = || catch_unwind(AssertUnwindSafe(|| bad().cholesky())).is_err();
        assert!(panics());
        let (inner, outer) = singular_as_nan(|| singular_as_nan(|| bad().cholesky()).1);
        assert!(inner.is_some() && outer.is_some());
        assert!(panics());
        assert!(catch_unwind(|| singular_as_nan(|| panic!("in the function"))).is_err());
        assert!(panics());
        assert!(singular_as_nan(|| bad().try_cholesky()).0.is_err());
    }
}
