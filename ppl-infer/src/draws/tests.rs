//! Draws of sites: estimates against their definitions, look-up, files.

use ndarray::{Array1, Array2, Array3, ArrayD, array};

use super::{Draws, IrregularSite, SiteTable, Weights};
use crate::diagnostics;

const NEVER: f64 = f64::NEG_INFINITY;

/// Independent standard normal scores in an order that has nothing to do with their size, the same in every run.
pub(crate) fn scores(count: usize, offset: u64) -> Vec<f64> {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(offset);
    (0..count).map(|_| rng.sample(rand_distr::StandardNormal)).collect()
}

/// Four draws with weights 1, 0, 2, 1 of a scalar and of a vector of two.
fn four() -> Draws {
    let mut sites = SiteTable::new(&[4]);
    sites.insert("x", array![1.0, f64::NAN, 3.0, -5.0].into_dyn()).unwrap();
    let y = array![[1.0, 10.0], [f64::INFINITY, 0.0], [2.0, 20.0], [3.0, 30.0]];
    sites.insert_with_dims("y", &[Some("pair")], y.into_dyn()).unwrap();
    Draws::weighted(sites, vec![7.0, NEVER, 7.0 + 2.0_f64.ln(), 7.0]).unwrap()
}

/// Draws of a scalar and of a matrix, by chains or not.
fn plain(leading: &[usize]) -> Draws {
    let total: usize = leading.iter().product();
    let shaped = |values: Vec<f64>, own: &[usize]| {
        let shape: Vec<usize> = leading.iter().chain(own).copied().collect();
        ArrayD::from_shape_vec(shape, values).unwrap()
    };
    let mut sites = SiteTable::new(leading);
    sites.insert("x", shaped(scores(total, 1), &[])).unwrap();
    sites.insert("L", shaped(scores(6 * total, 2), &[2, 3])).unwrap();
    Draws::new(sites).unwrap()
}

#[track_caller]
fn close<'a>(got: impl IntoIterator<Item = &'a f64>, want: &[f64]) {
    let got: Vec<f64> = got.into_iter().copied().collect();
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-13, "{got} is not {want}");
    }
}

#[test]
fn weighted_moments_and_expectations() {
    let four = four();
    let (x, y) = (four.get("x").unwrap(), four.get_array("y").unwrap());
    close(&[x.mean()], &[0.5]);
    // Σ w x² = (1 + 18 + 25) / 4 = 11, and 1 − Σ w² = 5/8.
    close(&[x.variance()], &[10.75 * 1.6]);
    close(&[x.sd()], &[(10.75_f64 * 1.6).sqrt()]);
    close(&y.mean(), &[2.0, 20.0]);
    close(&y.variance(), &[0.5 * 1.6, 50.0 * 1.6]);
    close(&[y.expectation(|y| y[0] * y[1])], &[(10.0 + 80.0 + 90.0) / 4.0]);
    close(&[x.probability(|x| x > 0.0)], &[0.75]);
    close(x.weights().unwrap(), &[0.25, 0.0, 0.5, 0.25]);
}

#[test]
fn probabilities_of_each_component() {
    let y = four().get_array("y").unwrap();
    close(&y.probabilities(|y| y > 1.5), &[0.75, 1.0]);
    close(&y.probabilities(|y| y > 25.0), &[0.0, 0.25]);
}

#[test]
#[should_panic(expected = "hdi: `probability` must be from 0 to 1, got 90\nhelp: 90 percent is 0.9")]
fn a_percentage_is_no_probability() {
    let _ = four().get("x").unwrap().hdi(90.0);
}

#[test]
fn weighted_quantiles_and_intervals_are_draws() {
    let x = four().get("x").unwrap();
    for (probability, expected) in [(0.0, -5.0), (0.25, -5.0), (0.26, 1.0), (0.5, 1.0), (0.51, 3.0), (1.0, 3.0)] {
        assert_eq!(x.quantile(probability), expected, "{probability}");
    }
    assert_eq!((x.median(), x.eti(0.5), x.eti(0.4)), (1.0, (-5.0, 3.0), (1.0, 3.0)));
    // 3 alone has half of the weight, 1 and 3 three quarters.
    for (probability, expected) in [(0.5, (3.0, 3.0)), (0.51, (1.0, 3.0)), (0.75, (1.0, 3.0)), (0.76, (-5.0, 3.0))] {
        assert_eq!(x.hdi(probability), expected, "{probability}");
    }
    assert!(x.hdi(0.0).0.is_nan());
    // Ten equal weights, whose sums are not exact.
    let mut sites = SiteTable::new(&[10]);
    sites.insert("x", Array1::from_iter((1..=10).map(f64::from)).into_dyn()).unwrap();
    let ten = Draws::weighted(sites, vec![-0.3; 10]).unwrap().get("x").unwrap();
    for decile in 1..=10 {
        assert_eq!(ten.quantile(f64::from(decile) / 10.0), f64::from(decile));
    }
    assert_eq!(ten.hdi(0.3), (1.0, 3.0));
}

