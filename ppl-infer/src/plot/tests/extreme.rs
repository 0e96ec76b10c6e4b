//! Draws that are hard to draw: not finite, equal, none, very many.

use ndarray::{Array2, ArrayD, ArrayView3};

use super::svg::Picture;
use crate::Draws;
use crate::draws::{SiteTable, tests::scores};
use crate::plot::*;

/// Every plot of draws, of these.
fn all(name: &str, draws: &Draws) -> Vec<Picture> {
    let of = |plot: &str| format!("extreme_{name}_{plot}");
    vec![
        Picture::of(&of("trace"), &plot_trace(draws)),
        Picture::of(&of("trace_dist"), &plot_trace_dist(draws)),
        Picture::of(&of("dist"), &plot_dist(draws)),
        Picture::of(&of("histogram"), &plot_dist(draws).histogram(20)),
        Picture::of(&of("rank"), &plot_rank(draws)),
        Picture::of(&of("pair"), &plot_pair(draws)),
        Picture::of(&of("forest"), &plot_forest(draws)),
        Picture::of(&of("forest_by_chain"), &plot_forest(draws).by_chain()),
        Picture::of(&of("ridge"), &plot_ridge(draws)),
        Picture::of(&of("autocorr"), &plot_autocorr(draws)),
        Picture::of(&of("ess_evolution"), &plot_ess_evolution(draws)),
        Picture::of(&of("prior_posterior"), &plot_prior_posterior(draws, draws)),
    ]
}

fn draws(shape: &[usize], values: Vec<f64>) -> Draws {
    let mut sites = SiteTable::new(&shape[..2]);
    sites.insert("x", ArrayD::from_shape_vec(shape, values).unwrap()).unwrap();
    Draws::new(sites).unwrap()
}

#[test]
fn draws_that_are_not_finite() {
    let mut values = scores(400, 6);
    (values[10], values[110], values[210]) = (f64::NAN, f64::INFINITY, f64::NEG_INFINITY);
    let pictures = all("some", &draws(&[4, 100], values));
    assert!(pictures[0].notes().contains("not finite and left out"), "{}", pictures[0].notes());
    all("none", &draws(&[4, 100], vec![f64::NAN; 400]));
}

#[test]
fn constant_draws_and_one_draw() {
    for (name, value) in [("zero", 0.0), ("constant", 3.5), ("huge", 1e300), ("tiny", 1e-300)] {
        all(name, &draws(&[4, 100], vec![value; 400]));
    }
    all("single", &draws(&[1, 1], vec![2.0]));
    all("two", &draws(&[2, 1], vec![2.0, 3.0]));
}

#[test]
fn values_far_apart() {
    let mut values = scores(400, 6);
    (values[10], values[110]) = (f64::MAX, -f64::MAX);
    all("far", &draws(&[4, 100], values));
    all("beside_1e9", &draws(&[4, 100], scores(400, 7).into_iter().map(|score| 1e9 + 1e-3 * score).collect()));
}

#[test]
fn no_sites_and_sites_of_size_zero() {
    for sites in [SiteTable::new(&[2, 10]), {
        let mut sites = SiteTable::new(&[2, 10]);
        sites.insert("none", ArrayD::zeros(vec![2, 10, 0])).unwrap();
        sites
    }] {
        for picture in all("empty", &Draws::new(sites).unwrap()) {
            assert!(picture.notes().contains("there is no quantity to show"), "{}", picture.notes());
        }
    }
}

#[test]
fn a_hundred_thousand_draws_are_thinned() {
    let pictures = all("long", &draws(&[4, 25_000], scores(100_000, 5)));
    assert!(pictures[5].count("scatter") == 0 && pictures[4].notes().contains("1000 draws of each chain are ranked"));
}

#[test]
fn hundreds_of_quantities() {
    let long: Vec<String> = (0..3).map(|at| format!("a_rather_long_name_of_a_site_number_{at}")).collect();
    let mut sites = SiteTable::new(&[2, 50]);
    for name in &long {
        sites.insert(name, ArrayD::from_shape_vec(vec![2, 50, 150], scores(15_000, 3)).unwrap()).unwrap();
    }
    let pictures = all("many", &Draws::new(sites).unwrap());
    for picture in &pictures[..11] {
        assert!(picture.notes().contains("further quantities are not shown"), "{}", picture.notes());
    }
    let draws = draws(&[2, 50, 300], scores(30_000, 4));
    let picture = Picture::of("extreme_forest_of_300", &plot_forest(&draws).only(["x"]).unwrap());
    assert_eq!(picture.circles("scatter").len(), 300);
}

#[test]
fn nothing_at_all() {
    let nothing: [f64; 0] = [];
    Picture::of("extreme_axes", &axes());
    let plot = axes().line(nothing, nothing).scatter(nothing, nothing).histogram(nothing, 3).density(nothing);
    Picture::of("extreme_layers", &plot.band(nothing, nothing, nothing).bars(nothing, nothing));
    Picture::of("extreme_loss", &plot_loss(&nothing[..]));
    Picture::of("extreme_losses", &plot_loss(&[f64::NAN, 1.0, f64::INFINITY][..]));
    Picture::of("extreme_pit", &plot_ecdf_pit([("none", nothing)]));
    Picture::of("extreme_grid", &grid(0, 0, Vec::<Axes>::new()));
    let loo = crate::diagnostics::loo(ArrayView3::from_shape((1, 5, 0), &[]).unwrap(), 1.0);
    Picture::of("extreme_khat", &plot_khat(&loo));
    Picture::of("extreme_compare", &plot_compare(Vec::<(&str, &crate::diagnostics::Loo)>::new()));
    assert!(heat_map(&Array2::<f64>::zeros((0, 3))).figure().is_err());
    let of_three_axes = heat_map(&ppl::Tensor::zeros([2, 3, 1])).figure().unwrap_err().to_string();
    assert_eq!(of_three_axes, "heat_map: `matrix` has shape [2, 3, 1], expected two axes");
    Picture::of("extreme_heat_map", &heat_map(&Array2::from_elem((2, 2), f64::NAN)));
}

#[test]
fn a_large_matrix_is_drawn_in_blocks() {
    let matrix =
        Array2::from_shape_fn((700, 400), |(row, column)| (row as f64 / 50.0).sin() + (column as f64 / 30.0).cos());
    let picture = Picture::of("extreme_matrix", &heat_map(&matrix));
    assert_eq!(picture.notes(), "each cell is the mean of a block of 5 × 5");
}

#[test]
fn texts_of_users_are_escaped() {
    let picture = Picture::of("extreme_text", &axes().line([0.0], [0.0]).title("<script> & \"x\"").color("red\"/>"));
    picture.has_texts(&["&lt;script&gt; &amp; &quot;x&quot;"]);
}
