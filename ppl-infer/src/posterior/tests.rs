//! Tests of the container, and the posterior that the tests of its files share.

use std::time::Duration;

use ndarray::{Array, Array2, Array3, ArrayD, Axis};
use ppl::Levels;

pub(crate) use super::sample_stats::tests::of_nuts;
pub(crate) use super::sample_stats::tests::unremarkable as record;
use super::{FailedChain, Posterior, PosteriorParts};
use crate::{
    Rejections,
    draws::{Dim, SiteTable, tests::scores},
    mcmc::hmc::HamiltonianStatistics,
};

/// Four chains of 250 draws: `mu` scalar, `theta` of three components named by the plate `school`, `L` a 2 × 2 matrix
/// with a constant corner.
pub(crate) fn parts() -> PosteriorParts {
    let (chains, draws) = (4, 250);
    let mut sites = SiteTable::new(&[chains, draws]);
    let mu = Array2::from_shape_vec((chains, draws), scores(1000, 1)).unwrap() * 3.0 + 4.0;
    let theta = Array3::from_shape_vec((chains, draws, 3), scores(3000, 2)).unwrap() * 0.1;
    let mut matrix = Array::from_shape_vec(vec![chains, draws, 2, 2], scores(4000, 3)).unwrap();
    matrix.index_axis_mut(Axis(3), 1).index_axis_mut(Axis(2), 0).fill(1.0);
    sites.insert("mu", mu.into_dyn()).unwrap();
    sites.insert_with_dims("theta", &[Some("school")], theta.into_dyn()).unwrap();
    sites.insert("L", matrix).unwrap();
    let energies = scores(1000, 4);
    let stats =
        |chain: usize, draw: usize| HamiltonianStatistics { energy: energies[chain * draws + draw], ..record() };
    let stats: Vec<Vec<HamiltonianStatistics>> =
        (0..chains).map(|chain| (0..draws).map(|draw| stats(chain, draw)).collect()).collect();
    PosteriorParts {
        sites,
        chain_ids: (0..chains).collect(),
        sample_stats: of_nuts(&stats),
        rejections: Rejections::default(),
        prior_violation: None,
        engine: "recorded".to_owned(),
        warmup_draws: 500,
        thinning: 1,
        gradient_evaluations: 20_000,
        value_evaluations: 0,
        sampling_time: Duration::from_millis(123),
        failed_chains: Vec::new(),
    }
}

/// The names of the schools of [`named`].
pub(crate) fn schools() -> Levels {
    Levels::new(["Choate", "St. Paul's", "Phillips, NH"]).unwrap()
}

/// The same draws; the schools of `theta` have names, and so have the rows of a further site, which are as many.
pub(crate) fn named() -> Posterior {
    let mut parts = parts();
    let theta = parts.sites.get("theta").unwrap().values().to_owned();
    let mut sites = SiteTable::new(&[4, 250]);
    sites.insert("mu", parts.sites.get("mu").unwrap().values().to_owned()).unwrap();
    let school = Some(Dim::with_levels("school", schools()));
    sites.insert_with_dims("theta", std::slice::from_ref(&school), theta.clone()).unwrap();
    sites.insert_with_dims("plain", &[Some("school")], theta.clone()).unwrap();
    let row = Some(Dim::with_levels("row", Levels::new(["0", "1"]).unwrap()));
    let grid = ndarray::stack(Axis(3), &[theta.view(), theta.view()]).unwrap();
    sites.insert_with_dims("grid", &[school, row], grid).unwrap();
    parts.sites = sites;
    Posterior::new(parts).unwrap()
}

pub(crate) fn posterior() -> Posterior {
    Posterior::new(parts()).unwrap()
}

#[test]
fn members_of_a_plate_by_name() {
    let posterior = named();
    let labels: Vec<String> = posterior.summary().rows().iter().map(|row| row.label.clone()).collect();
    assert_eq!(labels[..5], ["mu", "theta[Choate]", "theta[St. Paul's]", "theta[Phillips, NH]", "plain[0]"]);
    assert_eq!(labels[7..9], ["grid[Choate, 0]", "grid[Choate, 1]"]);
    for (index, label) in ["theta[Choate]", "theta[St. Paul's]", "theta[Phillips, NH]"].into_iter().enumerate() {
        let by_position = posterior.component(&format!("plain[{index}]")).unwrap();
        assert_eq!(posterior.component(label).unwrap().values(), by_position.values());
        assert_eq!(posterior.summary().row(label).unwrap().mean, by_position.mean());
        assert_eq!(posterior.get_array("theta").unwrap().component(label).unwrap().name(), label);
    }
    assert_eq!(
        posterior.component("theta[0]").unwrap_err().to_string(),
        "site `theta` has shape [3] and no component `theta[0]`\nhelp: its first component is `theta[Choate]`"
    );
    let error = posterior.get("grid").unwrap_err().to_string();
    assert!(error.ends_with("`component(\"grid[Choate, 0]\")` for one of its scalars"), "{error}");

    let text = serde_json::to_string(&posterior).unwrap();
    assert_eq!(serde_json::from_str::<Posterior>(&text).unwrap(), posterior);
    let wrong = text.replacen("\"St. Paul's\"", "\"Choate\"", 1);
    assert!(serde_json::from_str::<Posterior>(&wrong).is_err());
    let short = text.replacen("\"St. Paul's\",", "", 1);
    let error = serde_json::from_str::<Posterior>(&short).unwrap_err().to_string();
    assert!(error.contains("site `theta` has 3 members along `school`, but 2 names of them were given"), "{error}");
}

