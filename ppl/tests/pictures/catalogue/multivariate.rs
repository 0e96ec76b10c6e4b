//! Distributions of vectors and matrices.

use std::f64::consts::PI;

use ppl::distribution::{
    Adjacency, CAR, CirculantNormal, Dirichlet, Distribution, Draw, Gamma, GaussianCopula, GaussianMarkovRandomField,
    ICAR, InverseWishart, LKJ, LKJCholesky, LogisticNormal, MatrixNormal, MultivariateNormal, MultivariateStudentT,
    SparsityPattern, VectorDiffeomixture, VectorExponentialDiag, Wishart, ZeroSumNormal,
};
use ppl::{Result, Tensor};

use crate::figure::Picture;
use crate::figure::density::Densities;
use crate::figure::lattice::squares;
use crate::figure::panels::{Panels, dots};
use crate::figure::simplex::draws_on_simplex;
use crate::svg::{COLOURS, Path};

pub(crate) fn pictures() -> Vec<Picture> {
    [contours(), ellipses(), correlations(), sequences(), lattices(), simplex()].into_iter().flatten().collect()
}

fn contours() -> Vec<Picture> {
    let normal = |covariance: [[f64; 2]; 2]| MultivariateNormal::new([0.0, 0.0], covariance);
    let student_t = |df: f64| MultivariateStudentT::new(df, [0.0, 0.0], [[1.0, 0.5], [0.5, 1.0]]);
    let copula = |r: f64| GaussianCopula::new(Gamma::new(2.0, 1.0)?, [[1.0, r], [r, 1.0]]);
    let bridge = |temperature: f64| {
        let scale_tril = Tensor::from([[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.0], [0.4, 0.5]]]);
        VectorDiffeomixture::new([0.0], temperature, [[0.0, 0.0], [3.0, 4.0]], scale_tril)
    };
    let exponential = |loc: [f64; 2], scale: [f64; 2]| VectorExponentialDiag::new(loc, scale);
    vec![
        Panels::new("MultivariateNormal", "MultivariateNormal::new([0, 0], covariance_matrix)", -3.5..3.5, -3.5..3.5)
            .contours("[[1, 0], [0, 1]]", normal([[1.0, 0.0], [0.0, 1.0]]))
            .contours("[[1, 0.8], [0.8, 1]]", normal([[1.0, 0.8], [0.8, 1.0]]))
            .contours("[[2, 0], [0, 0.5]]", normal([[2.0, 0.0], [0.0, 0.5]]))
            .contours("[[2, −1], [−1, 1]]", normal([[2.0, -1.0], [-1.0, 1.0]]))
            .draw(),
        Panels::new(
            "MultivariateStudentT",
            "MultivariateStudentT::new(df, [0, 0], [[1, 0.5], [0.5, 1]])",
            -6.0..6.0,
            -6.0..6.0,
        )
        .contours("1", student_t(1.0))
        .contours("2", student_t(2.0))
        .contours("5", student_t(5.0))
        .contours("100", student_t(100.0))
        .draw(),
        Panels::new("GaussianCopula", "GaussianCopula::new(Gamma::new(2, 1), [[1, r], [r, 1]])", 0.0..6.0, 0.0..6.0)
            .contours("r = 0", copula(0.0))
            .contours("r = 0.5", copula(0.5))
            .contours("r = 0.9", copula(0.9))
            .contours("r = −0.8", copula(-0.8))
            .draw(),
        Panels::new(
            "VectorDiffeomixture",
            "VectorDiffeomixture::new([0], temperature, loc, [I, S])",
            -3.0..6.0,
            -3.0..6.0,
        )
        .contours("0.1", bridge(0.1))
        .contours("0.5", bridge(0.5))
        .contours("1", bridge(1.0))
        .contours("5", bridge(5.0))
        .draw(),
        Panels::new("VectorExponentialDiag", "VectorExponentialDiag::new(loc, scale_diag)", -0.5..6.0, -0.5..6.0)
            .contours("[0, 0], [1, 1]", exponential([0.0, 0.0], [1.0, 1.0]))
            .contours("[0, 0], [0.5, 1]", exponential([0.0, 0.0], [0.5, 1.0]))
            .contours("[0, 0], [1, 0.3]", exponential([0.0, 0.0], [1.0, 0.3]))
            .contours("[1, 2], [1, 0.5]", exponential([1.0, 2.0], [1.0, 0.5]))
            .draw(),
    ]
}

