//! `ParamStore`: the values of parameters, owned by the caller.

mod constraint;
mod handler;

#[cfg(test)]
mod tests;

use std::fmt;

use ppl::bijector::biject_to;
use ppl::nn::Network;
use ppl::site::ParamName;
use ppl::{Constraint, IntoTensor, Tensor};
use serde::{Deserialize, Serialize};

use self::constraint::ConstraintRecord;
pub(crate) use self::constraint::{is_same, is_tracked};
pub use self::handler::Params;
use crate::format::{FormatVersion, floats, json_files};
use crate::{Error, Result};

/// The parameters of a model and its guide, by name: for each its *unconstrained* value, which optimizers move, and
/// its constraint.
///
/// The constrained value is computed from the unconstrained one whenever it is asked for, by the bijector of the
/// constraint. A store is written and read with serde, with a format version, or as a JSON file; every number survives.
///
/// # Example
/// ```
/// use ppl::{Constraint, Tensor};
/// use ppl_infer::svi::ParamStore;
///
/// let mut params = ParamStore::new();
/// params.insert("rate", 2.0, Constraint::Positive)?;
/// assert!((params.get("rate")? - 2.0).abs() < 1e-15);
/// assert_eq!(params.unconstrained("rate")?.item(), 2.0_f64.ln());
/// assert!(params.insert("rate", -1.0, Constraint::Positive).is_err());
///
/// let text = serde_json::to_string(&params).unwrap();
/// assert_eq!(serde_json::from_str::<ParamStore>(&text).unwrap(), params);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct ParamStore {
    /// Sorted by name.
    params: Vec<Param>,
}

/// One parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) unconstrained: Tensor,
    pub(crate) constraint: Constraint,
}

impl Param {
    /// A parameter with this constrained value.
    pub(crate) fn new(name: &str, value: &Tensor, constraint: &Constraint) -> ppl::Result<Self> {
        let value = value.detach();
        let invalid = |expected: String| ppl::Error::InvalidValue { expected, got: value.brief().to_string() };
        let bijector = biject_to(constraint)?;
        let unconstrained = bijector.inverse(&value)?;
        if value.rank() < constraint.event_rank() || constraint.contains(&value).to_vec().contains(&0.0) {
            return Err(invalid(constraint.to_string()));
        }
        // The ends of a closed set have no preimage that is a number.
        if !is_finite(&unconstrained) {
            return Err(invalid(format!("finite, {constraint} and not at an end")));
        }
        Ok(Self { name: name.to_owned(), unconstrained, constraint: constraint.clone() })
    }

    /// The constrained value.
    pub(crate) fn constrained(&self) -> ppl::Result<Tensor> {
        biject_to(&self.constraint)?.forward(&self.unconstrained)
    }
}

impl PartialEq for Param {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.unconstrained == other.unconstrained
            && is_same(&self.constraint, &other.constraint)
    }
}

pub(crate) fn is_finite(value: &Tensor) -> bool {
    value.to_vec().iter().all(|element| element.is_finite())
}

json_files!(ParamStore);

