//! Plots of draws of any kind.

use super::{
    posterior,
    svg::{Picture, close},
};
use crate::draws::{SiteTable, tests::scores};
use crate::plot::*;
use crate::{Draws, prior_predictive};

/// 2000 draws from Normal(0, 2), weighted to be from Normal(1, 1).
fn weighted() -> Draws {
    let values: Vec<f64> = scores(2000, 8).into_iter().map(|score| 2.0 * score).collect();
    let log_weights = values.iter().map(|x| -0.5 * (x - 1.0) * (x - 1.0) + 0.125 * x * x).collect();
    let mut sites = SiteTable::new(&[2000]);
    sites.insert("x", ndarray::Array1::from(values).into_dyn()).unwrap();
    Draws::weighted(sites, log_weights).unwrap()
}

#[test]
fn dist() {
    let picture = Picture::of("dist", &plot_dist(posterior()));
    assert_eq!((picture.count("panel"), picture.count("line"), picture.count("segments")), (10, 10, 10));
    let plot = plot_dist(posterior()).only(["tau", "mu"]).unwrap().histogram(30).reference("mu", 2.0);
    let picture = Picture::of("dist_histogram", &plot);
    assert_eq!((picture.rects("bars").len(), picture.count("vertical")), (60, 1));
    let summary = posterior().summary();
    picture.has_texts(&["tau", &format!("mean {:.2}", summary.row("mu").unwrap().mean)]);
    // The line is the interval, the ring the mean, both on one scale.
    let scale = picture.x_scale(1);
    let row = summary.row("mu").unwrap();
    let line = &picture.points("segments")[1];
    close(&[scale(line[0][0]), scale(line[1][0])], &[row.interval.0, row.interval.1], 0.1);
    close(&[scale(picture.circles("scatter")[1][0])], &[row.mean], 0.1);
    let error = plot_dist(posterior()).reference("my", 0.0).figure().unwrap_err().to_string();
    assert!(error.starts_with("no quantity is named `my`"), "{error}");
}

/// A line in each panel of a reference, a tick in each row of it, at its value.
#[test]
fn references_are_marked() {
    let (mu, theta) = (4.4, [6.3, 4.9, 3.9, 4.8, 3.6, 3.9, 6.4, 4.9]);
    let of_trace = plot_trace_dist(posterior()).only(["mu", "theta[2]"]).unwrap();
    let picture = Picture::of("trace_reference", &of_trace.reference("mu", mu).reference("theta", theta));
    assert_eq!((picture.count("vertical"), picture.count("horizontal")), (2, 2));
    picture.has_texts(&["reference"]);
    for (row, value) in [mu, theta[2]].into_iter().enumerate() {
        close(&[picture.x_scale(2 * row)(picture.points("vertical")[row][0][0])], &[value], 0.05);
        close(&[picture.y_scale(2 * row + 1)(picture.points("horizontal")[row][0][1])], &[value], 0.1);
    }
    let of_pair = plot_pair(posterior()).only(["mu", "theta[2]"]).unwrap();
    let picture = Picture::of("pair_reference", &of_pair.reference("theta[2]", theta[2]).reference("mu", mu));
    // The densities have one each, the scatter both.
    assert_eq!((picture.count("vertical"), picture.count("horizontal")), (3, 1));
    let picture = Picture::of("forest_reference", &plot_forest(posterior()).reference("theta", theta));
    let ticks = picture.points("segments").pop().unwrap();
    let scale = picture.x_scale(0);
    close(&ticks.iter().step_by(2).map(|tick| scale(tick[0])).collect::<Vec<_>>(), &theta, 0.06);

    let message = |plot: DistPlot<'_>| plot.figure().unwrap_err().to_string();
    let expected = "plot_dist: the reference for `theta` has shape [2], expected 8 values";
    assert_eq!(message(plot_dist(posterior()).reference("theta", [1.0, 2.0])), expected);
    assert!(message(plot_dist(posterior()).reference("mu", f64::NAN)).ends_with("must be finite, got NaN"));
    let error = plot_forest(posterior()).reference("mu", f64::INFINITY).figure().unwrap_err().to_string();
    assert_eq!(error, "plot_forest: `reference` must be finite, got inf");
}

