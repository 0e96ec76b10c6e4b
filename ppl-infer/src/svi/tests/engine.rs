//! A fit by a recorded program is that by the tape.

use ppl::prelude::*;

use super::scale;
use crate::density::Engine;
use crate::svi::{Adam, AutoMultivariateNormal, AutoNormal, Svi, SviResult};

#[guide(scale)]
fn normal_guide() {
    let loc = param!("loc", 8.0);
    let scale = param!("scale", 2.0, Constraint::Positive);
    sample!("weight", Normal::new(loc, scale));
}

const STEPS: u64 = 100;

fn fit<M: Model, G: Model>(model: &M, guide: &G, engine: Engine) -> SviResult<Adam> {
    let svi = Svi::new(Adam::new(0.05)).num_particles(3).seed(5).steps(STEPS).engine(engine);
    svi.run(model, guide).unwrap()
}

/// The programs round differently: what Adam makes of that in a hundred steps stays far below 1e-8 of the loss.
#[track_caller]
fn assert_same<M: Model, G: Model>(model: &M, guide: &G) {
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| fit(model, guide, engine));
    assert_eq!((recorded.engine(), tape.engine()), ("recorded", "run each time"));
    for (step, (a, b)) in recorded.losses().iter().zip(tape.losses()).enumerate() {
        assert!((a - b).abs() <= 1e-8 * b.abs().max(1.0), "step {step}: {a}, by the tape {b}");
    }
    for name in recorded.params().names() {
        let [a, b] = [&recorded, &tape].map(|fit| fit.params().unconstrained(name).unwrap().to_vec());
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-8), "{name}: {a:?}, by the tape {b:?}");
    }
}

#[model]
fn regression(x: &Tensor, y: &Tensor) {
    let scale = sample!("scale", HalfCauchy::new(1.0));
    let slope = sample!("slope", Normal::new(Tensor::zeros(2), 1.0));
    let rate = sample!("rate", LogNormal::new(0.0, 0.5));
    plate!("n", y.size(), {
        observe!("y", Normal::new(x.matmul(slope) * rate, scale), y);
    });
}

#[test]
fn both_engines_take_the_same_steps() {
    assert_same(&scale(), &normal_guide());
    let x = Tensor::linspace(-1.0, 1.0, 24).reshape([12, 2]);
    let y = x.matmul([0.5, -1.0]) + Tensor::linspace(0.0, 5.0, 12).sin() * 0.3;
    let model = regression(&x, &y);
    assert_same(&model, &AutoNormal::new(&model).unwrap());
    assert_same(&model, &AutoMultivariateNormal::new(&model).unwrap());
}

/// A site of each distribution whose draws have implicit gradients, in plates and out of them.
#[model]
fn shapes(counts: &Tensor, y: &Tensor) {
    let concentration = sample!("concentration", Gamma::new(2.0, 1.0));
    let weights = sample!("weights", Dirichlet::new([1.0, 2.0, 3.0]));
    let variance = sample!("variance", InverseGamma::new(3.0, 2.0));
    let shift = sample!("shift", StudentT::new(4.0, 0.0, 1.0));
    let level = sample!("level", TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY));
    plate!("row", counts.shape()[0], {
        let rate = sample!("rate", Gamma::new(&concentration, 1.0));
        let share = sample!("share", Beta::new(2.0, &concentration));
        observe!("counts", Poisson::new(rate * share), counts);
        observe!("y", Normal::new(&shift + &level, (&variance + weights.get(0)).sqrt()), y);
    });
}

#[guide(shapes)]
fn shapes_guide(size: usize) {
    let concentration = param!("concentration_shape", 2.0, Constraint::Positive);
    sample!("concentration", Gamma::new(concentration, 1.5));
    let weights = param!("weights_concentration", [0.7, 2.0, 1.0], Constraint::Positive);
    sample!("weights", Dirichlet::new(weights));
    let scale = param!("variance_scale", 2.0, Constraint::Positive);
    sample!("variance", InverseGamma::new(4.0, scale));
    let df = param!("shift_df", 5.0, Constraint::Positive);
    sample!("shift", StudentT::new(df, 0.1, 0.5));
    let loc = param!("level_loc", 0.2);
    let high = param!("level_high", 3.0);
    sample!("level", TruncatedNormal::new(loc, 0.8, 0.0, high));
    let rate = param!("rate_shape", Tensor::full(size, 3.0), Constraint::Positive);
    let share = param!("share_shape", Tensor::full(size, 1.5), Constraint::Positive);
    plate!("row", size, {
        sample!("rate", Gamma::new(rate, 1.0));
        sample!("share", Beta::new(&share, 2.5));
    });
}

#[test]
fn draws_with_implicit_gradients_are_recorded() {
    let (counts, y) = (Tensor::from([0.0, 2.0, 5.0, 1.0]), Tensor::from([0.3, -0.2, 1.1, 0.8]));
    assert_same(&shapes(&counts, &y), &shapes_guide(4));
}

#[guide(scale)]
fn wandering() {
    let loc = param!("loc", 8.0);
    let scale = param!("scale", 2.0, Constraint::Positive);
    let scale = if loc.item() > 8.3 { scale * 1.5 } else { scale };
    sample!("weight", Normal::new(loc, scale));
}

#[model]
fn heads() {
    sample!("heads", Bernoulli::new(0.4));
}

