//! A Gaussian process latent variable model: where someone has walked, from nothing but the strengths of radio signals.
//!
//! ```text
//! cargo run --release --example 24_gaussian_process_latent_variables
//! ```
//!
//! The strength of a beacon's signal is a smooth function of the place. Neither the functions nor the places are known; only
//! that a place is two numbers. Lawrence (2004) infers the places by their maximum a posteriori; Ferris, Fox and Lawrence
//! (2007), "WiFi-SLAM using Gaussian process latent variable models", made maps of buildings so.

use ppl::distribution::GaussianProcess;
use ppl::distribution::kernel::ExponentiatedQuadratic;
use ppl::prelude::*;
use ppl_infer::optimize::MapEstimate;
use ppl_infer::prelude::*;

const PLACES: usize = 40;
const BEACONS: usize = 12;

/// The walk: once round on a bent path, `[PLACES, 2]`.
pub fn walk() -> Tensor {
    let t = Tensor::arange(PLACES) * (2.0 * std::f64::consts::PI / PLACES as f64);
    Tensor::stack(&[1.6 * t.cos(), t.sin() + 0.4 * (2.0 * &t).sin()], 1)
}

/// The signals along the walk, `[BEACONS, PLACES]`: each falls with the distance from its beacon, and has noise.
pub fn signals(walk: &Tensor) -> ppl::Result<Tensor> {
    let beacons = Uniform::new([-2.5, -2.0], [2.5, 2.0])?.draw_n(5, BEACONS)?;
    let squared_distance = (beacons.unsqueeze(1) - walk).square().sum_axis(-1);
    Normal::new(3.0 * (-0.25 * squared_distance).exp(), 0.05)?.draw(6)
}

/// Every beacon's signals are a Gaussian process of the places, all with one amplitude and one noise; places are in units of
/// the length scale.
#[model]
pub fn radio_map(signals: &Tensor) {
    let amplitude = sample!("amplitude", LogNormal::new(0.0, 1.0));
    let noise = sample!("noise", LogNormal::new(-2.0, 1.0));
    let places = sample!("places", Normal::new(Tensor::zeros([PLACES, 2]), 1.0).to_event(2));
    let kernel = ExponentiatedQuadratic::new(amplitude, 1.0)?;
    plate!("beacon", BEACONS, {
        observe!("signals", GaussianProcess::new(kernel, places, noise.square()), signals);
    });
}

/// The first two principal components of the signals at each place, of variance 1: the places, were the signals linear.
pub fn principal_components(signals: &Tensor) -> Tensor {
    let centred = signals - signals.mean_axis(-1).unsqueeze(-1);
    let products = centred.transpose().matmul(&centred);
    // Eigenvectors by orthogonal iteration; R of QR is a Cholesky factor.
    let mut components = Tensor::arange(2 * PLACES).sin().reshape([PLACES, 2]);
    for _ in 0..100 {
        components = products.matmul(components);
        let r = components.transpose().matmul(&components).cholesky().transpose();
        components = components.matmul(r.inverse());
    }
    components * (PLACES as f64).sqrt()
}

/// The maximum a posteriori that the principal components lead to. Random starts mostly end in maps with folds, which no
/// small step undoes, and whose density is far lower.
pub fn fit(signals: &Tensor) -> Result<MapEstimate> {
    Map::new().init([(radio_map::places, principal_components(signals))]).run(&radio_map(signals))
}

/// Places turned, mirrored, scaled and shifted onto others (Procrustes), and which fraction of the variance is left: signals
/// do not tell where north is. A rotation and a scale of the plane are the factor c of complex numbers in b ≈ c a.
pub fn onto(places: &Tensor, others: &Tensor) -> (Tensor, f64) {
    let (a, b) = (places - places.mean_axis(0), others - others.mean_axis(0));
    let [ax, ay, bx, by] = [a.index(1, 0), a.index(1, 1), b.index(1, 0), b.index(1, 1)];
    let turned = [ay.clone(), -ay].map(|ay| {
        let size = a.square().sum();
        let (re, im) = ((&ax * &bx + &ay * &by).sum() / &size, (&ax * &by - &ay * &bx).sum() / size);
        let turned = Tensor::stack(&[&re * &ax - &im * &ay, im * &ax + re * ay], 1);
        let left = (&turned - &b).square().sum() / b.square().sum();
        (turned + others.mean_axis(0), left.item())
    });
    let [first, mirrored] = turned;
    if first.1 < mirrored.1 { first } else { mirrored }
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let walk = walk();
    let signals = signals(&walk)?;
    let mode = fit(&signals)?;
    let (found, left) = onto(&Tensor::from(mode.get_array(radio_map::places)?), &walk);
    println!("{}; log density {:.1}", mode.engine(), mode.maximum().log_density);
    println!(
        "noise {:.3} (truth: 0.05), amplitude {:.2}",
        mode.get(radio_map::noise)?,
        mode.get(radio_map::amplitude)?
    );
    let (_, left_by_lines) = onto(&principal_components(&signals), &walk);
    println!("of the variance of the places {:.1} % are not found, by principal components {:.1} %", 100.0 * left, {
        100.0 * left_by_lines
    });

    let time: Vec<f64> = (0..PLACES).map(|place| place as f64).collect();
    let mut known = plot::axes();
    for beacon in &signals {
        known = known.line(&time, beacon.to_vec()).width(1.2);
    }
    let columns = |places: &Tensor| [places.index(1, 0).to_vec(), places.index(1, 1).to_vec()];
    let ([x, y], [found_x, found_y]) = (columns(&walk), columns(&found));
    let map = plot::axes().line(&x, &y).color("black").width(1.0).label("the walk");
    let map = map.scatter(&x, &y).color("black").scatter(found_x, found_y).color(1).label("places that were found");
    let panels = [
        known.title("what is known: twelve signals").x_label("time").y_label("strength"),
        map.title("what was inferred").x_label("east").y_label("north"),
    ];
    plot::grid(1, 2, panels).size(1000, 420).save("target/examples/24_gaussian_process_latent_variables.svg")
}
