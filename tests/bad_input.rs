//! What a user reads when a model, its data or a setting is wrong: the exact texts.
//!
//! Each should name the place, say what is accepted and what came, and where it is not obvious what to do.

use std::sync::atomic::{AtomicUsize, Ordering};

use ppl::prelude::*;
use ppl_infer::Init;
use ppl_infer::density::Engine;
use ppl_infer::svi::{Adam, Svi, TraceElbo};
use ppl_infer::{Hmc, Importance, LaplaceApproximation, Metric, Nuts, Posterior, Predictive};

fn nuts() -> Nuts {
    Nuts::new().chains(2).warmup(20).draws(20).progress(false)
}

/// The text of the error that NUTS ends with.
#[track_caller]
fn error<M: Model + Sync>(model: M) -> String {
    text(nuts().run(&model))
}

#[track_caller]
fn text(outcome: ppl_infer::Result<Posterior>) -> String {
    outcome.expect_err("the run cannot succeed").to_string()
}

#[model]
fn mean(size: usize, y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    plate!("n", size, {
        observe!("y", Normal::new(mu, 1.0), y);
    });
}

#[test]
fn missing_and_infinite_data() {
    assert_eq!(
        error(mean(3, &[1.0, f64::NAN, 2.0].into())),
        "site `y`: value must be a number, got NaN at [1]\nhelp: leave missing values out, or mask them"
    );
    assert_eq!(error(mean(3, &[1.0, 2.0, f64::INFINITY].into())), "site `y`: value must be finite, got inf at [2]");
}

#[test]
fn missing_data_under_a_mask_are_no_error() {
    #[model]
    fn masked(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        call!(values(&mu, y).mask([1.0, 0.0, 1.0])?);
    }
    #[model]
    fn values(mu: &Tensor, y: &Tensor) {
        plate!("n", 3, {
            observe!("y", Normal::new(mu, 1.0), y);
        });
    }
    let posterior = nuts().run(&masked(&[1.0, f64::NAN, 2.0].into())).unwrap();
    assert!(posterior.get(masked::mu).unwrap().iter().all(|mu| mu.is_finite()));
}

#[test]
fn data_outside_the_support() {
    #[model]
    fn counts(y: &Tensor) {
        let rate = sample!("rate", Exponential::new(1.0));
        plate!("n", y.size(), {
            observe!("y", Poisson::new(rate), y);
        });
    }
    assert_eq!(error(counts(&[1.0, 2.5].into())), "site `y`: value must be a non-negative integer, got 2.5 at [1]");
}

#[test]
fn data_of_another_shape() {
    assert_eq!(
        error(mean(3, &[1.0, 2.0].into())),
        "\
site `y`: value has shape [2], expected [3] (batch shape [3], event shape [])
help: plate `n` has 3 members, and the data 2
 site  kind      plates  batch  event  value
 mu    latent            []     []     []
 y     observed  n       [3]    []     [2]
"
    );
    // A number is not taken for three equal ones.
    assert!(error(mean(3, &2.0.into())).starts_with("site `y`: value has shape [], expected [3]"));
}

#[test]
fn no_data_give_the_prior() {
    let posterior = nuts().run(&mean(0, &Tensor::zeros(0))).unwrap();
    assert!(posterior.get(mean::mu).unwrap().iter().any(|mu| mu.abs() > 3.0));
}

#[model]
fn noisy(scale: f64) {
    let x = sample!("x", Normal::new(0.0, scale));
    observe!("y", Normal::new(x, 1.0), 0.5);
}

#[test]
fn parameters_outside_their_domain() {
    assert_eq!(error(noisy(-1.0)), "site `x`: Normal: `scale` must be positive, got -1");
    assert_eq!(error(noisy(f64::NAN)), "site `x`: Normal: `scale` must be positive, got NaN");
}

