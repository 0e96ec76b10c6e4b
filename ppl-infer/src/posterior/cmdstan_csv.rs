//! Posterior as the CSV files of CmdStan.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use ndarray::Dimension;
use serde_json::Value;

use super::Posterior;
use super::cmdstan_metric::{metric_file, metric_name, metric_type, write_adaptation};
use crate::mcmc::hmc::HamiltonianState;
use crate::{Result, draws::SiteValues, file, format::write_json};

/// The sample statistics that are written, where the sampler has them, and CmdStan's names for them.
const STATISTICS: [(&str, &str); 7] = [
    ("lp", "lp__"),
    ("acceptance_rate", "accept_stat__"),
    ("step_size", "stepsize__"),
    ("tree_depth", "treedepth__"),
    ("n_steps", "n_leapfrog__"),
    ("diverging", "divergent__"),
    ("energy", "energy__"),
];

impl Posterior {
    /// Writes one CSV file a chain in CmdStan's format, `{prefix}_1.csv`, `{prefix}_2.csv`, …, and returns their paths.
    ///
    /// `cmdstanpy.from_csv`, cmdstanr's `as_cmdstan_fit` and `read_cmdstan_csv`, and `arviz.from_cmdstan` of ArviZ 0.x
    /// read them. Components are named as in Stan: `theta.1`, `L.2.1`, counted from 1 and in column-major order; names
    /// of members have no place. An existing file is replaced when the new one is complete, a folder that is not there
    /// is made.
    ///
    /// Of a Hamiltonian sampler the comments have the step size and the inverse mass matrix of the chain, and so has a
    /// file beside each, `{prefix}_1_metric.json`, …, as CmdStan 2.34 and later write and take as `metric_file`; one of
    /// low rank is written dense. CmdStanPy refuses files of NUTS without them, as of posteriors that were written
    /// before this library kept them.
    ///
    /// # Errors
    /// [`FileError::Write`](crate::error::FileError::Write).
    ///
    /// # Reference
    /// CmdStan User's Guide, "Stan CSV file format".
    pub fn write_cmdstan_csv(&self, prefix: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let adaptation = self.adaptation();
        (0..self.num_chains())
            .map(|chain| {
                let mut name = prefix.as_ref().as_os_str().to_owned();
                name.push(format!("_{}.csv", chain + 1));
                let path = PathBuf::from(name);
                file::write(&path, |file| self.write_chain(chain, file))?;
                if let Some(adapted) = adaptation.as_ref().and_then(|chains| chains.get(chain)) {
                    write_json(&path.with_file_name(metric_name(&path)), &metric_file(adapted))?;
                }
                Ok(path)
            })
            .collect()
    }

    fn write_chain(&self, chain: usize, mut file: impl Write) -> io::Result<()> {
        let adaptation = self.adaptation().and_then(|chains| chains.get(chain).cloned());
        self.write_arguments(chain, adaptation.as_ref(), &mut file)?;

        let stats: Vec<_> = STATISTICS.iter().filter_map(|(own, _)| self.sample_stats().get(own)).collect();
        let has = |own: &str| self.sample_stats().get(own).is_some();
        let mut header: Vec<String> =
            STATISTICS.iter().filter(|(own, _)| has(own)).map(|(_, name)| (*name).to_owned()).collect();
        let columns: Vec<(&SiteValues, Vec<usize>)> = self
            .draws()
            .sites()
            .iter()
            .flat_map(|site| column_major_indices(site.shape()).map(move |index| (site, index)))
            .collect();
        header.extend(columns.iter().map(|(site, index)| column_name(site.name(), index)));
        writeln!(file, "{}", header.join(","))?;
        if let Some(adapted) = &adaptation {
            write_adaptation(adapted, &mut file)?;
        }

        for draw in 0..self.num_draws() {
            let at = [chain, draw];
            let mut cells: Vec<f64> = stats.iter().map(|values| values[at]).collect();
            cells.extend(columns.iter().map(|(site, index)| {
                let position: Vec<usize> = at.iter().chain(index).copied().collect();
                site.values()[position.as_slice()]
            }));
            // `Display` writes a whole number without its ".0", and NaN, inf, -inf as Stan reads them.
            let cells: Vec<String> = cells.iter().map(number).collect();
            writeln!(file, "{}", cells.join(","))?;
        }
        writeln!(file, "# \n#  Elapsed Time: {} seconds (Total)\n# ", self.sampling_time().as_secs_f64())?;
        file.flush()
    }
}

