//! `SiteColumns`: the values of sites at one draw after the other.

use ndarray::{ArrayD, IxDyn};

use ppl::program::PARTICLES;

use super::{RunValue, agree};
use crate::posterior::SiteTable;
use crate::{Error, Result};

/// The latent and deterministic sites' values at draws, which all have the same sites.
#[derive(Debug, Default)]
pub(crate) struct SiteColumns {
    columns: Vec<Column>,
}

/// The values of one site at all draws so far.
#[derive(Debug)]
struct Column {
    site: String,
    dims: Vec<Option<String>>,
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl From<RunValue> for Column {
    fn from(RunValue { site, value, dims }: RunValue) -> Self {
        Self { site, dims, shape: value.shape().to_vec(), values: value.to_vec() }
    }
}

impl SiteColumns {
    /// No draws of these sites.
    pub(super) fn with_sites(values: &[RunValue]) -> Self {
        let column = |value: &RunValue| Column {
            site: value.site.clone(),
            dims: value.dims.clone(),
            shape: value.value.shape().to_vec(),
            values: Vec::new(),
        };
        Self { columns: values.iter().map(column).collect() }
    }

    /// Adds draws of a batch, whose values are given for each site: element `e` of draw `p` at `e · PARTICLES + p`.
    /// `false` if one is NaN, which a run might tell more of.
    pub(super) fn extend<'a>(&mut self, draws: usize, values: impl Fn(usize) -> &'a [f64]) -> bool {
        for (which, column) in self.columns.iter_mut().enumerate() {
            let values = values(which);
            let size: usize = column.shape.iter().product();
            for draw in 0..draws {
                column.values.extend((0..size).map(|element| values[element * PARTICLES + draw]));
            }
            if column.values[column.values.len() - size * draws..].iter().any(|value| value.is_nan()) {
                return false;
            }
        }
        true
    }

    /// Whether the last draw is this one, as both engines see it.
    pub(super) fn ends_with(&self, draw: &[RunValue]) -> bool {
        self.columns.len() == draw.len()
            && self.columns.iter().zip(draw).all(|(column, own)| {
                let own_values = own.value.to_vec();
                let last = &column.values[column.values.len() - own_values.len()..];
                column.site == own.site && last.iter().zip(&own_values).all(|(&a, &b)| agree(a, b))
            })
    }

    /// Adds a draw.
    pub(crate) fn push(&mut self, values: Vec<RunValue>) -> Result<()> {
        self.append(Self { columns: values.into_iter().map(Column::from).collect() })
    }

    /// Adds further draws.
    pub(crate) fn append(&mut self, further: Self) -> Result<()> {
        if self.columns.is_empty() {
            *self = further;
            return Ok(());
        }
        let mut expected = self.columns.iter();
        for own in &further.columns {
            if !expected.next().is_some_and(|column| column.site == own.site && column.shape == own.shape) {
                return Err(Error::ChangingSites { site: own.site.clone(), what: "visited or shaped anew" });
            }
        }
        if let Some(missing) = expected.next() {
            return Err(Error::ChangingSites { site: missing.site.clone(), what: "did not visit" });
        }
        for (column, own) in self.columns.iter_mut().zip(further.columns) {
            column.values.extend(own.values);
        }
        Ok(())
    }

    /// A table of arrays with these leading axes, of as many draws as there are.
    pub(crate) fn table(self, leading: &[usize]) -> Result<SiteTable> {
        let mut table = SiteTable::new(leading);
        for column in self.columns {
            let shape: Vec<usize> = leading.iter().copied().chain(column.shape).collect();
            let values = ArrayD::from_shape_vec(IxDyn(&shape), column.values)
                .expect("every draw added as many values as the site has");
            let dims: Vec<Option<&str>> = column.dims.iter().map(Option::as_deref).collect();
            table.insert_with_dims(column.site, &dims, values)?;
        }
        Ok(table)
    }
}