/// Draws without weights have the estimates of `diagnostics`, those of equal weights the same moments.
#[test]
fn estimates_are_those_of_the_pooled_draws() {
    for leading in [&[60][..], &[3, 20]] {
        let draws = plain(leading);
        let x = draws.get("x").unwrap();
        let values: Vec<f64> = x.iter().collect();
        assert_eq!(values, x.values().iter().copied().collect::<Vec<_>>());
        assert_eq!((x.total_draws(), x.values().shape()), (60, leading));
        close(&[x.mean()], &[values.iter().sum::<f64>() / 60.0]);
        close(&[x.sd()], &[Array1::from(values.clone()).std(1.0)]);
        assert_eq!(x.quantile(0.3), diagnostics::quantile(&values, 0.3));
        assert_eq!(x.hdi(0.8), diagnostics::hdi(&values, 0.8));
        let (low, high) = x.eti(0.89);
        close(&[low, high], &[0.055, 0.945].map(|probability| diagnostics::quantile(&values, probability)));
        close(&[x.probability(|x| x < 0.5)], &[values.iter().filter(|&&x| x < 0.5).count() as f64 / 60.0]);
        assert!(x.weights().is_none());
    }
    let mut sites = SiteTable::new(&[60]);
    sites.insert("x", Array1::from(scores(60, 1)).into_dyn()).unwrap();
    let equal = Draws::weighted(sites, vec![3.0; 60]).unwrap().get("x").unwrap();
    let x = plain(&[60]).get("x").unwrap();
    close(&[equal.mean(), equal.variance()], &[x.mean(), x.variance()]);
}

#[test]
fn arrays_have_the_estimates_of_their_components() {
    let draws = plain(&[3, 20]);
    let matrix = draws.get_array("L").unwrap();
    assert_eq!((matrix.shape(), matrix.values().shape()), (&[2, 3][..], &[3, 20, 2, 3][..]));
    let (mean, sd, median, (low, high)) = (matrix.mean(), matrix.sd(), matrix.median(), matrix.hdi(0.5));
    for i in 0..2 {
        for j in 0..3 {
            let component = matrix.component(&format!("L[{i}, {j}]")).unwrap();
            assert_eq!(component, draws.component(&format!("L[{i},{j}]")).unwrap());
            assert_eq!(component, matrix.at([i, j]).unwrap());
            assert_eq!(component.name(), format!("L[{i}, {j}]"));
            assert_eq!(component.values()[[2, 7]], matrix.values()[[2, 7, i, j]]);
            let own = (mean[[i, j]], sd[[i, j]], median[[i, j]], (low[[i, j]], high[[i, j]]));
            assert_eq!((component.mean(), component.sd(), component.median(), component.hdi(0.5)), own);
        }
    }
    let first_rows: Vec<f64> = matrix.iter().map(|draw| draw[[0, 2]]).collect();
    assert_eq!(first_rows, matrix.component("L[0, 2]").unwrap().iter().collect::<Vec<_>>());
    assert_eq!(matrix.iter().next_back().unwrap()[[1, 1]], matrix.values()[[2, 19, 1, 1]]);
    close(&[matrix.expectation(|draw| draw[[1, 0]])], &[mean[[1, 0]]]);
    // A scalar is an array without axes.
    let scalar = draws.get_array("x").unwrap();
    assert_eq!(scalar.mean()[[]], draws.get("x").unwrap().mean());
}

