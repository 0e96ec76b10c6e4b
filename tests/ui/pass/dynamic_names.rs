//! Names that capture variables, as in `format!`.
#![deny(warnings)]

use ppl::prelude::*;

#[model]
fn dynamic(steps: usize, label: &str) {
    for t in 0..steps {
        sample!("x_{t}", Normal::new(0.0, 1.0));
        sample!("{t:02}", Normal::new(0.0, 1.0));
        let next = t + 1;
        sample!("{label}_{t}_{next:>1}", Normal::new(0.0, 1.0));
    }
    param!("a_{label}", 1.0);
    deterministic!("d_{label}", 1.0);
    factor!("f_{label}", 1.0);
    observe!("y_{label}", Normal::new(0.0, 1.0), 0.5);
}

#[test]
fn passes() {
    let trace = dynamic(2, "k").trace(0).unwrap();
    let names: Vec<&str> = trace.names().collect();
    assert_eq!(names, ["x_0", "00", "k_0_1", "x_1", "01", "k_1_2", "a_k", "d_k", "f_k", "y_k"]);
    assert!(dynamic::SITES.is_empty());
    const { assert!(dynamic::OPEN) };
}
