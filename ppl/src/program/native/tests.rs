//! Machine code against tensors, and what becomes machine code.

use crate::program::instruction::Step;
use crate::program::tests::program;
use crate::program::{Program, Recorded, record};
use crate::{Result, Tensor};

fn is_native(step: &Step) -> bool {
    matches!(step, Step::Native(_))
}

#[track_caller]
fn is_all_native(point: &[f64], function: impl Fn(&Tensor) -> Tensor) -> bool {
    program(point, |x| Ok(function(x))).steps.iter().all(is_native)
}

#[test]
fn numbers_short_arrays_and_recurrences_become_one_function() {
    let numbers = |x: &Tensor| (x.get(0) * x.get(1)).exp() / (x.get(2) + 2.0).sqrt() - x.get(0).square();
    assert!(is_all_native(&[0.1, 0.2, 0.3], numbers));
    let schools = |x: &Tensor| {
        let residuals = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0]) - (x.get(0) + x.get(1).exp() * x.slice(0, 2..7));
        -0.5 * residuals.square().sum() - x.square().sum()
    };
    assert!(is_all_native(&[0.1; 7], schools));
    let growth = |x: &Tensor| {
        let mut size = x.get(0).exp();
        for _ in 0..100 {
            size = &size + x.get(1) * &size * (1.0 - &size / x.get(2));
        }
        size
    };
    let program = program(&[0.1, 0.2, 0.3], |x| Ok(growth(x)));
    assert!(program.steps.iter().any(is_native));
    assert!(!program.steps.iter().any(|step| matches!(step, Step::Begin(_))), "{:?}", program.steps);
}

#[test]
fn what_has_no_machine_code_is_interpreted_between_functions() {
    let function = |x: &Tensor| {
        let y = (x.get(0) * 2.0 + x.get(1)).exp() * x.get(1);
        let z = (y.square() + 1.0).lgamma();
        (z.exp() - &y) * (z + x.get(0)).square()
    };
    let program = program(&[0.3, 0.4], |x| Ok(function(x)));
    assert!(program.steps.iter().any(is_native));
    assert!(!program.steps.iter().all(is_native));
    let long = Tensor::linspace(0.0, 1.0, 1000);
    let over_data = |x: &Tensor| (&long * x.get(0)).exp().sum();
    assert!(!is_all_native(&[0.1], over_data));
}

/// A copy on another thread runs the same code after the first program is gone.
#[test]
fn code_lives_as_long_as_a_copy() {
    let mut first = program(&[0.5, 1.5], |x| Ok((x.get(0).exp() * x.get(1)).square()));
    let mut gradient = [0.0; 2];
    let value = first.value_and_gradient(&[0.3, 0.7], &mut gradient);
    let mut copy = first.clone();
    drop(first);
    let by_thread = std::thread::spawn(move || {
        let mut gradient = [0.0; 2];
        (copy.value_and_gradient(&[0.3, 0.7], &mut gradient), gradient)
    });
    assert_eq!(by_thread.join().unwrap(), (value, gradient));
}

type Function = fn(&Tensor, &Tensor) -> Tensor;

/// Each instruction on numbers and on arrays of a line, at the ends of its domain and beyond them.
#[test]
fn special_values_give_what_they_give_to_tensors() {
    let functions: [(&str, Function); 22] = [
        ("neg", |x, _| -x),
        ("exp", |x, _| x.exp()),
        ("ln", |x, _| x.ln()),
        ("sqrt", |x, _| x.sqrt()),
        ("square", |x, _| x.square()),
        ("abs", |x, _| x.abs()),
        ("recip", |x, _| 1.0 / x),
        ("sign", |x, _| x.sign()),
        ("add", |x, y| x + y),
        ("sub", |x, y| x - y),
        ("mul", |x, y| x * y),
        ("div", |x, y| x / y),
        ("maximum", |x, y| x.maximum(y)),
        ("minimum", |x, y| x.minimum(y)),
        ("select", |x, y| Tensor::select(x, y, y * 2.0)),
        ("greater", |x, y| x.greater(y)),
        ("greater equal", |x, y| x.greater_equal(y)),
        ("less", |x, y| x.less(y)),
        ("less equal", |x, y| x.less_equal(y)),
        ("equal", |x, y| x.equal(y)),
        ("sigmoid", |x, _| x.sigmoid()),
        ("softplus", |x, _| x.softplus()),
    ];
    let special = [0.0, -0.0, 1.0, -2.5, 1e300, -1e300, 5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (name, function) in functions {
        for size in [1, 2, 5, 8] {
            let apply = |x: &Tensor| -> Result<Tensor> {
                let (a, b) = (x.slice(0, 0..size), x.slice(0, size..2 * size));
                let (a, b) = if size == 1 { (a.get(0), b.get(0)) } else { (a, b) };
                let y = function(&a, &b);
                // A few more, so that there is a function.
                let sum = if size == 1 { y } else { (y * Tensor::linspace(1.0, 2.0, size)).sum() };
                Ok(&sum * (sum.abs() + 1.0).ln())
            };
            let recorded = record(&vec![0.5; 2 * size], apply);
            let Ok(Recorded::Static(mut program)) = recorded else { panic!("{name}: {recorded:?}") };
            // Exponentials and logarithms of a line are interpreted.
            let is_interpreted = size > 1 && ["exp", "ln", "sigmoid", "softplus"].contains(&name);
            assert!(is_interpreted || program.steps.iter().any(is_native), "{name}: {program}");
            for k in 0..special.len() {
                for l in 0..special.len() {
                    let at =
                        |place: usize| special[(if place < size { k + place } else { l + 3 * place }) % special.len()];
                    let point: Vec<f64> = (0..2 * size).map(at).collect();
                    let value = program.value_and_gradient(&point, &mut vec![0.0; 2 * size]);
                    let expected = apply(&Tensor::from(point.clone())).unwrap().item();
                    let is_same = value == expected || (value.is_nan() && expected.is_nan());
                    let is_close = (value - expected).abs() <= 8.0 * f64::EPSILON * expected.abs();
                    assert!(is_same || is_close, "{name} at {point:?}: {value}, by tensors {expected}");
                }
            }
        }
    }
}

/// A function is not larger than the compiler likes, and each finds what those before have left.
#[test]
fn long_programs_are_several_functions() {
    let function = |x: &Tensor| {
        let mut y = x.get(0);
        let mut total = x.get(1);
        for step in 0..15 {
            for k in 0..20 {
                y = (&y * x.get((k * step) % 3) + 0.1 * f64::from(k as u8)).tanh() - total.sigmoid();
            }
            total = total * 0.5 + &y;
        }
        total
    };
    let point = [0.3, 0.4, 0.5];
    let program: Program = program(&point, |x| Ok(function(x)));
    assert!(program.steps.iter().filter(|step| is_native(step)).count() > 1);
    crate::program::tests::assert_program_is_tape("a long program", &[Tensor::from(point)], |x| Ok(function(&x[0])));
}
