//! Tests of the summary and of its text.

use ndarray::{Array1, Array2, ArrayD};

use super::{SummaryOptions, Warning};
use crate::{
    diagnostics,
    draws::{Draws, SiteTable, tests::scores},
    posterior::{
        FailedChain, Posterior, PosteriorParts, SampleStats,
        tests::{of_nuts, parts, posterior, record},
    },
};

#[test]
fn rows_are_the_diagnostics_of_their_components() {
    let posterior = posterior();
    let summary = posterior.summary();
    let labels: Vec<&str> = summary.rows().iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["mu", "theta[0]", "theta[1]", "theta[2]", "L[0, 0]", "L[0, 1]", "L[1, 0]", "L[1, 1]"]);

    let mu = posterior.get("mu").unwrap();
    let draws = mu.values().into_dimensionality::<ndarray::Ix2>().unwrap();
    let values: Vec<f64> = draws.iter().copied().collect();
    let row = summary.row("mu").unwrap();
    assert!((row.mean - draws.mean().unwrap()).abs() < 1e-14);
    assert!((row.sd - draws.std(1.0)).abs() < 1e-13);
    assert_eq!(row.interval, mu.eti(0.89));
    let (low, high) = row.interval;
    assert!((low - diagnostics::quantile(&values, 0.055)).abs() < 1e-12);
    assert!((high - diagnostics::quantile(&values, 0.945)).abs() < 1e-12);
    assert!(row.quantiles.is_empty() && row.ess.is_nan() && row.pareto_k.is_nan());
    assert_eq!(row.mcse_mean, diagnostics::mcse_mean(draws.view()));
    assert_eq!(row.mcse_sd, diagnostics::mcse_sd(draws.view()));
    assert_eq!(row.ess_bulk, diagnostics::ess_bulk(draws.view()));
    assert_eq!(row.ess_tail, diagnostics::ess_tail(draws.view()));
    assert_eq!(row.r_hat, diagnostics::rhat(draws.view()));

    let theta = summary.row("theta[2]").unwrap();
    assert_eq!((theta.site.as_str(), theta.index.as_slice()), ("theta", [2].as_slice()));
    assert_eq!(theta.mean, posterior.component("theta[2]").unwrap().mean());
}

#[test]
fn look_up_ignores_spaces_and_suggests() {
    let summary = posterior().summary();
    assert_eq!(summary.row("L[1,0]").unwrap().label, "L[1, 0]");
    assert!(summary.row("theta[7]").unwrap_err().to_string().contains("help: did you mean `theta["));
}

#[test]
fn other_intervals_and_quantiles() {
    let posterior = posterior();
    let mu = posterior.get("mu").unwrap();
    let values: Vec<f64> = mu.iter().collect();
    let summary = posterior.summary_with(&SummaryOptions::default().quantiles(&[0.025, 0.975]).hdi(0.94));
    let row = summary.row("mu").unwrap();
    assert_eq!(row.quantiles, [0.025, 0.975].map(|probability| diagnostics::quantile(&values, probability)));
    assert_eq!(row.interval, diagnostics::hdi(&values, 0.94));
    let text = summary.to_string();
    let header: Vec<&str> = text.lines().nth(2).unwrap().split_whitespace().take(6).collect();
    assert_eq!(header, ["mean", "sd", "hdi94_lb", "hdi94_ub", "2.5%", "97.5%"]);
    let summary = posterior.summary_with(&SummaryOptions::default().eti(0.955));
    assert_eq!(summary.row("mu").unwrap().interval, mu.eti(0.955));
    assert!(summary.to_string().contains(" eti95.5_lb "));
}

#[test]
fn a_sound_posterior_has_no_warnings() {
    let summary = posterior().summary();
    assert_eq!(summary.warnings(), []);
    let text = summary.to_string();
    assert!(text.starts_with(
        "4 chains of 250 draws after 500 of warm-up; 20000 gradient evaluations in 123.00ms (recorded)\n"
    ));
    assert!(text.ends_with("no warnings"));
}

/// The shared posterior with its sample statistics changed.
fn with_stats(change: impl Fn(&mut SampleStats)) -> Posterior {
    let mut parts = parts();
    change(&mut parts.sample_stats);
    Posterior::new(parts).unwrap()
}