#[test]
fn weights_weigh() {
    let weighted = weighted();
    let picture = Picture::of("dist_weighted", &plot_dist(&weighted));
    // The density's peak is at 1, by a bandwidth of 0.2 or so.
    let scale = picture.x_scale(0);
    let curve = &picture.points("line")[0];
    let peak = curve.iter().min_by(|a, b| a[1].total_cmp(&b[1])).unwrap();
    close(&[scale(peak[0])], &[1.0], 0.35);
    let picture = Picture::of("forest_weighted", &plot_forest(&weighted));
    let scale = picture.x_scale(0);
    let (low, high) = weighted.get("x").unwrap().eti(0.89);
    let outer = &picture.points("segments")[0];
    close(&[scale(outer[0][0]), scale(outer[1][0])], &[low, high], 0.03);
    for error in [
        plot_trace(&weighted).figure(),
        plot_rank(&weighted).figure(),
        plot_autocorr(&weighted).figure(),
        plot_ess_evolution(&weighted).figure(),
        plot_forest(&weighted).by_chain().figure(),
    ] {
        assert!(error.unwrap_err().to_string().contains("weighted draws do not have"));
    }
    assert!(
        plot_energy(&weighted).figure().unwrap_err().to_string().contains("`energy`, which these draws do not have")
    );
    Picture::of("ridge_weighted", &plot_ridge(&weighted));
    Picture::of("pair_weighted", &plot_pair(&weighted));
}

#[test]
fn forest() {
    let picture = Picture::of("forest", &plot_forest(posterior()).title("Eight schools"));
    picture.has_texts(&["mu", "tau", "theta[0]", "theta[7]", "50%", "89%", "Eight schools", "value"]);
    let scale = picture.x_scale(0);
    let summary = posterior().summary();
    let (segments, rings) = (picture.points("segments"), picture.circles("scatter"));
    assert_eq!((segments.len(), rings.len()), (20, 10));
    for (position, row) in summary.rows().iter().enumerate() {
        let ends = |line: &[[f64; 2]]| [scale(line[0][0]), scale(line[1][0])];
        close(&ends(&segments[2 * position]), &[row.interval.0, row.interval.1], 0.06);
        let (low, high) = posterior().component(&row.label).unwrap().eti(0.5);
        close(&ends(&segments[2 * position + 1]), &[low, high], 0.06);
        close(&[scale(rings[position][0])], &[row.mean], 0.06);
    }
    let picture = Picture::of("forest_by_chain", &plot_forest(posterior()).by_chain());
    assert_eq!(picture.circles("scatter").len(), 40);
    picture.has_texts(&["chain 0", "chain 3"]);
}

#[test]
fn ridge() {
    let picture = Picture::of("ridge", &plot_ridge(posterior()).only(["theta"]).unwrap());
    assert_eq!((picture.count("band"), picture.count("line")), (16, 8));
    picture.has_texts(&["theta[0]", "theta[7]", "value"]);
}

#[test]
fn pair() {
    let plot = plot_pair(posterior()).only(["mu", "tau", "theta[0]"]).unwrap();
    let picture = Picture::of("pair", &plot);
    assert_eq!((picture.count("panel"), picture.count("line")), (6, 3));
    picture.has_texts(&["mu", "tau", "theta[0]", "divergence"]);
    // Three scatters of all draws, and one of the divergences over each: two lines a cross.
    let divergences = posterior().sample_stats().divergences();
    assert!(divergences > 3, "{divergences}");
    let crosses: Vec<_> = picture.points("scatter").into_iter().filter(|points| !points.is_empty()).collect();
    assert_eq!(crosses.iter().map(Vec::len).collect::<Vec<_>>(), [4 * divergences; 3]);
    assert_eq!(picture.circles("scatter").len(), 3 * 600);
    let picture = Picture::of("pair_default", &plot_pair(posterior()));
    assert!(picture.notes().contains("6 further quantities are not shown"), "{}", picture.notes());
}

#[test]
fn prior_and_posterior() {
    use ppl::prelude::*;
    let (y, sigma) = (Tensor::from(super::Y), Tensor::from(super::SIGMA));
    let prior = prior_predictive(&super::schools(&y, &sigma), 500, 1).unwrap();
    let plot = plot_prior_posterior(&prior, posterior()).only(["mu", "tau"]).unwrap();
    let picture = Picture::of("prior_posterior", &plot);
    assert_eq!((picture.count("panel"), picture.count("line")), (2, 4));
    picture.has_texts(&["prior", "posterior", "mu", "tau"]);
    assert!(prior.draws().sites().len() > 1);
    let other = weighted();
    let error = plot_prior_posterior(&other, posterior()).only(["mu"]).unwrap().figure().unwrap_err();
    assert!(error.to_string().starts_with("no site is named `mu`"), "{error}");
}
