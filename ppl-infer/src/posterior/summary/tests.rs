//! Tests of the summary and of its text.

use ndarray::ArrayD;

use super::{SummaryOptions, Warning};
use crate::{
    diagnostics,
    posterior::{
        FailedChain, Posterior, PosteriorParts, SampleStats, SiteTable,
        tests::{of_nuts, parts, posterior, record, scores},
    },
};

#[test]
fn rows_are_the_diagnostics_of_their_components() {
    let posterior = posterior();
    let summary = posterior.summary();
    let labels: Vec<&str> = summary.rows().iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["mu", "theta[0]", "theta[1]", "theta[2]", "L[0, 0]", "L[0, 1]", "L[1, 0]", "L[1, 1]"]);

    let draws = posterior.get("mu").unwrap().clone().into_dimensionality::<ndarray::Ix2>().unwrap();
    let values: Vec<f64> = draws.iter().copied().collect();
    let row = summary.row("mu").unwrap();
    assert!((row.mean - draws.mean().unwrap()).abs() < 1e-14);
    assert!((row.sd - draws.std(1.0)).abs() < 1e-13);
    assert_eq!(row.quantiles, [0.05, 0.5, 0.95].map(|probability| diagnostics::quantile(&values, probability)));
    assert_eq!(row.mcse_mean, diagnostics::mcse_mean(draws.view()));
    assert_eq!(row.mcse_sd, diagnostics::mcse_sd(draws.view()));
    assert_eq!(row.ess_bulk, diagnostics::ess_bulk(draws.view()));
    assert_eq!(row.ess_tail, diagnostics::ess_tail(draws.view()));
    assert_eq!(row.r_hat, diagnostics::rhat(draws.view()));

    let theta = summary.row("theta[2]").unwrap();
    assert_eq!((theta.site.as_str(), theta.index.as_slice()), ("theta", [2].as_slice()));
    let component = posterior.get("theta").unwrap().index_axis(ndarray::Axis(2), 2).mean().unwrap();
    assert!((theta.mean - component).abs() < 1e-14);
}

#[test]
fn look_up_ignores_spaces_and_suggests() {
    let summary = posterior().summary();
    assert_eq!(summary.row("L[1,0]").unwrap().label, "L[1, 0]");
    assert!(
        summary
            .row("theta[7]")
            .unwrap_err()
            .to_string()
            .starts_with("no row is named `theta[7]` (did you mean `theta[")
    );
}

#[test]
fn other_quantiles_and_the_interval() {
    let posterior = posterior();
    let summary = posterior.summary_with(&SummaryOptions::default().quantiles(&[0.025, 0.975]).hdi(0.94));
    let row = summary.row("mu").unwrap();
    let values: Vec<f64> = posterior.get("mu").unwrap().iter().copied().collect();
    assert_eq!(row.quantiles, [0.025, 0.975].map(|probability| diagnostics::quantile(&values, probability)));
    assert_eq!(row.hdi, Some(diagnostics::hdi(&values, 0.94)));
    let text = summary.to_string();
    assert!(text.contains("2.5%") && text.contains("97.5%") && text.contains("hdi 94% low"), "{text}");
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
fn chains_that_disagree() {
    let mut sites = SiteTable::new(&[4, 250]);
    let mut values = ArrayD::from_shape_vec(vec![4, 250], scores(1000, 9)).unwrap();
    sites.insert("fine", values.clone()).unwrap();
    values.index_axis_mut(ndarray::Axis(0), 3).mapv_inplace(|draw| draw + 5.0);
    sites.insert("torn", values).unwrap();
    let summary = Posterior::new(PosteriorParts { sites, ..parts() }).unwrap().summary();
    let [rhat, ess] = summary.warnings() else { panic!("two warnings, not {:?}", summary.warnings()) };
    assert!(matches!(rhat, Warning::HighRhat { count: 1, total: 2, worst, r_hat } if worst == "torn" && *r_hat > 1.5));
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
    assert!(row.mean.is_nan() && row.quantiles[1].is_nan() && row.r_hat.is_nan());
}

#[test]
fn a_single_draw_has_a_mean_and_no_diagnostics() {
    let mut sites = SiteTable::new(&[1, 1]);
    sites.insert("mu", ArrayD::from_elem(vec![1, 1], 2.0)).unwrap();
    let sample_stats = of_nuts(&[vec![record()]]);
    let summary = Posterior::new(PosteriorParts { sites, sample_stats, ..parts() }).unwrap().summary();
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
    assert_eq!(columns, ["mean", "sd", "5%", "50%", "95%", "mcse_mean", "mcse_sd", "ess_bulk", "ess_tail", "r_hat"]);
    assert!(table.iter().all(|line| line.len() == table[0].len()), "{text}");
    // A constant: no error of its mean, no R-hat.
    let cells: Vec<&str> = table[6].split_whitespace().collect();
    assert_eq!(cells, ["L[0,", "1]", "1.00", "0.00", "1.00", "1.00", "1.00", "0", "NaN", "1000", "1000", "NaN"]);
}
