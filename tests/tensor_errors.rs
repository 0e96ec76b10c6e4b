//! What a user is told when shapes do not fit: the operation, both shapes, and the line of the call.

#![allow(
    clippy::unwrap_used,
    clippy::nonminimal_bool,
    clippy::cmp_owned,
    clippy::overly_complex_bool_expr,
    clippy::redundant_comparisons,
    reason = "every comparison is tested for itself"
)]

use std::panic::Location;
use std::sync::Mutex;

use ppl::{Error, Tensor, grad};

struct Case {
    location: &'static Location<'static>,
    message: &'static str,
    panicking: Box<dyn Fn()>,
    fallible: Option<Box<dyn Fn() -> Option<Error>>>,
}

impl Case {
    #[track_caller]
    fn new(message: &'static str, panicking: impl Fn() + 'static) -> Self {
        Self { location: Location::caller(), message, panicking: Box::new(panicking), fallible: None }
    }

    fn twin<T>(mut self, fallible: impl Fn() -> Result<T, Error> + 'static) -> Self {
        self.fallible = Some(Box::new(move || fallible().err()));
        self
    }
}

/// An operation that must fail, with its message and its twin. The operation stands in the line of the macro.
macro_rules! case {
    ($message:literal, $operation:expr) => {
        Case::new($message, || {
            let _ = $operation;
        })
    };
    ($message:literal, $operation:expr, $twin:expr) => {
        Case::new($message, || {
            let _ = $operation;
        })
        .twin(|| $twin)
    };
}

fn ones<const RANK: usize>(shape: [usize; RANK]) -> Tensor {
    Tensor::ones(shape)
}

fn v(size: usize) -> Tensor {
    Tensor::ones(size)
}

