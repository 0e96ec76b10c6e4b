//! The values of sites, gathered over runs.

use std::collections::HashMap;

use ndarray::ArrayD;
use ppl::effect::PlateFrame;
use ppl::{Shape, Tensor};

use crate::posterior::SiteTable;
use crate::{Error, IrregularSite, Result};

/// The value of a site in one run.
#[derive(Clone, Debug)]
pub(crate) struct SiteValue {
    pub(crate) name: String,
    pub(crate) value: Tensor,
    /// The plate of each axis that has one.
    pub(crate) dims: Vec<Option<String>>,
}

/// The plate of each axis of a value.
pub(crate) fn plate_names(plates: &[PlateFrame], shape: &Shape, event_rank: usize) -> Vec<Option<String>> {
    let batch_rank = shape.rank().saturating_sub(event_rank);
    let mut names = vec![None; shape.rank()];
    for plate in plates {
        // A deterministic value may lack the plate's axis.
        if let Some(axis) = batch_rank.checked_sub(plate.dim.unsigned_abs())
            && shape[axis] == plate.length()
        {
            names[axis] = Some(plate.name.clone());
        }
    }
    names
}

/// The values of one site in those of the runs that visited it.
struct Column {
    name: String,
    dims: Vec<Option<String>>,
    draws: Vec<usize>,
    values: Vec<Tensor>,
}

impl Column {
    fn is_regular(&self, total: usize) -> bool {
        self.draws.len() == total && self.values.iter().all(|value| value.shape() == self.values[0].shape())
    }

    fn stack(&self, total: usize) -> Result<ArrayD<f64>> {
        let mut shape = vec![total];
        shape.extend(self.values.iter().take(1).flat_map(|value| value.shape().to_vec()));
        let elements: Vec<f64> = self.values.iter().flat_map(Tensor::to_vec).collect();
        let got = vec![elements.len()];
        ArrayD::from_shape_vec(shape.clone(), elements).map_err(|_| Error::DrawShape {
            quantity: format!("site `{}`", self.name),
            expected: shape,
            got,
        })
    }

    fn into_irregular(self, total: usize) -> Result<IrregularSite> {
        let values = self.values.iter().map(Tensor::to_array);
        IrregularSite::new(self.name, total, self.draws.iter().copied().zip(values))
    }
}

/// One array for each site that every run visited with the same shape, and the other sites.
///
/// The order is that in which sites were visited first.
pub(crate) fn gather_sites(runs: Vec<Vec<SiteValue>>) -> Result<(SiteTable, Vec<IrregularSite>)> {
    let total = runs.len();
    let mut columns: Vec<Column> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (draw, sites) in runs.into_iter().enumerate() {
        for (order, site) in sites.into_iter().enumerate() {
            // Most runs visit the same sites in the same order.
            let guess = columns.get(order).filter(|column| column.name == site.name).map(|_| order);
            let place = guess.or_else(|| places.get(&site.name).copied()).unwrap_or_else(|| {
                places.insert(site.name.clone(), columns.len());
                columns.push(Column { name: site.name, dims: site.dims, draws: Vec::new(), values: Vec::new() });
                columns.len() - 1
            });
            columns[place].draws.push(draw);
            columns[place].values.push(site.value);
        }
    }
    let mut table = SiteTable::new(&[total]);
    let mut irregular = Vec::new();
    for column in columns {
        if column.is_regular(total) {
            let dims: Vec<Option<&str>> = column.dims.iter().map(Option::as_deref).collect();
            table.insert_with_dims(&column.name, &dims, column.stack(total)?)?;
        } else {
            irregular.push(column.into_irregular(total)?);
        }
    }
    Ok((table, irregular))
}

/// What the model returned in every run, in one array.
pub(crate) fn gather_output(outputs: Vec<Tensor>) -> Result<ArrayD<f64>> {
    let total = outputs.len();
    let draws = (0..total).collect();
    let column = Column { name: "the model's output".to_owned(), dims: Vec::new(), draws, values: outputs };
    if column.is_regular(total) { column.stack(total) } else { Err(column.into_irregular(total)?.error()) }
}
