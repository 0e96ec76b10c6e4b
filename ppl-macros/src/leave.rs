//! Errors that leave a model: `return Err(e)` and `Err(e)` as its last expression, which do what `Err(e)?` does.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Block, Expr, ExprCall, GenericArgument, Lit, PathArguments, Stmt, Type};

use crate::errors::Errors;
use crate::{expand, names};

/// What a model that declares no `Result` returns by `Ok(..)` or `Err(..)`.
pub(crate) enum Outcome<'a> {
    /// The call `Ok(value)`.
    Value(&'a ExprCall),
    /// The error in `Err(error)`.
    Error(&'a Expr),
}

/// The outcome that is spelled out by this expression.
pub(crate) fn outcome(expression: &Expr) -> Option<Outcome<'_>> {
    let Expr::Call(call) = expression else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    let argument = call.args.first().filter(|_| call.args.len() == 1)?;
    if function.path.is_ident("Ok") {
        return Some(Outcome::Value(call));
    }
    function.path.is_ident("Err").then_some(Outcome::Error(argument))
}

/// `Err(error)` with the error as what leaves a model; a text becomes an error.
pub(crate) fn exit(error: &Expr, runtime: &TokenStream) -> Expr {
    let place = names::generated(error.span());
    let error = if is_text(error) {
        quote!(#runtime::Error::Model(::core::convert::Into::into(#error)))
    } else {
        error.to_token_stream()
    };
    let exit = expand::call_at(place, &quote!(#runtime::__private::Exit::from), &error);
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

/// Reports an `Ok(..)`.
pub(crate) fn report_ok(call: &ExprCall, errors: &mut Errors) {
    let is_unit = matches!(call.args.first(), Some(Expr::Tuple(tuple)) if tuple.elems.is_empty());
    let advice = if is_unit { "leave `Ok(())` out" } else { "write the value without `Ok(..)`" };
    errors.at(
        call,
        format!("a model returns its value itself, and errors leave it by `?` whatever type it declares: {advice}"),
    );
}

/// Makes a `return` of each `Err(..)` at an end of a model's body, and reports each `Ok(..)`.
pub(crate) fn tail(block: &mut Block, errors: &mut Errors) {
    if let Some(Stmt::Expr(last, None)) = block.stmts.last_mut() {
        tail_expression(last, errors);
    }
}

fn tail_expression(expression: &mut Expr, errors: &mut Errors) {
    match expression {
        Expr::If(branch) => {
            tail(&mut branch.then_branch, errors);
            if let Some((_, otherwise)) = &mut branch.else_branch {
                tail_expression(otherwise, errors);
            }
        }
        Expr::Match(branch) => branch.arms.iter_mut().for_each(|arm| tail_expression(&mut arm.body, errors)),
        Expr::Block(block) if block.label.is_none() => tail(&mut block.block, errors),
        other => {
            let replaced = match outcome(other) {
                Some(Outcome::Value(call)) => {
                    report_ok(call, errors);
                    call.args.first().cloned()
                }
                // The walk does the rest.
                Some(Outcome::Error(_)) => {
                    let error = &*other;
                    Some(syn::parse_quote!(return #error))
                }
                None => None,
            };
            if let Some(replaced) = replaced {
                *other = replaced;
            }
        }
    }
}

/// Whether a type is certainly no `Result`, also not under another name.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const KNOWN: [&str; 22] = [
        "Tensor", "Vec", "String", "Option", "Box", "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64",
        "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    ];
    match ty {
        Type::Array(_) | Type::Reference(_) | Type::Slice(_) | Type::Tuple(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| KNOWN.iter().any(|known| last.ident == known)),
        Type::Paren(inner) => is_no_result(&inner.elem),
        Type::Group(inner) => is_no_result(&inner.elem),
        _ => false,
    }
}

/// The `T` of a declared `Result<T>`: an error type that is not written is that of `?`, and it leaves the model anyway.
pub(crate) fn result_of_one(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().collect::<Vec<_>>()[..] {
        [GenericArgument::Type(value)] => Some(value),
        _ => None,
    }
}
