//! A guide finds its model by any path.
#![deny(warnings)]

use ppl::prelude::*;

mod models {
    use ppl::prelude::*;

    #[model]
    pub fn scale(guess: f64) {
        let weight = sample!("weight", Normal::new(guess, 1.0));
        observe!("measurement", Normal::new(weight, 0.75), 9.5);
    }

    pub(super) mod deep {
        use ppl::prelude::*;

        #[model]
        pub(in super::super) fn open(n: usize) {
            for i in 0..n {
                sample!("x_{i}", Normal::new(0.0, 1.0));
            }
        }
    }
}

mod guides {
    use ppl::prelude::*;

    use crate::pass::guide_by_path::models;

    #[guide(models::scale)]
    pub fn relative(guess: f64) {
        sample!("weight", Normal::new(guess, 1.0));
    }

    #[guide(crate::pass::guide_by_path::models::scale, crate = ::ppl)]
    pub fn absolute(guess: f64) {
        sample!("weight", Normal::new(guess, 1.0));
    }

    #[guide(super::models::deep::open)]
    pub fn indexed(n: usize) {
        for i in 0..n {
            sample!("x_{i}", Normal::new(0.0, 1.0));
        }
    }

    /// What it covers by a sub-model is checked when it runs.
    #[guide(models::scale)]
    pub fn by_parts() {
        call!(relative(1.0));
    }
}

#[test]
fn passes() {
    assert!(models::scale(1.0).trace(0).is_ok());
    assert!(models::deep::open(1).trace(0).is_ok());
    for trace in [guides::relative(1.0).trace(0), guides::absolute(1.0).trace(0), guides::by_parts().trace(0)] {
        assert!(trace.unwrap().get(models::scale::weight).is_ok());
    }
    assert_eq!(guides::indexed(2).trace(0).unwrap().sites().len(), 2);
}
