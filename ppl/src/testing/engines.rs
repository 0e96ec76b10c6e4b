//! The two engines, tape and recorded program, against each other.

#![allow(clippy::unwrap_used, reason = "a check that fails panics")]

use crate::program::{Program, Recorded, record, record_hessian, record_with_draws};
use crate::random::Key;
use crate::{Result, Tensor, grad};

/// Checks that a function of some tensors is recorded as a program that gives the value and gradient of the tape, to
/// 1e-10 relative to the largest element (above 1), at the inputs and near them.
#[track_caller]
pub(crate) fn assert_program_is_tape(what: &str, inputs: &[Tensor], function: impl Fn(&[Tensor]) -> Result<Tensor>) {
    assert_program_is_tape_of(what, inputs, &function);
}

/// The same, compiled once for all functions.
#[track_caller]
fn assert_program_is_tape_of(what: &str, inputs: &[Tensor], function: &dyn Fn(&[Tensor]) -> Result<Tensor>) {
    const TOLERANCE: f64 = 1e-10;

    let split = |flat: &Tensor| -> Vec<Tensor> {
        let mut start = 0;
        let cut = |input: &Tensor| {
            start += input.size();
            flat.slice(0, start - input.size()..start).reshape(input.shape())
        };
        inputs.iter().map(cut).collect()
    };
    let point: Vec<f64> = inputs.iter().flat_map(Tensor::to_vec).collect();
    let elsewhere: Vec<f64> = point.iter().enumerate().map(|(k, x)| x * (1.0 + 1e-3 * (k as f64).cos())).collect();
    let mut program = match record(&elsewhere, |flat| function(&split(flat))) {
        Ok(Recorded::Static(program)) => program,
        other => panic!("{what}: {other:?}"),
    };
    let is_close = |got: f64, expected: f64, largest: f64| {
        got == expected || (got.is_nan() && expected.is_nan()) || (got - expected).abs() <= TOLERANCE * largest
    };
    let mut gradient = vec![0.0; point.len()];
    // The first position once more: nothing may be left of the one between.
    for position in [&point, &elsewhere, &point] {
        let value = program.value_and_gradient(position, &mut gradient);
        let (expected, by_tape) = grad(function, &split(&Tensor::from(position.clone()))).unwrap();
        let by_tape: Vec<f64> = by_tape.iter().flat_map(Tensor::to_vec).collect();
        assert!(is_close(value, expected, expected.abs().max(1.0)), "{what}: {value}, by the tape {expected}");
        let largest = by_tape.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
        for (&got, &expected) in gradient.iter().zip(&by_tape) {
            assert!(is_close(got, expected, largest), "{what}: gradient {gradient:?}, by the tape {by_tape:?}");
        }
    }
    assert_hessian_is_difference(what, &point, &mut program, |flat| function(&split(flat)));
}

/// The elements of a tensor as a recorded program computes them, whose value is one number: one after the other.
#[cfg(test)]
#[track_caller]
pub(crate) fn elements_by_program(what: &str, input: &Tensor, function: impl Fn(&Tensor) -> Result<Tensor>) -> Tensor {
    let (size, shape) = (input.size(), function(input).unwrap().shape());
    let count = shape.size();
    let mut point = input.to_vec();
    point.push(0.0);
    let one_of = |flat: &Tensor| {
        let elements = function(&flat.slice(0, 0..size).reshape(input.shape()))?.try_reshape(count)?;
        let is_chosen = Tensor::arange(count).try_equal(flat.index(0, size).detach())?;
        Ok(Tensor::try_select(is_chosen, elements, 0.0)?.sum())
    };
    let mut program = match record(&point, one_of) {
        Ok(Recorded::Static(program)) => program,
        other => panic!("{what}: {other:?}"),
    };
    let mut gradient = vec![0.0; point.len()];
    let elements = (0..count).map(|element| {
        point[size] = element as f64;
        program.value_and_gradient(&point, &mut gradient)
    });
    Tensor::new(elements.collect::<Vec<f64>>(), shape).unwrap()
}

