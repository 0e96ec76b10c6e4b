//! Conditions of `if` and `while`: a tensor in the place of a `bool` gets a message that says what to write.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, UnOp};

use crate::names;

/// The comparisons of tensors, element by element.
const ELEMENTWISE: [&str; 6] = ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"];

/// Asks for the condition's truth value by the trait `Condition`, where it is a variable or an elementwise comparison.
///
/// Other expressions keep the type that is expected of them, by which the compiler may infer theirs.
pub(super) fn ask(condition: &mut Expr, runtime: &TokenStream) {
    match condition {
        Expr::Paren(inner) => ask(&mut inner.expr, runtime),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => ask(&mut unary.expr, runtime),
        Expr::Binary(binary) if matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) => {
            ask(&mut binary.left, runtime);
            ask(&mut binary.right, runtime);
        }
        Expr::Path(variable) if variable.path.get_ident().is_some() => wrap(condition, runtime),
        Expr::MethodCall(call) if ELEMENTWISE.iter().any(|name| call.method == name) => wrap(condition, runtime),
        _ => {}
    }
}

fn wrap(condition: &mut Expr, runtime: &TokenStream) {
    let place = names::generated(condition.span());
    let asked = names::call_at(place, &quote!(#runtime::__private::Condition::holds), &condition.to_token_stream());
    *condition = syn::parse_quote!(#asked);
}
