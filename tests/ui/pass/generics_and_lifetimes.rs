//! Generic models, `where` clauses, borrowed arguments and results.
#![deny(warnings)]

use std::fmt::Display;

use ppl::prelude::*;

#[model]
fn generic<T: IntoTensor + Clone, const N: usize>(mean: T, data: [f64; N]) -> usize
where
    T: 'static,
{
    let mean = sample!("mean", Normal::new(mean, 1.0));
    plate!("n", N, {
        observe!("y", Normal::new(mean, 1.0), data);
    });
    N
}

#[model]
fn borrows<'a>(label: &'a str, data: &Tensor) -> &'a str {
    sample!("x", Normal::new(data, 1.0));
    label
}

#[model]
fn labelled(label: &(impl Display + ?Sized)) -> String {
    sample!("x", Normal::new(0.0, 1.0));
    label.to_string()
}

#[test]
fn passes() {
    let (trace, count) = generic(1.0, [0.0, 1.0]).trace_output(Key::new(0)).unwrap();
    assert_eq!((trace.sites().len(), count), (2, 2));
    assert_eq!(generic(Tensor::from(2.0), [0.5; 3]).trace(0).unwrap().get(generic::y).unwrap().size(), 3);

    let data = Tensor::from([1.0, 2.0]);
    let label = String::from("label");
    let returned = {
        let model = borrows(&label, &data);
        model.trace_output(Key::new(0)).unwrap().1
    };
    assert_eq!(returned, "label");

    let model = labelled("shown");
    let again = model.clone();
    assert_eq!(model.trace_output(Key::new(0)).unwrap().1, again.trace_output(Key::new(1)).unwrap().1);
}
