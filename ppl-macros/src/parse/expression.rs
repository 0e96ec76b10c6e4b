//! Forms of expressions among a macro's arguments.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Token};

/// The arguments of a macro, if they are expressions between commas.
pub(super) fn expressions(tokens: TokenStream) -> syn::Result<Vec<Expr>> {
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens)?;
    Ok(parsed.into_iter().collect())
}

/// An expression without the invisible brackets that a `macro_rules!` of the user's puts around it.
pub(super) fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

/// The value of `key = value`, or the expression itself.
pub(super) fn without_key(expression: Expr) -> Expr {
    match expression {
        Expr::Assign(assign) => *assign.right,
        other => other,
    }
}

pub(super) fn is_name(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

pub(super) fn is_number(expression: &Expr) -> bool {
    matches!(expression, Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }))
}

pub(super) fn is_string(expression: &Expr) -> bool {
    string(expression).is_some()
}

/// A string literal, which may have come through a `macro_rules!` of the user's.
pub(super) fn string(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}