/// Matrices S as the ellipses xᵀ S⁻¹ x = 1.
fn ellipses() -> Vec<Picture> {
    let mean = Tensor::from([[1.0, 0.6], [0.6, 1.0]]);
    let panels = |name: &str, title: &str| Panels::new(name, title, -2.5..2.5, -2.5..2.5);
    let mut wishart = panels("Wishart", "ellipses of draws of Wishart::new(df, [[1, 0.6], [0.6, 1]] / df)");
    let mut inverse =
        panels("InverseWishart", "ellipses of draws of InverseWishart::new(df, [[1, 0.6], [0.6, 1]] · (df − 3))");
    for df in [4.0, 8.0, 20.0, 100.0] {
        wishart = wishart.lines(format!("df = {df}"), ellipses_of(Wishart::new(df, &mean / df)));
        inverse = inverse.lines(format!("df = {df}"), ellipses_of(InverseWishart::new(df, &mean * (df - 3.0))));
    }
    vec![wishart.draw(), inverse.draw()]
}

fn ellipses_of(distribution: Result<impl Distribution>) -> Vec<Vec<[f64; 2]>> {
    let draws = distribution.and_then(|distribution| distribution.draw_n(0, [4])).expect("draws").to_vec();
    let ellipse = |matrix: &[f64]| {
        // Cholesky's factor, by which the circle becomes the ellipse.
        let a = matrix[0].sqrt();
        let b = matrix[2] / a;
        let c = (matrix[3] - b * b).sqrt();
        let angles = (0..=90).map(|i| f64::from(i) * PI / 45.0);
        angles.map(|angle| [a * angle.cos(), b * angle.cos() + c * angle.sin()]).collect()
    };
    draws.chunks_exact(4).map(ellipse).collect()
}

fn correlations() -> Vec<Picture> {
    let matrices = |r: &[f64]| Tensor::from(r.iter().map(|r| [[1.0, *r], [*r, 1.0]]).collect::<Vec<_>>());
    let factors =
        |r: &[f64]| Tensor::from(r.iter().map(|r| [[1.0, 0.0], [*r, (1.0 - r * r).sqrt()]]).collect::<Vec<_>>());
    let of = "new(2, concentration) by the correlation";
    let mut lkj = Densities::new("LKJ", &format!("LKJ::{of}"), -0.999..0.999).up_to(2.0);
    let mut cholesky = Densities::new("LKJCholesky", &format!("LKJCholesky::{of}"), -0.999..0.999).up_to(2.0);
    for concentration in [0.5, 1.0, 2.0, 10.0] {
        let matrix = LKJ::new(2, concentration).expect("parameters");
        lkj = lkj.curve(concentration.to_string(), move |r| matrix.prob(&matrices(r)).expect("matrices").to_vec());
        let factor = LKJCholesky::new(2, concentration).expect("parameters");
        cholesky =
            cholesky.curve(concentration.to_string(), move |r| factor.prob(&factors(r)).expect("factors").to_vec());
    }
    vec![lkj.draw(), cholesky.draw()]
}

