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
