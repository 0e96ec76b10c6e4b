//! What a plate takes and gives.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn plates(data: &Tensor) -> usize {
    let mean = sample!("mean", Normal::new(0.0, 1.0));
    // A block's value is the plate's.
    let wide = plate!("plain", 4, { sample!("a", Normal::new(&mean, 1.0)) });
    let seen = plate!("row", data.size(), subsample_size = 2, |index| {
        observe!("y", Normal::new(&mean, 1.0), data.take(0, &index));
        index.len()
    });
    plate!("all", 3, |index| {
        let place = Tensor::from(index.iter().map(|&i| i as f64).collect::<Vec<_>>());
        sample!("b", Normal::new(place, 1.0));
    });
    plate!("outer", 2, dim = -2, {
        plate!("inner", 3, dim = -1, {
            sample!("c", Normal::new(0.0, 1.0));
        });
    });
    plate!("both", data.size(), dim = -1, subsample_size = 5, |_| {
        sample!("d", Normal::new(0.0, 1.0));
    });
    plate!("one_expression", 2, |_index| sample!("e", Normal::new(0.0, 1.0)));
    for i in 0..2 {
        plate!("plate_{i}", i + 1, {
            sample!("f_{i}", Normal::new(0.0, 1.0));
        });
    }
    wide.size() + seen
}

#[test]
fn passes() {
    let (trace, output) = plates(&Tensor::arange(10)).trace_output(Key::new(0)).unwrap();
    assert_eq!(output, 6);
    let shape = |name: &str| trace.get(name).unwrap().shape().to_vec();
    assert_eq!(shape("a"), [4]);
    assert_eq!(shape("y"), [2]);
    assert_eq!(shape("b"), [3]);
    assert_eq!(shape("c"), [2, 3]);
    assert_eq!(shape("d"), [5]);
    assert_eq!(shape("e"), [2]);
    assert_eq!(shape("f_1"), [2]);
    assert_eq!(trace.site("y").unwrap().term.scale, 5.0);
    assert_eq!(plates::row.name(), "row");
}
