//! A public model whose arguments and body use what is private to its module.

#![deny(warnings)]

/// Has a model of its own types.
pub mod library {
    use ppl::prelude::*;

    #[derive(Clone, Copy)]
    struct Prior {
        mean: f64,
    }

    fn helper(prior: Prior) -> f64 {
        prior.mean
    }

    /// Public.
    #[model]
    pub fn public(mean: f64) -> Tensor {
        let prior = Prior { mean };
        call!("part", private(prior))
    }

    #[model]
    fn private(prior: Prior) -> Tensor {
        sample!("x", Normal::new(helper(prior), 1.0))
    }
}

#[test]
fn passes() {
    use ppl::prelude::*;

    let trace = library::public(1.0).trace(0).unwrap();
    assert_eq!(trace.names().collect::<Vec<_>>(), ["part/x"]);
}