#[test]
fn draws_by_site() {
    let posterior = posterior();
    assert_eq!((posterior.num_chains(), posterior.num_draws()), (4, 250));
    let theta = posterior.get_array(String::from("theta")).unwrap();
    assert_eq!(theta.values().shape(), [4, 250, 3]);
    let pooled: Vec<f64> = posterior.component("theta[2]").unwrap().iter().collect();
    assert_eq!((pooled.len(), pooled[260]), (1000, theta.values()[[1, 10, 2]]));
    let message = posterior.get("tetha").unwrap_err().to_string();
    assert_eq!(message, "no site is named `tetha`; known: `mu`, `theta`, `L`\nhelp: did you mean `theta`?");
}

#[test]
fn parts_that_do_not_fit_are_errors() {
    let wrong_stats = PosteriorParts { sample_stats: of_nuts(&[vec![record(); 250]]), ..parts() };
    let message = Posterior::new(wrong_stats).unwrap_err().to_string();
    assert_eq!(message, "sample statistic `lp`: the array has shape [1, 250], but its leading axes must be [4, 250]");

    for leading in [vec![0, 250], vec![4, 0]] {
        let chain_ids = (0..leading[0]).collect();
        let empty = PosteriorParts { sites: SiteTable::new(&leading), chain_ids, ..parts() };
        assert!(Posterior::new(empty).unwrap_err().to_string().starts_with("there are no draws"));
    }
    let flat = PosteriorParts { sites: SiteTable::new(&[1000]), ..parts() };
    assert!(Posterior::new(flat).is_err());
}

#[test]
fn each_chain_has_an_id() {
    let posterior = |chain_ids: &[usize]| Posterior::new(PosteriorParts { chain_ids: chain_ids.to_vec(), ..parts() });
    assert_eq!(posterior(&[1, 2, 4, 5]).unwrap().chain_ids(), [1, 2, 4, 5]);
    let message = posterior(&[1, 2]).unwrap_err().to_string();
    assert_eq!(message, "the ids of the chains: the array has shape [2], but its leading axes must be [4]");
}

#[test]
fn everything_survives_json() {
    let mut parts = parts();
    let mut values = ArrayD::zeros(vec![4, 250]);
    values[[0, 0]] = f64::INFINITY;
    values[[1, 1]] = f64::NEG_INFINITY;
    parts.sites.insert("wild", values).unwrap();
    parts.sample_stats.set("max_energy_error", [2, 2], f64::INFINITY);
    parts.failed_chains = vec![FailedChain { chain: 4, message: "panicked".to_owned() }];
    parts.rejections.add(Some("y"), "Normal: `scale`", || "Normal: `scale` must be positive, got -1".to_owned());
    let posterior = Posterior::new(parts).unwrap();
    let text = serde_json::to_string(&posterior).unwrap();
    assert!(text.starts_with(r#"{"format":2,"draws":{"#));
    assert_eq!(serde_json::from_str::<Posterior>(&text).unwrap(), posterior);
}

#[test]
fn nan_survives_json() {
    let mut parts = parts();
    parts.sample_stats.set("energy", [0, 7], f64::NAN);
    let text = serde_json::to_string(&Posterior::new(parts).unwrap()).unwrap();
    let read: Posterior = serde_json::from_str(&text).unwrap();
    let energy = read.sample_stats().column("energy").unwrap();
    assert!(energy[[0, 7]].is_nan());
    assert_eq!(energy.iter().filter(|value| value.is_nan()).count(), 1);
}

#[test]
fn another_format_or_a_damaged_file_is_an_error() {
    let text = serde_json::to_string(&posterior()).unwrap();
    let newer = text.replacen("\"format\":2", "\"format\":3", 1);
    let message = serde_json::from_str::<Posterior>(&newer).unwrap_err().to_string();
    assert!(message.contains("format version 3 is not supported, only 2"), "{message}");
    let damaged = text.replacen("\"shape\":[4,250,3]", "\"shape\":[4,125,6]", 1);
    let message = serde_json::from_str::<Posterior>(&damaged).unwrap_err().to_string();
    assert!(message.contains("site `theta`"), "{message}");
}
