//! Draws of a recorded program, many at once.

use ndarray::{ArrayD, IxDyn};
use ppl::program::{BatchProgram, PARTICLES};
use ppl::{Shape, Tensor};

use super::in_parallel;
use crate::posterior::SiteTable;
use crate::{Error, Result};

/// For fewer draws a recording costs more than it saves.
pub(crate) const FEWEST_RECORDED_DRAWS: usize = 1024;

/// A site of a program: what its values are in the table of results.
pub(crate) struct BatchSite {
    pub(crate) name: String,
    pub(crate) dims: Vec<Option<String>>,
    pub(crate) shape: Shape,
}

impl BatchSite {
    pub(crate) fn new(name: String, dims: Vec<Option<String>>, value: &Tensor) -> Self {
        Self { name, dims, shape: value.shape() }
    }
}

/// So many draws of a program whose results have these sizes: of each result the values, draw by draw. `prepare` sets the
/// data of so many draws from one on. None if a distribution had parameters outside of its domain, or a result is NaN:
/// draws by themselves will say which.
pub(crate) fn draw_batches(
    program: &BatchProgram,
    sizes: &[usize],
    draws: usize,
    threads: Option<usize>,
    prepare: impl Fn(&mut BatchProgram, usize, usize) + Sync,
) -> Result<Option<Vec<Vec<f64>>>> {
    let batches = draws.div_ceil(PARTICLES);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let groups = threads.unwrap_or_else(processors).min(batches);
    let of_group = |group: usize| batches * group / groups..batches * (group + 1) / groups;
    let parts = in_parallel("group of draws", groups, threads, |group| {
        let mut program = program.clone();
        let numbers = of_group(group);
        let own = draws.min(numbers.end * PARTICLES) - numbers.start * PARTICLES;
        let mut columns: Vec<Vec<f64>> = sizes.iter().map(|size| Vec::with_capacity(size * own)).collect();
        for batch in numbers {
            let first = batch * PARTICLES;
            let count = PARTICLES.min(draws - first);
            prepare(&mut program, first, count);
            program.run(batch as u64);
            if !program.is_valid() {
                return Ok(None);
            }
            for (which, (column, &size)) in columns.iter_mut().zip(sizes).enumerate() {
                let values = program.output(which);
                // A matrix without a factor is an error of a run, and NaN in a program.
                if values.iter().any(|value| value.is_nan()) {
                    return Ok(None);
                }
                if size == 1 {
                    column.extend_from_slice(&values[..count]);
                    continue;
                }
                for particle in 0..count {
                    column.extend((0..size).map(|element| values[element * PARTICLES + particle]));
                }
            }
        }
        Ok(Some(columns))
    })?;
    Ok(parts
        .into_iter()
        .reduce(|first, more| {
            let mut columns = first?;
            columns.iter_mut().zip(more?).for_each(|(column, more)| column.extend(more));
            Some(columns)
        })
        .flatten())
}

/// The values of a site at all draws.
pub(crate) fn batch_array(name: &str, shape: &Shape, draws: usize, values: Vec<f64>) -> Result<ArrayD<f64>> {
    let mut expected = vec![draws];
    expected.extend_from_slice(shape.dims());
    let got = vec![values.len()];
    ArrayD::from_shape_vec(IxDyn(&expected), values).map_err(|_| Error::DrawShape {
        quantity: format!("site `{name}`"),
        expected,
        got,
    })
}

/// The values of all sites at all draws.
pub(crate) fn batch_table(
    sites: &[BatchSite],
    draws: usize,
    columns: impl Iterator<Item = Vec<f64>>,
) -> Result<SiteTable> {
    let mut table = SiteTable::new(&[draws]);
    for (site, column) in sites.iter().zip(columns) {
        let dims: Vec<Option<&str>> = site.dims.iter().map(Option::as_deref).collect();
        table.insert_with_dims(&site.name, &dims, batch_array(&site.name, &site.shape, draws, column)?)?;
    }
    Ok(table)
}
