//! The variable that counts the iterations of a `for` loop.

use syn::{Expr, ExprForLoop, ExprMethodCall, Ident, Pat};

/// The variable over a range, or the first one over `.enumerate()`; none if its name says that it is not used.
pub(super) fn of(each: &ExprForLoop) -> Option<Ident> {
    let counter = match (&*each.pat, stripped(&each.expr)) {
        (Pat::Ident(variable), Expr::Range(_)) => Some(&variable.ident),
        (Pat::Ident(variable), Expr::MethodCall(call)) if is_counted(call) => Some(&variable.ident),
        (Pat::Tuple(pair), Expr::MethodCall(call)) if call.method == "enumerate" => match pair.elems.first() {
            Some(Pat::Ident(variable)) => Some(&variable.ident),
            _ => None,
        },
        _ => None,
    };
    counter.filter(|counter| !counter.to_string().starts_with('_')).cloned()
}

/// Whether this is a range with its order or steps changed, as `(0..n).rev()`.
fn is_counted(call: &ExprMethodCall) -> bool {
    match stripped(&call.receiver) {
        Expr::Range(_) => call.method == "rev" || call.method == "step_by",
        Expr::MethodCall(inner) => (call.method == "rev" || call.method == "step_by") && is_counted(inner),
        _ => false,
    }
}

fn stripped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => stripped(&inner.expr),
        Expr::Group(inner) => stripped(&inner.expr),
        other => other,
    }
}
