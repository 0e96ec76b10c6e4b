//! Predictions of recorded programs: each draw of the posterior has its own, from the right distribution.

use ndarray::{Array1, Array2, ArrayD, Axis};
use ppl::prelude::*;

use crate::density::Engine;
use crate::draws::{Draws, SiteTable};
use crate::{Importance, Predictions, Predictive};

/// Not a whole number of batches.
const DRAWS: usize = 3_000;

fn posterior(sites: &[(&str, ArrayD<f64>)]) -> Draws {
    let mut table = SiteTable::new(&[DRAWS]);
    sites.iter().for_each(|(name, values)| table.insert(*name, values.clone()).unwrap());
    Draws::new(table).unwrap()
}

#[model]
fn shifted(data: Option<Tensor>) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    let slope = sample!("slope", Normal::new(Tensor::zeros(2), 1.0));
    let total = deterministic!("total", slope.sum() + &loc);
    plate!("n", 3, {
        observe!("y", Normal::new(total + Tensor::from([0.0, 0.5, 1.0]), 0.001), data);
    });
}

#[test]
fn each_draw_of_the_posterior_has_its_own_prediction() {
    let loc = Array1::from_iter((0..DRAWS).map(|draw| draw as f64)).into_dyn();
    let slope = Array2::from_shape_fn((DRAWS, 2), |(draw, k)| 0.25 * draw as f64 + k as f64).into_dyn();
    let source = posterior(&[("loc", loc), ("slope", slope)]);
    let predict = |engine, threads| {
        Predictive::new().engine(engine).threads(threads).seed(5).posterior(&shifted(None), &source).unwrap()
    };
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| predict(engine, 2));
    for predictions in [&recorded, &tape] {
        let (totals, y) = (predictions.get("total").unwrap(), predictions.get_array("y").unwrap());
        let (totals, y) = (totals.values(), y.values());
        assert_eq!((totals.shape(), y.shape()), (&[DRAWS][..], &[DRAWS, 3][..]));
        for draw in 0..DRAWS {
            let total = 1.5 * draw as f64 + 1.0;
            assert!((totals[[draw]] - total).abs() < 1e-12);
            for k in 0..3 {
                // Six standard deviations: one false alarm in 50,000 seeds.
                assert!((y[[draw, k]] - total - 0.5 * k as f64).abs() < 6e-3, "draw {draw}");
            }
        }
    }
    // Two engines draw by other keys; each by the same whatever the number of threads.
    assert_ne!(recorded, tape);
    assert_eq!(recorded, predict(Engine::Recorded, 1));
}

#[model]
fn families() {
    let rate = sample!("rate", Gamma::new(3.0, 1.0));
    let probability = sample!("probability", Beta::new(2.0, 3.0));
    let weights = sample!("weights", Dirichlet::new([0.5, 2.0, 1.5]));
    plate!("n", 2, {
        sample!("count", Poisson::new(&rate));
        sample!("heads", Binomial::new(6.0, &probability));
        sample!("head", Bernoulli::new(&probability));
        sample!("failures", Geometric::new(probability * 0.5 + 0.5));
        sample!("class", Categorical::new(weights));
        sample!("events", NegativeBinomial::from_mean(rate, 4.0));
        sample!("tail", StudentT::new(9.0, 1.0, 2.0));
    });
}

/// The mean of a site's components.
fn means(predictions: &Predictions, site: &str) -> Vec<(f64, f64)> {
    let draws = predictions.get_array(site).unwrap();
    let (mean, sd) = (draws.mean(), draws.sd());
    mean.iter().copied().zip(sd.iter().copied()).collect()
}

/// Means are within five standard errors of each other's: of some 25 comparisons none fails but in one of 50,000 seeds.
#[test]
fn distributions_that_are_no_noise_are_drawn_by_programs() {
    let predict = |engine, seed| Predictive::new().engine(engine).seed(seed).prior(&families(), 20_000).unwrap();
    let (recorded, tape) = (predict(Engine::Recorded, 1), predict(Engine::Tape, 2));
    assert_ne!(predict(Engine::Tape, 1), recorded, "the program has drawn");
    for site in recorded.draws().sites().names() {
        for ((a, sd), (b, _)) in means(&recorded, site).into_iter().zip(means(&tape, site)) {
            let standard_error = sd * (2.0_f64 / 20_000.0).sqrt();
            assert!((a - b).abs() < 5.0 * standard_error, "{site}: {a}, by runs {b}");
        }
    }
    // Two sites do not draw the same numbers, nor do two members of a plate.
    let [heads, head] = ["heads", "head"].map(|site| recorded.get_array(site).unwrap());
    let [heads, head] = [heads.values(), head.values()];
    assert!(heads.index_axis(Axis(1), 0) != heads.index_axis(Axis(1), 1));
    assert!(head.iter().all(|x| *x == 0.0 || *x == 1.0) && heads.iter().any(|x| *x > 1.0));
}

#[model]
fn unchecked() {
    let scale = sample!("scale", Normal::new(3.0, 1.5));
    sample!("y", Normal::new(0.0, scale));
}

