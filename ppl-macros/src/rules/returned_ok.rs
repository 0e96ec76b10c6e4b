//! Rule: a model returns its value itself, without `Ok(..)`.

use syn::Expr;

use crate::errors::Errors;
use crate::gather::Body;

/// Reports each `Ok(..)` of a model that returns no `Result`.
pub(super) fn check(body: &Body, errors: &mut Errors) {
    for call in &body.returned_oks {
        let is_unit = matches!(call.args.first(), Some(Expr::Tuple(tuple)) if tuple.elems.is_empty());
        errors.at(
            call,
            "a model returns its value itself; errors leave it by `?` whatever type it declares",
            if is_unit { "leave `Ok(())` out" } else { "write the value without `Ok(..)`" },
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    #[test]
    fn returned_oks() {
        let problem = "a model returns its value itself; errors leave it by `?` whatever type it declares";
        check_rule(
            super::check,
            r#"{ if early { return Ok(()); } let f = || return Ok(1); match n { 0 => Ok(n), _ => Err(n) } }"#,
            &[
                format!("{problem}\nhelp: write the value without `Ok(..)`"),
                format!("{problem}\nhelp: leave `Ok(())` out"),
            ],
        );
    }
}
