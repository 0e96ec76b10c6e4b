//! Guides, of closed and of open models.
#![deny(warnings)]

use ppl::prelude::*;

mod models {
    use ppl::prelude::*;

    #[model]
    pub fn scale(measured: f64) {
        let weight = sample!("weight", Normal::new(8.5, 1.0));
        let tolerance = if measured > 100.0 {
            sample!("tolerance", HalfNormal::new(10.0))
        } else {
            sample!("tolerance", HalfNormal::new(1.0))
        };
        observe!("measurement", Normal::new(weight, tolerance), measured);
    }

    #[model]
    pub fn open(n: usize) {
        let loc = sample!("loc", Normal::new(0.0, 1.0));
        for i in 0..n {
            sample!("x_{i}", Normal::new(&loc, 1.0));
        }
        call!(scale(9.5));
    }
}

#[guide(models::scale)]
fn mean_field() {
    let loc = param!("loc", 9.0);
    let spread = param!("spread", 1.0, Constraint::Positive);
    plate!("independent", 1, {
        deterministic!("precision", 1.0 / spread.square());
    });
    sample!("weight", Normal::new(loc, spread));
    factor!("weighted", 0.0);
    sample!("tolerance", HalfNormal::new(1.0));
}

// The sites of sub-models and those with indices are not in the list of an open model.
#[guide(models::open)]
fn closed_guide_of_an_open_model() {
    sample!("loc", Normal::new(0.0, 1.0));
    sample!("x_0", Normal::new(0.0, 1.0));
    sample!("x_1", Normal::new(0.0, 1.0));
    sample!("weight", Normal::new(0.0, 1.0));
    sample!("tolerance", HalfNormal::new(1.0));
}

#[guide(models::open)]
fn open_guide(n: usize) {
    for i in 0..n {
        sample!("x_{i}", Normal::new(0.0, 1.0));
    }
    call!(mean_field());
}

#[test]
fn passes() -> ppl::Result<()> {
    assert_eq!(mean_field().trace(0)?.get(mean_field::loc)?.item(), 9.0);
    assert_eq!(mean_field::SITES.len(), 7);
    assert_eq!(closed_guide_of_an_open_model().trace(0)?.sites().len(), 5);
    assert!(open_guide(2).trace(0).is_ok());
    Ok(())
}
