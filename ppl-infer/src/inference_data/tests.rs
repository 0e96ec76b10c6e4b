//! Tests of the groups and of both formats.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array, ArrayD, IxDyn};
use ppl::prelude::*;
use serde_json::{Value, json};

use super::InferenceData;
use crate::draws::{Dim, Draws, SiteTable};
use crate::posterior::tests::{named, parts, posterior, schools};
use crate::posterior::{PosteriorParts, StoreOptions};
use crate::{Posterior, Predictive};

/// The model of the draws of [`posterior`], which has no scale: as many observations as schools.
#[model]
fn observed(names: &Levels, y: Option<&[f64]>) {
    let mu = sample!("mu", Normal::new(4.0, 3.0));
    plate!("school", names, {
        let theta = sample!("theta", Normal::new(0.0, 0.1));
        observe!("y", Normal::new(mu + theta, 2.0), y);
        observe!("counts", Poisson::new(2.0), [0.0, 3.0, 1.0]);
    });
}

const Y: [f64; 3] = [1.5, -0.5, 4.0];

/// Draws of the two latent sites alone.
fn latent() -> Posterior {
    let mut parts = parts();
    let whole = named();
    let mut sites = SiteTable::new(&[4, 250]);
    for name in ["mu", "theta"] {
        let site = whole.draws().sites().get(name).unwrap();
        sites.insert_with_dims(name, site.dims(), site.values().to_owned()).unwrap();
    }
    parts.sites = sites;
    Posterior::new(parts).unwrap()
}

/// All groups.
fn everything() -> InferenceData {
    let (names, posterior) = (schools(), latent());
    let (data, unobserved) = (observed(&names, Some(&Y)), observed(&names, None));
    let school = Dim::with_levels("school", names.clone());
    InferenceData::new()
        .posterior(&posterior)
        .posterior_predictive(&Predictive::new().posterior(&unobserved, &posterior).unwrap())
        .and_then(|data| data.prior(&Predictive::new().prior(&unobserved, 60)?))
        .and_then(|own| own.log_likelihood(&Predictive::new().log_likelihood(&data, &posterior)?))
        .and_then(|own| own.observed_data(&data))
        .and_then(|own| own.constant_data("size", &[Some(school)], [30.0, 25.0, 61.0]))
        .and_then(|own| own.constant_data("year", &[None::<Dim>; 0], 1981.0))
        .unwrap()
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ppl-inference-data-{name}-{}", std::process::id()))
}

fn metadata(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path.join("zarr.json")).unwrap()).unwrap()
}

#[test]
fn groups_variables_and_dimensions_of_a_posterior() {
    let posterior = posterior();
    let json = serde_json::to_value(posterior.to_inference_data()).unwrap();
    assert_eq!(
        json["posterior"]["L"][3][249][1][0].as_f64(),
        Some(posterior.get_array("L").unwrap().values()[[3, 249, 1, 0]])
    );
    assert_eq!(json["posterior"]["mu"][0].as_array().unwrap().len(), 250);
    assert_eq!(json["dims"], json!({"theta": ["school"], "L": ["L_dim_0", "L_dim_1"]}));
    assert_eq!(
        (&json["sample_stats"]["diverging"][0][0], &json["sample_stats"]["tree_depth"][0][0]),
        (&json!(false), &json!(3))
    );
    assert_eq!(json["posterior_attrs"]["inference_library"], "ppl");
    let statistics: Vec<&String> = json["sample_stats"].as_object().unwrap().keys().collect();
    let expected = [
        "acceptance_rate",
        "diverging",
        "energy",
        "energy_error",
        "lp",
        "max_energy_error",
        "n_steps",
        "reached_max_treedepth",
        "step_size",
        "tree_depth",
    ];
    assert_eq!(statistics, expected);
}

