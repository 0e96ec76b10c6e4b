//! Arguments of every form, bound to copies so that the body can run again.
#![deny(warnings)]

use std::fmt::Debug;

use ppl::prelude::*;

#[derive(Clone, Copy)]
struct Prior {
    loc: f64,
    scale: f64,
}

#[derive(Clone)]
struct Wrapper<'a>(&'a str);

#[model]
fn references(x: &[f64], label: &str, data: &Tensor) -> usize {
    observe!("y", Normal::new(0.0, 1.0), data);
    x.len() + label.len()
}

#[model]
fn owned(mut x: Vec<f64>, label: String) -> (Vec<f64>, String) {
    x.push(sample!("x", Normal::new(0.0, 1.0)).item());
    (x, label)
}

#[model]
fn patterns(
    (a, b): (f64, f64),
    Prior { loc, scale }: Prior,
    [first, ..]: [f64; 3],
    _: &str,
    whole @ (_, _): (u8, u8),
) -> f64 {
    let x = sample!("x", Normal::new(loc, scale));
    a + b + first + f64::from(whole.0) + 0.0 * x.item()
}

#[model]
fn generic<'a, T, const N: usize>(values: [T; N], wrapped: Wrapper<'a>, into: impl IntoTensor + Clone) -> (T, &'a str)
where
    T: Clone + Debug + Into<f64>,
{
    for (i, value) in values.iter().enumerate() {
        sample!("x_{i}", Normal::new(Into::<f64>::into(value.clone()), 1.0));
    }
    deterministic!("into", into);
    (values[0].clone(), wrapped.0)
}

#[model]
fn borrowed_output(words: &[String]) -> &str {
    let longest = words.iter().max_by_key(|word| word.len());
    longest.map_or("", |word| word.as_str())
}

#[model]
fn callback(f: impl Fn(f64) -> f64 + Clone, g: &dyn Fn(f64) -> f64) -> f64 {
    f(1.0) + g(2.0)
}

#[model]
fn switched_off(x: f64, #[cfg(any())] y: Missing, #[allow(unused_variables)] z: f64) -> f64 {
    x
}

#[test]
fn passes() -> ppl::Result<()> {
    let key = Key::new(0);
    let data = Tensor::from(1.0);
    assert_eq!(references(&[1.0, 2.0], "abc", &data).trace_output(key)?.1, 5);

    let model = owned(vec![1.0], "label".to_owned());
    for _ in 0..3 {
        let (x, label) = model.trace_output(key)?.1;
        assert_eq!((x.len(), label.as_str()), (2, "label"));
    }

    let prior = Prior { loc: 0.0, scale: 1.0 };
    assert_eq!(patterns((1.0, 2.0), prior, [3.0; 3], "", (4, 5)).trace_output(key)?.1, 10.0);

    let text = "text".to_owned();
    let (trace, output) = generic([1_i16, 2], Wrapper(&text), 7.0).trace_output(key)?;
    assert_eq!(output, (1, "text"));
    assert_eq!(trace.names().collect::<Vec<_>>(), ["x_0", "x_1", "into"]);

    assert_eq!(borrowed_output(&["a".to_owned(), "bcd".to_owned()]).trace_output(key)?.1, "bcd");
    let offset = 0.5;
    assert_eq!(callback(move |x| x + offset, &|x| x * offset).trace_output(key)?.1, 2.5);
    assert_eq!(switched_off(1.0, 2.0).trace_output(key)?.1, 1.0);
    Ok(())
}
