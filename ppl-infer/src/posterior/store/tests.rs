//! Tests of stores of whole posteriors.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ndarray::{Array, Array2, ArrayD, IxDyn};
use ppl::Levels;
use serde_json::{Value, json};

use super::StoreOptions;
use crate::Rejections;
use crate::draws::{Dim, SiteTable};
use crate::posterior::tests::{named, parts, posterior};
use crate::posterior::{ColumnKind, FailedChain, Posterior, PosteriorParts, SampleStats};

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ppl-store-{name}-{}", std::process::id()))
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path.join("zarr.json")).unwrap()).unwrap()
}

/// Everything that a posterior may have: numbers that are not finite, a site without elements, names that a store cannot
/// have, chains that failed.
fn wild() -> Posterior {
    let mut parts = parts();
    let mut values = ArrayD::zeros(vec![4, 250]);
    values[[0, 0]] = f64::INFINITY;
    values[[1, 1]] = f64::NEG_INFINITY;
    values[[2, 3]] = -0.0;
    parts.sites.insert("a/wild", values).unwrap();
    parts.sites.insert("a.wild", ArrayD::ones(vec![4, 250])).unwrap();
    parts.sites.insert("draw", ArrayD::ones(vec![4, 250])).unwrap();
    parts.sites.insert_with_dims("none", &[Some("nobody")], ArrayD::zeros(vec![4, 250, 0])).unwrap();
    parts.sites.insert_with_dims("x", &[Some("school"), Some("mu")], ArrayD::ones(vec![4, 250, 2, 2])).unwrap();
    parts.sample_stats.set("max_energy_error", [2, 2], f64::INFINITY);
    parts.sample_stats.set("n_steps", [1, 2], 4.5);
    parts.sample_stats.set("diverging", [1, 2], 1.0);
    parts.chain_ids = vec![1, 2, 5, 6];
    parts.failed_chains = vec![FailedChain { chain: 3, message: "panicked".to_owned() }];
    parts.rejections.add(Some("y"), "Normal: `scale`", || "Normal: `scale` must be positive, got -1".to_owned());
    parts.prior_violation = Some("site `y`: …".to_owned());
    (parts.thinning, parts.value_evaluations) = (3, 17);
    Posterior::new(parts).unwrap()
}