#[test]
fn divergences_and_tree_depth() {
    let posterior = with_stats(|stats| {
        stats.set("diverging", [0, 3], 1.0);
        stats.set("diverging", [2, 9], 1.0);
        stats.set("reached_max_treedepth", [1, 1], 1.0);
    });
    let summary = posterior.summary();
    assert_eq!(
        summary.warnings(),
        [Warning::Divergences { count: 2, total: 1000 }, Warning::MaxTreeDepth { count: 1, total: 1000 }]
    );
    assert!(summary.to_string().contains("warning: 2 of 1000 draws ended in a divergence"));
}

#[test]
fn slow_energies() {
    let posterior = with_stats(|stats| {
        (0..250).for_each(|draw| stats.set("energy", [2, draw], draw as f64));
    });
    let summary = posterior.summary();
    let [Warning::LowBfmi { chains }] = summary.warnings() else { panic!("not {:?}", summary.warnings()) };
    assert_eq!(chains[0].0, 2);
    assert!(chains[0].1 < 0.01);
}

#[test]
fn a_chain_that_is_lost_is_named() {
    let posterior = with_stats(|stats| {
        for (chain, draw) in (0..4).flat_map(|chain| (0..250).map(move |draw| (chain, draw))) {
            let lowest = if chain == 2 { -340.2 } else { -120.0 - chain as f64 / 10.0 };
            stats.set("lp", [chain, draw], lowest + 2.0 * ((draw * 97) % 250) as f64 / 249.0);
        }
    });
    let summary = posterior.summary();
    let [Warning::LostChains { lost, others }] = summary.warnings() else { panic!("not {:?}", summary.warnings()) };
    assert!(lost[0].0 == 2 && (lost[0].1 + 339.2).abs() < 1e-9, "{lost:?}");
    assert_eq!(others.iter().map(|(chain, _)| *chain).collect::<Vec<_>>(), [0, 1, 3]);
    assert!(
        summary.warnings()[0].to_string().starts_with(
            "chain 2 (mean log density -339.2) is lost: the log density stays far below that of chains 0, 1, 3 (mean log \
             densities -119.0, -119.1, -119.3); its draws bias every estimate; start elsewhere (the draws of Pathfinder"
        ),
        "{summary}"
    );
    let most = Warning::LostChains { lost: vec![(0, -340.0), (1, -350.0)], others: vec![(2, -120.0)] }.to_string();
    assert!(
        most.starts_with(
            "the log density of chains 0, 1 (mean log densities -340.0, -350.0) stays far below that of chain 2 (mean log \
             density -120.0): the lower chains have not found the posterior, unless"
        ),
        "{most}"
    );
}

#[test]
fn chains_that_disagree() {
    let mut sites = SiteTable::new(&[4, 250]);
    let mut values = ArrayD::from_shape_vec(vec![4, 250], scores(1000, 9)).unwrap();
    sites.insert("fine", values.clone()).unwrap();
    values.index_axis_mut(ndarray::Axis(0), 3).mapv_inplace(|draw| draw + 5.0);
    sites.insert("torn", values).unwrap();
    let summary = Posterior::new(PosteriorParts { sites, ..parts() }).unwrap().summary();
    let [rhat, ess] = summary.warnings() else { panic!("two warnings, not {:?}", summary.warnings()) };
    assert!(
        matches!(rhat, Warning::HighRhat { count: 1, total: 2, worst, r_hat, chains: 4 } if worst == "torn" && *r_hat > 1.5)
    );
    assert!(matches!(ess, Warning::LowEss { count: 1, total: 2, worst, threshold: 400.0, .. } if worst == "torn"));
}

#[test]
fn failed_chains_and_draws_that_are_not_finite() {
    let mut parts = parts();
    let mut values = ArrayD::from_shape_vec(vec![4, 250], scores(1000, 9)).unwrap();
    values[[0, 0]] = f64::NAN;
    parts.sites.insert("broken", values).unwrap();
    parts.failed_chains = vec![FailedChain { chain: 1, message: "site `mu`: no valid start".to_owned() }];
    let summary = Posterior::new(parts).unwrap().summary();
    assert_eq!(
        summary.warnings(),
        [
            Warning::FailedChain { chain: 1, message: "site `mu`: no valid start".to_owned() },
            Warning::NotFinite { labels: vec!["broken".to_owned()] }
        ]
    );
    let row = summary.row("broken").unwrap();
    assert!(row.mean.is_nan() && row.interval.1.is_nan() && row.r_hat.is_nan());
}

