//! Plates: options, indices, values, and control flow inside.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn options(data: &Tensor) -> usize {
    let n = data.size();
    let mean = sample!("mean", Normal::new(0.0, 1.0));
    let indexed = plate!("rows", n, |index| index_sum(&index));
    let visited = plate!("row", n, subsample_size = 2, dim = -1, |index| {
        observe!("y", Normal::new(&mean, 1.0), data.take(0, &index));
        index.len()
    });
    plate!("outer", 3, dim = -2, {
        plate! { "inner", 2, {
            sample!("z", Normal::new(0.0, 1.0));
        } }
        sample!("w", Normal::new(0.0, 1.0));
    });
    visited + indexed
}

fn index_sum(index: &[usize]) -> usize {
    index.iter().sum()
}

/// The same members both times.
#[model]
fn entered_again() -> (Vec<usize>, Vec<usize>) {
    let first = plate!("walker", 10, subsample_size = 3, |index| {
        sample!("first", Normal::new(0.0, 1.0));
        index.to_vec()
    });
    let second = plate!("walker", 10, subsample_size = 3, |index| {
        sample!("second", Normal::new(0.0, 1.0));
        index.to_vec()
    });
    (first, second)
}

#[model]
fn jumps() -> usize {
    let mut turns = 0;
    plate!("n", 2, {
        'outer: for i in 0..3_usize {
            loop {
                turns += 1;
                if i == 1 {
                    break 'outer;
                }
                if i == 0 {
                    continue 'outer;
                }
                break;
            }
        }
        let found = 'block: {
            if turns > 1 {
                break 'block true;
            }
            false
        };
        assert!(found);
        sample!("x", Normal::new(0.0, 1.0));
    });
    turns
}

#[test]
fn passes() -> ppl::Result<()> {
    let (trace, output) = options(&Tensor::arange(4)).trace_output(Key::new(0))?;
    assert_eq!(output, 2 + 6);
    assert_eq!(trace.get(options::z)?.shape().to_vec(), [3, 2]);
    assert_eq!(trace.get(options::w)?.shape().to_vec(), [3, 1]);
    let (first, second) = entered_again().trace_output(Key::new(0))?.1;
    assert_eq!(first, second);
    assert_eq!(entered_again::SITES.len(), 3);
    assert_eq!(jumps().trace_output(Key::new(0))?.1, 2);
    Ok(())
}
