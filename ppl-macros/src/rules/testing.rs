//! Tests of rules.

use crate::errors::Errors;
use crate::gather::{Body, gather};

/// The errors that a rule finds in a body.
#[track_caller]
pub(super) fn check_rule<T: AsRef<str>>(rule: impl Fn(&Body, &mut Errors), body: &str, expected: &[T]) {
    let mut errors = Errors::default();
    let gathered = gather(syn::parse_str(body).unwrap(), &syn::parse_quote!(()), &mut errors);
    assert!(errors.is_empty(), "{:?}", errors.into_texts());
    rule(&gathered, &mut errors);
    let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
    assert_eq!(errors.into_texts(), expected, "{body}");
}
