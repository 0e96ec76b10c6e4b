//! Runs of NUTS on whole models: effective draws per second and per gradient, and whether the draws can be trusted.
//!
//! Not a criterion bench: a run is measured once for each seed, and what matters beside its time is what it gives. A row is a
//! model with one choice of settings:
//!
//! * `ESS/s`, `ESS/1000`: the least bulk effective sample size of all parameters, per second and per 1,000 gradients, the
//!   warm-up counted; geometric means over the seeds;
//! * `sampling`: the same per 1,000 gradients without the warm-up's, by the leapfrog steps of the draws;
//! * `µs`: time for each gradient, with the sampler's own, and with all that comes before and after the steps;
//! * `gradient`: the same of a gradient alone, where the model is here, not in `models/posteriordb.rs`;
//! * `R̂`: the worst of all parameters and seeds, and how many seeds have one above 1.01 and 1.05;
//! * `divergences`: of all seeds; `accept`: the mean acceptance statistic; `failed`: chains that ended with an error.
//!
//! ```sh
//! cargo bench --bench nuts
//! cargo bench --bench nuts -- arma11 radon --seeds 10 --first-seed 100 --only other --target 0.95
//! ```
//!
//! Options: `--seeds N` (5), `--first-seed N` (0), `--warmup N`, `--draws N` (1000), `--only default|other`, `--each` for a
//! line a seed. Each model runs with the default settings, and with others, by default those of Stan, 1,000 iterations of
//! warm-up among them: `--metric automatic|diagonal|draws-and-gradients|low-rank|dense`, `--target P`, `--paths N` of Pathfinder,
//! `--candidates N` starts.

#![allow(clippy::print_stdout, reason = "the table is what the bench is for")]

mod measure;
#[path = "../models/mod.rs"]
mod models;
mod options;

use ppl::prelude::*;

use self::measure::Bench;
use self::models::Data;
use self::options::Options;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Options::parse(&arguments) {
        Ok(options) => run(&Bench::new(options)),
        Err(message) => {
            println!("{message}");
            std::process::exit(2);
        }
    }
}

fn run(bench: &Bench) {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    bench.model("eight_schools", &models::eight_schools(&y, &sigma));

    let data = Data::read("kidiq");
    let (kid_score, mom_hs, mom_iq) = (data.vector("kid_score"), data.vector("mom_hs"), data.vector("mom_iq"));
    bench.model("kidiq", &models::kidiq(&kid_score, &mom_hs, &mom_iq));

    let data = Data::read("earnings");
    let (log_earn, height, male) = (data.vector("earn").ln(), data.vector("height"), data.vector("male"));
    bench.model("earnings", &models::earnings(&log_earn, &height, &male));

    let data = Data::read("logit_1000x25");
    bench.model("logit_1000x25", &models::logistic(&data.matrix("X"), &data.vector("y")));

    let (x, y) = models::logistic_data(10_000, 100);
    bench.model("logit_10000x100", &models::logistic(&x, &y));

    let data = Data::read("radon_mn");
    let (counties, county) = (data.number("J") as usize, data.indices("county_idx"));
    let (floor, log_radon) = (data.vector("floor_measure"), data.vector("log_radon"));
    bench.model("radon_mn", &models::radon(counties, &county, &floor, &log_radon));

    let data = Data::read("radon_all");
    let (counties, county) = (data.number("J") as usize, data.indices("county_idx"));
    let (floor, log_radon) = (data.vector("floor_measure"), data.vector("log_radon"));
    bench.model("radon_all", &models::radon(counties, &county, &floor, &log_radon));

    let data = Data::read("gp_pois_regr");
    bench.model("gp_11", &models::gaussian_process(&data.vector("x"), &data.vector("y")));
    let gp_200 = Data::read("gp_200");
    bench.model("gp_200", &models::gaussian_process(&gp_200.vector("x"), &gp_200.vector("y")));
    bench.model("gp_pois_regr", &models::poisson_process(&data.vector("x"), &data.vector("k")));

    bench.model("arma11", &models::arma(&Data::read("arma").vector("y")));

    let data = Data::read("garch");
    bench.model("garch11", &models::garch(&data.vector("y"), data.number("sigma1")));

    bench.model("stochvol_500", &models::stochastic_volatility(&Data::read("stochvol_500").vector("y")));

    let data = Data::read("hudson_lynx_hare");
    bench.model("lotka_volterra", &models::lotka_volterra(&data.vector("y_init"), &data.matrix("y")));

    for name in models::posteriordb::NAMES {
        bench.runs(name, &|nuts| models::posteriordb::sample(nuts, name));
    }
}
