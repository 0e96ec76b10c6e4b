//! The statistics of draws as columns: the seam between samplers and results.

use std::fmt;

/// A column of statistics: a name, and the function that reads its value from a record `T`.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::chain::Column;
///
/// #[derive(Clone, Copy)]
/// struct Statistics {
///     lp: f64,
///     accepted: bool,
/// }
///
/// const COLUMNS: &[Column<Statistics>] =
///     &[Column::real("lp", |draw| draw.lp), Column::flag("accepted", |draw| draw.accepted)];
///
/// let draw = Statistics { lp: -1.5, accepted: true };
/// assert_eq!(COLUMNS.iter().map(|column| column.value(&draw)).collect::<Vec<_>>(), [-1.5, 1.0]);
/// ```
pub struct Column<T: 'static> {
    name: &'static str,
    read: Read<T>,
}

/// The type of a statistic.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::mcmc::chain::{Column, ColumnKind};
/// use ppl_infer::posterior::SampleStats;
///
/// // A sampler says by its constructor what a column is.
/// let heads: Column<u32> = Column::flag("heads", |record| record % 2 == 1);
/// assert_eq!((heads.kind(), heads.value(&7)), (ColumnKind::Flag, 1.0));
///
/// // A result that was made elsewhere says it itself.
/// let mut stats = SampleStats::new();
/// stats.insert("n_steps", ColumnKind::Count, array![[3.0, 7.0, 15.0]]);
/// assert!(stats.iter().all(|(name, kind, _)| name == "n_steps" && kind == ColumnKind::Count));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ColumnKind {
    /// A real number.
    Real,
    /// A count.
    Count,
    /// True or false, as 1 or 0.
    Flag,
}

enum Read<T> {
    Real(fn(&T) -> f64),
    Count(fn(&T) -> u32),
    Flag(fn(&T) -> bool),
}

impl<T> Column<T> {
    /// A column of real numbers.
    pub const fn real(name: &'static str, read: fn(&T) -> f64) -> Self {
        Self { name, read: Read::Real(read) }
    }

    /// A column of counts.
    pub const fn count(name: &'static str, read: fn(&T) -> u32) -> Self {
        Self { name, read: Read::Count(read) }
    }

    /// A column that is true or false.
    pub const fn flag(name: &'static str, read: fn(&T) -> bool) -> Self {
        Self { name, read: Read::Flag(read) }
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type of the values.
    pub fn kind(&self) -> ColumnKind {
        match self.read {
            Read::Real(_) => ColumnKind::Real,
            Read::Count(_) => ColumnKind::Count,
            Read::Flag(_) => ColumnKind::Flag,
        }
    }

    /// The value in a record; 1 for true, 0 for false.
    pub fn value(&self, record: &T) -> f64 {
        match self.read {
            Read::Real(read) => read(record),
            Read::Count(read) => f64::from(read(record)),
            Read::Flag(read) => f64::from(u8::from(read(record))),
        }
    }
}

impl<T> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.name, self.kind())
    }
}

/// The statistics of one iteration, by name.
///
/// # Example
/// An observer gets one with each iteration:
/// ```
/// use std::sync::Mutex;
///
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::progress::{ChainProgress, Observer};
/// use ppl_infer::{Init, Nuts, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// #[derive(Default)]
/// struct StepSizes(Mutex<Vec<f64>>);
///
/// impl Observer for StepSizes {
///     fn on_iteration(&self, progress: &ChainProgress<'_>) {
///         assert_eq!(progress.statistics.get("accepted"), None);
///         self.0.lock().unwrap().extend(progress.statistics.get("step_size"));
///     }
/// }
///
/// let nuts = Nuts::new().chains(1).warmup(0).draws(10).step_size(0.5).progress(false);
/// let step_sizes = StepSizes::default();
/// sample_chains_from(&nuts, |_| ModelDensity::new(normal()), &Start::At(&Init::default()), &step_sizes)?;
/// assert_eq!(step_sizes.0.into_inner().unwrap(), [0.5; 10]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait StatisticsRow {
    /// The value of a column, 1 for true and 0 for false; `None` if the sampler has no such column.
    fn get(&self, name: &str) -> Option<f64>;
}

/// A record and its columns.
pub(crate) struct Row<'a, T: 'static> {
    pub(crate) columns: &'static [Column<T>],
    pub(crate) record: &'a T,
}

impl<T> StatisticsRow for Row<'_, T> {
    fn get(&self, name: &str) -> Option<f64> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.value(self.record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_columns_that_were_named() {
        const COLUMNS: &[Column<(f64, u32, bool)>] =
            &[Column::real("lp", |r| r.0), Column::count("n_steps", |r| r.1), Column::flag("accepted", |r| r.2)];
        let kinds: Vec<ColumnKind> = COLUMNS.iter().map(Column::kind).collect();
        assert_eq!(kinds, [ColumnKind::Real, ColumnKind::Count, ColumnKind::Flag]);
        let row = Row { columns: COLUMNS, record: &(-2.5, 7, true) };
        let values = ["lp", "n_steps", "accepted", "energy"].map(|name| row.get(name));
        assert_eq!(values, [Some(-2.5), Some(7.0), Some(1.0), None]);
    }
}