/// exp(−((i − j) / length)²), the covariance of neighbours in a smooth sequence.
fn smooth(size: usize, length: f64) -> Tensor {
    let entry = |i: usize, j: usize| (-(i.abs_diff(j) as f64 / length).powi(2)).exp() + if i == j { 1e-6 } else { 0.0 };
    Tensor::from((0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect::<Vec<Vec<f64>>>())
}

fn sequences() -> Vec<Picture> {
    const SIZE: usize = 40;
    let x: Vec<f64> = (0..SIZE).map(|i| i as f64).collect();

    let rows = |r: f64, length: f64| {
        let row = [[1.0, r, r], [r, 1.0, r], [r, r, 1.0]];
        let column = if length > 0.0 { smooth(SIZE, length) } else { Tensor::eye(SIZE) };
        let draw =
            MatrixNormal::from_covariances(Tensor::zeros([3, SIZE]), row, column).draw(0).expect("a draw").to_vec();
        draw.chunks_exact(SIZE).map(|row| x.iter().zip(row).map(|(x, y)| [*x, *y]).collect()).collect()
    };
    let title = "the three rows of a draw of MatrixNormal, by the correlations of rows and columns";
    let matrix = Panels::new("MatrixNormal", title, 0.0..40.0, -3.2..3.2)
        .lines("neither", rows(0.0, 0.0))
        .lines("rows", rows(0.95, 0.0))
        .lines("columns", rows(0.0, 5.0))
        .lines("both", rows(0.95, 5.0));

    let mut circulant = Panels::new(
        "CirculantNormal",
        "draws of CirculantNormal with a periodic covariance, of 40 points in a circle",
        0.0..40.0,
        -3.2..3.2,
    );
    for length in [0.1, 0.3, 0.6, 1.5] {
        let entry = |i: f64| (-2.0 * ((PI * i / SIZE as f64).sin() / length).powi(2)).exp();
        let row: Vec<f64> = x.iter().map(|i| entry(*i) + if *i == 0.0 { 1e-6 } else { 0.0 }).collect();
        circulant =
            circulant.draws(format!("length = {length}"), &x, 3, CirculantNormal::new(Tensor::zeros([SIZE]), row));
    }

    let mut zero_sum = Panels::new("ZeroSumNormal", "a draw of ZeroSumNormal::new(scale, [8])", -0.5..7.5, -4.5..4.5);
    for scale in [0.3, 0.7, 1.0, 2.0] {
        let draw = ZeroSumNormal::new(scale, [8]).draw(3).expect("a draw").to_vec();
        zero_sum = zero_sum.panel(format!("scale = {scale}"), move |frame, svg| {
            let points: Vec<[f64; 2]> = draw.iter().enumerate().map(|(i, value)| [i as f64, *value]).collect();
            let mut stems = Path::default();
            stems.polyline(&[frame.point(-0.5, 0.0), frame.point(7.5, 0.0)]);
            points.iter().for_each(|[x, y]| stems.polyline(&[frame.point(*x, 0.0), frame.point(*x, *y)]));
            svg.stroke(&stems, COLOURS[0], " opacity=\".6\"");
            dots(frame, svg, &points, COLOURS[0], 5.0);
        });
    }
    vec![matrix.draw(), circulant.draw(), zero_sum.draw()]
}

/// Draws on a square lattice whose neighbours are those on the left, on the right, above and below.
fn lattices() -> Vec<Picture> {
    const SIDE: usize = 8;
    let index = |row: usize, column: usize| row * SIDE + column;
    let edges: Vec<(usize, usize)> = (0..SIDE)
        .flat_map(|row| (0..SIDE - 1).map(move |column| (row, column)))
        .flat_map(|(row, column)| {
            [(index(row, column), index(row, column + 1)), (index(column, row), index(column + 1, row))]
        })
        .collect();
    let adjacency = Adjacency::from_edges(SIDE * SIDE, &edges).expect("a graph");
    let side = SIDE as f64;
    let panels = |name: &str, title: &str| Panels::new(name, title, 0.0..side, 0.0..side).bare();
    let title = "draws of CAR::new(0, correlation, 1, adjacency) on a lattice: above and below 0";
    let mut car = panels("CAR", title);
    for correlation in [0.0, 0.8, 0.98, 0.999] {
        let draw = CAR::new(0.0, correlation, 1.0, &adjacency).draw(1).expect("a draw").to_vec();
        car = car.panel(format!("correlation = {correlation}"), move |frame, svg| squares(frame, svg, &draw, SIDE));
    }
    let mut icar = panels("ICAR", "four draws of ICAR::new(1, adjacency) on a lattice: above and below 0");
    for seed in 0..4 {
        let draw = ICAR::new(1.0, &adjacency).draw(seed).expect("a draw").to_vec();
        icar = icar.panel("", move |frame, svg| squares(frame, svg, &draw, SIDE));
    }
    // The same lattice by its precision matrix: 4.05 of a node, −1 of neighbours.
    let title = "draws of GaussianMarkovRandomField with precisions 4 + d and −1 on a lattice";
    let mut field = panels("GaussianMarkovRandomField", title);
    let nodes = (0..SIDE * SIDE).map(|node| (node, node));
    let entries: Vec<(usize, usize)> = nodes.chain(edges.iter().copied()).collect();
    let pattern = SparsityPattern::new(SIDE * SIDE, &entries).expect("a pattern");
    for excess in [4.0, 0.5, 0.05, 0.005] {
        let precision = entries.iter().map(|(row, column)| if row == column { 4.0 + excess } else { -1.0 });
        let precision = Tensor::from(precision.collect::<Vec<f64>>());
        let draw = GaussianMarkovRandomField::new(0.0, precision, &pattern).draw(1).expect("a draw").to_vec();
        field = field.panel(format!("d = {excess}"), move |frame, svg| squares(frame, svg, &draw, SIDE));
    }
    vec![car.draw(), icar.draw(), field.draw()]
}

fn simplex() -> Vec<Picture> {
    let dirichlet = draws_on_simplex("Dirichlet", "Dirichlet::new(concentration)")
        .of("[1, 1, 1]", Dirichlet::new([1.0, 1.0, 1.0]))
        .of("[0.3, 0.3, 0.3]", Dirichlet::new([0.3, 0.3, 0.3]))
        .of("[10, 10, 10]", Dirichlet::new([10.0, 10.0, 10.0]))
        .of("[2, 5, 15]", Dirichlet::new([2.0, 5.0, 15.0]));
    let logistic_normal = draws_on_simplex("LogisticNormal", "LogisticNormal::new(loc, scale)")
        .of("[0, 0], 0.3", LogisticNormal::new([0.0, 0.0], 0.3))
        .of("[0, 0], 1", LogisticNormal::new([0.0, 0.0], 1.0))
        .of("[0, 0], 3", LogisticNormal::new([0.0, 0.0], 3.0))
        .of("[1, −1], [1, 0.2]", LogisticNormal::new([1.0, -1.0], [1.0, 0.2]));
    vec![dirichlet.draw(), logistic_normal.draw()]
}
