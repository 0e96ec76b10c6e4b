//! `SiteColumns`: the values of sites at one draw after the other.

use ndarray::{ArrayD, IxDyn};

use super::RunValue;
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
