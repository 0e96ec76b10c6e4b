//! Rule: `break` and `continue` do not leave the block of a plate, because the plate would stay open.

use crate::errors::Errors;
use crate::gather::Body;

/// Reports jumps out of plates.
pub(super) fn check(body: &Body, errors: &mut Errors) {
    for jump in &body.jumps {
        // A plate in a closure is reported for that.
        if jump.around.detached().is_none() && jump.around.leaves_a_plate(jump.label.as_ref()) {
            let keyword = &jump.keyword;
            errors.at(
                keyword,
                format!("`{keyword}` cannot leave the block of a `plate!`"),
                format!("give the block a value, and `{keyword}` after the plate"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_rule;

    #[track_caller]
    fn check(body: &str, keywords: &[&str]) {
        let error = |keyword: &&str| {
            format!(
                "`{keyword}` cannot leave the block of a `plate!`\nhelp: give the block a value, and `{keyword}` after the \
                 plate"
            )
        };
        check_rule(super::check, body, &keywords.iter().map(error).collect::<Vec<_>>());
    }

    #[test]
    fn jumps() {
        check(r#"{ loop { plate!("n", 3, { if done { break; } else { continue; } }); } }"#, &["break", "continue"]);
        check(r#"{ 'a: loop { plate!("n", 3, { loop { break 'a; } }); } }"#, &["break"]);
        check(r#"{ 'a: { plate!("n", 3, { break 'a; }); } }"#, &["break"]);
        // What is left begins inside the plate, or is a closure's own.
        check(r#"{ plate!("n", 3, { 'a: loop { loop { break 'a; } } }); }"#, &[]);
        check(r#"{ loop { plate!("n", 3, { 'a: { break 'a; } }); break; } }"#, &[]);
        check(r#"{ loop { plate!("n", 3, { || loop { break; }; }); } }"#, &[]);
    }
}
