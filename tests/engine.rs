//! Which models are recorded, that a model which is not says why and where, and that both ways lead to the same
//! posterior.

use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use ppl_infer::prelude::*;

/// A mixture written with a branch: x is −1 or 1 by the side on which u falls, and is observed with noise.
#[model]
fn branches() {
    let u = sample!("u", Normal::new(0.0, 1.0));
    let x = if u > 0.0 { 1.0 } else { -1.0 };
    observe!("y", Normal::new(x, 1.0), 0.5);
}

/// The same without one.
#[model]
fn selects() {
    let u = sample!("u", Normal::new(0.0, 1.0));
    let x = Tensor::select(u.greater(0.0), 1.0, -1.0);
    observe!("y", Normal::new(x, 1.0), 0.5);
}

#[test]
fn a_branch_on_a_latent_site_is_found_and_its_line_is_told() {
    let density = ModelDensity::new(branches()).unwrap();
    let expected = "run each time, because a value that depends on latent sites was read at tests/engine.rs:13:";
    assert!(density.engine_in_use().starts_with(expected), "{}", density.engine_in_use());
    assert!(density.program().is_none());
    let density = ModelDensity::new(selects()).unwrap();
    assert_eq!(density.engine_in_use(), "recorded");
    let steps = density.program().unwrap().to_string();
    assert!(steps.contains("greater(") && steps.contains("select("), "{steps}");
    assert!(density.engine(Engine::Tape).program().is_none());
}

/// P(u > 0 | y) = e^{−1/8} / (e^{−1/8} + e^{−9/8}) = 0.7311; four standard errors of 8000 draws with ESS above 800.
#[test]
fn both_ways_lead_to_the_posterior() {
    let exact = 1.0 / (1.0 + (-1.0_f64).exp());
    let probability = |model: &dyn Fn() -> Posterior| model().get("u").unwrap().probability(|u| u > 0.0);
    let nuts = Nuts::new().draws(2000).warmup(500).progress(false);
    for probability in [
        probability(&|| nuts.clone().run(&branches()).unwrap()),
        probability(&|| nuts.clone().run(&selects()).unwrap()),
        probability(&|| nuts.clone().engine(Engine::Tape).run(&selects()).unwrap()),
    ] {
        assert!((probability - exact).abs() < 4.0 * (exact * (1.0 - exact) / 800.0).sqrt(), "{probability} {exact}");
    }
}

/// Beyond x = 7 the third element overflows, and is never used.
#[model]
fn unused_overflow() {
    let x = sample!("x", Normal::new(0.0, 10.0));
    let e = (x * Tensor::from([0.01, 0.02, 100.0])).exp().log1p();
    let e = e.take(0, &[0_usize, 1]);
    plate!("p", 2, {
        observe!("y", Normal::new(e, 3.0), [1.0, 1.0]);
    });
}

/// E[x] = 0.049 and P(x > 7) = 0.2434, here by the trapezoid rule; four standard errors of 8000 draws with an ESS above
/// 1000. Without gradients beyond 7 no draw gets there.
#[test]
fn what_is_not_used_may_overflow() {
    let density = |x: f64| -> f64 {
        let residuals = [0.01, 0.02].map(|a| (1.0 - (a * x).exp().ln_1p()) / 3.0);
        (-0.5 * (x / 10.0).powi(2) - 0.5 * residuals.iter().map(|r| r * r).sum::<f64>()).exp()
    };
    let grid: Vec<f64> = (0..=20_000).map(|k| -100.0 + 0.01 * f64::from(k)).collect();
    let integral = |of: &dyn Fn(f64) -> f64| grid.iter().map(|&x| of(x) * density(x)).sum::<f64>();
    let total = integral(&|_| 1.0);
    let (mean, above) = (integral(&|x| x) / total, integral(&|x| f64::from(u8::from(x > 7.0))) / total);
    let posterior = Nuts::new().draws(2000).warmup(500).progress(false).run(&unused_overflow()).unwrap();
    assert_eq!((posterior.engine(), posterior.sample_stats().divergences()), ("recorded", 0));
    let x = posterior.get("x").unwrap();
    let standard_error = |sd: f64| 4.0 * sd / 1000.0_f64.sqrt();
    let got = x.mean();
    assert!((got - mean).abs() < standard_error(10.0), "{got}, by quadrature {mean}");
    let got = x.probability(|x| x > 7.0);
    assert!((got - above).abs() < standard_error((above * (1.0 - above)).sqrt()), "{got}, by quadrature {above}");
}

/// `branches` in each way in which a value can be read.
mod readers {
    use ppl::prelude::*;

    pub(super) const ITEM: u32 = line!() + 4;
    #[model]
    pub(super) fn item() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let x = if u.item() > 0.0 { 1.0 } else { -1.0 };
        observe!("y", Normal::new(x, 1.0), 0.5);
    }

    pub(super) const ELEMENTS: u32 = line!() + 4;
    #[model]
    pub(super) fn elements() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let is_positive = u.to_vec()[0] > 0.0;
        observe!("y", Normal::new(if is_positive { 1.0 } else { -1.0 }, 1.0), 0.5);
    }

    pub(super) const INDEX: u32 = line!() + 4;
    #[model]
    pub(super) fn index() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let x = Tensor::from([-1.0, 1.0]).get(u.greater(0.0).item() as usize);
        observe!("y", Normal::new(x, 1.0), 0.5);
    }

    #[model]
    pub(super) fn text() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let x = if format!("{u}").contains('-') { -1.0 } else { 1.0 };
        observe!("y", Normal::new(x, 1.0), 0.5);
    }

    pub(super) const COMPARISON: u32 = line!() + 5;
    #[model]
    pub(super) fn comparison() {
        let u = sample!("u", Normal::new(0.0, 1.0));
        let zero = Tensor::from(0.0);
        let x = if zero < u { 1.0 } else { -1.0 };
        observe!("y", Normal::new(x, 1.0), 0.5);
    }
}