/// Checks that the Hessian along a direction is what differences of the program's gradient say, to 1e-6 relative to the
/// largest element of either (above 1): of fourth order, so that rounding and curvature cost less than 1e-8 each. Where
/// the step leaves the support, they say nothing.
#[track_caller]
fn assert_hessian_is_difference(
    what: &str,
    point: &[f64],
    program: &mut Program,
    function: impl Fn(&Tensor) -> Result<Tensor>,
) {
    const TOLERANCE: f64 = 1e-6;
    const STEP: f64 = 1e-3;

    // Small where the point is, which stays where the function is defined; whole numbers may be counts.
    let along =
        |(k, x): (usize, &f64)| if x.fract() == 0.0 { 0.0 } else { x.clamp(-1.0, 1.0) * (k as f64 + 0.5).cos() };
    let direction: Vec<f64> = point.iter().enumerate().map(along).collect();
    let mut hessian = match record_hessian(point, function) {
        Ok(Recorded::Static(hessian)) => hessian,
        other => panic!("{what}: {other:?}"),
    };
    let mut product = vec![0.0; point.len()];
    let value = hessian.product(point, &direction, &mut product);
    let mut at = |steps: f64| {
        let position: Vec<f64> = point.iter().zip(&direction).map(|(x, by)| x + steps * STEP * by).collect();
        let mut gradient = vec![0.0; point.len()];
        let value = program.value_and_gradient(&position, &mut gradient);
        (value, gradient)
    };
    let (expected, gradient) = at(0.0);
    let is_same = value == expected || (value - expected).abs() <= 1e-10 * expected.abs().max(1.0);
    assert!(is_same || (value.is_nan() && expected.is_nan()), "{what}: {value}, by the gradient's program {expected}");
    let around = [1.0, -1.0, 2.0, -2.0].map(&mut at);
    if around.iter().any(|(value, _)| !value.is_finite()) {
        return;
    }
    let [ahead, behind, far_ahead, far_behind] = around.map(|(_, gradient)| gradient);
    let largest = product.iter().chain(&gradient).fold(1.0, |largest: f64, x| largest.max(x.abs()));
    for (k, &got) in product.iter().enumerate() {
        let near = (ahead[k] - behind[k]) / (2.0 * STEP);
        let far = (far_ahead[k] - far_behind[k]) / (4.0 * STEP);
        let difference = (4.0 * near - far) / 3.0;
        // Where it oscillates faster than the step, differences say nothing.
        let is_resolved = (near - far).abs() <= 1e-2 * near.abs().max(far.abs()).max(gradient[k].abs()).max(1.0);
        assert!(
            (got - difference).abs() <= TOLERANCE * largest || !is_resolved,
            "{what}: element {k} of the Hessian's product is {got}, by differences {difference}"
        );
    }
}

/// Checks that a function with draws is recorded as a program that makes the draws of the tape, with its gradient, at a point
/// and near it: the program makes the same draws there by other parameters. The program has these lines.
#[track_caller]
pub(crate) fn assert_draws_at_are_tape(
    what: &str,
    point: &[f64],
    lines: &[&str],
    function: impl Fn(&Tensor, Key) -> Result<Tensor>,
) {
    let key = Key::new(1);
    let mut program = match record_with_draws(point, |x| function(x, key)).unwrap() {
        Recorded::Static(program) => program,
        Recorded::Dynamic(obstacle) => panic!("{what}: {obstacle}"),
    };
    let text = program.to_string();
    lines.iter().for_each(|line| assert!(text.contains(line), "{what}: {line} in\n{text}"));
    let near: Vec<f64> = point.iter().enumerate().map(|(k, x)| x * (1.0 + 1e-3 * (k as f64).cos())).collect();
    let mut gradient = vec![0.0; point.len()];
    // The second once more: nothing may be left of the one between.
    for draw in [0, 1, 2, 1] {
        program.draw(draw);
        // The first point once more: the draws stay those of this number.
        for point in [point, &near, point] {
            let value = program.value_and_gradient(point, &mut gradient);
            let (expected, by_tape) = grad(|x| function(&x[0], key.draw(draw)), &[Tensor::from(point)]).unwrap();
            let is_close = |a: f64, b: f64| a == b || (a - b).abs() < 1e-10 * b.abs().max(1.0);
            assert!(is_close(value, expected), "{what}: {value}, by the tape {expected}");
            let by_tape = by_tape[0].to_vec();
            let is_same = gradient.iter().zip(&by_tape).all(|(&a, &b)| is_close(a, b));
            assert!(is_same, "{what}: {gradient:?}, by the tape {by_tape:?}");
        }
    }
}
