//! `Errors`: all mistakes of one model, reported together.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors of one expansion, so that a user sees all of them at once.
///
/// # Panics
/// When it is dropped without [`into_compile_errors`](Self::into_compile_errors): a mistake that is found and not
/// reported would let a wrong model compile.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    errors: Vec<syn::Error>,
    are_reported: bool,
}

impl Errors {
    /// Adds an error, or several combined ones.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.extend(error);
    }

    /// Adds an error under these tokens: the problem, and the cure on a line of its own.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, problem: impl Display, cure: impl Display) {
        self.errors.push(syn::Error::new_spanned(tokens, message(problem, cure)));
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors as items that make the compiler report them, in the order of the source.
    pub(crate) fn into_compile_errors(mut self) -> TokenStream {
        self.are_reported = true;
        self.errors.sort_by_key(|error| {
            let start = error.span().start();
            (start.line, start.column)
        });
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    /// The texts, for tests of rules.
    #[cfg(test)]
    pub(crate) fn into_texts(mut self) -> Vec<String> {
        self.are_reported = true;
        self.errors.iter().map(ToString::to_string).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.are_reported || self.errors.is_empty() || std::thread::panicking(),
            "errors of a model were not reported: {:?}",
            self.errors
        );
    }
}

/// The text of an error: the problem, and the cure on a line of its own.
pub(crate) fn message(problem: impl Display, cure: impl Display) -> String {
    format!("{problem}\nhelp: {cure}")
}

/// An error at a place of the source, as [`Errors::at`] writes it.
pub(crate) fn error(place: Span, problem: impl Display, cure: impl Display) -> syn::Error {
    syn::Error::new(place, message(problem, cure))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::Errors;

    #[test]
    fn a_problem_and_its_cure() {
        let mut errors = Errors::default();
        errors.at(quote!(x), "no", "write `y`");
        assert!(!errors.is_empty());
        assert_eq!(errors.into_texts(), ["no\nhelp: write `y`"]);
    }

    #[test]
    #[should_panic(expected = "errors of a model were not reported")]
    fn an_error_must_be_reported() {
        Errors::default().at(quote!(x), "no", "write `y`");
    }
}