#[test]
fn a_density_that_is_finite_nowhere() {
    #[model]
    fn impossible() {
        let x = sample!("x", Normal::new(0.0, 1.0));
        factor!("weight", f64::NEG_INFINITY * x.exp());
    }
    assert_eq!(
        error(impossible()),
        "all 2 chains failed: chains 0, 1: no valid start: 100 of 100 starts were rejected: `weight`: log density \
         -inf (first)"
    );
    #[model]
    fn undefined() {
        let x = sample!("x", Exponential::new(1.0));
        factor!("weight", (x - 1e9).sqrt());
    }
    assert_eq!(
        error(undefined()),
        "all 2 chains failed: chains 0, 1: no valid start: 100 of 100 starts were rejected: `weight`: log density \
         NaN (first)"
    );
    #[model]
    fn contradicted() {
        let x = sample!("x", Uniform::new(0.0, 1.0));
        observe!("y", Uniform::new(&x + 1.0, 3.0), 0.5);
    }
    let error = text(nuts().init(Init::Value(vec![0.0])).run(&contradicted()));
    assert_eq!(
        error,
        "all 2 chains failed: chains 0, 1: no valid start: 1 of 1 starts were rejected: `y`: log density -inf at value \
         0.5 under Uniform(low = 1.5, high = 3)"
    );
}

#[test]
fn settings_outside_their_domain() {
    let run = |nuts: Nuts| text(nuts.run(&noisy(1.0)));
    assert_eq!(run(nuts().draws(0)), "`draws` must be at least 1, got 0");
    assert_eq!(run(nuts().chains(0)), "`chains` must be at least 1, got 0");
    assert_eq!(run(nuts().threads(0)), "`threads` must be at least 1, got 0");
    assert_eq!(run(nuts().target_accept_prob(1.5)), "`target_accept_prob` must be strictly between 0 and 1, got 1.5");
    assert_eq!(
        run(nuts().init(Init::Value(vec![0.0, 0.0]))),
        "all 2 chains failed: chains 0, 1: the start has dimension 2, but the density has dimension 1"
    );
    // No warm-up is a choice, and one draw is enough.
    assert_eq!(nuts().warmup(0).draws(1).run(&noisy(1.0)).unwrap().num_draws(), 1);
}

/// Refused at once, not by an abort when the memory is gone.
#[test]
fn more_draws_than_the_memory_holds() {
    const TOO_MANY: usize = 1_000_000_000_000;
    let began = std::time::Instant::now();
    let check = |text: String, needed: &str| {
        assert!(text.starts_with("`draws` must be small enough for "), "{text}");
        assert!(text.ends_with(&format!(" of memory, got 1000000000000, which needs {needed} of memory")), "{text}");
    };
    check(text(nuts().chains(1).draws(TOO_MANY).run(&noisy(1.0))), "8.0 TB");
    check(text(Hmc::new().draws(TOO_MANY).progress(false).run(&noisy(1.0))), "32.0 TB");
    check(Importance::new().draws(TOO_MANY).run(&noisy(1.0)).unwrap_err().to_string(), "8.0 TB");
    check(Predictive::new().prior(&noisy(1.0), TOO_MANY).unwrap_err().to_string(), "8.0 TB");
    check(LaplaceApproximation::new().draws(TOO_MANY).run(&noisy(1.0)).unwrap_err().to_string(), "8.0 TB");
    let draws = Importance::new().draws(10).run(&noisy(1.0)).unwrap();
    check(draws.resample(TOO_MANY, 0).unwrap_err().to_string(), "8.0 TB");
    let kept = text(nuts().chains(1).warmup(TOO_MANY).keep_warmup(true).run(&noisy(1.0)));
    assert!(kept.starts_with("`warmup` must be small enough for "), "{kept}");
    let particles = TraceElbo::new().num_particles(TOO_MANY).validate().unwrap_err().to_string();
    assert!(particles.starts_with("`num_particles` must be small enough for "), "{particles}");
    // Milliseconds but for a machine that does much else.
    assert!(began.elapsed().as_secs() < 5);
}

#[test]
fn nothing_to_sample() {
    #[model]
    fn observed() {
        observe!("y", Normal::new(0.0, 1.0), 0.5);
    }
    assert_eq!(error(observed()), "the density has dimension 0: there is no continuous latent variable to sample");
}

#[test]
fn a_discrete_latent_site() {
    #[model]
    fn mixture() {
        let z = sample!("z", Bernoulli::new(0.5));
        observe!("y", Normal::new(z, 1.0), 0.5);
    }
    let expected = "site `z`: Bernoulli is discrete, and a sampler with gradients cannot move it\nhelp: sum it out of \
                    the model (as with `logsumexp` over its values), condition on it, or use importance sampling";
    assert_eq!(error(mixture()), expected);
    assert_eq!(text(Hmc::new().progress(false).run(&mixture())), expected);
}