#[test]
fn a_single_draw_has_a_mean_and_no_diagnostics() {
    let mut sites = SiteTable::new(&[1, 1]);
    sites.insert("mu", ArrayD::from_elem(vec![1, 1], 2.0)).unwrap();
    let sample_stats = of_nuts(&[vec![record()]]);
    let parts = PosteriorParts { sites, sample_stats, chain_ids: vec![0], ..parts() };
    let summary = Posterior::new(parts).unwrap().summary();
    assert_eq!(summary.warnings(), [Warning::TooFewDraws { draws: 1 }]);
    assert_eq!(summary.row("mu").unwrap().mean, 2.0);
    assert!(summary.to_string().starts_with("1 chain of 1 draw after"));
}

#[test]
fn long_sites_are_shortened_in_the_text_only() {
    let mut sites = SiteTable::new(&[4, 250]);
    sites.insert("mu", ArrayD::from_shape_vec(vec![4, 250], scores(1000, 1)).unwrap()).unwrap();
    sites.insert("theta", ArrayD::from_shape_vec(vec![4, 250, 300], scores(300_000, 2)).unwrap()).unwrap();
    sites.insert("z", ArrayD::from_shape_vec(vec![4, 250, 4], scores(4000, 3)).unwrap()).unwrap();
    let summary = Posterior::new(PosteriorParts { sites, ..parts() }).unwrap().summary();
    assert_eq!(summary.rows().len(), 305);
    assert_eq!(summary.row("theta[150]").unwrap().index, [150]);
    let text = summary.to_string();
    assert!(text.contains("… 245 more of theta\n"), "{text}");
    assert!(text.contains("60 of 305 rows are shown"));
    for shown in ["mu ", "theta[0] ", "theta[53] ", "theta[299] ", "z[0] ", "z[3] "] {
        assert!(text.contains(&format!("\n{shown}")), "{shown}");
    }
    assert!(!text.contains("theta[54] "));
}

#[test]
fn the_lines_of_the_table_are_equally_long() {
    let text = posterior().summary().to_string();
    let table: Vec<&str> = text.lines().skip(2).take(9).collect();
    let columns: Vec<&str> = table[0].split_whitespace().collect();
    assert_eq!(
        columns,
        ["mean", "sd", "eti89_lb", "eti89_ub", "ess_bulk", "ess_tail", "r_hat", "mcse_mean", "mcse_sd"]
    );
    assert!(table.iter().all(|line| line.len() == table[0].len()), "{text}");
    // A constant: no error of its mean, no R-hat.
    let cells: Vec<&str> = table[6].split_whitespace().collect();
    assert_eq!(cells, ["L[0,", "1]", "1.00", "0.00", "1.00", "1.00", "1000", "1000", "NaN", "0", "NaN"]);
}

/// Chains of `draws` independent draws of `quantities`, as a posterior.
fn converged(chains: usize, draws: usize, quantities: usize, seed: u64) -> Draws {
    let mut sites = SiteTable::new(&[chains, draws]);
    let values = ArrayD::from_shape_vec(vec![chains, draws, quantities], scores(chains * draws * quantities, seed));
    sites.insert("x", values.unwrap()).unwrap();
    Draws::new(sites).unwrap()
}

fn warns_of_rhat(draws: &Draws) -> Option<Warning> {
    let summary = draws.summary();
    summary.warnings().iter().find(|warning| matches!(warning, Warning::HighRhat { .. })).cloned()
}

/// Chains so short that R-hat is above 1.01 by chance: of 100 summaries at a rate of 1% at most, 5 or more would warn in
/// one of 290 seeds.
#[test]
fn rhat_that_chance_explains_is_no_warning() {
    let (mut above, mut warned) = (0, 0);
    for seed in 0..100 {
        let draws = converged(4, 50, 4, seed);
        above += usize::from(draws.summary().rows().iter().any(|row| row.r_hat > 1.01));
        warned += usize::from(warns_of_rhat(&draws).is_some());
    }
    assert!(above > 50, "the test is of chains that are above 1.01: {above}");
    assert!(warned < 5, "{warned} of 100");
}

#[test]
fn rhat_of_long_chains_warns_at_its_threshold() {
    // Chains shifted by ±δ: R² − 1 is about δ², so that 0.1 gives 1.005 and 0.25 gives 1.031.
    let shifted = |by: f64| {
        let mut values = Array2::from_shape_vec((4, 2000), scores(8000, 3)).unwrap();
        values.row_mut(0).mapv_inplace(|draw| draw + by);
        values.row_mut(1).mapv_inplace(|draw| draw - by);
        values.row_mut(2).mapv_inplace(|draw| draw + by);
        values.row_mut(3).mapv_inplace(|draw| draw - by);
        let mut sites = SiteTable::new(&[4, 2000]);
        sites.insert("x", values.into_dyn()).unwrap();
        Draws::new(sites).unwrap()
    };
    assert_eq!(warns_of_rhat(&shifted(0.1)), None);
    let warning = warns_of_rhat(&shifted(0.25)).unwrap();
    assert!(warning.to_string().ends_with("the chains disagree; run longer, and check the model for several modes"));
}

