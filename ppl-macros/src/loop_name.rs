//! Names in loops: what to suggest for one that would be the same in every turn.

use syn::{Expr, ExprForLoop, Ident, Pat};

use crate::site::SiteMacro;

/// What a name can capture in a loop.
pub(crate) enum LoopName {
    /// A variable that counts the turns.
    Counter(Ident),
    /// Nothing that is plain from the source.
    Unknown,
}

impl LoopName {
    /// What a `for` loop counts by: the variable over a range, or the first one over `.enumerate()`.
    pub(crate) fn of_for(each: &ExprForLoop) -> Self {
        let counter = match (&*each.pat, strip(&each.expr)) {
            (Pat::Ident(variable), Expr::Range(_)) => Some(&variable.ident),
            (Pat::Ident(variable), Expr::MethodCall(call)) if is_counted(call) => Some(&variable.ident),
            (Pat::Tuple(pair), Expr::MethodCall(call)) if call.method == "enumerate" => match pair.elems.first() {
                Some(Pat::Ident(variable)) => Some(&variable.ident),
                _ => None,
            },
            _ => None,
        };
        match counter {
            Some(counter) if !counter.to_string().starts_with('_') => Self::Counter(counter.clone()),
            _ => Self::Unknown,
        }
    }

    /// The counter as an expression.
    pub(crate) fn mention(&self) -> Option<Expr> {
        match self {
            Self::Counter(counter) => Some(syn::parse_quote!(#counter)),
            Self::Unknown => None,
        }
    }
}

/// What to say about a site of this name in these loops, outermost first.
pub(crate) fn message(loops: &[LoopName], which: SiteMacro, name: &str) -> String {
    let mut indexed = name.to_owned();
    let mut unknown = 0;
    for around in loops {
        let counter = match around {
            LoopName::Counter(counter) => counter.to_string(),
            LoopName::Unknown => {
                unknown += 1;
                ["i", "j", "k"].get(unknown - 1).map_or_else(|| format!("i{unknown}"), ToString::to_string)
            }
        };
        indexed.push_str(&format!("_{{{counter}}}"));
    }
    let count = match unknown {
        0 => "",
        1 => " with a variable `i` that counts the turns",
        _ => " with variables that count the turns",
    };
    let other_way = match which {
        SiteMacro::Plate => ", or put the loop inside the plate",
        SiteMacro::Call => "",
        _ => ", or use a `plate!`",
    };
    format!(
        "this name is the same in every turn of the loop, and names must be unique in a run: write \
         \"{indexed}\"{count}{other_way}"
    )
}

/// A range with its order or steps changed, as `(0..n).rev()`.
fn is_counted(call: &syn::ExprMethodCall) -> bool {
    match strip(&call.receiver) {
        Expr::Range(_) => call.method == "rev" || call.method == "step_by",
        Expr::MethodCall(inner) => (call.method == "rev" || call.method == "step_by") && is_counted(inner),
        _ => false,
    }
}

fn strip(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => strip(&inner.expr),
        Expr::Group(inner) => strip(&inner.expr),
        other => other,
    }
}
