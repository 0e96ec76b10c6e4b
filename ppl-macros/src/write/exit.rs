//! What leaves a model: the value of a `return`, and errors.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, Lit, Type};

use crate::names;
use crate::parse::outcome::{Outcome, outcome};
use crate::parse::output;

/// The value of a `return` in a model's body; `returned` is the type that the model returns.
pub(super) fn of_return(value: Option<Expr>, returned: &Type, runtime: &TokenStream) -> Expr {
    let value = match value {
        Some(value) if output::is_no_result(returned) => match outcome(&value) {
            Some(Outcome::Error(error)) => return self::error(error, runtime),
            Some(Outcome::Value(call)) => call.args.first().cloned(),
            None => Some(value),
        },
        other => other,
    };
    early_return(value, returned)
}

/// Makes a `return` of `Err(..)` at an end of a body, and a value of `Ok(..)`, which is reported.
pub(super) fn of_tail(last: &mut Expr) {
    let replaced = match outcome(last) {
        Some(Outcome::Value(call)) => call.args.first().cloned(),
        Some(Outcome::Error(_)) => Some(syn::parse_quote!(return #last)),
        None => None,
    };
    if let Some(replaced) = replaced {
        *last = replaced;
    }
}

/// `Ok(value)`.
fn early_return(value: Option<Expr>, returned: &Type) -> Expr {
    let Some(value) = value else {
        return syn::parse_quote!(::core::result::Result::Ok(()));
    };
    // Through a variable, because the compiler's message is about `Ok` if the value has another type.
    let local = names::local("output", value.span());
    syn::parse_quote!({
        #[allow(clippy::diverging_sub_expression, clippy::let_unit_value, unreachable_code, reason = "the value is the user's")]
        let #local: #returned = #value;
        ::core::result::Result::Ok(#local)
    })
}

/// `Err(error)` with the error as what leaves a model; a text becomes an error.
fn error(error: &Expr, runtime: &TokenStream) -> Expr {
    let place = names::generated(error.span());
    let error = if is_text(error) {
        quote!(#runtime::Error::Model(::core::convert::Into::into(#error)))
    } else {
        error.to_token_stream()
    };
    let exit = names::call_at(place, &quote!(#runtime::__private::Exit::from), &error);
    syn::parse_quote!(::core::result::Result::Err(#exit))
}

/// `"text"`, `format!(..)`, `"text".to_owned()` and its kin.
fn is_text(error: &Expr) -> bool {
    match error {
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_)),
        Expr::Macro(call) => call.mac.path.is_ident("format"),
        Expr::MethodCall(call) => {
            ["into", "to_owned", "to_string"].iter().any(|name| call.method == name) && is_text(&call.receiver)
        }
        _ => false,
    }
}
