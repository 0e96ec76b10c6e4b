//! Models that own their data: nothing has to outlive them, and they can be returned and sent to other threads.
#![deny(warnings)]

use std::borrow::Cow;
use std::sync::Arc;

use ppl::prelude::*;

#[model]
fn of_tensor(y: Tensor) {
    plate!("n", y.size(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

#[model]
fn of_borrowed_tensor(y: &Tensor) {
    plate!("n", y.size(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

#[model]
fn of_vec(y: Vec<f64>) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

#[model]
fn of_slice(y: &[f64]) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

#[model]
fn of_shared_slice(y: Arc<[f64]>) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), &*y) });
}

#[model]
fn of_shared_vec(y: Arc<Vec<f64>>) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), &*y) });
}

#[model]
fn of_anything(y: impl IntoTensor + Clone) {
    let y = y.into_tensor();
    plate!("n", y.size(), { observe!("y", Normal::new(0.0, 1.0), y) });
}

#[model]
fn of_cow(y: Cow<'_, [f64]>) {
    plate!("n", y.len(), { observe!("y", Normal::new(0.0, 1.0), &*y) });
}

#[model]
fn of_data_or_none(y: Option<Vec<f64>>) {
    plate!("n", 2, { observe!("y", Normal::new(0.0, 1.0), y) });
}

/// A model of data that are made here.
fn made_here() -> impl Model<Output = ()> + Clone + Send + 'static {
    of_tensor(Tensor::from([1.0, 2.0]))
}

#[track_caller]
fn check(model: impl Model) {
    for seed in 0..2 {
        assert_eq!(model.trace(seed).unwrap().get("y").unwrap().to_vec(), [1.0, 2.0]);
    }
}

#[test]
fn passes() {
    let (vec, tensor) = (vec![1.0, 2.0], Tensor::from([1.0, 2.0]));
    // An owned temporary needs no variable of its own.
    let model = of_tensor(Tensor::from([1.0, 2.0]));
    check(model);
    check(of_borrowed_tensor(&tensor));
    check(of_vec(vec![1.0, 2.0]));
    check(of_slice(&vec));
    check(of_slice(&[1.0, 2.0]));
    check(of_shared_slice(Arc::from([1.0, 2.0])));
    check(of_shared_vec(Arc::new(vec.clone())));
    check(of_anything(tensor.clone()));
    check(of_anything(&tensor));
    check(of_anything(vec.clone()));
    check(of_anything([1, 2]));
    check(of_cow(Cow::Borrowed(&vec)));
    check(of_cow(Cow::Owned(vec.clone())));
    check(of_data_or_none(Some(vec)));
    assert_eq!(of_data_or_none(None).trace(0).unwrap().get("y").unwrap().size(), 2);
    let model = made_here();
    std::thread::spawn(move || check(model)).join().unwrap();
}
