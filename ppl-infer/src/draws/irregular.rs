//! Sites that not every draw visited, or not with the same shape.

use ndarray::{ArrayD, Axis};
use serde::{Deserialize, Serialize};

use crate::error::DrawsError;
use crate::{
    error::{Error, Result},
    format::floats,
};

/// A site of a model with dynamic structure: one that only some of the draws visited, or whose shape differs between
/// draws.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{Draws, IrregularSite, SiteTable};
///
/// // Three draws; the second did not visit `x`.
/// let x = IrregularSite::new("x", 3, [(0, array![1.0].into_dyn()), (2, array![5.0].into_dyn())])?;
/// assert_eq!(x.visits(), [0, 2]);
/// let draws = Draws::weighted(SiteTable::new(&[3]), vec![0.0, 0.0, 3.0_f64.ln()])?.with_irregular(vec![x])?;
///
/// let error = draws.get_array("x").unwrap_err();
/// assert!(error.to_string().starts_with("site `x` was visited by 2 of 3 draws"));
/// let visited = draws.visiting("x")?;
/// assert_eq!(visited.num_draws(), 2);
/// assert!((visited.component("x[0]")?.mean() - 4.0).abs() < 1e-14);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct IrregularSite {
    name: String,
    /// Number of all draws.
    total: usize,
    /// Those that visited the site, in ascending order.
    draws: Vec<usize>,
    values: Vec<Value>,
}

/// The site's value in one draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Value(#[serde(with = "floats")] ArrayD<f64>);

impl IrregularSite {
    /// The values of a site in those of `total` draws that visited it, with the indices of these draws in ascending
    /// order.
    ///
    /// # Errors
    /// [`DrawsError::Shape`] if the indices do not ascend or are not below `total`.
    pub fn new(
        name: impl Into<String>,
        total: usize,
        values: impl IntoIterator<Item = (usize, ArrayD<f64>)>,
    ) -> Result<Self> {
        let (draws, values) = values.into_iter().map(|(draw, value)| (draw, Value(value))).unzip();
        Self { name: name.into(), total, draws, values }.checked()
    }

    fn checked(self) -> Result<Self> {
        let ascends = self.draws.is_sorted_by(|a, b| a < b);
        if ascends && self.draws.len() == self.values.len() && self.draws.last().is_none_or(|&last| last < self.total) {
            return Ok(self);
        }
        Err(DrawsError::Shape {
            quantity: format!("site `{}`", self.name),
            expected: vec![self.total],
            got: self.draws,
        }
        .into())
    }

    /// Name of the site.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of all draws, with those that did not visit the site.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Indices of the draws that visited the site, in ascending order.
    pub fn visits(&self) -> &[usize] {
        &self.draws
    }

    /// The values, in the order of [`visits`](Self::visits).
    pub fn values(&self) -> impl ExactSizeIterator<Item = &ArrayD<f64>> {
        self.values.iter().map(|Value(value)| value)
    }

    /// The reason for which the site has no array of all draws.
    pub(crate) fn error(&self) -> Error {
        let shape = |index: usize| self.values[index].0.shape().to_vec();
        let other = (1..self.values.len()).find(|&index| self.values[index].0.shape() != self.values[0].0.shape());
        match other {
            Some(other) if self.draws.len() == self.total => DrawsError::VaryingShape {
                site: self.name.clone(),
                first: (self.draws[0], shape(0)),
                other: (self.draws[other], shape(other)),
            }
            .into(),
            _ => DrawsError::PartlyVisited { site: self.name.clone(), visited: self.draws.len(), draws: self.total }
                .into(),
        }
    }

    /// The values in these of the draws, which may repeat.
    pub(super) fn select(&self, chosen: &[usize]) -> Self {
        let (draws, values) = chosen
            .iter()
            .enumerate()
            .filter_map(|(position, draw)| Some((position, self.values[self.draws.binary_search(draw).ok()?].clone())))
            .unzip();
        Self { name: self.name.clone(), total: chosen.len(), draws, values }
    }

    /// All values in one array, if every draw visited the site with the same shape.
    pub(super) fn stacked(&self) -> Option<ArrayD<f64>> {
        if self.draws.len() < self.total {
            return None;
        }
        let views: Vec<_> = self.values().map(|value| value.view()).collect();
        ndarray::stack(Axis(0), &views).ok()
    }
}

/// A site as it is read, before it is checked.
#[derive(Deserialize)]
struct Record {
    name: String,
    total: usize,
    draws: Vec<usize>,
    values: Vec<Value>,
}

impl TryFrom<Record> for IrregularSite {
    type Error = Error;

    fn try_from(Record { name, total, draws, values }: Record) -> Result<Self> {
        Self { name, total, draws, values }.checked()
    }
}
