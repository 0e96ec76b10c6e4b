//! `Minibatches`: the rows of data in batches, shuffled in each epoch.

use ppl::random::{Key, Rng};
use rand::RngExt;

use super::Batch;
use crate::Result;
use crate::settings::require;
use crate::settings::rules::{at_least, within};

/// A loader of minibatches: the rows of tensors, some at a time, in an order that is shuffled in each epoch.
///
/// Rows are members of the first axis. An epoch has each of them once; where `batch_size` does not divide their number, the
/// last batch has those that remain. The order is a function of seed and epoch, so that a fit that goes on from a saved
/// state with the next epoch is the fit that was never interrupted.
///
/// # Densities of a batch
/// A batch of m of the n rows stands for all of them: `plate!("row", n, subsample = 0..m, { .. })`, in the model and where
/// the guide has the plate, multiplies log densities by n / m. Which rows they are does not matter there, and every row is
/// equally likely to be in the first, the second or the last batch. So each loss is an unbiased estimate of that of all
/// rows, also on a last batch that is smaller.
///
/// # Other names
/// torch's `DataLoader(shuffle=True, drop_last=False)`, PyMC's `Minibatch` with `total_size`. Where the model has all rows,
/// a plate with `subsample_size` draws those of each step by itself, independently from step to step.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn line(x: Tensor, y: Tensor, of: usize) {
///     let slope = sample!("slope", Normal::new(0.0, 10.0));
///     plate!("row", of, subsample = 0..x.size(), {
///         observe!("y", Normal::new(slope * x, 1.0), y);
///     });
/// }
///
/// #[guide(line)]
/// fn normal() {
///     let loc = param!("loc", 0.0);
///     let scale = param!("scale", 0.1, Constraint::Positive);
///     sample!("slope", Normal::new(loc, scale));
/// }
///
/// let x = Tensor::linspace(-1.0, 1.0, 50);
/// let loader = Minibatches::new((x.clone(), 2.0 * x), 16)?.seed(1);
/// let sizes: Vec<usize> = loader.epoch(0).map(|(x, _)| x.size()).collect();
/// assert_eq!(sizes, [16, 16, 16, 2]);
///
/// let mut state = Svi::new(Adam::new(0.05)).start()?;
/// let losses = state.run_batches(loader.epochs(0..100), |(x, y)| (line(x, y, loader.rows()), normal()))?;
/// assert_eq!(losses.len(), 100 * loader.batches_per_epoch());
/// // Σxy / (Σx² + 1/100), and noise of the last steps.
/// assert!((state.params().get(normal::loc)? - 1.999).abs() < 0.1);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Minibatches<B> {
    data: B,
    rows: usize,
    batch_size: usize,
    seed: u64,
}

impl<B: Batch> Minibatches<B> {
    /// The rows of these data in batches of this size, with seed 0.
    ///
    /// # Errors
    /// No data; a scalar among them; tensors of different numbers of rows; a batch size of 0, or above the number of rows.
    pub fn new(data: B, batch_size: usize) -> Result<Self> {
        let shapes = super::batch::shapes(&data);
        let rows = match shapes.first() {
            Some(shape) if shape.rank() > 0 => shape[0],
            first => {
                let got = first.map_or("none", |_| "a scalar");
                require("data", "tensors whose first axis has the rows", got, false)?;
                0
            }
        };
        for shape in &shapes {
            let fits = shape.rank() > 0 && shape[0] == rows;
            require("data", &format!("tensors of {rows} rows, as the first"), format!("shape {shape}"), fits)?;
        }
        at_least("rows", &rows, 1)?;
        within("batch_size", &batch_size, 1..=rows)?;
        Ok(Self { data, rows, batch_size, seed: 0 })
    }