/// Four standard errors of 2000 draws with ESS above 200: the sampler jumps over the edge as often as it falls off it.
#[test]
fn each_way_of_reading_a_value_is_found_and_leads_to_the_posterior() {
    #[track_caller]
    fn check<M: Model + Sync>(way: &str, place: &str, model: &M) {
        let posterior = Nuts::new().draws(500).warmup(300).progress(false).run(model).unwrap();
        let expected = format!("run each time, because a value that depends on latent sites was {place}");
        assert!(posterior.engine().starts_with(&expected), "{way}: {}", posterior.engine());
        let probability = posterior.get("u").unwrap().probability(|u| u > 0.0);
        let exact = 1.0 / (1.0 + (-1.0_f64).exp());
        assert!((probability - exact).abs() < 4.0 * (exact * (1.0 - exact) / 200.0).sqrt(), "{way}: {probability}");
    }
    let at = |line: u32| format!("read at tests/engine.rs:{line}:");
    check("item", &at(readers::ITEM), &readers::item());
    check("to_vec", &at(readers::ELEMENTS), &readers::elements());
    check("indexing", &at(readers::INDEX), &readers::index());
    check("comparison", &at(readers::COMPARISON), &readers::comparison());
    check("formatting", "formatted after site `u` of the model at tests/engine.rs:", &readers::text());
}

#[test]
fn the_posterior_tells_the_engine() {
    let nuts = Nuts::new().chains(1).draws(10).warmup(10).progress(false);
    assert_eq!(nuts.clone().run(&selects()).unwrap().engine(), "recorded");
    assert_eq!(nuts.clone().engine(Engine::Tape).run(&selects()).unwrap().engine(), "run each time");
    assert!(nuts.run(&branches()).unwrap().engine().contains("tests/engine.rs:13:"));
}

/// Loops and branches on arguments are no obstacle: they are unrolled and taken once.
#[test]
fn control_flow_on_arguments_is_recorded() {
    #[model]
    fn walk(y: &[f64], centred: bool) {
        let sigma = sample!("sigma", HalfNormal::new(1.0));
        let mut place = Tensor::from(0.0);
        for (t, &y) in y.iter().enumerate() {
            place = if centred {
                sample!("place_{t}", Normal::new(place, &sigma))
            } else {
                place + &sigma * sample!("step_{t}", Normal::new(0.0, 1.0))
            };
            observe!("y_{t}", Normal::new(&place, 0.5), y);
        }
    }
    for centred in [true, false] {
        let mut recorded = ModelDensity::new(walk(&[0.3, 0.1, -0.4], centred)).unwrap();
        assert_eq!(recorded.engine_in_use(), "recorded");
        let mut tape = recorded.clone().engine(Engine::Tape);
        let (mut gradient, mut expected) = ([0.0; 4], [0.0; 4]);
        let position = [0.2, -0.3, 0.5, 1.1];
        let value = recorded.value_and_gradient(&position, &mut gradient).unwrap();
        let by_tape = tape.value_and_gradient(&position, &mut expected).unwrap();
        assert!((value - by_tape).abs() < 1e-12);
        assert!(gradient.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12));
    }
}

/// Errors with heavy tails: sums of their squares would be reduced to few rows.
#[model]
fn centre(y: &Tensor) {
    let mu = sample!("mu", Normal::new(2.0, 10.0));
    plate!("n", y.size(), {
        observe!("y", StudentT::new(4.0, mu, 1.0), y);
    });
}

/// The mean of 400 draws with ESS above 100 is within four standard errors: a false alarm in 16,000 seeds.
#[test]
fn threads_of_a_chain_lead_to_the_posterior() {
    let y = Tensor::linspace(1.0, 3.0, 50_000);
    let model = centre(&y);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [3, 1000] {
        let density = ModelDensity::new(&model).unwrap().threads(threads);
        assert_eq!(density.program().unwrap().threads(), threads.min(processors));
    }
    // One chain after the other, so that each has the processors.
    let nuts = Nuts::new().chains(2).threads(1).draws(200).warmup(200).threads_per_chain(1000).progress(false);
    let posterior = nuts.run(&model).unwrap();
    // Data and prior are symmetric about 2. So many data leave the curvature at the mode: Σ 5 (4 − r²) / (4 + r²)².
    let curvature = (&y - 2.0).square();
    let curvature = (5.0 * (4.0 - &curvature) / (4.0 + &curvature).square()).sum().item();
    let (exact, sd) = (2.0, 1.0 / curvature.sqrt());
    let mu = posterior.get("mu").unwrap();
    assert!((mu.mean() - exact).abs() < 4.0 * sd / 100.0_f64.sqrt(), "{}", mu.mean());
    // The standard deviation of the draws has a relative error of 1/√(2 ESS).
    assert!((mu.sd() / sd - 1.0).abs() < 4.0 / 200.0_f64.sqrt(), "{}", mu.sd());
}