fn s() -> Tensor {
    Tensor::from(1.0)
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        // The operators, in each combination of values, references and results.
        case!("+: shapes [2] and [3] do not broadcast", v(2) + v(3), v(2).try_add(v(3))),
        case!("+: shapes [2] and [3] do not broadcast", &v(2) + v(3)),
        case!("+: shapes [2] and [3] do not broadcast", v(2) + &v(3)),
        case!("+: shapes [2] and [3] do not broadcast", &v(2) + &v(3)),
        case!("-: shapes [2, 2] and [3] do not broadcast", ones([2, 2]) - v(3), ones([2, 2]).try_sub(v(3))),
        case!("*: shapes [2] and [3, 3] do not broadcast", v(2) * ones([3, 3]), v(2).try_mul(ones([3, 3]))),
        case!("/: shapes [0] and [3] do not broadcast", v(0) / v(3), v(0).try_div(v(3))),
        case!("pow: shapes [2] and [3] do not broadcast", v(2).pow(v(3)), v(2).try_pow(v(3))),
        case!("maximum: shapes [2] and [3] do not broadcast", v(2).maximum(v(3)), v(2).try_maximum(v(3))),
        case!("minimum: shapes [2] and [3] do not broadcast", v(2).minimum(v(3)), v(2).try_minimum(v(3))),
        case!("xlogy: shapes [2] and [3] do not broadcast", v(2).xlogy(v(3)), v(2).try_xlogy(v(3))),
        case!("xlog1py: shapes [2] and [3] do not broadcast", v(2).xlog1py(v(3)), v(2).try_xlog1py(v(3))),
        case!("lbeta: shapes [2] and [3] do not broadcast", v(2).lbeta(v(3)), v(2).try_lbeta(v(3))),
        case!("greater: shapes [2] and [3] do not broadcast", v(2).greater(v(3)), v(2).try_greater(v(3))),
        case!("greater_equal: shapes [2] and [3] do not broadcast", v(2).greater_equal(v(3)), v(2).try_greater_equal(v(3))),
        case!("less: shapes [2] and [3] do not broadcast", v(2).less(v(3)), v(2).try_less(v(3))),
        case!("less_equal: shapes [2] and [3] do not broadcast", v(2).less_equal(v(3)), v(2).try_less_equal(v(3))),
        case!("equal: shapes [2] and [3] do not broadcast", v(2).equal(v(3)), v(2).try_equal(v(3))),
        case!("not_equal: shapes [2] and [3] do not broadcast", v(2).not_equal(v(3)), v(2).try_not_equal(v(3))),
        case!("select: shapes [2] and [3] do not broadcast", Tensor::select(1.0, v(2), v(3)), Tensor::try_select(1.0, v(2), v(3))),
        case!("select: shapes [4] and [3] do not broadcast", Tensor::select(v(4), v(3), 0.0), Tensor::try_select(v(4), v(3), 0.0)),

        // Shapes.
        case!("reshape: shapes [2, 3] and [4] do not have the same number of elements", ones([2, 3]).reshape(4), ones([2, 3]).try_reshape(4)),
        case!("broadcast_to: shapes [2] and [3] do not broadcast (from the first to the second)", v(2).broadcast_to(3), v(2).try_broadcast_to(3)),
        case!("broadcast_to: shapes [2] and [] do not broadcast (from the first to the second)", v(2).broadcast_to(()), v(2).try_broadcast_to(())),
        case!("transpose: expected at least two axes, got shape [2]", v(2).transpose(), v(2).try_transpose()),
        case!("permute: expected [0, 0] to name each axis once, got shape [2, 3]", ones([2, 3]).permute(&[0, 0]), ones([2, 3]).try_permute(&[0, 0])),
        case!("permute: expected [0] to name each axis once, got shape [2, 3]", ones([2, 3]).permute(&[0]), ones([2, 3]).try_permute(&[0])),
        case!("unsqueeze: expected room for an axis 3, got shape [2]", v(2).unsqueeze(3), v(2).try_unsqueeze(3)),
        case!("unsqueeze: expected room for an axis 0, got shape [1, 1, 1, 1, 1, 1]", ones([1; 6]).unsqueeze(0), ones([1; 6]).try_unsqueeze(0)),
        case!("squeeze: expected axis -1 of size 1, got shape [2]", v(2).squeeze(-1), v(2).try_squeeze(-1)),
        case!("squeeze: expected an axis 1, got shape [2]", v(2).squeeze(1), v(2).try_squeeze(1)),

        // Parts and joins.
        case!("slice: expected 1..4 within axis 0, got shape [3]", v(3).slice(0, 1..4), v(3).try_slice(0, 1..4)),
        case!("slice: expected an axis 2, got shape [3]", v(3).slice(2, 0..1), v(3).try_slice(2, 0..1)),
        case!("index: expected more than 3 elements along axis 1 (indices begin at 0), got shape [2, 3]", ones([2, 3]).index(-1, 3), ones([2, 3]).try_index(-1, 3)),
        case!("index: expected an axis -3, got shape [2, 3]", ones([2, 3]).index(-3, 0), ones([2, 3]).try_index(-3, 0)),
        case!("get: expected more than 2 elements along axis 0 (indices begin at 0), got shape [2]", v(2).get(2), v(2).try_get(2)),
        case!("get: expected an axis 0, got shape []", s().get(0), s().try_get(0)),
        case!("take: expected more than 5 elements along axis 0 (indices begin at 0), got shape [3]", v(3).take(0, &[1, 5]), v(3).try_take(0, &[1, 5])),
        case!("take: expected an axis 1, got shape [3]", v(3).take(1, &[0]), v(3).try_take(1, &[0])),
        case!("flip: expected an axis 1, got shape [3]", v(3).flip(1), v(3).try_flip(1)),
        case!("concat: shapes [2, 2] and [2, 3] do not agree outside the joined axis", Tensor::concat(&[ones([2, 2]), ones([2, 3])], 0), Tensor::try_concat(&[ones([2, 2]), ones([2, 3])], 0)),
        case!("concat: shapes [2] and [2, 3] do not agree outside the joined axis", Tensor::concat(&[v(2), ones([2, 3])], 0), Tensor::try_concat(&[v(2), ones([2, 3])], 0)),
        case!("concat: expected an axis 1, got shape [2]", Tensor::concat(&[v(2)], 1), Tensor::try_concat(&[v(2)], 1)),
        case!("concat: `tensors` must be at least one tensor, got none", Tensor::concat(&[], 0), Tensor::try_concat(&[], 0)),
        case!("stack: shapes [2] and [3] do not agree", Tensor::stack(&[v(2), v(3)], 0), Tensor::try_stack(&[v(2), v(3)], 0)),
        case!("stack: expected room for an axis 2, got shape [2]", Tensor::stack(&[v(2)], 2), Tensor::try_stack(&[v(2)], 2)),
        case!("stack: `tensors` must be at least one tensor, got none", Tensor::stack(&[], 0), Tensor::try_stack(&[], 0)),
        case!("diagonal: expected square matrices in the last two axes, got shape [2, 3]", ones([2, 3]).diagonal(), ones([2, 3]).try_diagonal()),
        case!("tril: expected at least two axes, got shape [2]", v(2).tril(0), v(2).try_tril(0)),

        // Reductions and scans.
        case!("sum_axis: expected an axis 2, got shape [2, 3]", ones([2, 3]).sum_axis(2), ones([2, 3]).try_sum_axis(2)),
        case!("mean_axis: expected an axis -3, got shape [2, 3]", ones([2, 3]).mean_axis(-3), ones([2, 3]).try_mean_axis(-3)),
        case!("max_axis: expected an axis 1, got shape [2]", v(2).max_axis(1), v(2).try_max_axis(1)),
        case!("min_axis: expected an axis 0, got shape []", s().min_axis(0), s().try_min_axis(0)),
        case!("logsumexp_axis: expected an axis 1, got shape [2]", v(2).logsumexp_axis(1), v(2).try_logsumexp_axis(1)),
        case!("max: expected at least one element along axis 0, got shape [0]", v(0).max(), v(0).try_max()),
        case!("min: expected at least one element along axis 1, got shape [2, 0]", ones([2, 0]).min_axis(1), ones([2, 0]).try_min_axis(1)),
        case!("logsumexp: expected at least one element along axis 0, got shape [0]", v(0).logsumexp(), v(0).try_logsumexp()),
        case!("sum_axes: expected axes [0, -2] to be distinct, got shape [2, 3]", ones([2, 3]).sum_axes(&[0, -2]), ones([2, 3]).try_sum_axes(&[0, -2])),
        case!("sum_axes: expected an axis 2, got shape [2, 3]", ones([2, 3]).sum_axes(&[0, 2]), ones([2, 3]).try_sum_axes(&[0, 2])),
        case!("sum_rightmost: expected at least 3 axes, got shape [2, 3]", ones([2, 3]).sum_rightmost(3), ones([2, 3]).try_sum_rightmost(3)),
        case!("softmax: expected an axis 1, got shape [2]", v(2).softmax(1), v(2).try_softmax(1)),
        case!("log_softmax: expected an axis 1, got shape [2]", v(2).log_softmax(1), v(2).try_log_softmax(1)),
        case!("cumsum: expected an axis 1, got shape [2]", v(2).cumsum(1), v(2).try_cumsum(1)),

        // Linear algebra: with the shapes as they were given, also of vectors.
        case!("matmul: shapes [2, 3] and [2, 3] do not agree in the inner axis", ones([2, 3]).matmul(ones([2, 3])), ones([2, 3]).try_matmul(ones([2, 3]))),
        case!("matmul: shapes [2, 3] and [2] do not agree in the inner axis", ones([2, 3]).matmul(v(2)), ones([2, 3]).try_matmul(v(2))),
        case!("matmul: shapes [3] and [2] do not agree in the inner axis", v(3).matmul(v(2)), v(3).try_matmul(v(2))),
        case!("matmul: shapes [2, 1, 1] and [3, 1, 1] do not broadcast in the batch axes", ones([2, 1, 1]).matmul(ones([3, 1, 1])), ones([2, 1, 1]).try_matmul(ones([3, 1, 1]))),
        case!("matmul: shapes [] and [2] do not both have an axis", s().matmul(v(2)), s().try_matmul(v(2))),
        case!("dot: shapes [2] and [3] do not be those of two vectors of one length", v(2).dot(v(3)), v(2).try_dot(v(3))),
        case!("cholesky: expected square matrices in the last two axes, got shape [2, 3]", ones([2, 3]).cholesky(), ones([2, 3]).try_cholesky()),
        case!("cholesky: matrix is not positive definite: its leading minor of order 2 is not positive (pivot 0): add `1e-6` to the diagonal, as in `matrix + 1e-6 * Tensor::eye(2)`", ones([2, 2]).cholesky(), ones([2, 2]).try_cholesky()),
        case!("log_determinant: expected square matrices in the last two axes, got shape [3]", v(3).log_determinant(), v(3).try_log_determinant()),
        case!("triangular_solve: shapes [2, 3] and [2] do not be those of square matrices and of vectors or matrices", ones([2, 3]).triangular_solve(v(2), true, false), ones([2, 3]).try_triangular_solve(v(2), true, false)),
        case!("triangular_solve: shapes [2, 2] and [3] do not agree in the inner axis", ones([2, 2]).triangular_solve(v(3), true, false), ones([2, 2]).try_triangular_solve(v(3), true, false)),
        case!("triangular_solve: shapes [2, 2] and [3, 1] do not agree in the inner axis", ones([2, 2]).triangular_solve(ones([3, 1]), true, false), ones([2, 2]).try_triangular_solve(ones([3, 1]), true, false)),

        // Tensors of more than one element where a number is needed.
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2).item(), v(2).try_item()),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) < 1.0),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) >= 1.0),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) > v(2)),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) <= v(2)),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) == 1.0),
        case!("item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]", v(2) != 1.0),

        // Ranks and sizes.
        case!("a tensor has at most 6 axes, got shape [1, 1, 1, 1, 1, 1, 1]", Tensor::ones([1; 7])),
        case!("a tensor has at most 6 axes, got shape [1, 1, 1, 1, 1, 1, 1]", v(1).reshape([1; 7])),
        case!("a tensor has at most 6 axes, got shape [1, 1, 1, 1, 1, 1, 1]", v(1).broadcast_to([1; 7])),
        case!("a tensor has at most 6 axes, got those of shapes [1, 1, 1, 1] and [1, 1, 1]", ones([1; 4]).shape().concat(&ones([1; 3]).shape())),
        case!("shape [2] has fewer than 2 axes", v(2).shape().split_event(2)),
    ]
}

