//! Draws of a recorded program, many at once.

use ppl::program::{BatchProgram, PARTICLES, RecordedBatch, record_lanes};
use ppl::{Shape, Tensor};

use super::Dim;
use super::gather::{SiteColumns, SiteValue};
use crate::Result;
use crate::runs::in_parallel;
use crate::vector::transpose;

/// For fewer draws a recording costs more than it saves.
pub(crate) const FEWEST_RECORDED_DRAWS: usize = 1024;

/// A program that makes [`PARTICLES`] draws of a model at once, and the sites that are its results.
///
/// It checks no parameter: where one is outside its domain, or a result is NaN, no draw is made, and single runs of the
/// model say which.
#[derive(Clone, Debug)]
pub(crate) struct RecordedDraws {
    /// The number of draws that the program makes at once.
    lanes: usize,
    program: Box<BatchProgram>,
    sites: Vec<RecordedSite>,
}

/// A site of a program.
#[derive(Clone, Debug)]
struct RecordedSite {
    name: String,
    dims: Vec<Option<Dim>>,
    shape: Shape,
}

/// Draws that are transposed together.
const TOGETHER: usize = 8;

impl RecordedDraws {
    /// Records a run that begins with these values, and differs from draw to draw by them and by its noise. None if it
    /// cannot be recorded.
    pub(crate) fn record(given: &[Tensor], run: impl FnOnce(&[Tensor]) -> Result<Vec<SiteValue>>) -> Option<Self> {
        Self::record_lanes(PARTICLES, given, run)
    }

    /// The same for another number of draws at once.
    pub(crate) fn record_lanes(
        lanes: usize,
        given: &[Tensor],
        run: impl FnOnce(&[Tensor]) -> Result<Vec<SiteValue>>,
    ) -> Option<Self> {
        let mut sites = Vec::new();
        let recorded = record_lanes(lanes, given, |given| {
            let mut results = Vec::new();
            for site in run(given)? {
                sites.push(RecordedSite { name: site.name, dims: site.dims, shape: site.value.shape() });
                results.push(site.value);
            }
            Ok(results)
        });
        match recorded {
            Ok(RecordedBatch::Static(program)) => Some(Self { lanes, program, sites }),
            _ => None,
        }
    }

    /// Makes draws. `given` has for each value that the run begins with its elements at all draws, one draw after the
    /// other. None if one of the draws cannot be made.
    pub(crate) fn draw(&self, draws: usize, given: &[&[f64]], threads: Option<usize>) -> Result<Option<SiteColumns>> {
        let batches = draws.div_ceil(self.lanes);
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let groups = threads.unwrap_or_else(processors).min(batches);
        let batches_of = |group: usize| batches * group / groups..batches * (group + 1) / groups;
        let parts = in_parallel("group of draws", groups, threads, |group| {
            let mut program = self.program.clone();
            let own = batches_of(group);
            let count = draws.min(own.end * self.lanes) - own.start * self.lanes;
            let sizes = self.sites.iter().map(|site| site.shape.size());
            let mut columns: Vec<Vec<f64>> = sizes.map(|size| Vec::with_capacity(size * count)).collect();
            for batch in own {
                if !draw_batch((&mut program, self.lanes, &self.sites), batch, draws, given, &mut columns) {
                    return Ok(None);
                }
            }
            Ok(Some((count, columns)))
        })?;
        let mut all = self.columns();
        for part in parts {
            let Some((count, columns)) = part else { return Ok(None) };
            all.extend(count, columns);
        }
        Ok(Some(all))
    }

    /// Makes draws that begin with one value each, one after the other, in this thread. None if one of them cannot be made.
    pub(crate) fn draw_at(&mut self, given: &[f64], draws: usize) -> Option<SiteColumns> {
        let mut all = self.columns();
        let mut columns: Vec<Vec<f64>> =
            self.sites.iter().map(|site| Vec::with_capacity(site.shape.size() * draws)).collect();
        for batch in 0..draws.div_ceil(self.lanes) {
            if !draw_batch((&mut self.program, self.lanes, &self.sites), batch, draws, &[given], &mut columns) {
                return None;
            }
        }
        all.extend(draws, columns);
        Some(all)
    }

    /// The sites, without draws.
    fn columns(&self) -> SiteColumns {
        let sites = self.sites.iter().map(|site| (site.name.clone(), site.dims.clone(), site.shape.to_vec()));
        SiteColumns::with_sites(sites)
    }
}

/// Adds the draws of a batch to the columns; `false` if one cannot be made.
fn draw_batch(
    (program, lanes, sites): (&mut BatchProgram, usize, &[RecordedSite]),
    batch: usize,
    draws: usize,
    given: &[&[f64]],
    columns: &mut [Vec<f64>],
) -> bool {
    let first = batch * lanes;
    let count = lanes.min(draws - first);
    for (input, elements) in given.iter().enumerate() {
        let size = elements.len() / draws;
        // The program wants the draws as the fastest axis; those beyond the last repeat it.
        let mut transposed = vec![0.0; size * lanes];
        transpose((&elements[first * size..], size), (&mut transposed, lanes), (count, size));
        for row in transposed.chunks_exact_mut(lanes) {
            let last = row[count - 1];
            row[count..].fill(last);
        }
        program.set_data(input, &transposed);
    }
    program.run(batch as u64);
    if !program.is_valid() {
        return false;
    }
    for (output, (column, site)) in columns.iter_mut().zip(sites).enumerate() {
        let (values, size) = (program.output(output), site.shape.size());
        // A matrix without a factor is an error of a run, and NaN in a program.
        // Without an early end, so that many are looked at together.
        if values.iter().fold(false, |found, value| found | value.is_nan()) {
            return false;
        }
        if size == 1 {
            column.extend_from_slice(&values[..count]);
            continue;
        }
        // A few draws at a time, in memory that stays in the cache: the column is written once.
        let mut few = vec![0.0; TOGETHER * size];
        for first in (0..count).step_by(TOGETHER) {
            let own = TOGETHER.min(count - first);
            transpose((&values[first..], lanes), (&mut few, size), (size, own));
            column.extend_from_slice(&few[..own * size]);
        }
    }
    true
}