#[test]
fn a_subsampled_plate() {
    #[model]
    fn subsampled(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("n", 5, subsample_size = 2, |index| {
            observe!("y", Normal::new(mu, 1.0), y.take(0, &index));
        });
    }
    assert_eq!(
        error(subsampled(&Tensor::zeros(5))),
        "site `n`: log density: the plate takes 2 of its 5 members, whose density is an estimate\nhelp: MCMC needs \
         all members (leave the subsample out), SVI takes subsamples"
    );
}

/// Also where the members that a run draws are all there.
#[test]
fn data_that_are_not_of_all_members() {
    #[model]
    fn subsampled(y: &Tensor) {
        plate!("n", 5, subsample_size = 1, |index| {
            observe!("y", Normal::new(0.0, 1.0), y.try_take(0, &index)?);
        });
    }
    for seed in 0..10 {
        let error = subsampled(&Tensor::zeros(4)).trace(seed).unwrap_err().to_string();
        assert_eq!(error, "take: expected 5 elements along axis 0, of which a plate may draw any, got shape [4]");
    }

    #[model]
    fn by_table(y: &Tensor, table: &[usize]) {
        plate!("n", y.size(), subsample_size = 1, |index| {
            observe!("y", Normal::new(0.0, 1.0), y.take(0, &index.lookup(table)));
        });
    }
    let y = Tensor::zeros(5);
    assert!(by_table(&y, &[4, 3, 2, 1, 0]).trace(0).is_ok());
    for seed in 0..10 {
        let message = |table: &[usize]| by_table(&y, table).trace(seed).unwrap_err().to_string();
        let expected = "lookup: `table` must be an entry for each of the 5 members of plate `n`, got 4, at tests/";
        assert!(message(&[0; 4]).starts_with(expected), "{}", message(&[0; 4]));
        let expected =
            "take: expected 6 elements along axis 0, of which a plate may draw any, got shape [5], at tests/";
        assert!(message(&[0, 1, 2, 3, 5]).starts_with(expected));
    }
}

#[test]
fn one_name_for_two_sites() {
    #[model]
    fn walk() {
        for step in 0..4 {
            let pair = step / 2;
            sample!("x_{pair}", Normal::new(0.0, 1.0));
        }
    }
    assert_eq!(
        error(walk()),
        "a second site named `x_0`; names must be unique in a run\nhelp: put the loop's index in the name, as in \
         \"x_0_{i}\", or wrap a sub-model in `call!(\"scope\", ..)`"
    );
}

#[model]
fn changing(has_other: bool) {
    let a = sample!("a", Normal::new(0.0, 1.0));
    if a > 0.0 {
        sample!("b", Normal::new(0.0, 1.0));
    } else if has_other {
        sample!("c", Normal::new(0.0, 1.0));
    }
}

#[test]
fn latent_sites_that_change_from_run_to_run() {
    // By seed 0 the first run, which lays the sites out, takes the branch of `b`; a chain that starts on the other side
    // fails.
    let chains = |has_other| text(nuts().init(Init::Value(vec![-1.0, 0.0])).run(&changing(has_other)));
    assert_eq!(
        chains(false),
        "all 2 chains failed: chains 0, 1: site `b`: a later run of the model did not visit it, unlike the first; this \
         method needs the same sites in every run"
    );
    assert_eq!(
        chains(true),
        "all 2 chains failed: chains 0, 1: site `c`: log density: the model's latent sites change from run to run: \
         here stood `b` of shape [] in the first run, now `c` of shape []; a sampler with gradients needs the same \
         sites in every run"
    );
}

#[model]
fn states() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    for t in 0..2 {
        sample!("z_{t}", Normal::new(&a, 1.0));
    }
    observe!("y", Normal::new(a, 1.0), 0.5);
}

#[test]
fn values_that_no_site_takes() {
    assert_eq!(
        error(states().condition("z_7", 0.0)),
        "condition: no latent site took `z_7`; sites of the model: `a`, `y`, `z_0`, `z_1`\n\
         help: did you mean `z_0` instead of `z_7`?"
    );
    assert_eq!(
        error(states().substitute("tau", 0.0)),
        "substitute: no latent or param site took `tau`; sites of the model: `a`, `y`, `z_0`, `z_1`"
    );
    assert_eq!(
        error(states().condition("y", 0.0)),
        "site `y`: condition: the site is observed\nhelp: `uncondition` it first to give it another value"
    );
}

