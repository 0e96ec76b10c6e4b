//! Arguments by pattern, by value, by reference; each run works on copies.
#![deny(warnings)]

use ppl::prelude::*;

#[derive(Clone)]
struct Prior {
    mean: f64,
    spread: f64,
}

#[model]
fn patterns((low, high): (f64, f64), mut at: f64, _: &str, Prior { mean, spread: sd }: Prior, _unused: u8) -> f64 {
    at += low;
    sample!("x", Normal::new(at, high));
    sample!("y", Normal::new(mean, sd));
    at
}

/// Each run works on its own copy of an owned argument.
#[model]
fn consumes(values: Vec<f64>) -> usize {
    let mut values = values;
    values.push(sample!("x", Normal::new(0.0, 1.0)).item());
    let count = values.len();
    drop(values);
    count
}

#[model]
fn by_name(ref whole @ (first, _): (f64, f64)) -> f64 {
    sample!("x", Normal::new(first, 1.0));
    whole.1
}

#[model]
fn chosen(#[cfg(any())] absent: f64, #[cfg(not(any()))] present: f64) -> f64 {
    present
}

/// The names of arguments are the user's own.
#[model]
fn names(ctx: f64, model: f64, chosen: f64) -> f64 {
    ctx + model + chosen
}

#[test]
fn passes() {
    let key = Key::new(0);
    let prior = Prior { mean: 0.0, spread: 2.0 };
    let model = patterns((1.0, 2.0), 3.0, "", prior, 0);
    for _ in 0..2 {
        assert_eq!(model.trace_output(key).unwrap().1, 4.0);
    }
    let model = consumes(vec![1.0, 2.0]);
    for _ in 0..2 {
        assert_eq!(model.trace_output(key).unwrap().1, 3);
    }
    assert_eq!(by_name((1.0, 2.0)).trace_output(key).unwrap().1, 2.0);
    assert_eq!(chosen(1.5).trace_output(key).unwrap().1, 1.5);
    assert_eq!(names(1.0, 2.0, 3.0).trace_output(key).unwrap().1, 6.0);
}
