//! Names that variables and axes can have in a file.

use std::collections::{BTreeSet, HashMap};

use ppl::Levels;

use crate::draws::Dim;

/// The axes of all draws.
pub(crate) const LEADING: [&str; 2] = ["chain", "draw"];

/// The name of a variable in a file: its own, unless Zarr or xarray want another one, or it is taken.
pub(crate) fn variable_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut own = name.replace('/', ".");
    if own.is_empty() || own.starts_with("__") || own.chars().all(|letter| letter == '.') {
        own.insert_str(0, "site_");
    }
    while LEADING.contains(&own.as_str()) || is_taken(&own) {
        own.push('_');
    }
    own
}

/// The names of the axes of variables: an axis of a name has one length and one coordinate, and no variable has its
/// name.
#[derive(Debug, Default)]
pub(crate) struct AxisNames {
    variables: BTreeSet<String>,
    known: HashMap<String, (usize, Option<Levels>)>,
}

impl AxisNames {
    /// Those of variables with these names.
    pub(crate) fn new(variables: impl IntoIterator<Item = String>) -> Self {
        Self { variables: variables.into_iter().collect(), known: HashMap::new() }
    }

    /// A name for each of the variable's own axes: that of its plate, with `_dim` at its end where it is taken, or
    /// `{variable}_dim_{axis}`, as in ArviZ.
    pub(crate) fn of(&mut self, variable: &str, shape: &[usize], dims: &[Option<Dim>]) -> Vec<String> {
        let mut axes: Vec<String> = Vec::with_capacity(dims.len());
        for (axis, (dim, &length)) in dims.iter().zip(shape).enumerate() {
            let levels = dim.as_ref().and_then(Dim::levels);
            let is_another = |(others, names): &(usize, Option<Levels>)| {
                *others != length || names.as_ref().zip(levels).is_some_and(|(names, levels)| names != levels)
            };
            let is_taken = |name: &str| {
                LEADING.contains(&name)
                    || axes.iter().any(|other| other == name)
                    || self.variables.contains(name)
                    || self.known.get(name).is_some_and(is_another)
            };
            let named =
                dim.iter().map(|dim| dim.name().replace('/', ".")).flat_map(|dim| [dim.clone(), format!("{dim}_dim")]);
            let mut name = named
                .chain([format!("{variable}_dim_{axis}")])
                .find(|name| !is_taken(name))
                .unwrap_or_else(|| "axis".to_owned());
            while is_taken(&name) {
                name.push('_');
            }
            let known = self.known.entry(name.clone()).or_insert((length, None));
            if known.1.is_none() {
                known.1 = levels.cloned();
            }
            axes.push(name);
        }
        axes
    }
}
