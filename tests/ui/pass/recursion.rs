//! Models that call themselves, and each other.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn geometric(bound: f64, trial: usize) -> usize {
    let u = sample!("u_{trial}", Normal::new(0.0, 1.0));
    if u > bound { trial } else { call!(geometric(bound, trial + 1)) }
}

/// A tree of sums: two calls of itself, each in its own scope.
#[model]
fn tree(depth: usize) -> f64 {
    let here = sample!("here", Normal::new(0.0, 1.0)).item();
    if depth == 0 { here } else { call!("left", tree(depth - 1)) + call!("right", tree(depth - 1)) }
}

#[model]
fn even(n: usize) -> bool {
    sample!("even_{n}", Normal::new(0.0, 1.0));
    if n == 0 { true } else { call!(odd(n - 1)) }
}

#[model]
fn odd(n: usize) -> bool {
    sample!("odd_{n}", Normal::new(0.0, 1.0));
    if n == 0 { false } else { call!(even(n - 1)) }
}

#[test]
fn passes() {
    let (trace, last) = geometric(0.5, 0).trace_output(Key::new(4)).unwrap();
    assert_eq!(trace.sites().len(), last + 1);

    let trace = tree(2).trace(0).unwrap();
    assert_eq!(trace.sites().len(), 7);
    assert!(trace.get("left/right/here").is_ok());

    let (trace, output) = even(5).trace_output(Key::new(0)).unwrap();
    assert!(!output);
    assert_eq!(trace.names().collect::<Vec<_>>(), ["even_5", "odd_4", "even_3", "odd_2", "even_1", "odd_0"]);
}
