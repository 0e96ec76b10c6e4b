//! Sites in the arguments of other macros, the standard library's and the user's.
#![deny(warnings)]

use ppl::prelude::*;

macro_rules! or_return {
    ($condition:expr, return $value:expr) => {
        if !$condition {
            return $value;
        }
    };
}

macro_rules! keep_or {
    ($condition:expr, $otherwise:expr) => {
        if !$condition {
            $otherwise
        }
    };
}

#[model]
fn macros(n: usize) -> String {
    let list = vec![sample!("a", Normal::new(0.0, 1.0)), sample!("b", Normal::new(0.0, 1.0))];
    let same = vec![sample!("c", Normal::new(0.0, 1.0)); n];
    let by_path = vec![ppl::sample!("by_path", Normal::new(0.0, 1.0)); 1];
    assert!(sample!("d", Normal::new(0.0, 1.0)).item().is_finite(), "{} is not finite", list.len());
    assert_eq!(same.len(), n + sample!("e", Normal::new(0.0, 1.0)).rank());
    println!("{} {by_path:?}", sample!("f", Normal::new(0.0, 1.0)));
    if matches!(sample!("g", Normal::new(0.0, 1.0)).item(), x if x.is_nan()) {
        unreachable!("{}", sample!("h", Normal::new(0.0, 1.0)));
    }
    let seen = matches!(sample!("i", Normal::new(0.0, 1.0)).rank(), 0 | 1..=2);
    keep_or!(seen, return String::new());
    let text = format!("{seen} {value} {}", 1, value = sample!("j", Normal::new(0.0, 1.0)).rank());
    debug_assert!({
        let k = sample!("k", Normal::new(0.0, 1.0));
        k.item().is_finite()
    });
    text
}

/// A macro of the user's may return by itself; what it returns is then the run's result.
#[model]
fn inner_macros(n: usize) -> usize {
    let checked = || {
        or_return!(n > 1, return 0);
        n
    };
    sample!("x", Normal::new(0.0, 1.0));
    checked()
}

#[test]
fn passes() {
    let (trace, text) = macros(2).trace_output(Key::new(0)).unwrap();
    let names: Vec<&str> = trace.names().collect();
    assert_eq!(names, ["a", "b", "c", "by_path", "d", "e", "f", "g", "i", "j", "k"]);
    assert_eq!(text, "true 0 1");
    assert_eq!(macros::SITES.len(), 12);
    assert_eq!(inner_macros(1).trace_output(Key::new(0)).unwrap().1, 0);
}
