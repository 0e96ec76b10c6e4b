//! The posteriors of `tests/data/posteriordb`, each model as its Stan program defines it.

use std::fs;

use ppl::prelude::*;
use ppl_infer::{Nuts, Posterior, RandomWalk};
use serde_json::Value;

use super::{Data, garch, gaussian_process, lotka_volterra};

/// Their names in posteriordb: that of the data and that of the model.
pub(crate) const NAMES: [&str; 31] = [
    "arK-arK",
    "diamonds-diamonds",
    "earnings-log10earn_height",
    "earnings-logearn_height",
    "earnings-logearn_height_male",
    "earnings-logearn_interaction_z",
    "eight_schools-eight_schools_noncentered",
    "garch-garch11",
    "gp_pois_regr-gp_regr",
    "hmm_example-hmm_example",
    "hudson_lynx_hare-lotka_volterra",
    "kidiq-kidscore_interaction",
    "kidiq-kidscore_momhs",
    "kidiq-kidscore_momiq",
    "kidiq_with_mom_work-kidscore_interaction_c",
    "kidiq_with_mom_work-kidscore_interaction_c2",
    "kidiq_with_mom_work-kidscore_interaction_z",
    "kilpisjarvi_mod-kilpisjarvi",
    "low_dim_gauss_mix-low_dim_gauss_mix",
    "mesquite-logmesquite_logva",
    "mesquite-logmesquite_logvas",
    "mesquite-logmesquite_logvash",
    "mesquite-logmesquite_logvolume",
    "mesquite-mesquite",
    "nes1972-nes",
    "nes1976-nes",
    "nes1984-nes",
    "nes1988-nes",
    "nes1992-nes",
    "nes1996-nes",
    "sblrc-blr",
];

/// The record of a posterior: see `tests/data/posteriordb/README.md`.
pub(crate) fn record(name: &str) -> Value {
    let path = format!("{}/tests/data/posteriordb/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the file is part of the project");
    serde_json::from_str(&text).expect("the file is JSON")
}

/// A sampler of any model.
pub(crate) trait AnySampler {
    fn run<M: Model + Sync>(&self, model: &M) -> ppl_infer::Result<Posterior>;
}

impl AnySampler for Nuts {
    fn run<M: Model + Sync>(&self, model: &M) -> ppl_infer::Result<Posterior> {
        self.run(model)
    }
}

impl AnySampler for RandomWalk {
    fn run<M: Model + Sync>(&self, model: &M) -> ppl_infer::Result<Posterior> {
        self.run(model)
    }
}

/// Draws from the posterior of this name.
///
/// # Panics
/// If there is none of this name.
pub(crate) fn sample(sampler: &impl AnySampler, name: &str) -> ppl_infer::Result<Posterior> {
    let data = Data::new(record(name)["data"].take());
    let column = |name: &str| data.vector(name);
    let (_, model) = name.split_once('-').expect("names of data and of a model");
    match model {
        "arK" => sampler.run(&autoregression(5, &column("y"))),
        "blr" => sampler.run(&linear_regression_with_normal_priors(&data.matrix("X"), &column("y"))),
        "diamonds" => sampler.run(&diamonds(&data.matrix("X"), &column("Y"))),
        "eight_schools_noncentered" => sampler.run(&eight_schools(&column("y"), &column("sigma"))),
        "garch11" => sampler.run(&garch(&column("y"), data.number("sigma1"))),
        "gp_regr" => sampler.run(&gaussian_process(&column("x"), &column("y"))),
        "hmm_example" => sampler.run(&hmm_example(&column("y"))),
        "kilpisjarvi" => sampler.run(&kilpisjarvi(
            &column("x"),
            &column("y"),
            [data.number("pmualpha"), data.number("psalpha")],
            [data.number("pmubeta"), data.number("psbeta")],
        )),
        "lotka_volterra" => sampler.run(&lotka_volterra(&column("y_init"), &data.matrix("y"))),
        "low_dim_gauss_mix" => sampler.run(&low_dim_gauss_mix(&column("y"))),
        _ => {
            let Regression { covariates, outcome, scale } = Regression::new(model, &data);
            sampler.run(&linear_regression(&covariates, &outcome, scale))
        }
    }
}