/// Where a draw gives a distribution parameters outside of its domain, it is left out and counted, whatever the engine.
#[test]
fn draws_with_parameters_outside_their_domains_are_left_out() {
    let scales = |draw: usize| if draw == 2_000 { -1.0 } else { 1.0 };
    let source = posterior(&[("scale", Array1::from_iter((0..DRAWS).map(scales)).into_dyn())]);
    for engine in [Engine::Recorded, Engine::Tape] {
        let predictions = Predictive::new().engine(engine).posterior(&unchecked(), &source).unwrap();
        assert_eq!(predictions.rejections().total(), 1);
        assert_eq!(predictions.rejections().to_string(), "`y`: Normal: `scale` must be positive, got -1");
        let others: Vec<usize> = (0..DRAWS).filter(|&draw| draw != 2_000).collect();
        assert_eq!(predictions.source_draws(), others);
        assert_eq!(predictions.num_draws(), DRAWS - 1);
    }
    // P(scale < 0) = Φ(−2) = 0.02275, at four standard errors.
    let is_expected = |count: usize| (count as f64 - 2_000.0 * 0.02275).abs() < 4.0 * (2_000.0 * 0.02275_f64).sqrt();
    for engine in [Engine::Recorded, Engine::Tape] {
        let predictions = Predictive::new().engine(engine).prior(&unchecked(), 2_000).unwrap();
        let posterior = Importance::new().engine(engine).draws(2_000).run(&unchecked()).unwrap();
        for rejections in [predictions.rejections(), posterior.rejections()] {
            assert!(is_expected(rejections.total()), "{rejections}");
            assert!(rejections.to_string().starts_with("`y`: Normal: `scale` must be positive, got -"), "{rejections}");
        }
    }
}

/// A Gaussian process at new places, given the function at others: decompositions of a matrix for each draw.
#[model]
fn process(jitter: f64) {
    let length = sample!("length", LogNormal::new(0.0, 0.3));
    let x = Tensor::linspace(0.0, 2.0, 4);
    let distance = (x.unsqueeze(1) - x.unsqueeze(0)) / length;
    let covariance = (distance.square() * -0.5).exp() + Tensor::eye(4) * jitter;
    deterministic!("log_determinant", covariance.log_determinant());
    sample!("f", MultivariateNormal::new(Tensor::zeros(4), covariance));
}

#[test]
fn matrices_are_decomposed_for_each_draw() {
    let lengths = |draw: usize| 0.5 + draw as f64 / DRAWS as f64;
    let source = posterior(&[("length", Array1::from_iter((0..DRAWS).map(lengths)).into_dyn())]);
    let predict = |engine| Predictive::new().engine(engine).posterior(&process(0.01), &source).unwrap();
    let (recorded, tape) = (predict(Engine::Recorded), predict(Engine::Tape));
    assert_ne!(recorded, tape, "the program has drawn");
    let [a, b] = [&recorded, &tape].map(|predictions| predictions.get("log_determinant").unwrap());
    assert!(a.iter().zip(b.iter()).all(|(a, b)| (a - b).abs() < 1e-9 * b.abs()));
    // Each variance is 1.01, and its estimate by 3,000 draws has a relative error of √(2/3000).
    for variance in recorded.get_array("f").unwrap().variance() {
        assert!((variance / 1.01 - 1.0).abs() < 5.0 * (2.0 / DRAWS as f64).sqrt(), "{variance}");
    }
    // A matrix that is not positive definite is the error of its draw.
    let errors = [Engine::Recorded, Engine::Tape]
        .map(|engine| Predictive::new().engine(engine).posterior(&process(-0.9), &source).unwrap_err().to_string());
    assert_eq!(errors[0], errors[1]);
}

/// The log density of each observation, by programs and by runs.
#[test]
fn log_likelihoods_are_those_of_the_observations() {
    #[model]
    fn groups(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("group", ["a", "b", "c"], {
            observe!("y", Normal::new(&mu, 2.0), y);
        });
        observe!("pair", MultivariateNormal::new(0.0, Tensor::eye(2)), [1.0, -1.0]);
        deterministic!("twice", 2.0 * mu);
    }
    let mu = Array1::from_iter((0..DRAWS).map(|draw| draw as f64 / 1000.0)).into_dyn();
    let twice = ArrayD::zeros(vec![DRAWS]);
    let source = posterior(&[("mu", mu), ("twice", twice)]);
    let y = Tensor::from([0.5, -1.0, 3.0]);
    for engine in [Engine::Recorded, Engine::Tape] {
        let found = Predictive::new().engine(engine).log_likelihood(&groups(&y), &source).unwrap();
        assert_eq!(found.draws().names().collect::<Vec<_>>(), ["y", "pair"]);
        let own = found.get_array("y").unwrap();
        assert_eq!(own.component("y[b]").unwrap().values(), own.at([1]).unwrap().values());
        for (draw, values) in own.values().axis_iter(Axis(0)).enumerate() {
            for (k, observation) in [0.5, -1.0, 3.0].into_iter().enumerate() {
                let z = (observation - draw as f64 / 1000.0) / 2.0;
                let expected = -0.5 * z * z - 2.0_f64.ln() - 0.5 * std::f64::consts::TAU.ln();
                assert!((values[[k]] - expected).abs() < 1e-13, "{engine:?} {draw}: {} {expected}", values[[k]]);
            }
        }
        // One for the vector: −½(1 + 1) − ln 2π.
        let pair = found.get("pair").unwrap().values()[[17]];
        assert!((pair + 1.0 + std::f64::consts::TAU.ln()).abs() < 1e-13, "{pair}");
    }
    let nothing = Predictive::new().log_likelihood(&shifted(None), &posterior(&[])).unwrap_err().to_string();
    assert!(nothing.starts_with("the model observes nothing"), "{nothing}");

    #[model]
    fn subsampled(y: &Tensor) {
        plate!("row", 3, subsample_size = 2, |row| {
            observe!("y", Normal::new(0.0, 1.0), y.take(0, &row));
        });
    }
    let error = Predictive::new().log_likelihood(&subsampled(&y), &posterior(&[])).unwrap_err().to_string();
    assert!(error.contains("site `y`") && error.contains("2 of its 3 members"), "{error}");
}
