//! Plots of chains.

use super::{
    posterior,
    svg::{Picture, close},
};
use crate::diagnostics::{autocorrelation, ess_bulk};
use crate::plot::*;

#[test]
fn trace() {
    let picture = Picture::of("trace", &plot_trace(posterior()).only(["mu", "tau"]).unwrap());
    assert_eq!((picture.count("panel"), picture.count("line"), picture.count("rug")), (2, 8, 2));
    picture.has_texts(&["mu", "tau", "draw", "chain 0", "chain 3", "divergence", "4 chains of 150 draws"]);
    let divergences = posterior().sample_stats().divergences();
    assert_eq!(picture.points("rug")[0].len(), 2 * divergences);
    // The first line is that of chain 0, by both scales.
    let (x, y) = (picture.x_scale(0), picture.y_scale(0));
    let mu = posterior().get("mu").unwrap();
    for (draw, [at, height]) in picture.points("line")[0].iter().enumerate().step_by(25) {
        close(&[x(*at), y(*height)], &[draw as f64, mu.values()[[0, draw]]], 0.2);
    }
}

#[test]
fn trace_dist() {
    let picture = Picture::of("trace_dist", &plot_trace_dist(posterior()));
    assert_eq!((picture.count("panel"), picture.count("line")), (12, 48));
    picture.has_texts(&["mu", "theta[3]", "value", "draw"]);
    assert_eq!(picture.notes(), "4 further quantities are not shown");
    assert!(plot_trace(posterior()).only(["tehta"]).is_err());
}

#[test]
fn rank() {
    let picture = Picture::of("rank", &plot_rank(posterior()).only(["mu", "tau"]).unwrap());
    assert_eq!((picture.count("panel"), picture.count("line"), picture.count("band")), (2, 8, 2));
    picture.has_texts(&["mu", "Δ ECDF", "rank / draws", "chain 2"]);
    // The draws of tau are so correlated that chains seem to differ.
    let notes = picture.notes();
    assert!(notes.starts_with("band: 99% if all chains have one distribution; "), "{notes}");
    assert!(notes.ends_with(" of 8 lines leave the band"), "{notes}");
    assert!(plot_rank(posterior()).probability(99.0).figure().is_err());
}

#[test]
fn autocorr() {
    let picture = Picture::of("autocorr", &plot_autocorr(posterior()).only(["mu", "tau"]).unwrap());
    assert_eq!((picture.count("panel"), picture.count("line")), (2, 8));
    let tau = posterior().get("tau").unwrap();
    let first: Vec<f64> = tau.values().outer_iter().next().unwrap().iter().copied().collect();
    let y = picture.y_scale(1);
    let expected = autocorrelation(&first);
    for (lag, [_, height]) in picture.points("line")[4].iter().enumerate() {
        close(&[y(*height)], &[expected[lag]], 0.01);
    }
}

#[test]
fn energy() {
    let picture = Picture::of("energy", &plot_energy(posterior()));
    assert_eq!((picture.count("line"), picture.count("band")), (2, 2));
    picture.has_texts(&["energy", "change of the energy"]);
    let fractions = posterior().bfmi().unwrap();
    let listed: Vec<String> = fractions.iter().map(|fraction| format!("{fraction:.2}")).collect();
    assert_eq!(picture.notes(), format!("E-BFMI of each chain: {}", listed.join(", ")));
}

#[test]
fn ess_evolution() {
    let picture = Picture::of("ess_evolution", &plot_ess_evolution(posterior()).only(["mu", "tau"]).unwrap());
    assert_eq!((picture.count("line"), picture.count("horizontal")), (4, 2));
    picture.has_texts(&["bulk", "tails", "needed", "draws", "effective sample size"]);
    let mu = posterior().get("mu").unwrap();
    let all = mu.values().into_dimensionality::<ndarray::Ix2>().unwrap();
    let last = picture.points("line")[0].last().copied().unwrap();
    close(&[picture.y_scale(0)(last[1])], &[ess_bulk(all)], 5.0);
    close(&[picture.x_scale(0)(last[0])], &[600.0], 2.0);
}