#[test]
fn values_that_do_not_fit_their_site() {
    assert_eq!(
        error(states().condition("z_1", [0.0, 1.0])),
        "\
site `z_1`: value has shape [2], expected [] (batch shape [], event shape [])
 site  kind      plates  batch  event  value
 a     latent            []     []     []
 z_0   latent            []     []     []
 z_1   observed          []     []     [2]
"
    );
    assert_eq!(
        error(states().condition(states::a, f64::NAN)),
        "site `a`: value must be a number, got NaN\nhelp: leave missing values out, or mask them"
    );
}

#[test]
fn results_that_are_not_there() {
    let posterior = nuts().run(&states()).unwrap();
    assert_eq!(
        posterior.get("z_3").unwrap_err().to_string(),
        "no site is named `z_3`; known: `a`, `z_0`, `z_1`\nhelp: did you mean `z_0`?"
    );
    assert_eq!(posterior.summary().row("z").unwrap_err().to_string(), "no row is named `z`; known: `a`, `z_0`, `z_1`");
}

#[test]
fn a_guide_with_other_sites_than_its_model() {
    /// No name is wrong that the compiler could know, but the model has the indices 0 and 1 only.
    #[guide(states)]
    fn indexed(last: usize) {
        sample!("a", Normal::new(0.0, 1.0));
        for t in 0..=last {
            sample!("z_{t}", Normal::new(0.0, 2.0));
        }
    }
    let run = |last| Importance::new().draws(50).run_with_guide(&states(), &indexed(last));
    assert_eq!(
        run(2).unwrap_err().to_string(),
        "particle 0: guide: no latent site took `z_2`; sites of the model: `a`, `y`, `z_0`, `z_1`\n\
         help: did you mean `z_0` instead of `z_2`?"
    );
    // A latent site that the guide leaves out is drawn from the prior.
    assert_eq!(run(0).unwrap().num_draws(), 50);
    #[guide(states)]
    fn vector() {
        sample!("a", Normal::new([0.0, 1.0], 1.0));
    }
    assert_eq!(
        Importance::new().run_with_guide(&states(), &vector()).unwrap_err().to_string(),
        "particle 0: site `a`: the guide's value has shape [2], but the site has shape [] in the model"
    );
}

#[test]
fn a_guide_that_leaves_out_a_site_cannot_be_fitted() {
    #[guide(states)]
    fn shorter() {
        let loc = param!("loc", 0.0);
        sample!("a", Normal::new(loc, 1.0));
        for t in 0..1 {
            sample!("z_{t}", Normal::new(0.0, 2.0));
        }
    }
    let svi = Svi::new(Adam::new(0.01)).steps(2);
    assert_eq!(
        svi.run(&states(), &shorter()).unwrap_err().to_string(),
        "step 0: site `z_1`: the guide does not draw this latent site of the model; it draws `a`, `z_0`"
    );
}

#[test]
fn importance_weights_that_are_all_zero() {
    #[model]
    fn contradicted() {
        let x = sample!("x", Uniform::new(0.0, 1.0));
        observe!("y", Uniform::new(&x + 1.0, 3.0), 0.5);
    }
    assert_eq!(
        Importance::new().draws(50).run(&contradicted()).unwrap_err().to_string(),
        "all 50 importance weights are zero: the density is zero at site `y` (in 50 of them)"
    );
    assert_eq!(Importance::new().draws(0).run(&states()).unwrap_err().to_string(), "`draws` must be at least 1, got 0");
}