#[test]
fn the_file_of_json_is_the_value() {
    let path = folder("file").with_extension("json");
    everything().write_json(&path).unwrap();
    let read: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(read, serde_json::to_value(everything()).unwrap());
    assert_eq!(read["coords"], json!({"school": ["Choate", "St. Paul's", "Phillips, NH"]}));
    assert_eq!(read["dims"], json!({"theta": ["school"], "y": ["school"], "counts": ["school"], "size": ["school"]}));
    assert_eq!(read["observed_data"], json!({"y": Y, "counts": [0, 3, 1]}));
    assert_eq!(read["constant_data"], json!({"size": [30, 25, 61], "year": 1981}));
    assert_eq!(read["prior"].as_object().unwrap().keys().collect::<Vec<_>>(), ["mu", "theta"]);
    assert_eq!(read["prior_predictive"]["y"][0].as_array().unwrap().len(), 60);
    // Normal(y; mu + theta, 2).
    let (mu, theta) = (&read["posterior"]["mu"][2][17], &read["posterior"]["theta"][2][17][1]);
    let z = (Y[1] - mu.as_f64().unwrap() - theta.as_f64().unwrap()) / 2.0;
    let expected = -0.5 * z * z - 2.0_f64.ln() - 0.5 * std::f64::consts::TAU.ln();
    let got = read["log_likelihood"]["y"][2][17][1].as_f64().unwrap();
    assert!((got - expected).abs() < 1e-12 * expected.abs(), "{got} {expected}");
    // Poisson(3; 2) = e⁻² 2³ / 3!.
    let poisson = read["log_likelihood"]["counts"][0][0][1].as_f64().unwrap();
    assert!((poisson - (8.0_f64 / 6.0).ln() + 2.0).abs() < 1e-12, "{poisson}");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_plate_named_like_a_variable_is_renamed() {
    let mut parts: PosteriorParts = parts();
    parts.sites.insert_with_dims("x", &[Some("mu"), Some("draw")], ArrayD::zeros(vec![4, 250, 1, 2])).unwrap();
    let json = serde_json::to_value(Posterior::new(parts).unwrap().to_inference_data()).unwrap();
    assert_eq!(json["dims"]["x"], json!(["mu_dim", "draw_dim"]));
}

#[test]
fn the_store_has_all_groups() {
    let path = folder("store");
    for options in [StoreOptions::new(), StoreOptions::new().block(100).gzip(3)] {
        everything().write_zarr_with(&path, &options).unwrap();
        assert_eq!(Posterior::read_zarr(&path).unwrap(), latent());
        let root = metadata(&path);
        let nodes = root["consolidated_metadata"]["metadata"].as_object().unwrap();
        for (node, own) in nodes {
            assert_eq!(&metadata(&path.join(node)), own, "{node}");
        }
        let groups: Vec<&str> = nodes.keys().map(String::as_str).filter(|node| !node.contains('/')).collect();
        let mut expected = everything().groups();
        expected.sort_unstable();
        assert_eq!(groups, expected);
        assert_eq!(root["attributes"]["inference_library"], "ppl");
        let of = |node: &str, key: &str| nodes[node][key].clone();
        assert_eq!(of("log_likelihood/y", "dimension_names"), json!(["chain", "draw", "school"]));
        assert_eq!(of("prior_predictive/y", "shape"), json!([1, 60, 3]));
        assert_eq!(
            (of("observed_data/y", "data_type"), of("observed_data/counts", "data_type")),
            (json!("float64"), json!("int64"))
        );
        assert_eq!(
            (of("constant_data/year", "shape"), of("observed_data/school", "data_type")),
            (json!([]), json!("string"))
        );
    }
    // Little-endian chunks, whatever reads them.
    everything().write_zarr(&path).unwrap();
    let y: Vec<u8> = Y.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(fs::read(path.join("observed_data/y/c/0")).unwrap(), y);
    assert_eq!(fs::read(path.join("constant_data/year/c")).unwrap(), 1981_i64.to_le_bytes());
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn groups_without_a_posterior_and_over_another_store() {
    let path = folder("prior");
    let names = schools();
    let prior = Predictive::new().prior(&observed(&names, None), 20).unwrap();
    let data = InferenceData::new().prior(&prior).unwrap();
    for _ in 0..2 {
        data.write_zarr(&path).unwrap();
    }
    assert_eq!(metadata(&path)["attributes"]["ppl"], Value::Null);
    assert!(Posterior::read_zarr(&path).is_err());
    posterior().write_zarr(&path).unwrap();
    assert!(!path.join("prior").exists());
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn what_no_group_can_have_is_an_error() {
    let mut sites = SiteTable::new(&[3]);
    sites.insert("x", Array::from_elem(IxDyn(&[3]), 1.0)).unwrap();
    let weighted = Draws::weighted(sites, vec![0.0, -1.0, 0.0]).unwrap();
    let error = InferenceData::new().prior(&weighted).unwrap_err().to_string();
    assert!(error.starts_with("group `prior`: the draws have weights") && error.contains("`resample`"), "{error}");

    let twice = everything().constant_data("year", &[None::<Dim>; 0], 1982.0).unwrap_err().to_string();
    assert_eq!(twice, "group `constant_data` has the variable `year` already");
    let names = InferenceData::new().constant_data("x", &[Some("a"), None], [1.0, 2.0]).unwrap_err().to_string();
    assert_eq!(names, "site `x` has 1 axes, but 2 names of dimensions were given");

    #[model]
    fn subsampled() {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("row", 5, subsample_size = 2, {
            observe!("y", Normal::new(mu, 1.0), [0.0, 0.0]);
        });
    }
    let error = InferenceData::new().observed_data(&subsampled()).unwrap_err().to_string();
    assert!(error.starts_with("site `y` observes 2 of the 5 members of plate `row`"), "{error}");

    // Other observations than those of the fit: another length of the same axis.
    let mut sites = SiteTable::new(&[4, 250]);
    sites.insert_with_dims("y", &[Some("school")], ArrayD::zeros(vec![4, 250, 5])).unwrap();
    let data = everything().posterior_predictive(&Draws::new(sites).unwrap()).unwrap();
    let error = serde_json::to_value(&data).unwrap_err().to_string();
    assert!(
        error.starts_with("`y` has the axes [\"school_dim\"] in one group and [\"school\"] in `log_likelihood`"),
        "{error}"
    );
    let path = folder("other");
    data.write_zarr(&path).unwrap();
    assert_eq!(metadata(&path.join("posterior_predictive/y"))["dimension_names"][2], "school_dim");
    fs::remove_dir_all(path).unwrap();
}
