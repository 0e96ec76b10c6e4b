//! What holds for tensors as a whole.

mod edge_cases;
mod finite_difference;
mod primitives;
mod programs;
mod scalar_operands;

use super::*;

#[test]
fn tensors_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Tensor>();
}

#[test]
fn the_same_tensor_on_both_sides() {
    let x = Tensor::from([1.0, -2.0, 3.0]);
    let (_, gradients) = grad(|x| (&x[0] * &x[0] + (&x[0] + &x[0]) - &x[0] / &x[0]).sum(), &[x]).unwrap();
    assert_eq!(gradients[0].to_vec(), [4.0, -2.0, 8.0]);
}

#[test]
fn a_detached_copy_carries_no_gradient() {
    let x = Tensor::from([1.0, 2.0]);
    let (_, gradients) = grad(|x| (x[0].detach() * &x[0]).sum(), &[x]).unwrap();
    assert_eq!(gradients[0].to_vec(), [1.0, 2.0]);
}

#[test]
fn an_input_that_is_not_used_has_zero_gradient() {
    let (value, gradients) =
        grad(|x| x[0].square().sum(), &[Tensor::from([3.0]), Tensor::from(2.0), Tensor::ones([2, 2])]).unwrap();
    assert_eq!(value, 9.0);
    assert_eq!(gradients[1], Tensor::from(0.0));
    assert_eq!(gradients[2], Tensor::zeros([2, 2]));
    let (value, gradients) = grad(|_| Tensor::from(5.0), &[Tensor::from(1.0)]).unwrap();
    assert_eq!((value, gradients[0].item()), (5.0, 0.0));
}

#[test]
fn a_tensor_of_a_finished_gradient_is_a_constant() {
    let mut leaked = None;
    grad(
        |x| {
            leaked = Some(x[0].exp());
            x[0].sum()
        },
        &[Tensor::from([0.0])],
    )
    .unwrap();
    let leaked = leaked.unwrap();
    assert!(!leaked.is_tracked());
    let (_, gradients) = grad(|x| (&leaked * &x[0]).sum(), &[Tensor::from([7.0])]).unwrap();
    assert_eq!(gradients[0].to_vec(), [1.0]);
}

#[test]
fn nested_gradients_are_an_error() {
    let error =
        grad(|x| grad(|y| y[0].sum(), x).map(|(_, gradients)| gradients[0].clone()), &[Tensor::from(1.0)]).unwrap_err();
    assert!(error.to_string().contains("no second-order gradients"), "{error}");
    // The tape was closed, so the next gradient works.
    assert!(grad(|x| x[0].sum(), &[Tensor::from(1.0)]).is_ok());
}

#[test]
fn a_panic_closes_the_tape() {
    let result = std::panic::catch_unwind(|| {
        let _ = grad(|x| &x[0] + Tensor::ones(3), &[Tensor::ones(2)]);
    });
    assert!(result.is_err());
    assert!(grad(|x| x[0].sum(), &[Tensor::from(1.0)]).is_ok());
}

#[test]
fn another_threads_gradient_is_not_lost_silently() {
    let result = grad(
        |x| {
            let x = x[0].clone();
            let outcome = std::thread::spawn(move || x.exp().item()).join();
            assert!(outcome.is_err());
            Tensor::from(1.0)
        },
        &[Tensor::from([1.0])],
    );
    assert!(result.is_ok());
}

#[test]
#[should_panic(expected = "+: shapes [2] and [3] do not broadcast")]
fn operators_panic_with_both_shapes() {
    let _ = Tensor::ones(2) + Tensor::ones(3);
}

#[test]
fn a_result_with_several_elements_has_no_gradient() {
    let error = grad(|x| x[0].exp(), &[Tensor::ones(2)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "item: expected one element (of several, take `.to_vec()`, and compare by `.greater(..)` and its kin), got shape [2]"
    );
}

#[test]
fn prints_as_numpy() {
    assert_eq!(Tensor::from(1.5).to_string(), "1.5");
    assert_eq!(Tensor::from([1.0, 2.0]).to_string(), "[1, 2]");
}

/// d aⁿ/da = n aⁿ⁻¹, by more steps than one list of the tape holds.
#[test]
fn a_long_loop_is_differentiated() {
    let count = 40_000;
    let power = |x: &[Tensor]| (0..count).fold(Tensor::from(1.0), |power, _| power * &x[0]);
    let a: f64 = 1.0 + 1e-5;
    let (value, gradient) = grad(power, &[Tensor::from(a)]).unwrap();
    let expected = a.powi(count);
    // As many roundings as there are steps.
    assert!((value - expected).abs() <= 1e-11 * expected, "{value}, {expected}");
    let slope = f64::from(count) * expected / a;
    assert!((gradient[0].item() - slope).abs() <= 1e-11 * slope, "{}, {slope}", gradient[0].item());
}

/// The memory of large gradients is used again, and nothing is left in it.
#[test]
fn large_gradients_are_those_of_small_ones() {
    let size = (1 << 16) + 3;
    let x: Vec<f64> = (0..size).map(|k| (k as f64 * 0.37).sin()).collect();
    let function = |x: &[Tensor]| {
        let taken = x[0].take(0, &(0..size).rev().collect::<Vec<usize>>());
        ((x[0].sin() * x[0].exp() + &x[0]).square() * 0.5 + taken * x[0].cos()).sum()
    };
    let (_, gradient) = grad(function, &[Tensor::from(x.clone())]).unwrap();
    for (k, got) in gradient[0].to_vec().into_iter().enumerate() {
        let (own, other) = (x[k], x[size - 1 - k]);
        let inner = own.sin() * own.exp() + own;
        let by_inner = own.cos() * own.exp() + own.sin() * own.exp() + 1.0;
        let expected = inner * by_inner + other.cos() - other * own.sin();
        assert!((got - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{k}: {got}, {expected}");
    }
}

#[test]
fn what_counts_as_differentiated_is_a_constant_afterwards() {
    let sum = as_if_differentiated(|zero| {
        let sum = (zero + 1.0).exp().ln() + (Tensor::from([1.0, 1.0]) + zero).sum();
        assert!(sum.is_tracked());
        Ok(sum)
    });
    let sum = sum.unwrap();
    assert!(!sum.is_tracked());
    assert!((sum.item() - 3.0).abs() < 1e-15);
    assert!(as_if_differentiated(|_| as_if_differentiated(|zero| Ok(zero.clone()))).is_err());
    assert!(grad(|x| x[0].sum(), &[Tensor::from(1.0)]).is_ok(), "the tape was closed");
}
