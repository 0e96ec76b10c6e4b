//! `Ok(..)` and `Err(..)` that a model returns: `return Err(e)`, and `Err(e)` as its last expression, do what `Err(e)?`
//! does.

use syn::{Block, Expr, ExprCall, Stmt};

/// An outcome that is spelled out.
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

/// Visits each expression whose value is that of the block: its last one, in all arms of branches.
pub(crate) fn for_each_tail(block: &mut Block, visit: &mut impl FnMut(&mut Expr)) {
    if let Some(Stmt::Expr(last, None)) = block.stmts.last_mut() {
        for_each_tail_of(last, visit);
    }
}

fn for_each_tail_of(expression: &mut Expr, visit: &mut impl FnMut(&mut Expr)) {
    match expression {
        Expr::If(branch) => {
            for_each_tail(&mut branch.then_branch, visit);
            if let Some((_, otherwise)) = &mut branch.else_branch {
                for_each_tail_of(otherwise, visit);
            }
        }
        Expr::Match(branch) => branch.arms.iter_mut().for_each(|arm| for_each_tail_of(&mut arm.body, visit)),
        Expr::Block(block) if block.label.is_none() => for_each_tail(&mut block.block, visit),
        other => visit(other),
    }
}