#[test]
fn a_single_chain_has_halves_that_disagree() {
    let mut values = scores(1000, 8);
    values[500..].iter_mut().for_each(|draw| *draw += 2.0);
    let mut sites = SiteTable::new(&[1, 1000]);
    sites.insert("x", ArrayD::from_shape_vec(vec![1, 1000], values).unwrap()).unwrap();
    let warning = warns_of_rhat(&Draws::new(sites).unwrap()).unwrap().to_string();
    assert!(warning.contains("the halves of the chain disagree") && !warning.contains("chains disagree"), "{warning}");
}

/// Draws of Normal(0, 1), weighted as draws of Normal(`shift`, 1).
fn shifted_weights(shift: f64, count: usize) -> Draws {
    let values = scores(count, 17);
    let log_weights = values.iter().map(|x| shift * x).collect();
    let mut sites = SiteTable::new(&[count]);
    sites.insert("x", Array1::from(values).into_dyn()).unwrap();
    Draws::weighted(sites, log_weights).unwrap()
}

#[test]
fn weights_that_have_collapsed_say_so() {
    let good = shifted_weights(0.5, 2000).summary();
    assert_eq!(good.warnings(), []);
    let text = good.to_string();
    let header: Vec<&str> = text.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!(header, ["mean", "sd", "eti89_lb", "eti89_ub", "ess", "pareto_k", "mcse_mean", "mcse_sd"]);
    let row = good.row("x").unwrap();
    assert!((row.mean - 0.5).abs() < 4.0 * row.mcse_mean && (row.sd - 1.0).abs() < 4.0 * row.mcse_sd);
    // Var f / mcse² of Normal(δ, 1) by Normal(0, 1) is n exp(−δ²) / (1 + δ²).
    assert!((row.ess / (2000.0 * (-0.25_f64).exp() / 1.25) - 1.0).abs() < 0.2, "{}", row.ess);

    let collapsed = shifted_weights(6.0, 2000).summary();
    let [Warning::UnreliableWeights { pareto_k, ess, total: 2000, .. }] = collapsed.warnings() else {
        panic!("not {:?}", collapsed.warnings())
    };
    let row = collapsed.row("x").unwrap();
    assert!(row.mcse_mean.is_nan() && row.mcse_sd.is_nan() && row.ess == *ess);
    assert!(*pareto_k > 0.7 && *ess < 20.0, "{pareto_k} {ess}");
    assert!(collapsed.to_string().contains("warning: the importance weights have collapsed (Pareto k "));
    // Few draws, but good ones.
    let few = shifted_weights(0.1, 60).summary();
    assert!(matches!(few.warnings(), [Warning::FewEffectiveDraws { total: 60, .. }]), "{:?}", few.warnings());
}

#[test]
fn a_mean_that_does_not_exist_is_named() {
    // Cauchy draws under equal weights.
    let normal = scores(4000, 2);
    let ratios = normal[..2000].iter().zip(&normal[2000..]).map(|(a, b)| a / b).collect();
    let mut sites = SiteTable::new(&[2000]);
    sites.insert("cauchy", Array1::from_vec(ratios).into_dyn()).unwrap();
    sites.insert("normal", Array1::from(normal[..2000].to_vec()).into_dyn()).unwrap();
    let summary = Draws::weighted(sites, vec![0.0; 2000]).unwrap().summary();
    let [Warning::HighParetoK { count: 1, total: 2, worst, pareto_k, .. }] = summary.warnings() else {
        panic!("not {:?}", summary.warnings())
    };
    assert!(worst == "cauchy" && (pareto_k - 1.0).abs() < 0.3);
}

#[test]
fn draws_without_chains_and_weights_have_no_diagnostics() {
    let mut sites = SiteTable::new(&[500]);
    sites.insert("x", Array1::from(scores(500, 4)).into_dyn()).unwrap();
    let text = Draws::new(sites).unwrap().summary().to_string();
    assert!(text.starts_with("500 draws\n\n"), "{text}");
    let header: Vec<&str> = text.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!(header, ["mean", "sd", "eti89_lb", "eti89_ub"]);
    assert!(text.ends_with("no warnings"));
}