#[test]
fn a_panic_in_one_chain_leaves_the_others() {
    /// Panics in its sixtieth run, which is one of the first chain if its warm-up is the first.
    #[model]
    fn panics(runs: &AtomicUsize) {
        sample!("x", Normal::new(0.0, 1.0));
        assert!(runs.fetch_add(1, Ordering::Relaxed) != 60, "the sixtieth run");
    }
    let runs = AtomicUsize::new(0);
    // Stan's adaptation takes the first proposal for a start, so that the sixtieth run is one of the warm-up.
    let nuts = nuts().metric(Metric::Diagonal).chains(3).engine(Engine::Tape);
    let posterior = nuts.clone().threads(1).run(&panics(&runs)).unwrap();
    let [failed] = posterior.failed_chains() else { panic!("one chain failed") };
    assert_eq!((failed.chain, failed.message.as_str()), (0, "panicked: the sixtieth run"));
    assert_eq!(posterior.chain_ids(), [1, 2]);
    // The draws that are left are those of chains 1 and 2 of a run without a panic.
    let calm = nuts.run(&panics(&AtomicUsize::new(61))).unwrap();
    let (kept, all) = (posterior.get(panics::x).unwrap(), calm.get(panics::x).unwrap());
    assert_eq!(kept.values().shape(), [2, 20]);
    assert_eq!(kept.iter().collect::<Vec<_>>(), all.iter().skip(20).collect::<Vec<_>>());
}

#[test]
fn a_panic_while_draws_become_values_leaves_the_other_chains() {
    /// Runs seven times until it is sampled as a recorded program, and twice for each chain: as the values of its draws are
    /// recorded, and as they are compared with a run.
    #[model]
    fn panics(runs: &AtomicUsize) {
        sample!("x", Normal::new(0.0, 1.0));
        assert!(runs.fetch_add(1, Ordering::Relaxed) != 10, "the eleventh run");
    }
    // One after the other, so that it is known whose run it is.
    let posterior = nuts().chains(3).threads(1).run(&panics(&AtomicUsize::new(0))).unwrap();
    assert_eq!(posterior.engine(), "recorded");
    let [failed] = posterior.failed_chains() else { panic!("one chain failed") };
    assert_eq!(failed.chain, 1);
    assert!(failed.message.contains("the eleventh run"), "{}", failed.message);
    assert_eq!((posterior.num_chains(), posterior.num_draws()), (2, 20));
}

/// No panic, and no message of the panic hook: an error, as of a site.
#[test]
fn shapes_that_do_not_fit_are_an_error_with_the_users_line() {
    #[model]
    fn sum(y: &Tensor) {
        let x = sample!("x", Normal::new(Tensor::zeros(3), 1.0));
        factor!("sum", (x + y).sum());
    }
    let line = line!() - 2;
    #[model]
    fn wrong_in_a_sub_model(y: &Tensor) {
        call!(sum(y));
    }
    let y = Tensor::zeros(4);
    let expected = format!("+: shapes [3] and [4] do not broadcast, at tests/bad_input.rs:{line}:24");
    for message in [
        error(sum(&y)),
        error(wrong_in_a_sub_model(&y)),
        Importance::new().run(&sum(&y)).unwrap_err().to_string(),
        sum(&y).trace(0).unwrap_err().to_string(),
    ] {
        assert!(message.ends_with(&expected), "{message}");
    }

    #[model]
    fn index() {
        let x = sample!("x", Normal::new(Tensor::zeros(3), 1.0));
        factor!("f", x.get(3) + f64::from(x > 0.0));
    }
    let message = error(index());
    assert!(
        message.starts_with("get: expected more than 3 elements along axis 0 (indices begin at 0), got shape [3], at ")
    );
}

/// The first two lines of an error at a site: what is wrong, and what to do.
#[track_caller]
fn advice<M: Model + Sync>(model: M) -> String {
    let text = error(model);
    text.lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn data_that_need_a_plate() {
    #[model]
    fn numbers(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu, 1.0), y);
    }
    let three = Tensor::from([1.0, 2.0, 3.0]);
    assert_eq!(
        error(numbers(&three)),
        "\
site `y`: value has shape [3], expected [] (batch shape [], event shape [])
help: for 3 independent values put the site in a plate: `plate!(\"n\", 3, { observe!(\"y\", ..) })`
 site  kind      plates  batch  event  value
 mu    latent            []     []     []
 y     observed          []     []     [3]
"
    );
    // The outermost plate has the last axis.
    assert_eq!(
        advice(numbers(&Tensor::zeros([4, 2]))),
        "\
site `y`: value has shape [4, 2], expected [] (batch shape [], event shape [])
help: for 8 independent values put the site in a plate: `plate!(\"axis_1\", 2, { plate!(\"axis_0\", 4, { observe!(\"y\", ..) }) })`"
    );
    #[model]
    fn vectors(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        observe!("y", MultivariateNormal::new(mu * Tensor::ones(2), Tensor::eye(2)), y);
    }
    assert_eq!(
        advice(vectors(&Tensor::zeros([5, 2]))),
        "\
site `y`: value has shape [5, 2], expected [2] (batch shape [], event shape [2])
help: for 5 independent values put the site in a plate: `plate!(\"n\", 5, { observe!(\"y\", ..) })`"
    );
    // What it says is right.
    #[model]
    fn plated(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("axis_1", 2, { plate!("axis_0", 4, { observe!("y", Normal::new(mu, 1.0), y) }) });
    }
    assert!(nuts().run(&plated(&Tensor::zeros([4, 2]))).is_ok());
    // A distribution with the batch shape of the data needs no plate.
    #[model]
    fn regression(x: &Tensor, y: &Tensor) {
        let slope = sample!("slope", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(slope * x, 1.0), y);
    }
    assert!(nuts().run(&regression(&three, &three)).is_ok());
}

