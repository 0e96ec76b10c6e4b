//! Every plot, of real runs: what is in the picture, and where.

mod chains;
mod data;
mod draws;
mod extreme;
mod golden;
mod overlap;
mod predictions;
mod structure;
pub(crate) mod svg;

use std::sync::OnceLock;

use ndarray::Array3;
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

/// The log likelihood of each school at each draw, chain × draw × school.
fn log_likelihood(posterior: &Posterior) -> Array3<f64> {
    let theta = posterior.get_array("theta").unwrap();
    let normal = |(chain, draw, school): (usize, usize, usize)| {
        let score = (Y[school] - theta.values()[[chain, draw, school]]) / SIGMA[school];
        -0.5 * score * score - SIGMA[school].ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
    };
    Array3::from_shape_fn((posterior.num_chains(), posterior.num_draws(), 8), normal)
}

fn posterior() -> &'static Posterior {
    static POSTERIOR: OnceLock<Posterior> = OnceLock::new();
    POSTERIOR.get_or_init(|| {
        let nuts = Nuts::new().chains(4).warmup(150).draws(150).seed(3).target_accept_prob(0.6).progress(false);
        nuts.run(&schools(&Tensor::from(Y), &Tensor::from(SIGMA))).unwrap()
    })
}