#[test]
fn wrong_look_up_says_how_to_do_it() {
    let draws = plain(&[3, 20]);
    let message = |outcome: crate::Result<super::SiteDraws>| outcome.unwrap_err().to_string();
    assert_eq!(
        message(draws.get("L")),
        "site `L` has shape [2, 3]; it is no scalar\nhelp: use `get_array(\"L\")`, or `component(\"L[0, 0]\")` for one \
         of its scalars"
    );
    assert_eq!(message(draws.get("L[0, 1]")), "`L[0, 1]` is a component of a site\nhelp: use `component(\"L[0, 1]\")`");
    assert_eq!(message(draws.get("y")), "no site is named `y`; known: `x`, `L`");
    for label in ["L[2, 0]", "L[0]", "L"] {
        let expected =
            format!("site `L` has shape [2, 3] and no component `{label}`\nhelp: its first component is `L[0, 0]`");
        assert_eq!(message(draws.component(label)), expected);
        assert_eq!(message(draws.get_array("L").unwrap().component(label)), expected);
    }
    assert!(message(draws.get_array("L").unwrap().at([2, 0])).contains("no component `L[2, 0]`"));
    assert!(message(draws.component("M[0]")).starts_with("no site is named `M`"));
    assert_eq!(draws.component("x").unwrap(), draws.get("x").unwrap());
}

#[test]
fn leading_axes_are_chain_and_draw_or_draw() {
    let message = |leading: &[usize]| Draws::new(SiteTable::new(leading)).unwrap_err().to_string();
    assert!(message(&[0]).starts_with("there are no draws"));
    assert!(message(&[4, 0]).starts_with("there are no draws"));
    assert!(message(&[]).contains("leading axes"));
    assert!(message(&[1, 2, 3]).contains("leading axes"));
    let chains = plain(&[3, 20]);
    assert_eq!((chains.num_chains(), chains.num_draws(), chains.total_draws()), (3, 20, 60));
    let flat = plain(&[60]);
    assert_eq!((flat.num_chains(), flat.num_draws(), flat.has_chains()), (1, 60, false));
    assert_eq!(flat.with_chains(3).unwrap(), chains);
    assert!(plain(&[3, 20]).with_weights(Weights::new(vec![0.0; 60], 0).unwrap()).is_err());
}

#[test]
fn weights_and_their_diagnostics() {
    let four = four();
    let weights = four.weights().unwrap();
    close(weights.normalized(), &[0.25, 0.0, 0.5, 0.25]);
    assert!((weights.ess() - 16.0 / 6.0).abs() < 1e-13);
    // The mean weight is e⁷ (1 + 0 + 2 + 1) / 4.
    assert!((weights.log_mean() - 7.0).abs() < 1e-14);
    let rejected = Weights::new(weights.log().to_vec(), 4).unwrap();
    assert!((rejected.log_mean() - 7.0 + 2.0_f64.ln()).abs() < 1e-14);

    let message = |log_weights: Vec<f64>| Weights::new(log_weights, 0).unwrap_err().to_string();
    assert!(message(vec![NEVER; 2]).starts_with("all 2 importance weights are zero"));
    assert!(message(vec![]).starts_with("all 0 importance weights are zero"));
    assert_eq!(message(vec![0.0, f64::NAN]), "the log importance weight of draw 1 is NaN");
    assert_eq!(message(vec![f64::INFINITY, 0.0]), "the log importance weight of draw 0 is inf");
    assert!(Draws::weighted(SiteTable::new(&[2]), vec![0.0]).unwrap_err().to_string().contains("axes must be [1]"));
}

#[test]
fn evidence_and_tail_of_a_known_importance_sampler() {
    // Target N(0, 1) unnormalised by a factor e³, proposal N(0, 2²).
    let values = Array1::from(scores(20_000, 21)) * 2.0;
    let log_weights = values.iter().map(|x| 3.0 - 0.5 * x * x + 0.125 * x * x + 2.0_f64.ln()).collect();
    let mut sites = SiteTable::new(&[20_000]);
    sites.insert("x", values.into_dyn()).unwrap();
    let draws = Draws::weighted(sites, log_weights).unwrap();
    let (x, weights) = (draws.get("x").unwrap(), draws.weights().unwrap());
    // Standard errors: 0.0061 for the evidence and the mean, below 0.01 for the variance. Seeds are fixed.
    assert!((weights.log_mean() - 3.0).abs() < 0.025);
    assert!(x.mean().abs() < 0.03);
    assert!((x.variance() - 1.0).abs() < 0.04);
    // ESS / n tends to 1 / E[w²] = √7 / 4.
    assert!((weights.ess() / 20_000.0 - 7.0_f64.sqrt() / 4.0).abs() < 0.01);
    assert!(weights.pareto_k() < 0.0, "bounded weights have a bounded tail");
    // E[w² x²] / E[w²] = 4/7 of the variance, under Normal(0, 4/7): the mean is worth √7/4 · 7/4 of its draws.
    let row = draws.summary().row("x").unwrap().clone();
    assert!((row.ess / 20_000.0 - 7.0_f64.sqrt() / 4.0 * 1.75).abs() < 0.03, "{}", row.ess);
    assert!((row.mcse_mean - (1.0 / row.ess).sqrt()).abs() < 1e-3);
}

