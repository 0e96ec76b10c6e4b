//! Where values go wrong easily: nothing at all, infinities, NaN, ties, threads.

use super::super::*;
use crate::special;

fn gradient(function: impl Fn(&Tensor) -> Tensor, at: impl IntoTensor) -> Vec<f64> {
    let (_, gradients) = grad(|x| function(&x[0]), &[at.into_tensor()]).unwrap();
    gradients[0].to_vec()
}

const INF: f64 = f64::INFINITY;

#[test]
fn reductions_of_nothing() {
    let none = Tensor::zeros([0]);
    assert_eq!(none.sum().item(), 0.0);
    assert!(none.mean().item().is_nan());
    assert_eq!(Tensor::zeros([2, 0]).sum_axis(1), Tensor::zeros(2));
    assert_eq!(Tensor::zeros([0, 2]).sum_axis(1), Tensor::zeros([0]));
    assert_eq!(Tensor::zeros([0, 2]).max_axis(1), Tensor::zeros([0]));
    assert_eq!(Tensor::zeros([2, 0]).cumsum(1).shape(), Shape::from([2, 0]));
    assert_eq!(Tensor::zeros([2, 0]).matmul(Tensor::zeros([0, 3])), Tensor::zeros([2, 3]));
    assert_eq!(Tensor::zeros([0, 2]).matmul(Tensor::zeros([2, 3])).shape(), Shape::from([0, 3]));
    assert_eq!(Tensor::zeros([0, 0]).log_determinant().item(), 0.0);
    assert_eq!(Tensor::zeros([0, 0]).cholesky().shape(), Shape::from([0, 0]));
    assert_eq!(Tensor::concat(&[none.clone(), Tensor::ones(1)], 0), Tensor::ones(1));
    assert_eq!(none.sum_rightmost(1).item(), 0.0);
    for reduction in [Tensor::try_max_axis, Tensor::try_min_axis, Tensor::try_logsumexp_axis] {
        assert!(reduction(&none, 0).is_err());
    }
}

#[test]
fn gradients_of_nothing() {
    let (value, gradients) = grad(
        |x| {
            let [none, one] = x else { unreachable!() };
            ((none * one).exp() + none.square()).sum() + one + Tensor::concat(&[none.clone(), one.reshape(1)], 0).sum()
        },
        &[Tensor::zeros([0]), Tensor::from(3.0)],
    )
    .unwrap();
    assert_eq!((value, gradients[0].size(), gradients[1].item()), (6.0, 0, 2.0));
}

#[test]
fn not_a_number_is_passed_on() {
    let x = Tensor::from([1.0, f64::NAN, 3.0]);
    assert!(x.max().item().is_nan() && x.min().item().is_nan());
    assert!(x.sum().item().is_nan() && x.logsumexp().item().is_nan() && x.mean().item().is_nan());
    assert!(x.maximum(0.0).get(1).item().is_nan() && x.minimum(0.0).get(1).item().is_nan());
    assert!(x.clamp(0.0, 1.0).get(1).item().is_nan());
    assert!(x.sign().get(1).item().is_nan() && x.abs().get(1).item().is_nan());
    assert!(x.softmax(0).to_vec().iter().all(|x| x.is_nan()));
    assert_eq!(x.greater(0.0).to_vec(), [1.0, 0.0, 1.0]);
    assert_eq!(x.equal(&x).to_vec(), [1.0, 0.0, 1.0]);
    assert_eq!(x.not_equal(&x).to_vec(), [0.0, 1.0, 0.0]);
    // NaN is not 0, so it counts as true.
    assert_eq!(Tensor::select(&x, 1.0, 2.0).to_vec(), [1.0, 1.0, 1.0]);
    assert_ne!(x, x);
}

#[test]
fn infinities_at_the_ends_of_domains() {
    for x in [Tensor::from([0.0, -1.0, INF]), Tensor::from([[0.0, -1.0, INF]])] {
        let [ln, sqrt, recip] = [x.ln().to_vec(), x.sqrt().to_vec(), x.recip().to_vec()];
        assert_eq!((ln[0], ln[2]), (-INF, INF));
        assert!(ln[1].is_nan());
        assert_eq!((sqrt[0], sqrt[2]), (0.0, INF));
        assert!(sqrt[1].is_nan());
        assert_eq!((recip[0], recip[1], recip[2]), (INF, -1.0, 0.0));
        assert_eq!(x.exp().to_vec()[2], INF);
        assert_eq!((-&x).exp().to_vec()[2], 0.0);
        assert_eq!(x.log1p().to_vec()[1], -INF);
    }
    assert_eq!(Tensor::from(0.0).ln().item(), -INF);
    assert_eq!(gradient(|x| x.ln().sum(), [0.0, 2.0]), [INF, 0.5]);
    // An edge: see the documentation of `Tensor`.
    assert_eq!(gradient(|x| x.sqrt().sum(), [0.0, 4.0]), [0.0, 0.25]);
    assert_eq!(gradient(|x| x.recip().sum(), [0.0, 2.0]), [-INF, -0.25]);
}

