//! The command line of the bench.

use std::str::FromStr;

use ppl_infer::{Metric, Nuts};

/// Models, seeds and samplers, from the command line.
pub(crate) struct Options {
    /// Parts of the names of the models to run; all of them if there are none.
    pub(crate) models: Vec<String>,
    pub(crate) seeds: std::ops::Range<u64>,
    /// Names and settings of the adaptations, each a row of the table.
    pub(crate) samplers: Vec<(&'static str, Nuts)>,
    /// Whether each seed has a line of its own.
    pub(crate) each: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let (mut models, mut is_bench, mut each) = (Vec::new(), false, false);
        let (mut seeds, mut first_seed, mut warmup, mut draws) = (5, 0, None, 1000);
        let (mut only, mut metric, mut target, mut candidates, mut paths) = (None, None, None, None, None);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                // Cargo's, of `cargo bench`.
                "--bench" => is_bench = true,
                "--each" => each = true,
                "--seeds" => seeds = number(argument, value()?)?,
                "--first-seed" => first_seed = number(argument, value()?)?,
                "--warmup" => warmup = Some(number(argument, value()?)?),
                "--draws" => draws = number(argument, value()?)?,
                "--target" => target = Some(number(argument, value()?)?),
                "--paths" => paths = Some(number(argument, value()?)?),
                "--candidates" => candidates = Some(number(argument, value()?)?),
                "--only" => only = Some(value()?.as_str()),
                "--metric" => metric = Some(metric_of(value()?)?),
                option if option.starts_with("--") => return Err(format!("there is no option `{option}`")),
                model => models.push(model.to_owned()),
            }
        }
        if !is_bench {
            // `cargo test --benches`: whether it runs at all.
            (seeds, warmup, draws) = (1, Some(50), 20);
        }
        // One thread, so that machines with other numbers of cores measure the same.
        let mut nuts = Nuts::new().chains(4).draws(draws).threads(1).progress(false);
        if let Some(warmup) = warmup {
            nuts = nuts.warmup(warmup);
        }
        let is_stan = metric.is_none() && target.is_none() && candidates.is_none() && paths.is_none();
        let mut other = nuts.clone().metric(metric.unwrap_or(Metric::Diagonal));
        // Stan's warm-up, unless it is given.
        other = other.warmup(warmup.unwrap_or(1000));
        if let Some(target) = target {
            other = other.target_accept_prob(target);
        }
        if let Some(paths) = paths {
            other = other.init_paths(paths);
        }
        if let Some(candidates) = candidates {
            other = other.init_candidates(candidates);
        }
        let (default, other) = (("default", nuts), (if is_stan { "Stan's" } else { "other" }, other));
        let samplers = match only {
            None => vec![default, other],
            Some("default") => vec![default],
            Some("other") => vec![other],
            Some(name) => return Err(format!("`--only` must be default or other, got {name}")),
        };
        Ok(Self { models, seeds: first_seed..first_seed + seeds, samplers, each })
    }
}

fn number<T: FromStr>(option: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("`{option}` must be a number, got {value}"))
}

fn metric_of(name: &str) -> Result<Metric, String> {
    match name {
        "automatic" => Ok(Metric::Automatic),
        "diagonal" => Ok(Metric::Diagonal),
        "draws-and-gradients" => Ok(Metric::DrawsAndGradients),
        "low-rank" => Ok(Metric::LowRank),
        "dense" => Ok(Metric::Dense),
        _ => Err(format!("`--metric` must be automatic, diagonal, draws-and-gradients, low-rank or dense, got {name}")),
    }
}