    /// Sets the random seed of the order.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The number of rows of all the data.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of batches in an epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        self.rows.div_ceil(self.batch_size)
    }

    /// The batches of an epoch.
    pub fn epoch(&self, epoch: u64) -> impl Iterator<Item = B> + '_ {
        let order = self.order(epoch);
        (0..self.rows).step_by(self.batch_size).map(move |first| {
            let rows = &order[first..self.rows.min(first + self.batch_size)];
            let taken: Vec<_> = self.data.tensors().iter().map(|tensor| tensor.take(0, rows)).collect();
            self.data.with_tensors(&taken)
        })
    }

    /// The batches of one epoch after the other: `0..100`, and to go on, `100..150`.
    pub fn epochs<'a>(&'a self, epochs: impl IntoIterator<Item = u64> + 'a) -> impl Iterator<Item = B> + 'a {
        epochs.into_iter().flat_map(|epoch| self.epoch(epoch))
    }

    /// All rows in the order of an epoch.
    fn order(&self, epoch: u64) -> Vec<usize> {
        // The name holds a space, which no site's can.
        let mut rng: Rng = Key::new(self.seed).draw(epoch).rng("minibatches: order", 0);
        let mut order: Vec<usize> = (0..self.rows).collect();
        for place in (1..self.rows).rev() {
            // Ranges of u64, so that 32-bit platforms have the same order.
            order.swap(place, rng.random_range(0..=place as u64) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::Minibatches;
    use ppl::Tensor;

    fn loader(rows: usize, batch_size: usize) -> Minibatches<Tensor> {
        Minibatches::new(Tensor::arange(rows), batch_size).unwrap()
    }

    fn rows(batches: impl Iterator<Item = Tensor>) -> Vec<usize> {
        batches.flat_map(|batch| batch.to_vec()).map(|row| row as usize).collect()
    }

    #[test]
    fn an_epoch_has_each_row_once() {
        for (count, size) in [(1, 1), (10, 1), (10, 3), (10, 5), (10, 9), (10, 10)] {
            let loader = loader(count, size);
            let sizes: Vec<usize> = loader.epoch(3).map(|batch| batch.size()).collect();
            assert_eq!(sizes.len(), loader.batches_per_epoch());
            let (last, others) = sizes.split_last().unwrap();
            assert!(others.iter().all(|own| *own == size));
            assert_eq!(*last, if count % size == 0 { size } else { count % size });
            let mut all = rows(loader.epoch(3));
            all.sort_unstable();
            assert_eq!(all, Vec::from_iter(0..count));
        }
    }

    #[test]
    fn the_order_is_one_of_seed_and_epoch() {
        let loader = loader(30, 7).seed(5);
        assert_eq!(rows(loader.epoch(2)), rows(loader.clone().epoch(2)));
        assert_ne!(rows(loader.epoch(2)), rows(loader.epoch(3)));
        assert_ne!(rows(loader.epoch(2)), rows(loader.clone().seed(6).epoch(2)));
        // To stop and to go on changes nothing.
        assert_eq!(rows(loader.epochs(0..4)), [rows(loader.epochs(0..3)), rows(loader.epochs(3..4))].concat());
        // Value stability: a change here changes every user's fits and must be announced in the changelog.
        assert_eq!(rows(self::loader(8, 3).epoch(0)), [4, 3, 7, 0, 6, 1, 5, 2]);
    }

    /// Each row is in each place equally often. Of random orders of k rows, 1 − 1/k times the statistic of the k × k counts has
    /// a χ² distribution of (k − 1)² degrees of freedom: of 16 it is above 45 once in 7,000 seeds.
    #[test]
    fn orders_are_uniform() {
        let mut counts = [[0.0; 5]; 5];
        for (place, row) in rows(loader(5, 2).epochs(0..6000)).into_iter().enumerate() {
            counts[place % 5][row] += 1.0;
        }
        let statistic: f64 = counts.iter().flatten().map(|count: &f64| (count - 1200.0).powi(2) / 1200.0).sum();
        assert!(statistic * 0.8 < 45.0, "{statistic}");
    }

    /// The mean over a great many epochs of a batch's sum, times rows / size of the batch, is that of all rows, whichever
    /// batch it is: within five standard errors, of which the last batch of one row has the largest.
    #[test]
    fn a_batch_times_its_share_is_unbiased() {
        let data = Tensor::from([1.0, -3.0, 0.5, 7.0, 2.5, 4.0, -1.0]);
        let (loader, total, epochs) = (Minibatches::new(data.clone(), 3).unwrap().seed(1), 11.0, 4000_u64);
        let mut estimates = [(); 3].map(|()| Vec::new());
        for epoch in 0..epochs {
            for (place, batch) in loader.epoch(epoch).enumerate() {
                estimates[place].push(batch.sum().item() * 7.0 / batch.size() as f64);
            }
        }
        for estimates in estimates {
            let estimates = Tensor::from(estimates);
            let error = estimates.std(1).item() / (epochs as f64).sqrt();
            let mean = estimates.mean().item();
            assert!((mean - total).abs() < 5.0 * error, "{mean} ± {error}, want {total}");
        }
    }

    #[test]
    fn rows_of_several_tensors_stay_together() {
        let (x, y) = (Tensor::arange(20).reshape([10, 2]), Tensor::arange(10));
        for (x, y) in Minibatches::new((x, y), 4).unwrap().epoch(0) {
            assert_eq!(x.shape()[1], 2);
            assert_eq!(x.index(1, 0), 2.0 * &y);
            assert_eq!(x.index(1, 1), 2.0 * y + 1.0);
        }
    }

    #[test]
    fn wrong_data_and_sizes() {
        let message = |result: crate::Result<Minibatches<Vec<Tensor>>>| result.unwrap_err().to_string();
        let data = |rows: &[usize]| rows.iter().map(|&rows| Tensor::zeros([rows, 2])).collect::<Vec<_>>();
        assert_eq!(
            message(Minibatches::new(Vec::new(), 1)),
            "`data` must be tensors whose first axis has the rows, got none"
        );
        assert_eq!(
            message(Minibatches::new(vec![Tensor::scalar(1.0)], 1)),
            "`data` must be tensors whose first axis has the rows, got a scalar"
        );
        assert_eq!(
            message(Minibatches::new(data(&[3, 4]), 1)),
            "`data` must be tensors of 3 rows, as the first, got shape [4, 2]"
        );
        assert_eq!(message(Minibatches::new(data(&[0]), 1)), "`rows` must be at least 1, got 0");
        assert_eq!(message(Minibatches::new(data(&[3]), 0)), "`batch_size` must be from 1 to 3, got 0");
        assert_eq!(message(Minibatches::new(data(&[3]), 4)), "`batch_size` must be from 1 to 3, got 4");
    }
}