/// A linear regression whose coefficients have flat priors.
struct Regression {
    /// The first column is that of the intercept.
    covariates: Tensor,
    outcome: Tensor,
    /// The scale of the half-Cauchy prior of the standard deviation, where it is not flat.
    scale: Option<f64>,
}

impl Regression {
    fn new(model: &str, data: &Data) -> Self {
        let column = |name: &str| data.vector(name);
        let log = |name: &str| data.vector(name).ln();
        let age = |group: f64| column("age_discrete").equal(group);
        let (outcome, covariates) = match model {
            "kidscore_momhs" => ("kid_score", vec![column("mom_hs")]),
            "kidscore_momiq" => ("kid_score", vec![column("mom_iq")]),
            "kidscore_interaction" => ("kid_score", with_interaction(column("mom_hs"), column("mom_iq"))),
            "kidscore_interaction_c" => {
                ("kid_score", with_interaction(centred(&column("mom_hs")), centred(&column("mom_iq"))))
            }
            "kidscore_interaction_c2" => {
                ("kid_score", with_interaction(column("mom_hs") - 0.5, column("mom_iq") - 100.0))
            }
            "kidscore_interaction_z" => (
                "kid_score",
                with_interaction(0.5 * standardised(&column("mom_hs")), 0.5 * standardised(&column("mom_iq"))),
            ),
            "log10earn_height" | "logearn_height" => ("earn", vec![column("height")]),
            "logearn_height_male" => ("earn", vec![column("height"), column("male")]),
            "logearn_interaction_z" => ("earn", with_interaction(standardised(&column("height")), column("male"))),
            "mesquite" => {
                let names = ["diam1", "diam2", "canopy_height", "total_height", "density", "group"];
                ("weight", names.map(column).to_vec())
            }
            "nes" => {
                let ages = [2.0, 3.0, 4.0].map(age);
                let names = ["educ1", "gender", "income"];
                let covariates = [column("real_ideo"), column("race_adj")].into_iter().chain(ages);
                ("partyid7", covariates.chain(names.map(column)).collect())
            }
            _ => {
                let (area, shape) = (log("diam1") + log("diam2"), log("diam1") - log("diam2"));
                let (volume, group) = (&area + log("canopy_height"), column("group"));
                let (height, density) = (log("total_height"), log("density"));
                let covariates = match model {
                    "logmesquite_logvolume" => vec![volume],
                    "logmesquite_logva" => vec![volume, area, group],
                    "logmesquite_logvash" => vec![volume, area, shape, height, group],
                    "logmesquite_logvas" => vec![volume, area, shape, height, density, group],
                    _ => panic!("there is no model {model}"),
                };
                ("weight", covariates)
            }
        };
        let outcome = match model {
            "log10earn_height" => log(outcome) / std::f64::consts::LN_10,
            _ if model.starts_with("log") => log(outcome),
            _ => column(outcome),
        };
        let intercept = Tensor::ones(outcome.size());
        let columns: Vec<Tensor> = [intercept].into_iter().chain(covariates).collect();
        // The centred variants of `kidscore_interaction` have a flat prior.
        let is_half_cauchy = ["kidscore_momhs", "kidscore_momiq", "kidscore_interaction"].contains(&model);
        Self { covariates: Tensor::stack(&columns, 1), outcome, scale: is_half_cauchy.then_some(2.5) }
    }
}

fn with_interaction(a: Tensor, b: Tensor) -> Vec<Tensor> {
    let product = &a * &b;
    vec![a, b, product]
}

fn centred(x: &Tensor) -> Tensor {
    x - x.mean()
}

/// Centred, and divided by the sample standard deviation (with n − 1).
fn standardised(x: &Tensor) -> Tensor {
    let centred = centred(x);
    let variance = centred.square().sum() / (x.size() as f64 - 1.0);
    centred / variance.sqrt()
}

#[model]
fn linear_regression(x: &Tensor, y: &Tensor, scale: Option<f64>) {
    let beta = sample!("beta", Flat::new(x.shape()[1]));
    let sigma = match scale {
        Some(scale) => sample!("sigma", HalfCauchy::new(scale)),
        None => sample!("sigma", HalfFlat::new([])),
    };
    plate!("n", y.size(), {
        observe!("y", Normal::new(x.matmul(beta), sigma), y);
    });
}

