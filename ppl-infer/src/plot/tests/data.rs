//! Plots of data.

use ndarray::Array2;
use ppl::Tensor;

use super::svg::Picture;
use crate::draws::tests::scores;
use crate::plot::*;

#[test]
fn histogram_with_a_density_over_it() {
    let values = scores(1000, 1);
    let x: Vec<f64> = (-40..=40).map(|at| f64::from(at) / 10.0).collect();
    let density = x.iter().map(|x| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt());
    let plot = axes()
        .histogram(&values, 30)
        .label("draws")
        .line(&x, density)
        .label("Normal(0, 1)")
        .vertical(0.5)
        .label("true value")
        .title("1000 draws")
        .x_label("value")
        .y_label("density");
    let picture = Picture::of("histogram", &plot);
    assert_eq!(picture.rects("bars").len(), 30);
}

#[test]
fn gaussian_process_band() {
    let x: Vec<f64> = (0..100).map(|at| f64::from(at) / 10.0).collect();
    let mean: Vec<f64> = x.iter().map(|x| x.sin()).collect();
    let plot = axes()
        .band(&x, mean.iter().map(|y| y - 0.4), mean.iter().map(|y| y + 0.4))
        .label("2σ")
        .line(&x, &mean)
        .color(0)
        .label("mean")
        .line(&x, mean.iter().map(|y| y + 0.2))
        .width(1.0)
        .scatter([1.0, 4.0, 6.0], [0.9, -0.7, -0.3])
        .color("black")
        .label("data")
        .x_label("x")
        .y_label("f(x)");
    Picture::of("band", &plot);
}

#[test]
fn scatter_by_group() {
    let (x, y) = (scores(150, 2), scores(150, 3));
    let groups = (0..150).map(|at| format!("member {}", at / 50));
    Picture::of("scatter", &axes().scatter_by(&x, &y, groups).x_label("x[0]").y_label("x[1]"));
}

#[test]
fn matrix() {
    let matrix = Array2::from_shape_fn((5, 8), |(row, column)| (row as f64 - column as f64) / 7.0);
    Picture::of("heat_map", &heat_map(&matrix).title("a matrix").x_label("column").y_label("row").color_label("value"));
    let small = Array2::from_shape_fn((3, 3), |(row, column)| if row == column { 1.0 } else { 0.1 * row as f64 });
    Picture::of("heat_maps", &grid(2, 3, (0..6).map(|_| heat_map(&small).limits(-1.0, 1.0))).title("LKJ(10)"));
}

fn least(points: &[[f64; 2]], axis: usize) -> f64 {
    points.iter().map(|point| point[axis]).fold(f64::INFINITY, f64::min)
}

fn most(points: &[[f64; 2]], axis: usize) -> f64 {
    points.iter().map(|point| point[axis]).fold(f64::NEG_INFINITY, f64::max)
}

/// Images of a row stand side by side, with a pixel of white between them; the rows below each other.
#[test]
fn rows_of_images() {
    let image = |count: usize| Tensor::arange(count * 6).reshape([count, 2, 3]);
    let picture = Picture::of("images", &images([("originals", &image(4)), ("a few", &image(2))]).title("images"));
    assert_eq!(picture.count("cells"), 6);
    picture.has_texts(&["images", "originals", "a few"]);
    assert_eq!(picture.notes(), "");
    // The left edges of the images of a row: four pixels apart, of which three are the image.
    let left: Vec<f64> = picture.points("cells").iter().map(|cells| least(cells, 0)).collect();
    let widths: Vec<f64> = picture.points("cells").iter().map(|cells| most(cells, 0) - least(cells, 0)).collect();
    for image in 1..4 {
        assert!((left[image] - left[image - 1] - 4.0 / 3.0 * widths[0]).abs() < 2.0, "{left:?} {widths:?}");
    }
    assert_eq!(left[4..], left[..2]);
    let top: Vec<f64> = picture.points("cells").iter().map(|cells| least(cells, 1)).collect();
    assert!(top[..4].iter().all(|own| *own == top[0]) && top[4] > top[0] && top[4] == top[5]);

    let error = |rows: &[(&str, &Tensor)]| images(rows.iter().copied()).figure().unwrap_err().to_string();
    assert_eq!(error(&[]), "images: `rows` must be at least one row, got none");
    let (flat, other) = (Tensor::zeros([4, 6]), Tensor::zeros([4, 3, 2]));
    assert_eq!(error(&[("a", &flat)]), "images: `a` has shape [4, 6], expected three axes: images, height, width");
    assert_eq!(
        error(&[("a", &image(2)), ("b", &other)]),
        "images: `b` has shape [4, 3, 2], expected images of 2 × 3 pixels, as the first"
    );
}

#[test]
fn losses() {
    let noise = scores(1000, 5);
    let losses: Vec<f64> =
        (0..1000).map(|step| 10.0 + 40.0 * (-f64::from(step) / 80.0).exp() + noise[step as usize]).collect();
    Picture::of("loss", &plot_loss(&losses));
}

#[test]
fn forecast() {
    let values: Vec<f64> = scores(200, 9);
    let future = Array2::from_shape_fn((200, 24), |(draw, time)| {
        20.0 + 3.0 * (time as f64 / 2.0).sin() + values[draw] * (1.0 + time as f64 / 8.0)
    });
    let mut sites = crate::draws::SiteTable::new(&[200]);
    sites.insert("demand", future.into_dyn()).unwrap();
    let draws = crate::Draws::new(sites).unwrap();
    let history: Vec<f64> = (0..60).map(|time| 20.0 + 3.0 * (f64::from(time - 60) / 2.0).sin()).collect();
    let plot = plot_forecast(&draws.get_array("demand").unwrap()).history(&history).draws(10).x_label("month");
    Picture::of("forecast", &plot.title("demand"));
}
