//! Sites in loops are named by functions of the loop's variables.
#![deny(warnings)]

use ppl::prelude::*;
use ppl::{Deterministic, IndexedSite, Latent, Observed, Param, Plate};

#[model]
fn walk(steps: usize, groups: &[&str], y: &[f64]) {
    let width = 3;
    let mut level = sample!("level_0", Normal::new(0.0, 1.0));
    for t in 1..=steps {
        level = sample!("level_{t}", Normal::new(level, 1.0));
        sample!("padded_{t:0width$}_{t:?}", Normal::new(0.0, 1.0));
        observe!("y_{t}", Normal::new(&level, 1.0), y[t - 1]);
    }
    for (i, group) in groups.iter().enumerate() {
        param!("scale_{group}", 1.0);
        plate!("rows_{i}", 2, {
            for j in 0..2_u8 {
                deterministic!("w_{i}_{j:02}", [1.0, 2.0]);
            }
        });
    }
}

/// A site and two families of one name.
#[model]
fn taken() {
    sample!("x", Normal::new(0.0, 1.0));
    for i in 0..2 {
        sample!("x_{i}", Normal::new(0.0, 1.0));
        for j in 0..2 {
            sample!("x_{i}_{j}", Normal::new(0.0, 1.0));
        }
    }
}

mod inner {
    use ppl::prelude::*;

    // The variable is that of the macro, whatever others are called.
    macro_rules! looped {
        ($model:ident, $n:ident) => {
            #[model]
            pub(super) fn $model($n: usize) {
                for i in 0..=$n {
                    sample!("z_{i}", Normal::new(0.0, 1.0));
                }
            }
        };
    }

    looped!(of_a_macro, i);
}

#[test]
fn passes() -> ppl::Result<()> {
    let _: [IndexedSite<Latent>; 2] = [walk::level(1), walk::padded(1, 3)];
    let _: (IndexedSite<Observed>, IndexedSite<Param>) = (walk::y(1), walk::scale("a"));
    let _: (IndexedSite<Plate>, IndexedSite<Deterministic>) = (walk::rows(0), walk::w(0, 1));

    let model = walk(2, &["a", "b"], &[0.5, 1.5]);
    let changed = model.condition(walk::level(2), 0.25).substitute(walk::scale("b"), 3.0).uncondition(walk::y(1));
    let trace = changed.trace(0)?;
    assert_eq!(trace.get(walk::level(2))?.item(), 0.25);
    assert_eq!(trace.get(walk::scale("b"))?.item(), 3.0);
    assert_ne!(trace.get(walk::y(1))?.item(), 0.5);
    assert_eq!(trace.get(walk::y(2))?.item(), 1.5);
    assert_eq!(trace.get(walk::padded(2, 3))?.rank(), 0);
    assert_eq!(trace.get(walk::w(1, 1))?.to_vec(), [1.0, 2.0]);
    // As in the loop, whatever the index's own type there.
    assert_eq!(walk::padded(2_usize, 3).name(), "padded_002_2");
    assert_eq!(walk::w(&0, 1_u8).name(), "w_0_01");
    assert_eq!(walk::level(10).to_string(), "level_10");

    assert_eq!((taken::x.name(), taken::x_i(1).name(), taken::x_i_j(1, 0).name()), ("x", "x_1", "x_1_0"));
    assert_eq!(inner::of_a_macro(1).trace(0)?.get(inner::of_a_macro::z(1))?.rank(), 0);
    Ok(())
}