impl ParamStore {
    /// A store without parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.params.len()
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.params.iter().map(|param| param.name.as_str())
    }

    /// The constrained value of a parameter.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName), which lists the parameters and suggests the nearest.
    pub fn get(&self, name: impl ParamName) -> Result<Tensor> {
        Ok(self.param(name.site_name())?.constrained()?)
    }

    /// The unconstrained value of a parameter.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName).
    pub fn unconstrained(&self, name: impl ParamName) -> Result<&Tensor> {
        Ok(&self.param(name.site_name())?.unconstrained)
    }

    /// The set that a parameter lives in.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName).
    pub fn constraint(&self, name: impl ParamName) -> Result<&Constraint> {
        Ok(&self.param(name.site_name())?.constraint)
    }

    /// Sets a parameter to a constrained value; the next run of a model begins from it.
    ///
    /// # Errors
    /// A value outside of the constraint, or at its end, where the unconstrained value is infinite.
    pub fn insert(&mut self, name: impl ParamName, value: impl IntoTensor, constraint: Constraint) -> Result<()> {
        let name = name.site_name();
        let param = Param::new(name, &value.into_tensor(), &constraint).map_err(|error| error.at_site(name))?;
        self.put(param);
        Ok(())
    }

    /// The handler that gives the `param!` sites of a model these values.
    ///
    /// `model.with(params.handler())` is the model with its parameters fixed, and those of a fitted guide make it a
    /// proposal for [`Importance`](crate::Importance).
    #[must_use]
    pub fn handler(&self) -> Params {
        Params::new(self.clone())
    }

    /// The network with the parameters that were learned in a scope: those of `call!("scope", network.learned())`.
    ///
    /// # Errors
    /// A parameter that the store lacks, or has in another shape.
    ///
    /// # Example
    /// ```
    /// use ppl::nn::Network;
    /// use ppl::nn::layers::Linear;
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn line(network: &Network, x: &Tensor, y: &Tensor) {
    ///     let network = call!("line", network.learned());
    ///     plate!("row", y.len(), {
    ///         observe!("y", Normal::new(network.forward(x)?.squeeze(-1), 1.0), y);
    ///     });
    /// }
    ///
    /// #[guide(line)]
    /// fn nothing_is_random() {}
    ///
    /// let network = Network::new::<Linear<1, 1>>(0)?;
    /// let (x, y) = (Tensor::from([[0.0], [1.0]]), Tensor::from([0.5, 2.5]));
    /// let fit = Svi::new(Adam::new(0.1)).steps(500).run(&line(&network, &x, &y), &nothing_is_random())?;
    /// let learned = fit.params().network("line", &network)?;
    /// assert!((learned.forward([2.0])?.get(0) - 4.5).abs() < 0.01);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn network(&self, scope: &str, network: &Network) -> Result<Network> {
        let values: Result<Vec<Tensor>> =
            network.parameters().map(|(name, _)| self.get(format!("{scope}/{name}").as_str())).collect();
        let mut values = values?.into_iter();
        // As many as the network has parameters, in their order.
        Ok(network.with_parameters(|_, present| Ok(values.next().unwrap_or_else(|| present.clone())))?)
    }

    pub(crate) fn put(&mut self, param: Param) {
        match self.place(&param.name) {
            Ok(place) => self.params[place] = param,
            Err(place) => self.params.insert(place, param),
        }
    }

    /// The place of a parameter, or the one where it would stand.
    pub(crate) fn place(&self, name: &str) -> Result<usize, usize> {
        self.params.binary_search_by(|param| param.name.as_str().cmp(name))
    }

    pub(crate) fn params(&self) -> &[Param] {
        &self.params
    }

    pub(crate) fn params_mut(&mut self) -> &mut [Param] {
        &mut self.params
    }

    fn param(&self, name: &str) -> Result<&Param> {
        match self.place(name) {
            Ok(place) => Ok(&self.params[place]),
            Err(_) => Err(Error::unknown_name("parameter", name, self.names())),
        }
    }
}

/// The constrained values, one a line.
impl fmt::Display for ParamStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for param in &self.params {
            match param.constrained() {
                Ok(value) => writeln!(f, "{} = {value}", param.name)?,
                Err(error) => writeln!(f, "{}: {error}", param.name)?,
            }
        }
        Ok(())
    }
}

/// A store as it is written.
#[derive(Clone, Serialize, Deserialize)]
struct Record {
    format: FormatVersion,
    params: Vec<ParamRecord>,
}

/// A parameter as it is written.
#[derive(Clone, Serialize, Deserialize)]
struct ParamRecord {
    name: String,
    shape: Vec<usize>,
    #[serde(with = "floats::list")]
    unconstrained: Vec<f64>,
    constraint: ConstraintRecord,
}

impl From<ParamStore> for Record {
    fn from(store: ParamStore) -> Self {
        let params = store.params.into_iter().map(|param| ParamRecord {
            shape: param.unconstrained.shape().to_vec(),
            unconstrained: param.unconstrained.to_vec(),
            constraint: ConstraintRecord::from(&param.constraint),
            name: param.name,
        });
        Self { format: FormatVersion, params: params.collect() }
    }
}

impl TryFrom<Record> for ParamStore {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let mut store = Self::new();
        for ParamRecord { name, shape, unconstrained, constraint } in record.params {
            let unconstrained = Tensor::new(unconstrained, shape.as_slice())?;
            let constraint = constraint.try_into()?;
            // A constraint and a shape that do not go together would fail only when the value is asked for.
            let param = Param { name, unconstrained, constraint };
            param.constrained().map_err(|error| error.at_site(&param.name))?;
            store.put(param);
        }
        Ok(store)
    }
}
