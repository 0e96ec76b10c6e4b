//! Site macros where no `#[model]` has rewritten them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors;

/// The error; `input` is the macro's name and its arguments.
///
/// `sample!(@imported)`, which the expansion of a model contains, is nothing: it only mentions the macro.
pub(crate) fn outside_model(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let name = input.next().map_or_else(|| "this macro".to_owned(), |name| format!("`{name}!`"));
    if input.map(|tree| tree.to_string()).eq(["@", "imported"]) {
        return TokenStream::new();
    }
    let attributes = if name == "`observe!`" { "`#[model]`" } else { "`#[model]` or `#[guide(..)]`" };
    let message = errors::message(
        format!("{name} is a site, and there is no model around it"),
        format!(
            "write it in the body of a function under {attributes}; an inner function needs an attribute of its own"
        ),
    );
    quote!(::core::compile_error! { #message })
}
