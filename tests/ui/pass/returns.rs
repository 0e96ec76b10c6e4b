//! `return`, `?` and the types that a model can return.
#![deny(warnings)]

use std::fmt::Display;

use ppl::prelude::*;

#[model]
fn early(stop: bool) -> f64 {
    if stop {
        sample!("stopped", Normal::new(0.0, 1.0));
        return 1.0;
    }
    plate!("n", 3, {
        if sample!("x", Normal::new(0.0, 1.0)).rank() == 1 {
            return 2.0;
        }
    });
    3.0
}

#[model]
fn only_returns() -> f64 {
    return 4.0;
}

#[model]
fn returns_nothing(stop: bool) {
    if stop {
        return;
    }
    sample!("x", Normal::new(0.0, 1.0));
}

#[model]
fn returns_in_the_arguments_of_a_macro(stop: bool) -> f64 {
    let values = vec![1.0, if stop { return 5.0 } else { 2.0 }];
    values[1]
}

#[model]
fn closures_return_for_themselves() -> Vec<f64> {
    fn function(x: f64) -> f64 {
        return x + 1.0;
    }
    [1.0, 2.0].iter().map(|&x| if x > 1.0 { return -x } else { function(x) }).collect()
}

#[model]
fn propagates(text: &str) -> f64 {
    let x: f64 = text.parse()?;
    let y = Tensor::from(x).try_add(&Tensor::from([1.0, 2.0]))?;
    y.max().item()
}

#[model]
fn result(text: &str) -> Result<f64, std::num::ParseFloatError> {
    if text.is_empty() {
        return Ok(0.0);
    }
    text.parse()
}

#[model]
fn option(x: f64) -> Option<Tensor> {
    (x > 0.0).then(|| Tensor::from(x))
}

#[model]
fn opaque(n: usize) -> impl Iterator<Item = usize> + Clone {
    sample!("x", Normal::new(0.0, 1.0));
    0..n
}

#[model]
fn opaque_inside(n: usize) -> (usize, Box<impl Display>) {
    (n, Box::new(n))
}

#[test]
fn passes() -> ppl::Result<()> {
    let key = Key::new(0);
    let (trace, output) = early(true).trace_output(key)?;
    assert_eq!((trace.names().collect::<Vec<_>>(), output), (vec!["stopped"], 1.0));
    assert_eq!(early(false).trace_output(key)?.1, 2.0);
    assert_eq!(only_returns().trace_output(key)?.1, 4.0);
    assert_eq!(returns_nothing(true).trace(0)?.sites().len(), 0);
    assert_eq!(returns_nothing(false).trace(0)?.sites().len(), 1);
    assert_eq!(returns_in_the_arguments_of_a_macro(true).trace_output(key)?.1, 5.0);
    assert_eq!(returns_in_the_arguments_of_a_macro(false).trace_output(key)?.1, 2.0);
    assert_eq!(closures_return_for_themselves().trace_output(key)?.1, [2.0, -2.0]);
    assert_eq!(propagates("1.5").trace_output(key)?.1, 3.5);
    assert_eq!(propagates("x").trace(0).unwrap_err().to_string(), "invalid float literal");
    assert_eq!(result("").trace_output(key)?.1, Ok(0.0));
    assert!(result("x").trace_output(key)?.1.is_err());
    assert!(option(-1.0).trace_output(key)?.1.is_none());
    assert_eq!(opaque(3).trace_output(key)?.1.sum::<usize>(), 3);
    assert_eq!(opaque_inside(3).trace_output(key)?.1.1.to_string(), "3");
    Ok(())
}