#[test]
fn data_that_do_not_fit_their_plates() {
    let three = Tensor::from([1.0, 2.0, 3.0]);
    assert_eq!(
        advice(mean(4, &three)),
        "\
site `y`: value has shape [3], expected [4] (batch shape [4], event shape [])
help: plate `n` has 4 members, and the data 3"
    );
    assert_eq!(
        advice(mean(3, &2.0.into())),
        "\
site `y`: value has shape [], expected [3] (batch shape [3], event shape [])
help: one value is not repeated: give 3 of them, or move the site out of the plate `n`"
    );
    assert_eq!(
        advice(mean(3, &Tensor::zeros([3, 1]))),
        "\
site `y`: value has shape [3, 1], expected [3] (batch shape [3], event shape [])
help: the data get this shape by `.reshape([3])`"
    );
    #[model]
    fn table(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("row", 3, { plate!("column", 2, { observe!("y", Normal::new(mu, 1.0), y) }) });
    }
    assert_eq!(
        advice(table(&Tensor::zeros([3, 2]))),
        "\
site `y`: value has shape [3, 2], expected [2, 3] (batch shape [2, 3], event shape [])
help: the outermost plate, `row`, has the last axis: transpose the data, or exchange the plates"
    );
    #[model]
    fn pairs() {
        plate!("n", 3, {
            sample!("x", Normal::new([0.0, 1.0], 1.0));
        });
    }
    assert_eq!(
        error(pairs()),
        "\
site `x`: Normal has batch shape [2], which does not fit the open plates n = 3 (dim -1) = [3]
help: axis -1 is that of the 3 members of plate `n`, and here it has 2: give the plate this size, or make one event of the 2 values by `.to_event(1)`
 site  kind    plates  batch  event  value
 x     latent  n       [2]    []
"
    );
}

#[test]
fn parameters_that_are_drawn_from_the_wrong_prior() {
    #[model]
    fn spread(y: f64) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        let sigma = sample!("sigma", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu, sigma), y);
    }
    let wrong = spread(0.3).substitute("sigma", -0.75).trace(0).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "site `y`: Normal: `scale` must be positive, got -0.75, which is `sigma`, drawn from a Normal\nhelp: draw what must be \
         positive from `HalfNormal`, `LogNormal`, `Exponential` or `Gamma`"
    );
    #[model]
    fn learned(y: f64) {
        let sigma = param!("sigma", -1.0);
        observe!("y", Normal::new(0.0, sigma), y);
    }
    assert_eq!(
        learned(0.3).trace(0).unwrap_err().to_string(),
        "site `y`: Normal: `scale` must be positive, got -1, which is the parameter `sigma`\nhelp: keep it positive by \
         `param!(\"sigma\", .., Constraint::Positive)`"
    );
    #[model]
    fn coin(y: f64) {
        let p = sample!("p", Normal::new(0.0, 1.0));
        observe!("y", Bernoulli::new(p), y);
    }
    assert_eq!(
        coin(1.0).substitute("p", 1.25).trace(0).unwrap_err().to_string(),
        "site `y`: Bernoulli: `probs` must be between 0 and 1, got 1.25, which is `p`, drawn from a Normal\nhelp: draw what must \
         be between 0 and 1 from `Beta` or `Uniform`"
    );
    #[model]
    fn computed(x: &Tensor, y: &Tensor) {
        let slope = sample!("slope", Normal::new(0.0, 1.0));
        plate!("n", 2, { observe!("y", Normal::new(0.0, slope * x), y) });
    }
    assert_eq!(
        computed(&[1.0, -0.5].into(), &Tensor::zeros(2)).substitute("slope", 1.5).trace(0).unwrap_err().to_string(),
        "site `y`: Normal: `scale` must be positive, got -0.75 at [1], computed in the model\nhelp: keep it positive by \
         `.exp()` or `.softplus()`"
    );
    // A constant comes from nowhere.
    assert_eq!(noisy(-0.5).trace(0).unwrap_err().to_string(), "site `x`: Normal: `scale` must be positive, got -0.5");
}

