//! Plots of draws.

use super::{posterior, svg::Picture};
use crate::plot::*;

#[test]
fn trace() {
    let picture = Picture::of("trace", &plot_trace(posterior()).only(["mu", "tau"]).unwrap());
    assert_eq!((picture.count("panel"), picture.count("line")), (2, 8));
    picture.has_texts(&["mu", "tau", "draw", "chain 0", "chain 3", "divergence", "4 chains of 250 draws"]);
}

#[test]
fn trace_dist() {
    let picture = Picture::of("trace_dist", &plot_trace_dist(posterior()));
    assert_eq!(picture.count("panel"), 12);
}

#[test]
fn dist() {
    Picture::of("dist", &plot_dist(posterior()));
    Picture::of(
        "dist_histogram",
        &plot_dist(posterior()).only(["tau", "mu"]).unwrap().histogram(30).reference("mu", 2.0),
    );
}
