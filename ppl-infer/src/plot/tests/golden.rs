//! The structure of a picture of every plot, as it was looked at: kinds and numbers of elements, colours, widths of lines,
//! texts and ticks. Where a plot shall look otherwise, `UPDATE_EXPECT=1` writes the files anew, and their difference is
//! reviewed; `PPL_PLOTS=folder` writes the pictures.
//!
//! The draws are made by normal numbers of fixed seeds, not by a sampler, whose draws differ between processors.

use std::time::Duration;

use expect_test::expect_file;
use ndarray::{Array1, Array2, Array3, ArrayD};

use super::{structure::structure, svg::Picture};
use crate::diagnostics::loo;
use crate::draws::{SiteTable, tests::scores};
use crate::plot::*;
use crate::posterior::{PosteriorParts, SampleStats};
use crate::statistics::ColumnKind;
use crate::{Draws, Posterior, Rejections};

const SHAPE: (usize, usize) = (4, 150);
const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];

macro_rules! assert_structure {
    ($name:literal, $plot:expr) => {{
        let plot = $plot;
        Picture::of(concat!("golden_", $name), &plot);
        expect_file![concat!("golden/", $name, ".txt")].assert_eq(&structure(&plot.figure().unwrap()));
    }};
}

fn matrix(seed: u64) -> Array2<f64> {
    Array2::from_shape_vec(SHAPE, scores(SHAPE.0 * SHAPE.1, seed)).unwrap()
}

/// Chains of `mu`, of `tau` > 0, and of eight effects `theta`, which are mu + tau z.
fn posterior() -> Posterior {
    let (mu, tau) = (4.0 + 3.0 * matrix(1), matrix(2).mapv(|z| 3.0 * (0.4 * z).exp()));
    let z = Array3::from_shape_vec((SHAPE.0, SHAPE.1, 8), scores(SHAPE.0 * SHAPE.1 * 8, 3)).unwrap();
    let theta = Array3::from_shape_fn(z.dim(), |(chain, draw, school)| {
        mu[[chain, draw]] + tau[[chain, draw]] * z[[chain, draw, school]]
    });
    let mut sites = SiteTable::new(&[SHAPE.0, SHAPE.1]);
    for (name, values) in [("mu", mu.into_dyn()), ("tau", tau.clone().into_dyn()), ("theta", theta.into_dyn())] {
        sites.insert(name, values).unwrap();
    }
    let mut sample_stats = SampleStats::new();
    sample_stats.insert("energy", ColumnKind::Real, 50.0 + 3.0 * matrix(4));
    sample_stats.insert("diverging", ColumnKind::Flag, tau.mapv(|tau| f64::from(u8::from(tau < 1.2))));
    Posterior::new(PosteriorParts {
        sites,
        chain_ids: (0..SHAPE.0).collect(),
        sample_stats,
        rejections: Rejections::default(),
        prior_violation: None,
        engine: "recorded".to_owned(),
        warmup_draws: 100,
        thinning: 1,
        gradient_evaluations: 0,
        value_evaluations: 0,
        sampling_time: Duration::ZERO,
        failed_chains: Vec::new(),
    })
    .unwrap()
}

/// Weighted draws of `x`.
fn weighted() -> Draws {
    let values: Vec<f64> = scores(500, 8).into_iter().map(|score| 2.0 * score).collect();
    let log_weights = values.iter().map(|x| -0.5 * (x - 1.0) * (x - 1.0) + 0.125 * x * x).collect();
    let mut sites = SiteTable::new(&[500]);
    sites.insert("x", Array1::from(values).into_dyn()).unwrap();
    Draws::weighted(sites, log_weights).unwrap()
}

/// Predictions of the eight observations, and the log likelihood of each at each draw.
fn predictions() -> (crate::SiteDraws<ArrayD<f64>>, Array3<f64>) {
    let theta = posterior().get_array("theta").unwrap();
    let values = theta.values().to_owned().into_dimensionality::<ndarray::Ix3>().unwrap();
    let noise = Array3::from_shape_vec(values.dim(), scores(values.len(), 5)).unwrap();
    let log_likelihood = Array3::from_shape_fn(values.dim(), |(chain, draw, school)| {
        let score = (Y[school] - values[[chain, draw, school]]) / 12.0;
        -0.5 * score * score - 12.0_f64.ln()
    });
    let mut sites = SiteTable::new(&[SHAPE.0, SHAPE.1]);
    sites.insert("y", (values + 12.0 * noise).into_dyn()).unwrap();
    (Draws::new(sites).unwrap().get_array("y").unwrap(), log_likelihood)
}

