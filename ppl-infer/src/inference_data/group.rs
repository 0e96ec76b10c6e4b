//! The groups of ArviZ: variables that share their axes.

use ndarray::{ArcArray, Axis, IxDyn};
use ppl::Levels;

use super::ExportError;
use super::names::{AxisNames, LEADING, variable_name};
use crate::Result;
use crate::draws::{Dim, Draws};
use crate::zarr::{DataType, narrowest};

/// The groups in ArviZ's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupName {
    Posterior,
    PosteriorPredictive,
    LogLikelihood,
    SampleStats,
    Prior,
    PriorPredictive,
    ObservedData,
    ConstantData,
}

impl GroupName {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Posterior => "posterior",
            Self::PosteriorPredictive => "posterior_predictive",
            Self::LogLikelihood => "log_likelihood",
            Self::SampleStats => "sample_stats",
            Self::Prior => "prior",
            Self::PriorPredictive => "prior_predictive",
            Self::ObservedData => "observed_data",
            Self::ConstantData => "constant_data",
        }
    }

    /// Whether values that are all whole are written as integers, from which ArviZ chooses its plots: data and
    /// predictions.
    fn has_integers(self) -> bool {
        matches!(self, Self::PosteriorPredictive | Self::PriorPredictive | Self::ObservedData | Self::ConstantData)
    }
}

/// A variable of a group.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// Its own axes.
    pub(super) dims: Vec<Option<Dim>>,
    pub(super) data_type: DataType,
    /// Chain × draw × own axes; own axes of data.
    pub(super) values: ArcArray<f64, IxDyn>,
}

/// A group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// Ids of the chains and the number of draws; none of data.
    pub(super) draws: Option<(Vec<usize>, usize)>,
    pub(super) variables: Vec<Variable>,
}

impl Group {
    /// The sites of draws; those without chains are of one.
    pub(super) fn of_draws(name: GroupName, draws: &Draws) -> Result<Self> {
        if draws.weights().is_some() {
            return Err(ExportError::Weighted { group: name.as_str() }.into());
        }
        if let Some(site) = draws.irregular_sites().first() {
            return Err(site.error());
        }
        let mut group = Self { draws: Some(((0..draws.num_chains()).collect(), draws.num_draws())), ..Self::default() };
        for site in draws.sites() {
            let values = if draws.has_chains() { site.shared() } else { site.shared().insert_axis(Axis(0)) };
            group.push(name, site.name(), site.dims().to_vec(), values)?;
        }
        Ok(group)
    }

    /// Adds a variable of numbers.
    ///
    /// # Errors
    /// [`ExportError::TwoVariables`].
    pub(super) fn push(
        &mut self,
        group: GroupName,
        name: &str,
        dims: Vec<Option<Dim>>,
        values: ArcArray<f64, IxDyn>,
    ) -> Result<()> {
        if self.variables.iter().any(|known| known.name == name) {
            return Err(ExportError::TwoVariables { group: group.as_str(), variable: name.to_owned() }.into());
        }
        let is_integer = group.has_integers() && !values.is_empty();
        let wanted = if is_integer { DataType::Int64 } else { DataType::Float64 };
        let data_type = narrowest(values.iter().copied(), wanted);
        self.variables.push(Variable { name: name.to_owned(), dims, data_type, values });
        Ok(())
    }
}

/// A group whose variables have the names of a file.
#[derive(Debug)]
pub(super) struct NamedGroup<'a> {
    pub(super) name: GroupName,
    pub(super) draws: Option<&'a (Vec<usize>, usize)>,
    pub(super) variables: Vec<NamedVariable<'a>>,
}

/// A variable of a file.
#[derive(Debug)]
pub(super) struct NamedVariable<'a> {
    pub(super) name: String,
    /// The names of all axes.
    pub(super) axes: Vec<String>,
    pub(super) variable: &'a Variable,
}

/// Names all variables of groups and their axes; an axis of a name is the same in all of them.
pub(super) fn name_all<'a>(groups: impl IntoIterator<Item = (GroupName, &'a Group)>) -> Vec<NamedGroup<'a>> {
    let mut named: Vec<NamedGroup<'a>> = Vec::new();
    for (name, group) in groups {
        let mut variables: Vec<NamedVariable<'a>> = Vec::new();
        for variable in &group.variables {
            let name = variable_name(&variable.name, |name| variables.iter().any(|other| other.name == name));
            variables.push(NamedVariable { name, axes: Vec::new(), variable });
        }
        named.push(NamedGroup { name, draws: group.draws.as_ref(), variables });
    }
    let all = named.iter().flat_map(|group| group.variables.iter().map(|variable| variable.name.clone()));
    let mut axes = AxisNames::new(all.collect::<Vec<_>>());
    for group in &mut named {
        let leading: &[&str] = if group.draws.is_some() { &LEADING } else { &[] };
        for variable in &mut group.variables {
            let shape = &variable.variable.values.shape()[leading.len()..];
            let own = axes.of(&variable.name, shape, &variable.variable.dims);
            variable.axes = leading.iter().map(|&axis| axis.to_owned()).chain(own).collect();
        }
    }
    named
}

impl NamedGroup<'_> {
    /// The axes whose members have names, each once.
    pub(super) fn coordinates(&self) -> Vec<(&str, &Levels)> {
        let mut coordinates: Vec<(&str, &Levels)> = Vec::new();
        for NamedVariable { axes, variable, .. } in &self.variables {
            let own = &axes[axes.len() - variable.dims.len()..];
            for (axis, dim) in own.iter().zip(&variable.dims) {
                if let Some(levels) = dim.as_ref().and_then(Dim::levels)
                    && coordinates.iter().all(|(known, _)| known != axis)
                {
                    coordinates.push((axis, levels));
                }
            }
        }
        coordinates
    }
}
