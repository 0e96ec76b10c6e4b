//! What those who come from other languages write, and what works.
#![deny(warnings)]

use std::fmt;

use ppl::prelude::*;

/// Whole numbers as parameters and data, truth values as data.
#[model]
fn whole_numbers(counts: Vec<i32>, flags: &[bool], label: u8) {
    sample!("x", Normal::new(0, 1));
    let rate = sample!("rate", Gamma::new(2, 0.5));
    plate!("n", counts.len(), {
        observe!("count", Poisson::new(rate), counts);
        observe!("flag", Bernoulli::new(0.5), flags);
        observe!("literal", Poisson::new(3), vec![1, 2, 3]);
    });
    observe!("label", Categorical::new([0.5, 0.5]), label);
}

/// A literal with a point stays an `f64` of which methods can be called.
#[model]
fn floats_stay_floats() -> f64 {
    let scale = 4.0;
    let data = vec![1.0, 4.0];
    sample!("x", Normal::new(0.0, scale));
    plate!("n", 2, { observe!("y", Normal::new(0.0, 1.0), &data) });
    scale.sqrt() + data[1].sqrt()
}

#[model]
fn loops(y: &Tensor) -> f64 {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    for (i, y) in y.iter().enumerate() {
        observe!("y_{i}", Normal::new(&mu, 1.0), y);
    }
    let mut sum = 0.0;
    for y in y {
        sum += y.item();
    }
    sum
}

/// A vector of sites.
#[model]
fn vectors() -> Tensor {
    let x = sample!("x", Normal::new(0.0, 1.0));
    let y = sample!("y", Normal::new(0.0, 1.0));
    let both = Tensor::from([&x, &y]);
    let mut walk = vec![x, y];
    for t in 0..2 {
        let last = walk[t + 1].clone();
        walk.push(sample!("step_{t}", Normal::new(last, 1.0)));
    }
    let walk = Tensor::from(walk);
    assert_eq!(walk.shape().dims(), [4]);
    Tensor::from([both.get(0), both.get(1), walk.get(1)])
}

#[derive(Clone, Copy, Debug)]
struct Negative;

impl fmt::Display for Negative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("negative")
    }
}

impl std::error::Error for Negative {}

/// `return Err(..)` in a model that declares no `Result`.
#[model]
fn leaves(y: f64) {
    if y < 0.0 {
        return Err(Negative);
    }
    if y > 1e6 {
        return Err(format!("{y} is too large"));
    }
    observe!("y", Exponential::new(1.0), y);
}

#[model]
fn leaves_in_a_plate(y: f64) -> Tensor {
    plate!("n", 2, {
        if y < 0.0 {
            return Err("negative");
        }
        sample!("x", Normal::new(y, 1.0))
    })
}

/// The last expression is an error.
#[model]
fn leaves_at_the_end(y: Option<f64>) -> f64 {
    match y {
        Some(y) if y >= 0.0 => y,
        _ => Err(Negative),
    }
}

/// A `Result` that is written with both of its types is a value.
#[model]
fn returns_a_result(y: f64) -> Result<f64, Negative> {
    if y < 0.0 {
        return Err(Negative);
    }
    Ok(y)
}

#[model]
fn conditions(flag: bool, other: &bool) -> f64 {
    let mut turns = flag;
    while turns {
        turns = false;
    }
    let choose = |flag| if flag { 2.0 } else { 3.0 };
    let z = sample!("z", Bernoulli::new(1));
    if !flag {
        0.0
    } else if flag && *other || (flag && turns) {
        if z == 1.0 { choose(flag) } else { 4.0 }
    } else {
        1.0
    }
}

#[test]
fn passes() {
    let key = Key::new(0);
    let trace = whole_numbers(vec![4, 5, 6], &[true, false, true], 1).trace(0).unwrap();
    assert_eq!(trace.get("count").unwrap().to_vec(), [4.0, 5.0, 6.0]);
    assert_eq!(trace.get("flag").unwrap().to_vec(), [1.0, 0.0, 1.0]);
    assert_eq!(trace.get("literal").unwrap().to_vec(), [1.0, 2.0, 3.0]);
    assert_eq!(trace.get("label").unwrap().item(), 1.0);
    assert_eq!(floats_stay_floats().trace_output(key).unwrap().1, 4.0);

    let (trace, sum) = loops(&[1.0, 2.0].into()).trace_output(key).unwrap();
    assert_eq!((trace.names().collect::<Vec<_>>(), sum), (vec!["mu", "y_0", "y_1"], 3.0));
    let (trace, vector) = vectors().trace_output(key).unwrap();
    let site = |name: &str| trace.get(name).unwrap().item();
    assert_eq!(vector.to_vec(), [site("x"), site("y"), site("y")]);

    let left = |model: &dyn Fn() -> ppl::Error| model().to_string();
    assert_eq!(left(&|| leaves(-1.0).trace(0).unwrap_err()), "negative");
    assert_eq!(left(&|| leaves(2e6).trace(0).unwrap_err()), "2000000 is too large");
    assert!(leaves(1.0).trace(0).is_ok());
    assert_eq!(left(&|| leaves_in_a_plate(-1.0).trace(0).unwrap_err()), "negative");
    assert_eq!(leaves_in_a_plate(1.0).trace_output(key).unwrap().1.size(), 2);
    assert_eq!(left(&|| leaves_at_the_end(None).trace(0).unwrap_err()), "negative");
    assert_eq!(leaves_at_the_end(Some(2.0)).trace_output(key).unwrap().1, 2.0);
    assert!(returns_a_result(-1.0).trace_output(key).unwrap().1.is_err());
    assert_eq!(conditions(true, &true).trace_output(key).unwrap().1, 2.0);
    assert_eq!(conditions(true, &false).trace_output(key).unwrap().1, 1.0);
    assert_eq!(conditions(false, &false).trace_output(key).unwrap().1, 0.0);
}