#[test]
fn everything_survives() {
    let path = folder("round");
    for options in [StoreOptions::new(), StoreOptions::new().block(64), StoreOptions::new().block(100).gzip(6)] {
        for posterior in [posterior(), wild()] {
            posterior.write_zarr_with(&path, &options).unwrap();
            let read = Posterior::read_zarr(&path).unwrap();
            assert_eq!(read, posterior);
            let negative =
                |posterior: &Posterior| posterior.get("a/wild").ok().map(|site| site.values()[[2, 3]].to_bits());
            assert_eq!(negative(&read), negative(&posterior));
        }
    }
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn names_of_members_are_coordinates() {
    let path = folder("names");
    let posterior = named();
    for options in [StoreOptions::new(), StoreOptions::new().block(100).gzip(2)] {
        posterior.write_zarr_with(&path, &options).unwrap();
        assert_eq!(Posterior::read_zarr(&path).unwrap(), posterior);
    }
    let axes = |site: &str| json_of(&path.join("posterior").join(site))["dimension_names"].clone();
    assert_eq!(axes("grid"), json!(["chain", "draw", "school", "row"]));
    assert_eq!(axes("plain"), json!(["chain", "draw", "school"]));
    let school = json_of(&path.join("posterior/school"));
    assert_eq!((&school["data_type"], &school["dimension_names"]), (&json!("string"), &json!(["school"])));
    assert_eq!(json_of(&path)["consolidated_metadata"]["metadata"]["posterior/school"], school);
    assert!(path.join("posterior/school/c/0").is_file() && path.join("posterior/row/c/0").is_file());

    // Two plates of one name whose members have other names are two axes.
    let mut parts = parts();
    let dim = |names: [&str; 2]| Some(Dim::with_levels("pair", Levels::new(names).unwrap()));
    parts.sites.insert_with_dims("a", &[dim(["x", "y"])], ArrayD::zeros(vec![4, 250, 2])).unwrap();
    parts.sites.insert_with_dims("b", &[dim(["y", "x"])], ArrayD::zeros(vec![4, 250, 2])).unwrap();
    let posterior = Posterior::new(parts).unwrap();
    posterior.write_zarr(&path).unwrap();
    assert_eq!(Posterior::read_zarr(&path).unwrap(), posterior);
    let axes = |site: &str| json_of(&path.join("posterior").join(site))["dimension_names"][2].clone();
    assert_eq!((axes("a"), axes("b")), (json!("pair"), json!("pair_dim")));
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn nan_survives_with_its_bits() {
    let path = folder("nan");
    let mut parts = parts();
    let odd = f64::from_bits(0x7ff8_0000_0000_0042);
    parts.sample_stats.set("energy", [0, 7], odd);
    Posterior::new(parts).unwrap().write_zarr(&path).unwrap();
    let read = Posterior::read_zarr(&path).unwrap();
    let energy = read.sample_stats().column("energy").unwrap();
    assert_eq!(energy[[0, 7]].to_bits(), odd.to_bits());
    assert_eq!(energy.iter().filter(|value| value.is_nan()).count(), 1);
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn the_metadata_is_what_xarray_reads() {
    let path = folder("metadata");
    wild().write_zarr_with(&path, &StoreOptions::new().block(100).gzip(1)).unwrap();
    let theta = json_of(&path.join("posterior/theta"));
    assert_eq!(
        theta,
        json!({
            "zarr_format": 3, "node_type": "array", "shape": [4, 250, 3], "data_type": "float64",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, 100, 3]}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": "NaN",
            "codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "gzip", "configuration": {"level": 1}},
            ],
            "attributes": {}, "dimension_names": ["chain", "draw", "school"], "storage_transformers": [],
        })
    );
    let statistic = |name: &str| json_of(&path.join("sample_stats").join(name))["data_type"].clone();
    assert_eq!([statistic("lp"), statistic("tree_depth"), statistic("diverging")], ["float64", "int64", "bool"]);
    // A count that is none is written as it is.
    assert_eq!(statistic("n_steps"), "float64");
    let names = |site: &str| json_of(&path.join("posterior").join(site))["dimension_names"].clone();
    // `school` has another length, `mu` is a variable.
    assert_eq!(names("x"), json!(["chain", "draw", "school_dim", "mu_dim"]));
    assert_eq!(
        (names("a.wild"), names("a.wild_"), names("draw_")),
        (json!(["chain", "draw"]), json!(["chain", "draw"]), json!(["chain", "draw"]))
    );
    let root = json_of(&path);
    assert_eq!(root["consolidated_metadata"]["metadata"]["posterior/theta"], theta);
    assert_eq!(root["consolidated_metadata"]["metadata"]["posterior"]["attributes"]["tuning_steps"], 500);
    assert!(path.join("posterior/theta/c/3/2/0").is_file() && !path.join("posterior/theta/c/3/3").exists());
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn only_a_store_is_replaced() {
    let path = folder("other");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("notes"), "mine").unwrap();
    let error = posterior().write_zarr(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot write `{}`: ", path.display())), "{error}");
    assert_eq!(fs::read(path.join("notes")).unwrap(), b"mine");
    let error = Posterior::read_zarr(&path).unwrap_err().to_string();
    assert!(error.contains("zarr.json"), "{error}");
    fs::remove_dir_all(&path).unwrap();

    posterior().write_zarr(&path).unwrap();
    let text = fs::read_to_string(path.join("zarr.json")).unwrap();
    fs::write(path.join("zarr.json"), text.replacen("\"version\":1", "\"version\":7", 1)).unwrap();
    let error = Posterior::read_zarr(&path).unwrap_err().to_string();
    assert!(error.contains("version 7 of the store is not supported, only 1"), "{error}");
    fs::write(path.join("zarr.json"), text.replacen("\"block\":250", "\"block\":240", 1)).unwrap();
    let error = Posterior::read_zarr(&path).unwrap_err().to_string();
    assert!(error.contains("chunks of shape [1, 240] were expected"), "{error}");
    fs::remove_dir_all(path).unwrap();
}

/// The posterior of the store `tests/golden/store`.
fn golden() -> Posterior {
    let mut sites = SiteTable::new(&[2, 5]);
    let values = |size: usize| Array::from_iter((0..10 * size).map(|index| index as f64 / 7.0 - 1.0));
    let mut mu = values(1).into_shape_with_order(IxDyn(&[2, 5])).unwrap();
    (mu[[0, 1]], mu[[1, 4]]) = (f64::INFINITY, f64::NEG_INFINITY);
    sites.insert("mu", mu).unwrap();
    sites
        .insert_with_dims("theta", &[Some("school")], values(3).into_shape_with_order(IxDyn(&[2, 5, 3])).unwrap())
        .unwrap();
    let mut sample_stats = SampleStats::new();
    let column = |value: fn(usize) -> f64| Array2::from_shape_fn((2, 5), |(chain, draw)| value(5 * chain + draw));
    sample_stats.insert("lp", ColumnKind::Real, column(|index| -0.1 * index as f64));
    sample_stats.insert("n_steps", ColumnKind::Count, column(|index| (index % 4 * 2 + 1) as f64));
    sample_stats.insert("diverging", ColumnKind::Flag, column(|index| f64::from(u8::from(index == 7))));
    let rejections = Rejections::default();
    Posterior::new(PosteriorParts {
        sites,
        chain_ids: vec![0, 2],
        sample_stats,
        rejections,
        failed_chains: vec![FailedChain { chain: 1, message: "panicked: on purpose".to_owned() }],
        sampling_time: Duration::new(1, 500_000_000),
        ..parts()
    })
    .unwrap()
}

/// A store that was written by the first version of the format, and opened by xarray 2026.9 with zarr 3.1.6 and by ArviZ
/// 0.23.4 (`xarray.open_datatree`, `arviz.InferenceData.from_datatree`). To write another: `PPL_WRITE_GOLDEN=1 cargo test golden_store`.
#[test]
fn the_golden_store_is_read_and_written_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/store");
    let options = StoreOptions::new().block(3).gzip(6);
    if std::env::var_os("PPL_WRITE_GOLDEN").is_some() {
        golden().write_zarr_with(&path, &options).unwrap();
    }
    assert_eq!(Posterior::read_zarr(&path).unwrap(), golden());
    let written = folder("golden");
    golden().write_zarr_with(&written, &options).unwrap();
    for array in ["posterior/theta", "posterior/mu", "posterior/draw", "sample_stats/diverging", "sample_stats/n_steps"]
    {
        assert_eq!(json_of(&written.join(array)), json_of(&path.join(array)), "{array}");
    }
    fs::remove_dir_all(written).unwrap();
}