#[model]
fn linear_regression_with_normal_priors(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 10.0));
    let sigma = sample!("sigma", HalfNormal::new(10.0));
    plate!("n", y.size(), {
        observe!("y", Normal::new(x.matmul(beta), sigma), y);
    });
}

#[model]
fn kilpisjarvi(x: &Tensor, y: &Tensor, alpha_prior: [f64; 2], beta_prior: [f64; 2]) {
    let alpha = sample!("alpha", Normal::new(alpha_prior[0], alpha_prior[1]));
    let beta = sample!("beta", Normal::new(beta_prior[0], beta_prior[1]));
    let sigma = sample!("sigma", HalfFlat::new([]));
    plate!("n", y.size(), {
        observe!("y", Normal::new(alpha + beta * x, sigma), y);
    });
}

/// Prices by 24 covariates, of which the means are subtracted; the first column of `x` is that of the intercept.
#[model]
fn diamonds(x: &Tensor, y: &Tensor) {
    let covariates = x.slice(1, 1..x.shape()[1]);
    let means = covariates.mean_axis(0);
    let b = sample!("b", Normal::new(Tensor::zeros(means.size()), 1.0));
    let intercept = sample!("Intercept", StudentT::new(3.0, 8.0, 10.0));
    let sigma = sample!("sigma", HalfStudentT::new(3.0, 10.0));
    plate!("diamond", y.size(), {
        observe!("Y", Normal::new(intercept + (covariates - means).matmul(b), sigma), y);
    });
}

#[model]
fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.size(), {
        let z = sample!("theta_trans", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        observe!("y", Normal::new(theta, sigma), y);
    });
}

#[model]
fn autoregression(order: usize, y: &Tensor) {
    let alpha = sample!("alpha", Normal::new(0.0, 10.0));
    let beta = sample!("beta", Normal::new(Tensor::zeros(order), 10.0));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    let times = y.size();
    let mut mean = alpha;
    for lag in 1..=order {
        mean += beta.get(lag - 1) * y.slice(0, order - lag..times - lag);
    }
    plate!("t", times - order, {
        observe!("y", Normal::new(mean, sigma), y.slice(0, order..times));
    });
}

/// Two states: the rows of the transition matrix have uniform priors, the means are ordered and positive.
#[model]
fn hmm_example(y: &Tensor) {
    let theta1 = sample!("theta1", ImproperUniform::new(Constraint::Simplex, [], 2));
    let theta2 = sample!("theta2", ImproperUniform::new(Constraint::Simplex, [], 2));
    let low = sample!("mu_low", HalfFlat::new([]));
    let high = sample!("mu_high", ImproperUniform::new(Constraint::GreaterThan(low.clone()), [], []));
    let mu = deterministic!("mu", Tensor::stack(&[low, high], 0));
    // The priors are not renormalised for the order of the means, and so are factors.
    factor!("prior", Normal::new([3.0, 10.0], 1.0)?.log_prob(&mu)?.sum());

    let log_theta = Tensor::stack(&[theta1, theta2], 0).ln();
    let emission = Normal::new(mu, 1.0)?.log_prob(&y.unsqueeze(1))?;
    // The forward algorithm, for both states at once: rows of `log_theta` are where the chain comes from.
    let mut forward = emission.get(0);
    for t in 1..y.size() {
        forward = (forward.unsqueeze(1) + &log_theta).logsumexp_axis(0) + emission.get(t);
    }
    factor!("y", forward.logsumexp());
}

#[model]
fn low_dim_gauss_mix(y: &Tensor) {
    let mu = sample!("mu", ImproperUniform::new(Constraint::OrderedVector, [], 2));
    // The prior is not renormalised for the order of the means, and so is a factor.
    factor!("prior", Normal::new(0.0, 2.0)?.log_prob(&mu)?.sum());
    let sigma = sample!("sigma", HalfNormal::new([2.0, 2.0]));
    let theta = sample!("theta", Beta::new(5.0, 5.0));
    let weights = Tensor::stack(&[theta.clone(), 1.0 - theta], 0);
    plate!("n", y.size(), {
        observe!("y", MixtureSameFamily::new(Categorical::new(weights), Normal::new(mu, sigma)), y);
    });
}