#[guide(heads)]
fn heads_guide() {
    let probability = param!("probability", 0.5, Constraint::UnitInterval);
    sample!("heads", Bernoulli::new(probability));
}

#[model]
fn members(y: &Tensor) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    plate!("n", y.size(), subsample_size = 5, |members| {
        observe!("y", Normal::new(loc, 1.0), y.take(0, &members));
    });
}

/// Two plates, of which the inner one's members have latent sites of their own, and parts of a matrix for data.
#[model]
fn groups(x: &Tensor, y: &Tensor) {
    let scale = sample!("scale", HalfNormal::new(1.0));
    plate!("column", 2, subsample_size = 1, |columns| {
        let slope = sample!("slope", Normal::new(0.0, 1.0));
        plate!("row", x.shape()[0], subsample_size = 6, |rows| {
            let offset = sample!("offset", Normal::new(0.0, &scale));
            let [x, y] = [x, y].map(|data| data.take(0, &rows).take(1, &columns));
            observe!("y", Normal::new(x * slope + offset, 0.5), y);
        });
    });
}

#[model]
fn tables(y: &Tensor, class: &[usize]) {
    let school: Vec<usize> = (0..y.size()).map(|pupil| pupil * 7 % class.len()).collect();
    let effects = sample!("effects", Normal::new(Tensor::zeros(3), 1.0).to_event(1));
    plate!("pupil", y.size(), subsample_size = 5, |pupil| {
        let class = pupil.lookup(&school).lookup(class);
        observe!("y", Normal::new(effects.take(0, &class), 1.0), y.take(0, &pupil));
    });
}

#[model]
fn all_members(y: &Tensor) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    plate!("n", y.size(), subsample_size = 20, |members| {
        let parity: Vec<usize> = members.iter().map(|member| member % 2).collect();
        let signs = Tensor::from([-1.0, 1.0]).take(0, &parity);
        observe!("y", Normal::new(loc * signs, 1.0), y.take(0, &members));
    });
}

#[model]
fn reading_members(y: &Tensor) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    plate!("n", y.size(), subsample_size = 5, |members| {
        let parity: Vec<usize> = members.iter().map(|member| member % 2).collect();
        let signs = Tensor::from([-1.0, 1.0]).take(0, &parity);
        observe!("y", Normal::new(loc * signs, 1.0), y.take(0, &members));
    });
}

/// What cannot be a program is run at every step, and the result says why.
#[test]
fn other_guides_run_on_the_tape() {
    let line = line!() - 70;
    let branching = fit(&scale(), &wandering(), Engine::Recorded);
    let expected =
        format!("run each time, because a value that depends on latent sites was read at {}:{line}:", file!());
    assert!(branching.engine().starts_with(&expected), "{}", branching.engine());
    assert_eq!(branching.losses(), fit(&scale(), &wandering(), Engine::Tape).losses());

    let discrete = fit(&heads(), &heads_guide(), Engine::Recorded);
    assert_eq!(discrete.engine(), "run each time, because what \"heads\" draws depends on more than noise");
}

/// Members that nothing but `gather` sees are drawn by the program.
#[test]
fn subsampled_plates_are_recorded() {
    let short = Tensor::linspace(0.0, 1.0, 20);
    let model = members(&short);
    assert_same(&model, &AutoNormal::new(&model).unwrap());

    let x = Tensor::linspace(-1.0, 2.0, 40).reshape([20, 2]);
    let y = x.square();
    let model = groups(&x, &y);
    assert_same(&model, &AutoNormal::new(&model).unwrap());

    let model = tables(&short, &[0, 2, 1, 1]);
    assert_same(&model, &AutoNormal::new(&model).unwrap());

    // A sample of all members is none.
    let model = all_members(&short);
    assert_same(&model, &AutoNormal::new(&model).unwrap());
}

/// The numbers themselves are not known to a program.
#[test]
fn members_that_are_read_are_told() {
    let y = Tensor::linspace(0.0, 1.0, 20);
    let model = reading_members(&y);
    let line = line!() - 45;
    let read = fit(&model, &AutoNormal::new(&model).unwrap(), Engine::Recorded);
    let place = format!("{}:{line}:34", file!());
    let expected = format!(
        "run each time, because the members of plate `n` were read at {place} (`Tensor::take` takes them unread)"
    );
    assert_eq!(read.engine(), expected);
    assert_eq!(read.losses(), fit(&model, &AutoNormal::new(&model).unwrap(), Engine::Tape).losses());
}

/// A bound that leaves the numbers is the error of its step, as on the tape.
#[test]
fn a_bound_that_is_not_finite_names_its_site() {
    #[model]
    fn steep() {
        let x = sample!("x", Normal::new(0.0, 1.0));
        factor!("push", &x * 50.0);
        factor!("cliff", (-&x).ln() * 1e-9);
    }
    #[guide(steep)]
    fn climbing() {
        let loc = param!("loc", -1.0);
        sample!("x", Normal::new(loc, 0.001));
    }
    let message = |engine| {
        let svi = Svi::new(Adam::new(0.1)).seed(5).steps(STEPS).engine(engine);
        svi.run(&steep(), &climbing()).unwrap_err().to_string()
    };
    assert_eq!(message(Engine::Recorded), message(Engine::Tape));
    assert!(message(Engine::Recorded).contains("cliff"), "{}", message(Engine::Recorded));
}