#[test]
fn powers_at_zero_and_below() {
    let x = [0.0, -2.0, 2.0];
    assert_eq!(Tensor::from(x).powf(0.0).to_vec(), [1.0; 3]);
    assert_eq!(gradient(|x| x.powf(0.0).sum(), x), [0.0; 3]);
    assert_eq!(gradient(|x| x.powf(1.0).sum(), x), [1.0; 3]);
    assert_eq!(gradient(|x| x.powf(2.0).sum(), x), [0.0, -4.0, 4.0]);
    assert_eq!(gradient(|x| x.powf(3.0).sum(), x), [0.0, 12.0, 12.0]);
    assert_eq!(Tensor::from(x).powf(-1.0).to_vec(), [INF, -0.5, 0.5]);
    assert!(Tensor::from(x).powf(0.5).to_vec()[1].is_nan());
    // The same with a tensor in the exponent.
    for exponent in [0.0, 1.0, 2.0, 3.0] {
        let by_tensor = gradient(|x| x.pow(Tensor::from([exponent; 3])).sum(), x);
        assert_eq!(by_tensor, gradient(|x| x.powf(exponent).sum(), x), "{exponent}");
    }
    // 0ᵇ is flat in b > 0, and xᵇ grows by ln x.
    assert_eq!(gradient(|b| Tensor::from([0.0, 2.0]).pow(b).sum(), [2.0, 0.0]), [0.0, 2.0_f64.ln()]);
}

