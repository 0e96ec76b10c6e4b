//! Distributions of directions.

use std::f64::consts::PI;

use ppl::distribution::{
    Distribution, Draw, PowerSpherical, ProjectedNormal, SineBivariateVonMises, SineSkewed, SphericalUniform, VonMises,
    VonMisesFisher,
};
use ppl::{Result, Tensor};

use crate::axis::Ticks;
use crate::figure::Picture;
use crate::figure::density::{Densities, densities};
use crate::figure::panels::{Panels, dots, pairs, polyline};
use crate::svg::COLOURS;

pub(crate) fn pictures() -> Vec<Picture> {
    let von_mises =
        densities!(VonMises::new(loc, concentration), -PI..PI; (0.0, 0.5), (0.0, 2.0), (0.0, 8.0), (2.0, 2.0));

    let of_angle = |x: &[f64]| Tensor::from(x.iter().map(|angle| [angle.cos(), angle.sin()]).collect::<Vec<_>>());
    let mut projected = Densities::new("ProjectedNormal", "ProjectedNormal::new(concentration) by the angle", -PI..PI);
    for (label, concentration) in
        [("[1, 0]", [1.0, 0.0]), ("[3, 0]", [3.0, 0.0]), ("[0, 1]", [0.0, 1.0]), ("[−1, −1]", [-1.0, -1.0])]
    {
        projected = of_events(projected, label, ProjectedNormal::new(concentration), of_angle);
    }

    // Directions in three dimensions, at these angles from the mean direction.
    let off_mean = |x: &[f64]| Tensor::from(x.iter().map(|angle| [angle.cos(), angle.sin(), 0.0]).collect::<Vec<_>>());
    let mean = [1.0, 0.0, 0.0];
    let title = |name: &str| format!("{name}::new([1, 0, 0], concentration), by the angle");
    let mut fisher = Densities::new("VonMisesFisher", &title("VonMisesFisher"), -PI..PI);
    let mut power = Densities::new("PowerSpherical", &title("PowerSpherical"), -PI..PI);
    for concentration in [0.5, 2.0, 5.0, 10.0] {
        let label = concentration.to_string();
        fisher = of_events(fisher, &label, VonMisesFisher::new(mean, concentration), off_mean);
        power = of_events(power, &label, PowerSpherical::new(mean, concentration), off_mean);
    }

    let torsion = "SineBivariateVonMises::new(0, 0, phi_concentration, psi_concentration, correlation)";
    let bivariate = Panels::new("SineBivariateVonMises", torsion, -PI..PI, -PI..PI)
        .ticks(Ticks::of_angles(), Ticks::of_angles())
        .contours("2, 2, 0", SineBivariateVonMises::new(0.0, 0.0, 2.0, 2.0, 0.0))
        .contours("2, 2, 1.5", SineBivariateVonMises::new(0.0, 0.0, 2.0, 2.0, 1.5))
        .contours("8, 2, −3", SineBivariateVonMises::new(0.0, 0.0, 8.0, 2.0, -3.0))
        .contours("2, 2, 5", SineBivariateVonMises::new(0.0, 0.0, 2.0, 2.0, 5.0));

    let mut skewed = Densities::new("SineSkewed", "SineSkewed::new(VonMises::new(0, 2), skewness)", -PI..PI);
    for (label, skewness) in [("0", 0.0), ("0.5", 0.5), ("1", 1.0), ("−1", -1.0)] {
        let base = VonMises::new(0.0, 2.0).expect("parameters");
        skewed = of_events(skewed, label, SineSkewed::new(base, skewness), |x| Tensor::from(x.to_vec()));
    }

    let angles =
        [von_mises, skewed, projected, fisher, power].map(|densities| densities.ticks(Ticks::of_angles()).draw());
    angles.into_iter().chain([bivariate.draw(), spheres()]).collect()
}

/// A density of directions, by an angle.
fn of_events(
    densities: Densities,
    label: &str,
    distribution: Result<impl Distribution>,
    events: impl Fn(&[f64]) -> Tensor + 'static,
) -> Densities {
    let distribution = distribution.unwrap_or_else(|error| panic!("{label}: {error}"));
    densities.curve(label, move |x| distribution.prob(&events(x)).expect("unit vectors").to_vec())
}

/// Draws on the circle, and on the half of the sphere that is seen from above.
fn spheres() -> Picture {
    let circle: Vec<[f64; 2]> =
        (0..=72).map(|i| f64::from(i) * PI / 36.0).map(|angle| [angle.cos(), angle.sin()]).collect();
    let outline = circle.clone();
    Panels::new("SphericalUniform", "draws of SphericalUniform::new(dimension)", -1.1..1.1, -1.1..1.1)
        .bare()
        .panel("", |_, _| {})
        .panel("2", move |frame, svg| {
            polyline(frame, svg, &outline, "currentColor");
            dots(frame, svg, &pairs(&SphericalUniform::new(2).draw_n(0, [60]).expect("draws")), COLOURS[0], 3.0);
        })
        .panel("3", move |frame, svg| {
            polyline(frame, svg, &circle, "currentColor");
            let draws = SphericalUniform::new(3).draw_n(0, [500]).expect("draws").to_vec();
            let above: Vec<[f64; 2]> =
                draws.chunks_exact(3).filter(|draw| draw[2] > 0.0).map(|draw| [draw[0], draw[1]]).collect();
            dots(frame, svg, &above, COLOURS[0], 2.0);
        })
        .panel("", |_, _| {})
        .draw()
}
