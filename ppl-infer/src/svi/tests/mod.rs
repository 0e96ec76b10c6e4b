//! SVI against closed forms.
//!
//! Statistical checks are at four standard errors, a false-alarm rate of 6e-5 each were the seeds not fixed.

mod batches;
mod engine;
mod fit;
mod gradient;
mod misuse;
mod resume;

use ppl::distribution::Normal;
use ppl::{Ctx, Model, Tensor};

/// ½ ln(2π).
const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

fn ln_normal(x: f64, loc: f64, scale: f64) -> f64 {
    -0.5 * ((x - loc) / scale).powi(2) - scale.ln() - HALF_LN_2PI
}

/// weight ~ Normal(8.5, 1), observed 9.5 with standard deviation 0.75: the posterior is Normal(9.14, 0.6).
#[ppl::model]
fn scale() {
    let weight = ppl::prelude::sample!("weight", Normal::new(8.5, 1.0));
    ppl::prelude::observe!("measurement", Normal::new(weight, 0.75), 9.5);
}

/// A guide for a model without latent sites.
#[derive(Clone, Copy)]
struct Nothing;

impl Model for Nothing {
    type Output = ();

    fn run(&self, _: &mut Ctx) -> ppl::Result<()> {
        Ok(())
    }

    fn signature(&self) -> ppl::site::Signature {
        ppl::site::Signature { name: "nothing", sites: &[], open: false }
    }
}

/// Checks a mean of independent estimates against its expectation.
fn check_mean(estimates: &[f64], expected: f64, what: &str) {
    let n = estimates.len() as f64;
    let mean = estimates.iter().sum::<f64>() / n;
    let variance = estimates.iter().map(|estimate| (estimate - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!((mean - expected).abs() < 4.0 * error + 1e-12, "{what}: {mean} is not {expected} ± {error}");
    assert!(error < 0.1 * expected.abs().max(0.5), "{what}: the test has no power, {error}");
}

fn tensor(values: &[f64]) -> Tensor {
    Tensor::from(values)
}