#[test]
fn matrices_without_a_cholesky_factor() {
    #[model]
    fn process(covariance: &Tensor) {
        let n = covariance.shape()[0];
        observe!("y", MultivariateNormal::new(0.0, covariance), Tensor::zeros(n));
    }
    let x = Tensor::linspace(0.0, 1.0, 200);
    let kernel = (-0.5 * (x.unsqueeze(1) - x.unsqueeze(0)).square()).exp();
    let text = process(&kernel).trace(0).unwrap_err().to_string();
    let begin = "site `y`: MultivariateNormal: `covariance_matrix` must be a symmetric positive definite matrix, got a \
                 200 x 200 matrix whose leading minor of order ";
    let end = ": add `1e-6` to the diagonal, as in `matrix + 1e-6 * Tensor::eye(200)`";
    assert!(text.starts_with(begin) && text.ends_with(end) && text.len() < 300, "{text}");
    // What it says helps.
    assert!(process(&(kernel + 1e-6 * Tensor::eye(200))).trace(0).is_ok());
    assert_eq!(
        process(&[[1.0, 2.0], [2.0, 1.0]].into()).trace(0).unwrap_err().to_string(),
        "site `y`: MultivariateNormal: `covariance_matrix` must be a symmetric positive definite matrix, got a 2 x 2 \
         matrix whose leading minor of order 2 is not positive (pivot -3)"
    );
    let batch = Tensor::from([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.5], [0.25, 1.0]]]);
    assert_eq!(
        MultivariateNormal::new(0.0, batch).unwrap_err().to_string(),
        "MultivariateNormal: `covariance_matrix` must be a symmetric positive definite matrix, got a 2 x 2 matrix that is \
         not symmetric: 0.5 at [0, 1], 0.25 at [1, 0] (event [1] of the batch)"
    );
    assert_eq!(
        Tensor::from([[1.0, 1.0], [1.0, 1.0]]).try_cholesky().unwrap_err().to_string(),
        "cholesky: matrix is not positive definite: its leading minor of order 2 is not positive (pivot 0): \
         add `1e-6` to the diagonal, as in `matrix + 1e-6 * Tensor::eye(2)`"
    );
}

#[test]
fn large_values_are_not_printed() {
    let size = 300;
    let texts = [
        Categorical::new(Tensor::full(size, 0.5)).unwrap_err().to_string(),
        Delta::new(Tensor::full(size, f64::NAN)).unwrap_err().to_string(),
        MultivariateNormal::from_scale_tril(0.0, Tensor::ones([size, size])).unwrap_err().to_string(),
        MultivariateNormal::from_precision(0.0, Tensor::ones([size, size])).unwrap_err().to_string(),
        Constraint::Interval { lower: Tensor::zeros(size), upper: Tensor::ones(size) }.to_string(),
        Constraint::GreaterThan(Tensor::zeros(size)).to_string(),
        Constraint::Constant(Tensor::zeros(size)).to_string(),
    ];
    for text in texts {
        assert!(text.len() < 250, "{text}");
    }
    #[model]
    fn vectors(y: &Tensor) {
        param!("weights", Tensor::full(300, -1.0), Constraint::Positive);
        observe!("y", Dirichlet::new(Tensor::ones(300)), y);
    }
    let text = vectors(&Tensor::zeros(300)).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `weights`: value must be positive, got [-1, -1, -1, -1, -1, ..] of shape [300]");
    let text = vectors(&Tensor::zeros(300)).substitute("weights", Tensor::ones(300)).trace(0).unwrap_err().to_string();
    assert_eq!(text, "site `y`: value must be a simplex (non-negative, sum 1), got [0, 0, 0, 0, 0, ..]");
}
