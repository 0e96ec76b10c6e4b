//! One vocabulary for the draws of every method.

use ppl::prelude::*;
use ppl_infer::draws::{Dim, DrawSource, Warning};
use ppl_infer::prelude::*;

/// A scalar, a plate of eight, deterministic sites that have the plate's axis and that have not, and a loop.
#[model]
fn everything(y: Option<f64>) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        deterministic!("theta", &mu + z);
        // Of shape [3], whatever the plate.
        deterministic!("v", &mu * Tensor::from([1.0, 2.0, 3.0]));
    });
    let mut level = mu;
    for t in 0..4 {
        level = sample!("level_{t}", Normal::new(level, 0.5));
    }
    observe!("y", Normal::new(level, 0.5), y);
}

fn nuts() -> Nuts {
    Nuts::new().chains(2).warmup(200).draws(150).seed(4).progress(false)
}

/// Names of the axes of all sites.
fn dims(result: &impl DrawSource) -> Vec<(String, Vec<Option<Dim>>)> {
    result.draws().sites().iter().map(|site| (site.name().to_owned(), site.dims().to_vec())).collect()
}

#[test]
fn every_method_names_axes_alike() {
    let model = everything(Some(1.0));
    let school = || Some(Dim::new("school"));
    let posterior = nuts().run(&model).unwrap();
    let expected = dims(&posterior);
    let named = |site: &str| expected.iter().find(|(name, _)| name == site).unwrap().1.clone();
    assert_eq!(
        (named("mu"), named("z"), named("theta"), named("v")),
        (vec![], vec![school()], vec![school()], vec![None])
    );
    // By programs and by runs.
    for draws in [50, 2000] {
        assert_eq!(dims(&Importance::new().draws(draws).run(&model).unwrap()), expected, "{draws} particles");
        assert_eq!(dims(&LaplaceApproximation::new().draws(draws).run(&model).unwrap()), expected, "{draws} draws");
    }
    let predictions = Predictive::new().posterior(&everything(None), &posterior).unwrap();
    for (site, dims) in dims(&predictions) {
        assert_eq!(dims, if site == "y" { vec![] } else { named(&site) }, "{site}");
    }
}

#[test]
fn every_method_has_the_same_verbs() {
    let model = everything(Some(1.0));
    let posterior = nuts().run(&model).unwrap();
    let importance = Importance::new().draws(3000).run(&model).unwrap();
    let laplace = LaplaceApproximation::new().run(&model).unwrap();
    let guide = AutoNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(0.05)).steps(300).num_particles(2).run(&model, &guide).unwrap();
    let svi = fit.sample_posterior(&model, &guide, 1500).unwrap();
    macro_rules! check {
        ($result:expr, $leading:expr) => {
            let result = $result;
            let mu: f64 = result.get(everything::mu).unwrap().mean();
            // Given y = 1, mu has mean 1 · 1 / (1 + 5 · 0.25) = 0.444 and variance 1 − 1/2.25.
            assert!((mu - 0.444).abs() < 0.25, "{mu}");
            let theta = result.get_array(everything::theta).unwrap();
            assert_eq!(theta.values().shape(), [&$leading[..], &[8]].concat());
            assert_eq!(theta.mean().shape(), [8]);
            assert_eq!(result.component("theta[3]").unwrap(), theta.component("theta[3]").unwrap());
            let level = result.get_family("level").unwrap();
            assert_eq!(level.values().shape(), [&$leading[..], &[4]].concat());
            assert_eq!(level.component("level_2").unwrap(), result.get("level_2").unwrap());
            assert!(level.mean()[[3]] > mu, "levels rise from the prior's mean to the observation");
            assert_eq!(result.num_draws(), $leading[$leading.len() - 1]);
            let summary = result.summary();
            assert_eq!(summary.row(everything::mu).unwrap().mean, mu);
            assert_eq!(summary.rows().len(), result.draws().summary().rows().len());
            let error = result.get(everything::theta).unwrap_err().to_string();
            assert!(error.contains("help: use `get_array(\"theta\")`"), "{error}");
        };
    }
    check!(&posterior, [2, 150]);
    check!(&importance, [3000]);
    check!(&laplace, [1000]);
    check!(&svi, [1500]);
    let predictions = Predictive::new().leave_out("mu").posterior(&everything(None), &posterior).unwrap();
    assert_eq!(predictions.get(everything::y).unwrap().values().shape(), [2, 150]);
}

#[test]
fn chains_that_run_apart_are_those_of_a_joint_run() {
    let model = everything(Some(1.0));
    let joint = nuts().chains(4).run(&model).unwrap();
    let jobs = [2, 0, 3, 1].map(|id| nuts().chains(1).chain_id(id).run(&model).unwrap());
    assert_eq!(jobs[0].chain_ids(), [2]);
    let merged = Posterior::merge(jobs).unwrap();
    assert_eq!(merged.draws(), joint.draws());
    assert_eq!(merged.sample_stats(), joint.sample_stats());
    assert_eq!((merged.chain_ids(), merged.gradient_evaluations()), (&[0, 1, 2, 3][..], joint.gradient_evaluations()));
    // Two jobs of two chains each.
    let pairs = [0, 2].map(|id| nuts().chains(2).chain_id(id).run(&model).unwrap());
    assert_eq!(Posterior::merge(pairs).unwrap().draws(), joint.draws());
    // A start of its own for each chain of a job.
    let init = ppl_infer::Init::per_chain([ppl_infer::Init::Value(vec![0.1; 13])]);
    assert!(nuts().chains(1).chain_id(7).init(init).run(&model).is_ok());
}

#[test]
fn results_survive_their_files() {
    let model = everything(Some(1.0));
    let folder = std::env::temp_dir().join(format!("ppl-results-{}", std::process::id()));
    let posterior = nuts().run(&model).unwrap();
    posterior.write_json(folder.join("posterior.json")).unwrap();
    assert_eq!(Posterior::read_json(folder.join("posterior.json")).unwrap(), posterior);
    let importance = Importance::new().draws(50).run(&model).unwrap();
    importance.write_json(folder.join("importance.json")).unwrap();
    assert_eq!(ImportanceDraws::read_json(folder.join("importance.json")).unwrap(), importance);
    let predictions = Predictive::new().posterior(&everything(None), &posterior).unwrap();
    predictions.write_json(folder.join("predictions.json")).unwrap();
    assert_eq!(Predictions::read_json(folder.join("predictions.json")).unwrap(), predictions);
    // Another kind of result is an error, and so is half of a file.
    let path = folder.join("importance.json");
    let message = Posterior::read_json(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot read `{}`: ", path.display())), "{message}");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(ImportanceDraws::read_json(&path).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}

/// A prior ten standard deviations from the observation: the weights say that nothing was learned.
#[test]
fn a_collapsed_importance_run_says_so() {
    #[model]
    fn far() {
        let x = sample!("x", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(x, 0.1), 10.0);
    }
    let summary = Importance::new().draws(4000).run(&far()).unwrap().summary();
    assert!(matches!(summary.warnings(), [Warning::UnreliableWeights { .. }]), "{:?}", summary.warnings());
    let text = summary.to_string();
    assert!(text.contains("warning: the importance weights have collapsed (Pareto k "), "{text}");
}