#[test]
fn plots_of_draws() {
    let (posterior, weighted) = (posterior(), weighted());
    assert_structure!("trace", plot_trace(&posterior).only(["mu", "tau"]).unwrap().reference("mu", 4.0));
    assert_structure!("trace_dist", plot_trace_dist(&posterior).only(["mu", "tau"]).unwrap());
    assert_structure!("dist", plot_dist(&posterior).reference("mu", 4.0));
    assert_structure!("dist_histogram", plot_dist(&posterior).only(["tau"]).unwrap().histogram(20));
    assert_structure!("dist_weighted", plot_dist(&weighted));
    assert_structure!("forest", plot_forest(&posterior).reference("theta", Y));
    assert_structure!("forest_by_chain", plot_forest(&posterior).by_chain());
    assert_structure!("forest_weighted", plot_forest(&weighted));
    assert_structure!("ridge", plot_ridge(&posterior).only(["theta"]).unwrap());
    assert_structure!("pair", plot_pair(&posterior).only(["mu", "tau", "theta[0]"]).unwrap());
    assert_structure!("pair_weighted", plot_pair(&weighted));
    let mut prior = SiteTable::new(&[600]);
    for (name, seed, scale) in [("mu", 11, 5.0), ("tau", 12, 5.0)] {
        prior.insert(name, Array1::from(scores(600, seed)).mapv(|z| scale * z).into_dyn()).unwrap();
    }
    let prior = Draws::new(prior).unwrap();
    assert_structure!("prior_posterior", plot_prior_posterior(&prior, &posterior));
}

#[test]
fn plots_of_chains() {
    let posterior = posterior();
    assert_structure!("rank", plot_rank(&posterior).only(["mu", "tau"]).unwrap());
    assert_structure!("autocorr", plot_autocorr(&posterior).only(["mu", "tau"]).unwrap());
    assert_structure!("ess_evolution", plot_ess_evolution(&posterior).only(["mu", "tau"]).unwrap());
    assert_structure!("energy", plot_energy(&posterior));
}

#[test]
fn plots_of_predictions() {
    let (predictions, log_likelihood) = predictions();
    assert_structure!("ppc_dist", plot_ppc_dist(&predictions, Y));
    assert_structure!("loo_pit", plot_loo_pit(&predictions, Y, log_likelihood.view()));
    let one = loo(log_likelihood.view(), 1.0);
    let bad = crate::diagnostics::Loo { pareto_k: vec![0.1, 0.9, 0.2, 0.95, 0.92, 0.3, -0.1, 1.2], ..one.clone() };
    assert_structure!("khat", plot_khat(&bad));
    let other = loo((1.1 * &log_likelihood - 0.2).view(), 1.0);
    assert_structure!("compare", plot_compare([("partial pooling", &one), ("no pooling", &other)]));
    let uniform: Vec<f64> = (0..200).map(|at| (f64::from(at) * 0.618_033_988_75).fract()).collect();
    let narrow = uniform.iter().map(|value| value.powi(2) * (3.0 - 2.0 * value)).collect::<Vec<_>>();
    assert_structure!("ecdf_pit", plot_ecdf_pit([("calibrated", &uniform), ("too narrow", &narrow)]));
}

#[test]
fn plots_of_data() {
    let x: Vec<f64> = (0..50).map(|at| f64::from(at) / 5.0).collect();
    let sine = || x.iter().map(|x| x.sin());
    let panel = axes()
        .band(&x, sine().map(|y| y - 0.4), sine().map(|y| y + 0.4))
        .label("2σ")
        .line(&x, sine())
        .color(0)
        .label("mean")
        .scatter([1.0, 4.0], [0.9, -0.7])
        .color("black")
        .label("data")
        .vertical(3.0)
        .horizontal(0.5)
        .text(6.0, 1.0, "a text")
        .x_label("x")
        .y_label("f(x)");
    assert_structure!("axes", panel.clone());
    let counts = axes().bars([0.0, 1.0, 2.0], [3.0, 5.0, 1.0]).title("counts");
    let groups = axes().scatter_by([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], ["a", "b", "a"]).title("groups");
    assert_structure!("grid", grid(2, 2, [panel, counts, groups]).title("three panels").note("a note"));
    let values = Array2::from_shape_fn((3, 4), |(row, column)| row as f64 - column as f64);
    assert_structure!("heat_map", heat_map(&values).x_label("column").y_label("row").color_label("value"));
    let losses: Vec<f64> = (0..200).map(|step| 10.0 + 40.0 * (-f64::from(step) / 30.0).exp()).collect();
    assert_structure!("loss", plot_loss(&losses));
    let noise = scores(100, 9);
    let future = Array2::from_shape_fn((100, 12), |(draw, time)| 20.0 + noise[draw] * (1.0 + time as f64 / 8.0));
    let mut sites = SiteTable::new(&[100]);
    sites.insert("demand", future.into_dyn()).unwrap();
    let history: Vec<f64> = (0..30).map(|time| 20.0 + f64::from(time % 5)).collect();
    let draws = Draws::new(sites).unwrap().get_array("demand").unwrap();
    assert_structure!("forecast", plot_forecast(&draws).history(&history).draws(5).x_label("month"));
}
