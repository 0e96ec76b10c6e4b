//! `return` before the end, and `?` on any error.
#![deny(warnings)]

use std::num::ParseFloatError;

use ppl::prelude::*;

#[model]
fn early(stop: bool) -> f64 {
    let x = sample!("x", Normal::new(0.0, 1.0));
    if stop {
        return 1.0;
    }
    sample!("y", Normal::new(x, 1.0));
    2.0
}

#[model]
fn early_without_value(stop: bool) {
    if stop {
        return;
    }
    sample!("y", Normal::new(0.0, 1.0));
}

#[model]
fn always_early() -> f64 {
    return sample!("x", Normal::new(0.0, 1.0)).item();
}

/// `?` converts any error type.
#[model]
fn converts(mean: &str, scale: &str) -> f64 {
    let mean = mean.parse::<f64>()?;
    let scale = Tensor::new(vec![scale.parse::<f64>()?], [1])?.sum();
    sample!("x", Normal::new(mean, scale)?).item()
}

/// A result may also be the model's output.
#[model]
fn returns_result(text: &str) -> Result<f64, ParseFloatError> {
    sample!("x", Normal::new(0.0, 1.0));
    let inner = || -> Result<f64, ParseFloatError> {
        let value: f64 = text.parse()?;
        return Ok(value + 1.0);
    };
    inner()
}

#[test]
fn passes() {
    let key = Key::new(0);
    let (trace, output) = early(true).trace_output(key).unwrap();
    assert_eq!((trace.sites().len(), output), (1, 1.0));
    assert_eq!(early(false).trace(0).unwrap().sites().len(), 2);
    assert!(early_without_value(true).trace(0).unwrap().sites().is_empty());
    assert!(always_early().trace_output(key).unwrap().1.is_finite());

    assert!(converts("0", "1").trace(0).is_ok());
    assert_eq!(converts("zero", "1").trace(0).unwrap_err().to_string(), "invalid float literal");
    assert!(converts("0", "-1").trace(0).unwrap_err().to_string().contains("must be positive"));

    assert_eq!(returns_result("1.5").trace_output(key).unwrap().1, Ok(2.5));
    assert!(returns_result("x").trace_output(key).unwrap().1.is_err());
}
