//! Attributes of the function are those of what the macro makes, and the expansion passes the strictest lints.

#![deny(warnings, missing_docs, missing_debug_implementations, unused, unreachable_pub, unused_qualifications)]
#![deny(nonstandard_style, keyword_idents, rust_2018_idioms)]
#![deny(single_use_lifetimes, unused_results, unused_lifetimes, trivial_casts, redundant_imports, unnameable_types)]
#![forbid(unsafe_code)]

use ppl::prelude::*;

/// A documented model.
///
/// Its module inherits the link.
#[model]
#[must_use]
pub fn documented(guess: f64) -> f64 {
    let x = sample!("x", Normal::new(guess, 1.0));
    plate!("n", 2, {
        let _ = observe!("y", Normal::new(&x, 1.0), [0.0, 1.0]);
    });
    factor!("f", -x.square());
    x.item()
}

/// Not in this build, nor is its guide.
#[model]
#[cfg(any())]
pub fn removed() {
    sample!("x", Missing::new(0.0, 1.0));
}

/// Not in this build.
#[guide(removed)]
#[cfg(any())]
pub fn removed_guide() {
    sample!("x", Missing::new(0.0, 1.0));
}

/// An old model.
#[model]
#[deprecated(note = "use `documented`")]
pub fn old() -> f64 {
    1.0
}

/// Allows what it does.
#[model]
#[allow(unused_variables, reason = "what is tested")]
#[inline]
pub fn allows(argument: f64) {
    let unused = 1.0;
}

#[allow(non_snake_case, reason = "what is tested")]
#[model]
/// Attributes may stand on both sides.
pub fn CamelCase() {}

mod private {
    use ppl::prelude::*;

    #[model]
    pub(crate) fn inside() -> f64 {
        let _ = sample!("x", Normal::new(0.0, 1.0));
        2.0
    }
}

/// A guide with everything.
#[guide(documented)]
pub fn documented_guide() {
    let spread = param!("spread", 1.0, Constraint::Positive);
    let _ = sample!("x", Normal::new(0.0, spread));
}

#[test]
fn passes() {
    let key = Key::new(0);
    assert!(documented(1.0).trace_output(key).unwrap().1.is_finite());
    #[allow(deprecated, reason = "what is tested")]
    let model = old();
    assert_eq!(model.trace_output(key).unwrap().1, 1.0);
    assert!(allows(1.0).trace(0).unwrap().sites().is_empty());
    assert!(CamelCase().trace(0).unwrap().sites().is_empty());
    assert_eq!(private::inside().trace_output(key).unwrap().1, 2.0);
    assert_eq!(private::inside::x.name(), "x");
    assert!(documented_guide().trace(0).is_ok());
}