#[test]
fn messages_and_lines() {
    static SEEN: Mutex<Option<(String, u32, String)>> = Mutex::new(None);
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().expect("a panic has a location");
        let message = panic.payload_as_str().unwrap_or("").to_owned();
        *SEEN.lock().unwrap() = Some((location.file().to_owned(), location.line(), message));
    }));
    let mut wrong = Vec::new();
    for Case { location, message, panicking, fallible } in cases() {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&panicking));
        let line = location.line();
        match (outcome.is_err(), SEEN.lock().unwrap().take()) {
            (true, Some((file, at, got))) if file == location.file() && at == line && got == message => {}
            (panicked, seen) => wrong.push(format!("line {line}: panicked {panicked}: {seen:?}, expected {message}")),
        }
        if let Some(fallible) = fallible {
            match fallible() {
                Some(error) if error.to_string() == message => {}
                other => wrong.push(format!("line {line}: {other:?}, expected {message}")),
            }
        }
    }
    std::panic::set_hook(default);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_without_a_panicking_method() {
    let error = |result: Result<Tensor, Error>| result.unwrap_err().to_string();
    assert_eq!(
        error(Tensor::new(vec![1.0, 2.0], [3])),
        "Tensor::new: `values` must be 3 elements for shape [3], got 2"
    );
    assert_eq!(
        error(Tensor::zip_with([&v(2), &v(3)], |[a, b]| a + b)),
        "zip_with: shapes [2] and [3] do not broadcast"
    );
    let error = grad(|x| x[0].try_add(v(3)), &[v(2)]).unwrap_err();
    assert_eq!(error.to_string(), "+: shapes [2] and [3] do not broadcast");
}
