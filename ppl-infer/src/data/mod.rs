//! Data for models: tables with typed columns, factors, and the data files of Stan.
//!
//! | source                         | read by                                                                    |
//! |--------------------------------|----------------------------------------------------------------------------|
//! | CSV                            | [`Table::read_csv`]; [`Csv`] for other separators and missing values        |
//! | rows of numbers or of structs  | [`Table::from_rows`], [`Table::from_records`]                               |
//! | Stan's JSON, as of posteriordb | [`StanData`]                                                                |
//! | arrays, vectors, `ndarray`s    | nothing: `observe!` and the parameters of distributions take them as they are |
//!
//! What the getters give are vectors, [`ndarray`]s and indices, which become tensors where a model takes them; missing
//! values are an error unless they are asked for. The members of a [`Factor`] name those of a plate.
//!
//! They are here and not in `ppl`, which knows no files: a model takes tensors and vectors, wherever they come from.

mod csv;
mod error;
mod factor;
mod records;
mod stan;
mod table;

pub use self::{csv::Csv, error::DataError, factor::Factor, stan::StanData, table::Table};