#[test]
fn resampling_has_the_same_distribution() {
    let four = four();
    let many = four.resample(40_000, 3).unwrap();
    assert_eq!(many.get_array("y").unwrap().values().shape(), [40_000, 2]);
    assert_eq!(many.get_array("y").unwrap().dims(), [Some("pair".into())]);
    let x = many.get("x").unwrap();
    // Four standard errors of a proportion.
    for (value, weight) in [(1.0, 0.25), (3.0, 0.5), (-5.0, 0.25)] {
        let error = (weight * (1.0 - weight) / 40_000.0_f64).sqrt();
        assert!((x.probability(|draw| draw == value) - weight).abs() < 4.0 * error);
    }
    assert!(x.iter().all(|draw| !draw.is_nan()), "a draw of weight zero was chosen");
    assert!(many.weights().is_none());
    // The sites stay together.
    let y = many.component("y[0]").unwrap();
    assert!(x.iter().zip(y.iter()).all(|(x, y)| (x == 3.0) == (y == 2.0)));

    assert_eq!(four.resample(10, 3).unwrap(), four.resample(10, 3).unwrap());
    assert_ne!(four.resample(100, 3).unwrap(), four.resample(100, 4).unwrap());
    assert!(four.resample(0, 3).is_err());
    // Of chains, each of the pooled draws is as likely.
    let chains = plain(&[2, 2]);
    let x = chains.get("x").unwrap();
    let many = chains.resample(10_000, 1).unwrap().get("x").unwrap();
    for value in x.iter() {
        assert!((many.probability(|draw| draw == value) - 0.25).abs() < 4.0 * (0.1875_f64 / 1e4).sqrt());
    }
}

#[test]
fn draws_survive_json() {
    let mut sites = SiteTable::new(&[3]);
    sites.insert("x", Array2::from_elem((3, 1), 1.5).into_dyn()).unwrap();
    let irregular = IrregularSite::new("z", 3, [(1, array![f64::NAN, 2.0].into_dyn())]).unwrap();
    let draws = Draws::weighted(sites, vec![-0.5, NEVER, 0.25]).unwrap().with_irregular(vec![irregular]).unwrap();
    let text = serde_json::to_string(&draws).unwrap();
    assert!(text.starts_with(r#"{"format":2,"#) && text.contains(r#""log":[-0.5,"-inf",0.25]"#), "{text}");
    let read: Draws = serde_json::from_str(&text).unwrap();
    assert_eq!((read.sites(), read.weights()), (draws.sites(), draws.weights()));
    assert!(read.irregular_sites()[0].values().next().unwrap()[[0]].is_nan());
    let none = text.replace("[-0.5,\"-inf\",0.25]", "[\"-inf\",\"-inf\",\"-inf\"]");
    assert!(serde_json::from_str::<Draws>(&none).is_err());

    let path = std::env::temp_dir().join(format!("ppl-draws-{}.json", std::process::id()));
    let chains = plain(&[2, 5]);
    chains.write_json(&path).unwrap();
    assert_eq!(Draws::read_json(&path).unwrap(), chains);
    std::fs::write(&path, "{\"format\":1}").unwrap();
    let error = Draws::read_json(&path).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot read `{}`: format version 1 is not supported", path.display())),
        "{error}"
    );
    std::fs::remove_file(&path).unwrap();
    assert!(Draws::read_json(&path).unwrap_err().to_string().starts_with("cannot read `"));
}

#[test]
fn a_site_of_size_zero_has_no_estimates() {
    let mut sites = SiteTable::new(&[2, 3]);
    sites.insert("none", Array3::zeros((2, 3, 0)).into_dyn()).unwrap();
    let none = Draws::new(sites).unwrap().get_array("none").unwrap();
    assert_eq!(none.mean().shape(), [0]);
    assert_eq!(none.iter().count(), 6);
    assert!(none.component("none[0]").is_err());
}