#[test]
fn the_absolute_value_is_flat_at_zero() {
    assert_eq!(gradient(|x| x.abs().sum(), [-2.0, 0.0, -0.0, 3.0]), [-1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn ties_share_the_gradient() {
    assert_eq!(gradient(|x| x.max(), [1.0, 3.0, 3.0, 3.0]), [0.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(gradient(|x| x.min(), [1.0, 1.0, 3.0, 2.0]), [0.5, 0.5, 0.0, 0.0]);
    assert_eq!(gradient(|x| x.maximum(2.0).sum(), [1.0, 2.0, 3.0]), [0.0, 0.5, 1.0]);
    assert_eq!(gradient(|x| x.minimum(2.0).sum(), [1.0, 2.0, 3.0]), [1.0, 0.5, 0.0]);
    assert_eq!(gradient(|x| x.maximum(x).sum(), [1.0, 2.0]), [1.0, 1.0]);
    assert_eq!(gradient(|x| x.clamp(0.0, 1.0).sum(), [-1.0, 0.5, 2.0]), [0.0, 1.0, 0.0]);
    assert_eq!(gradient(|x| x.max(), [INF, -INF]), [1.0, 0.0]);
}

#[test]
fn logsumexp_of_infinities() {
    let x = [[-INF, 0.0, 0.0], [-INF, -INF, -INF]];
    let ln2 = 2.0_f64.ln();
    assert_eq!(Tensor::from(x).logsumexp_axis(1).to_vec(), [ln2, -INF]);
    assert_eq!(gradient(|x| x.logsumexp_axis(1).sum(), x), [0.0, 0.5, 0.5, 0.0, 0.0, 0.0]);
    // The row of -∞ alone must not spoil what is done with the others.
    assert_eq!(gradient(|x| x.logsumexp_axis(1).exp().sum(), x), [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(Tensor::from([INF, 0.0]).logsumexp().item(), INF);
    assert_eq!(Tensor::from([1000.0, 1000.0]).logsumexp().item(), 1000.0 + ln2);
    assert_eq!(Tensor::from([-INF, 0.0]).softmax(0).to_vec(), [0.0, 1.0]);
}

#[test]
fn a_branch_not_taken_leaves_no_trace_in_the_gradient() {
    let x = [-1.0, 0.0, 2.0];
    let masked =
        |function: fn(&Tensor) -> Tensor| gradient(|x| Tensor::select(x.greater(0.0), function(x), 0.0).sum(), x);
    assert_eq!(masked(Tensor::ln), [0.0, 0.0, 0.5]);
    assert_eq!(masked(Tensor::sqrt), [0.0, 0.0, 0.5 / 2.0_f64.sqrt()]);
    assert_eq!(masked(Tensor::recip), [0.0, 0.0, -0.25]);
    assert_eq!(masked(|x| 1.0 / x), [0.0, 0.0, -0.25]);
    assert_eq!(masked(|x| x / x.square()), [0.0, 0.0, -0.25]);
    assert_eq!(masked(|x| x.powf(0.5)), [0.0, 0.0, 0.5 * 2.0_f64.powf(-0.5)]);
    assert_eq!(masked(|x| (x * f64::INFINITY).minimum(x)), [0.0, 0.0, 1.0]);
    assert_eq!(masked(Tensor::lgamma), [0.0, 0.0, special::digamma(2.0)]);
    assert_eq!(masked(|x| x.pow(x)), [0.0, 0.0, 4.0 * (1.0 + 2.0_f64.ln())]);
}

#[test]
fn the_sigmoid_is_accurate_in_the_tails() {
    for x in [-700.0, -300.0, -40.0, -1e-3, 0.0, 1e-3, 20.0, 40.0, 700.0] {
        let (y, expected) = (Tensor::from([x]).sigmoid().to_vec()[0], special::sigmoid(x));
        assert!((y - expected).abs() <= 1e-15 * expected, "{x}: {y} {expected}");
        let (slope, expected) = (gradient(|x| x.sigmoid().sum(), [x])[0], special::sigmoid(x) * special::sigmoid(-x));
        assert!((slope - expected).abs() <= 1e-14 * expected, "{x}: {slope} {expected}");
    }
}

#[test]
fn a_quotient_is_rounded_once() {
    let x = Tensor::from([10.0, 3.0, 49.0, 1e-310]);
    assert_eq!((3.0 / &x).to_vec(), [3.0 / 10.0, 3.0 / 3.0, 3.0 / 49.0, 3.0 / 1e-310]);
    assert_eq!((1e-5 / &x).to_vec()[3], 1e-5 / 1e-310);
    assert_eq!((&x / 10.0).to_vec(), [1.0, 0.3, 4.9, 1e-311]);
    // Also where the numerator is being differentiated.
    let (value, _) = grad(|c| (&c[0] / Tensor::from([10.0, 49.0])).sum(), &[Tensor::from(3.0)]).unwrap();
    assert_eq!(value, 0.3 + 3.0 / 49.0);
    // x² alone would underflow.
    assert!((gradient(|x| (1e-200 / x).sum(), [1e-180])[0] / -1e160 - 1.0).abs() < 1e-15);
}

#[test]
fn a_difference_keeps_the_sign_of_zero() {
    assert!((0.0 - Tensor::from([0.0])).to_vec()[0].is_sign_positive());
    assert_eq!((1.0 - Tensor::from([INF, -INF])).to_vec(), [-INF, INF]);
}

#[test]
fn sums_of_many_elements_are_accurate() {
    let x = Tensor::full(1_000_000, 0.1);
    assert!((x.sum().item() / 100_000.0 - 1.0).abs() < 1e-14);
    assert!((x.reshape([1000, 1000]).sum_axis(1).sum().item() / 100_000.0 - 1.0).abs() < 1e-14);
    // Alternating signs: the sum of absolute values is what the error is relative to.
    let alternating = Tensor::arange(1_000_001).map(|k| if k % 2.0 == 0.0 { 0.1 } else { -0.1 });
    assert!((alternating.sum().item() - 0.1).abs() < 1e-13);
}

#[test]
fn a_factor_outside_of_its_domain_is_nan_in_a_gradient() {
    let indefinite = Tensor::from([[1.0, 2.0], [2.0, 1.0]]);
    assert_eq!(
        indefinite.try_cholesky().unwrap_err().to_string(),
        "cholesky: matrix is not positive definite: its leading minor of order 2 is not positive (pivot -3)"
    );
    let (value, gradients) = grad(|x| x[0].cholesky().sum(), &[indefinite]).unwrap();
    assert!(value.is_nan() && gradients[0].to_vec().iter().all(|x| x.is_nan() || *x == 0.0));
    let not_a_number = Tensor::full([2, 2], f64::NAN);
    assert!(not_a_number.try_cholesky().is_err());
}

#[test]
fn determinants_of_singular_matrices() {
    let singular = Tensor::from([[1.0, 2.0], [2.0, 4.0]]);
    assert_eq!(singular.log_determinant().item(), -INF);
    assert_eq!(Tensor::zeros([2, 2]).log_determinant().item(), -INF);
    assert_eq!(Tensor::from([[0.0, 1.0], [1.0, 0.0]]).log_determinant().item(), 0.0);
    // A batch in which one is singular: the others' gradients are theirs.
    let batch = [[[1.0, 2.0], [2.0, 4.0]], [[2.0, 0.0], [0.0, 4.0]]];
    let gradients = gradient(|x| Tensor::select([0.0, 1.0], x.log_determinant(), 0.0).sum(), batch);
    assert_eq!(gradients, [0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.25]);
}

#[test]
fn a_triangle_outside_of_a_solve_is_not_read() {
    let full = Tensor::from([[2.0, f64::NAN], [1.0, 4.0]]);
    assert_eq!(full.triangular_solve([2.0, 9.0], true, false).to_vec(), [1.0, 2.0]);
    assert_eq!(full.triangular_solve([4.0, 8.0], true, true).to_vec(), [1.0, 2.0]);
    let lower_is_read = Tensor::from([[4.0, f64::NAN], [2.0, 5.0]]).cholesky();
    assert_eq!(lower_is_read.to_vec(), [2.0, 0.0, 1.0, 2.0]);
}

#[test]
fn captured_constants_have_no_gradient_and_do_not_change() {
    let constant = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    let number = Tensor::from(2.0);
    let before = constant.to_vec();
    let (_, gradients) = grad(
        |x| {
            let product = constant.matmul(&x[0]) * &number + &constant * &constant;
            assert!(product.is_tracked() && !constant.is_tracked());
            assert!(!(&constant + &number).is_tracked());
            product.sum() + constant.exp().sum()
        },
        &[Tensor::ones([2, 2])],
    )
    .unwrap();
    assert_eq!(gradients[0].to_vec(), [8.0, 8.0, 12.0, 12.0]);
    assert_eq!(constant.to_vec(), before);
}

#[test]
fn the_result_may_be_an_input() {
    let (value, gradients) = grad(|x| x[0].clone(), &[Tensor::from(3.0), Tensor::from(1.0)]).unwrap();
    assert_eq!((value, gradients[0].item(), gradients[1].item()), (3.0, 1.0, 0.0));
    let (_, gradients) = grad(|x| x[0].reshape(()), &[Tensor::from([3.0])]).unwrap();
    assert_eq!(gradients[0], Tensor::from([1.0]));
    // One tensor given twice is two inputs.
    let x = Tensor::from([2.0]);
    let (_, gradients) = grad(|x| (&x[0] * x[1].square()).sum(), &[x.clone(), x]).unwrap();
    assert_eq!((gradients[0].to_vec(), gradients[1].to_vec()), (vec![4.0], vec![8.0]));
}

#[test]
fn one_element_in_any_shape_is_the_same_tensor() {
    // Movements of one element hand back the element itself, which may then meet itself.
    let functions: [fn(&Tensor) -> Tensor; 7] = [
        |x| x.take(0, &[0]),
        |x| x.slice(0, 0..1),
        |x| x.flip(0),
        |x| x.broadcast_to([1, 1]),
        |x| x.reshape([1, 1]).transpose(),
        |x| x.reshape([1, 1]).diagonal(),
        |x| x.index(0, 0),
    ];
    for function in functions {
        assert_eq!(gradient(|x| (x * function(x)).sum(), [3.0]), [6.0]);
        assert_eq!(gradient(|x| x.reshape([1, 1]).matmul(function(x).reshape([1, 1])).sum(), [3.0]), [6.0]);
    }
}

#[test]
fn threads_share_tensors() {
    let shared = Tensor::linspace(0.1, 2.0, 1000);
    let expected = grad(|x| (x[0].exp() * &shared).sum(), std::slice::from_ref(&shared)).unwrap();
    let results: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let shared = shared.clone();
                scope.spawn(move || {
                    let mut last = None;
                    for _ in 0..50 {
                        let (value, gradients) =
                            grad(|x| (x[0].exp() * &shared).sum(), std::slice::from_ref(&shared)).unwrap();
                        last = Some((value, gradients));
                    }
                    last.unwrap()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // Tensors outlive the threads that made them.
    for (value, gradients) in results {
        assert_eq!(value, expected.0);
        assert_eq!(gradients[0], expected.1[0]);
    }
    assert_eq!(shared, Tensor::linspace(0.1, 2.0, 1000));
}

#[test]
fn gradients_on_several_threads_at_once_do_not_mix() {
    let slopes: Vec<f64> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4_u32)
            .map(|worker| {
                scope.spawn(move || {
                    let factor = f64::from(worker);
                    (0..100).map(|_| gradient(|x| (x.square() * factor).sum(), [1.0, 2.0])[1]).sum::<f64>()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(slopes, [0.0, 400.0, 800.0, 1200.0]);
}