impl Posterior {
    /// The settings of the run, in the words of CmdStan.
    fn write_arguments(
        &self,
        chain: usize,
        adaptation: Option<&HamiltonianState>,
        mut file: impl Write,
    ) -> io::Result<()> {
        let setting = |path: &str| self.sampler_config().and_then(|config| config.pointer(path)).cloned();
        writeln!(file, "# ppl_version = {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(file, "# model = ppl_model")?;
        writeln!(file, "# method = sample")?;
        writeln!(file, "#   sample")?;
        writeln!(file, "#     num_samples = {}", self.num_draws() * self.thinning())?;
        writeln!(file, "#     num_warmup = {}", self.warmup_draws())?;
        writeln!(file, "#     save_warmup = false")?;
        writeln!(file, "#     thin = {}", self.thinning())?;
        writeln!(file, "#     adapt")?;
        writeln!(file, "#       engaged = {}", self.warmup_draws() > 0)?;
        if let Some(delta) = setting("/hmc/target_accept_prob").filter(Value::is_number) {
            writeln!(file, "#       delta = {delta}")?;
        }
        let has = |statistic: &str| self.sample_stats().get(statistic).is_some();
        if has("n_steps") {
            writeln!(file, "#     algorithm = hmc")?;
            writeln!(file, "#       hmc")?;
            writeln!(file, "#         engine = {}", if has("tree_depth") { "nuts" } else { "static" })?;
            if has("tree_depth") {
                writeln!(file, "#           nuts")?;
                writeln!(file, "#             max_depth = {}", self.max_tree_depth())?;
            }
            if let Some(adapted) = adaptation {
                writeln!(file, "#         metric = {}", metric_type(&adapted.inverse_mass_matrix))?;
            }
        } else {
            writeln!(file, "#     algorithm = random_walk")?;
        }
        writeln!(file, "# id = {}", chain + 1)?;
        if let Some(seed) = setting("/chain/seed") {
            writeln!(file, "# random")?;
            writeln!(file, "#   seed = {seed}")?;
        }
        Ok(())
    }

    /// The largest depth of a tree: the setting, or of a posterior without settings that at which trees were cut, or
    /// one that none has reached.
    fn max_tree_depth(&self) -> u64 {
        if let Some(depth) = self.sampler_config().and_then(|config| config.get("max_tree_depth")?.as_u64()) {
            return depth;
        }
        let deepest =
            self.sample_stats().get("tree_depth").map_or(0.0, |depths| depths.iter().copied().fold(0.0, f64::max));
        deepest as u64 + u64::from(self.sample_stats().max_tree_depth_hits() == 0)
    }
}

/// The shortest text that reads back as the same number; with an exponent where that is shorter.
pub(super) fn number(value: &f64) -> String {
    let (plain, scientific) = (format!("{value}"), format!("{value:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}

/// `theta`, `theta.1`, `L.2.1`: counted from 1.
fn column_name(site: &str, index: &[usize]) -> String {
    index.iter().fold(site.to_owned(), |name, position| format!("{name}.{}", position + 1))
}

/// Indices within a shape, the first axis fastest.
fn column_major_indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let reversed: Vec<usize> = shape.iter().rev().copied().collect();
    ndarray::indices(reversed).into_iter().map(|index| index.slice().iter().rev().copied().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;
    use serde_json::{Value, json};

    use super::column_major_indices;
    use crate::{
        posterior::{
            Posterior, PosteriorParts, SampleStats,
            tests::{parts, posterior},
        },
        statistics::ColumnKind,
    };

    #[test]
    fn the_first_index_is_the_fastest() {
        let indices: Vec<_> = column_major_indices(&[2, 3]).collect();
        assert_eq!(indices, [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]);
        assert_eq!(column_major_indices(&[]).collect::<Vec<_>>(), [Vec::<usize>::new()]);
    }

    #[test]
    fn a_file_a_chain() {
        let folder = std::env::temp_dir().join(format!("ppl-cmdstan-csv-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let posterior = posterior();
        let paths = posterior.write_cmdstan_csv(folder.join("fit")).unwrap();
        let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["fit_1.csv", "fit_2.csv", "fit_3.csv", "fit_4.csv"]);

        let text = std::fs::read_to_string(&paths[2]).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let expected = [
            "lp__",
            "accept_stat__",
            "stepsize__",
            "treedepth__",
            "n_leapfrog__",
            "divergent__",
            "energy__",
            "mu",
            "theta.1",
            "theta.2",
            "theta.3",
            "L.1.1",
            "L.2.1",
            "L.1.2",
            "L.2.2",
        ];
        assert_eq!(header, expected);
        let rows: Vec<Vec<f64>> =
            lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
        assert_eq!(rows.len(), 250);
        assert_eq!(rows[17][..6], [-1.0, 0.9, 0.5, 3.0, 7.0, 0.0]);
        assert_eq!(rows[17][9], posterior.get_array("theta").unwrap().values()[[2, 17, 1]]);
        assert_eq!(rows[17][12], posterior.get_array("L").unwrap().values()[[2, 17, 1, 0]]);
        assert!(text.contains("#     num_warmup = 500\n") && text.contains("# id = 3\n"));
        // Nothing is known of the metric.
        assert!(!text.contains("metric") && !folder.join("fit_3_metric.json").exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_sampler_without_trajectories_and_every_third_draw() {
        let mut stats = SampleStats::new();
        stats.insert("lp", ColumnKind::Real, Array2::from_elem((4, 250), -2.5));
        stats.insert("accepted", ColumnKind::Flag, Array2::ones((4, 250)));
        let posterior = Posterior::new(PosteriorParts { sample_stats: stats, thinning: 3, ..parts() }).unwrap();
        let mut text = Vec::new();
        posterior.write_chain(0, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("\nlp__,mu,theta.1,") && text.contains("\n-2.5,"), "{}", &text[..600]);
        assert!(text.contains("#     num_samples = 750\n") && text.contains("#     thin = 3\n"));
    }

    #[test]
    fn adaptation_as_comments_and_as_files() {
        let folder = std::env::temp_dir().join(format!("ppl-cmdstan-metric-{}", std::process::id()));
        let state = |matrix: Value| json!({"step_size": 0.75, "inverse_mass_matrix": matrix});
        let diagonal = state(json!({"Diagonal": [1.0, 0.25]}));
        let dense = state(json!({"Dense": {"dim": 2, "values": [2.0, 0.5, 0.5, 1.0]}}));
        let chains = vec![diagonal.clone(), dense, diagonal.clone(), diagonal];
        let config = json!({"max_tree_depth": 8, "chain": {"seed": 42}, "hmc": {"target_accept_prob": 0.9}});
        let posterior =
            posterior().with_adapted(chains.into_iter().map(Arc::new).collect()).with_sampler_config(Some(config));
        let paths = posterior.write_cmdstan_csv(folder.join("fit.of")).unwrap();
        let text = std::fs::read_to_string(&paths[0]).unwrap();
        let block =
            "\n# Adaptation terminated\n# Step size = 0.75\n# Diagonal elements of inverse mass matrix:\n# 1, 0.25\n";
        assert!(text.contains(block), "{text:.2000}");
        for line in ["max_depth = 8", "metric = diag_e", "seed = 42", "delta = 0.9", "engine = nuts", "algorithm = hmc"]
        {
            assert!(text.lines().any(|own| own.starts_with('#') && own.ends_with(line)), "{line}: {text:.2000}");
        }
        let text = std::fs::read_to_string(&paths[1]).unwrap();
        assert!(
            text.contains("\n# Elements of inverse mass matrix:\n# 2, 0.5\n# 0.5, 1\n")
                && text.contains("metric = dense_e")
        );
        let metric = |chain: usize| -> Value {
            serde_json::from_slice(&std::fs::read(folder.join(format!("fit.of_{chain}_metric.json"))).unwrap()).unwrap()
        };
        assert_eq!(metric(1), json!({"stepsize": 0.75, "metric_type": "diag_e", "inv_metric": [1.0, 0.25]}));
        assert_eq!(metric(2)["inv_metric"], json!([[2.0, 0.5], [0.5, 1.0]]));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn numbers_that_are_not_finite() {
        let mut parts = parts();
        parts.sample_stats.set("lp", [0, 0], f64::NEG_INFINITY);
        parts.sample_stats.set("energy", [0, 0], f64::NAN);
        parts.sample_stats.set("step_size", [0, 0], 1e-300);
        let posterior = Posterior::new(parts).unwrap();
        let mut text = Vec::new();
        posterior.write_chain(0, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("\n-inf,0.9,1e-300,3,7,0,NaN,"), "{}", &text[..600]);
    }
}
