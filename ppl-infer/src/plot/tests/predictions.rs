//! Plots of predictions and of models.

use ppl::prelude::*;

use super::{
    SIGMA, Y, log_likelihood, posterior, schools,
    svg::{Picture, close},
};
use crate::diagnostics::loo;
use crate::draws::tests::scores;
use crate::plot::*;
use crate::posterior_predictive;

fn predicted() -> crate::draws::SiteDraws<ndarray::ArrayD<f64>> {
    let (y, sigma) = (Tensor::from(Y), Tensor::from(SIGMA));
    let model = schools(&y, &sigma).uncondition("y");
    posterior_predictive(&model, posterior(), 1).unwrap().get_array("y").unwrap()
}

#[test]
fn ppc_dist() {
    let picture = Picture::of("ppc_dist", &plot_ppc_dist(&predicted(), Y));
    // Eight values have no density worth the name.
    assert_eq!((picture.count("line"), picture.count("steps")), (0, 52));
    picture.has_texts(&["predicted", "all predicted", "observed", "y", "ECDF"]);
    assert_eq!(picture.notes(), "50 of 600 predicted data sets are drawn");
    let error = plot_ppc_dist(&predicted(), &Y[1..]).figure().unwrap_err().to_string();
    assert_eq!(error, "plot_ppc_dist: `observed` has shape [7], expected 8 values, as site `y` of shape [8]");
}

#[test]
fn ppc_dist_of_many_values() {
    let predicted = draws_of(scores(6000, 6), 60);
    let observed: Vec<f64> = scores(60, 7).into_iter().map(|score| 1.0 + 0.7 * score).collect();
    let picture = Picture::of("ppc_dist_many", &plot_ppc_dist(&predicted, &observed));
    assert_eq!((picture.count("line"), picture.count("steps")), (52, 0));
    picture.has_texts(&["n", "density"]);
}

/// A site `n` of so many values a draw.
fn draws_of(values: Vec<f64>, size: usize) -> crate::draws::SiteDraws<ndarray::ArrayD<f64>> {
    let draws = values.len() / size;
    let mut sites = crate::draws::SiteTable::new(&[draws]);
    sites.insert("n", ndarray::ArrayD::from_shape_vec(vec![draws, size], values).unwrap()).unwrap();
    crate::Draws::new(sites).unwrap().get_array("n").unwrap()
}

#[test]
fn ppc_dist_of_counts() {
    let counts: Vec<f64> = scores(4000, 6).into_iter().map(|score| (4.0 + 1.7 * score).round().max(0.0)).collect();
    let predicted = draws_of(counts.clone(), 40);
    let picture = Picture::of("ppc_dist_counts", &plot_ppc_dist(&predicted, &counts[..40]).data_sets(20));
    assert_eq!((picture.count("line"), picture.count("steps")), (0, 22));
}

#[test]
fn loo_pit() {
    let plot = plot_loo_pit(&predicted(), Y, log_likelihood(posterior()).view());
    let picture = Picture::of("loo_pit", &plot);
    assert_eq!((picture.count("line"), picture.count("band")), (1, 1));
    // Of a log likelihood that is the same at all draws, the share of the predictions below.
    let equal = ndarray::Array3::zeros((4, 150, 8));
    let values = plot_loo_pit(&predicted(), Y, equal.view()).values().unwrap();
    let y = predicted();
    for (school, value) in values.iter().enumerate() {
        close(&[*value], &[y.at([school]).unwrap().probability(|draw| draw < Y[school])], 1e-12);
    }
    let error = plot_loo_pit(&predicted(), Y, ndarray::Array3::zeros((4, 10, 8)).view()).figure().unwrap_err();
    assert!(error.to_string().contains("`log_likelihood` has shape [4, 10, 8], expected 600 draws of 8 observations"));
}

#[test]
fn khat() {
    let loo = loo(log_likelihood(posterior()).view(), 1.0);
    let picture = Picture::of("khat", &plot_khat(&loo));
    let y = picture.y_scale(0);
    let mut drawn: Vec<f64> = picture.circles("scatter").iter().map(|[_, height]| y(*height)).collect();
    let mut expected = loo.pareto_k.clone();
    drawn.sort_by(f64::total_cmp);
    expected.sort_by(f64::total_cmp);
    close(&drawn, &expected, 0.005);
    picture.has_texts(&["observation", "Pareto k̂", &format!("threshold {:.2}", loo.pareto_k_threshold)]);
    let bad = crate::diagnostics::Loo { pareto_k: vec![0.1, 0.9, f64::NAN, 1.2], ..loo };
    let picture = Picture::of("khat_bad", &plot_khat(&bad));
    picture.has_texts(&["unreliable", "1", "3"]);
    assert_eq!(picture.notes(), "1 observation without a finite k̂: 2");
    let texts = picture.texts();
    assert!(["0", "1", "2", "3"].iter().all(|tick| texts.contains(tick)) && !texts.contains(&"2.5"), "{texts:?}");
}

#[test]
fn compare() {
    let partial = loo(log_likelihood(posterior()).view(), 1.0);
    // All schools alike: the mean of the posterior of theta.
    let pooled = log_likelihood(posterior()) * 1.02;
    let none = loo((pooled.clone() - 0.3).view(), 1.0);
    let pooled = loo(pooled.view(), 1.0);
    let models = [("no pooling", &none), ("partial pooling", &partial), ("complete pooling", &pooled)];
    let picture = Picture::of("compare", &plot_compare(models));
    assert_eq!((picture.count("segments"), picture.circles("scatter").len()), (5, 5));
    picture.has_texts(&["no pooling", "elpd ± se", "difference ± se", "elpd (higher is better)"]);
    let x = picture.x_scale(0);
    let line = &picture.points("segments")[0];
    close(&[x(line[0][0]), x(line[1][0])], &[partial.elpd - partial.se, partial.elpd + partial.se], 0.02);
    let fewer = loo(log_likelihood(posterior()).view().split_at(ndarray::Axis(2), 5).0, 1.0);
    let error = plot_compare([("a", &partial), ("b", &fewer)]).figure().unwrap_err().to_string();
    assert!(error.starts_with("model comparison: the model `b` has 5 observations, expected 8 as `a` has"), "{error}");
}

#[test]
fn ecdf_pit() {
    let uniform: Vec<f64> = (0..500).map(|at| (f64::from(at) * 0.618_033_988_75).fract()).collect();
    let narrow: Vec<f64> = uniform.iter().map(|value| value.powi(2) * (3.0 - 2.0 * value)).collect();
    let picture = Picture::of("ecdf_pit", &plot_ecdf_pit([("calibrated", &uniform), ("too narrow", &narrow)]));
    assert_eq!((picture.count("panel"), picture.count("band")), (2, 2));
    picture.has_texts(&["PIT", "Δ ECDF", "calibrated", "too narrow"]);
}
