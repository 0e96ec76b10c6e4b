//! Every plot, of real runs: what is in the picture, and where.

mod data;
mod draws;
pub(crate) mod svg;

use std::sync::OnceLock;

use ppl::prelude::*;

use crate::{Nuts, Posterior};

const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

/// The eight schools, centred: NUTS diverges in the funnel.
#[model]
fn schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", 8, {
        let theta = sample!("theta", Normal::new(mu, tau));
        observe!("y", Normal::new(theta, sigma), y);
    });
}

fn posterior() -> &'static Posterior {
    static POSTERIOR: OnceLock<Posterior> = OnceLock::new();
    POSTERIOR.get_or_init(|| {
        let nuts = Nuts::new().chains(4).warmup(200).draws(250).seed(3).progress(false);
        nuts.run(&schools(&Tensor::from(Y), &Tensor::from(SIGMA))).unwrap()
    })
}
