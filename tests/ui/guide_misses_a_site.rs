use ppl::prelude::*;

mod models {
    use ppl::prelude::*;

    #[model]
    pub fn scale(measured: f64) {
        let weight = sample!("weight", Normal::new(8.5, 1.0));
        let tolerance = sample!("tolerance", HalfNormal::new(1.0));
        observe!("measurement", Normal::new(weight, tolerance), measured);
    }
}

#[guide(models::scale)]
fn one_is_missing() {
    sample!("weight", Normal::new(9.0, 0.5));
}

#[guide(models::scale)]
fn all_are_missing() {
    param!("loc", 9.0);
}

fn main() {}
