//! Models inside functions, and functions inside models.
#![deny(warnings)]

use ppl::prelude::*;

fn outer(mean: f64) -> f64 {
    const SPREAD: f64 = 2.0;

    #[model]
    fn local(mean: f64) -> f64 {
        fn helper(x: &Tensor) -> f64 {
            if x.rank() > 0 {
                return 0.0;
            }
            x.item()
        }
        let x = sample!("x", Normal::new(mean, SPREAD));
        helper(&x)
    }

    #[guide(local)]
    fn local_guide() {
        sample!("x", Normal::new(0.0, SPREAD));
    }

    assert!(local_guide().trace(0).is_ok());
    local(mean).condition(local::x, 1.5).trace_output(Key::new(0)).unwrap().1
}

#[test]
fn passes() {
    assert_eq!(outer(0.0), 1.5);
}
