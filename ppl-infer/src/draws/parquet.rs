//! Draws as Parquet files.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::Draws;
use crate::error::FileError;

/// The columns of a Parquet file.
///
/// # Example
/// ```
/// use std::fs::File;
///
/// use ndarray::ArrayD;
/// use parquet::file::reader::{FileReader, SerializedFileReader};
/// use ppl_infer::draws::{Draws, ParquetLayout, SiteTable};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("theta", ArrayD::zeros(vec![2, 100, 8]))?;
/// let draws = Draws::new(sites)?;
/// let path = std::env::temp_dir().join(format!("ppl-layout-{}.parquet", std::process::id()));
/// // A row a draw, or a row a number.
/// for (layout, rows, columns) in [(ParquetLayout::Wide, 200, 2 + 8), (ParquetLayout::Long, 1600, 5)] {
///     draws.write_parquet(&path, layout)?;
///     let file = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
///     let metadata = file.metadata().file_metadata();
///     assert_eq!((metadata.num_rows(), metadata.schema_descr().num_columns()), (rows, columns));
/// }
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParquetLayout {
    /// A row a draw: `chain`, `draw`, then a column for each scalar component by its label, `mu`, `theta[Choate]`.
    Wide,
    /// A row a draw of a component: `chain`, `draw`, `variable` (`theta`), `component` (`theta[Choate]`), `value`.
    Long,
}

impl Draws {
    /// Writes a Parquet file, which pandas, polars, DuckDB and R's arrow read. It is complete or, if it cannot be
    /// written, the old one.
    ///
    /// Chains and draws are counted from 0. Weighted draws have a further column `weight`, which sums to 1 over the
    /// draws. The values are doubles, bit for bit.
    ///
    /// # Errors
    /// [`FileError::Write`], also of two components with one label; the error of a site that not every draw visited, or
    /// not with the same shape.
    ///
    /// # Example
    /// ```
    /// use ndarray::ArrayD;
    /// use ppl_infer::draws::{Draws, ParquetLayout, SiteTable};
    ///
    /// let mut sites = SiteTable::new(&[2, 100]);
    /// sites.insert_with_dims("theta", &[Some("school")], ArrayD::zeros(vec![2, 100, 8]))?;
    /// let path = std::env::temp_dir().join(format!("ppl-parquet-{}.parquet", std::process::id()));
    /// Draws::new(sites)?.write_parquet(&path, ParquetLayout::Wide)?;
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Apache Parquet, "File format".
    pub fn write_parquet(&self, path: impl AsRef<Path>, layout: ParquetLayout) -> crate::Result<()> {
        if let Some(site) = self.irregular_sites().first() {
            return Err(site.error());
        }
        let path = path.as_ref();
        let bytes = match layout {
            ParquetLayout::Wide => self.wide(),
            ParquetLayout::Long => self.long(),
        };
        let bytes =
            bytes.map_err(|error| FileError::Write { path: path.to_owned(), source: io::Error::other(error) })?;
        crate::file::write(path, |file| io::Write::write_all(file, &bytes))
    }

    /// The index of the chain and that of the draw for each row, and the weight where there are weights.
    fn index(&self, repeat: usize) -> (Vec<i64>, Vec<i64>, Option<Vec<f64>>) {
        let pairs = || (0..self.num_chains()).flat_map(|chain| (0..self.num_draws()).map(move |draw| (chain, draw)));
        let repeated = || (0..repeat).flat_map(|_| pairs());
        let weights = self.weights().map(|weights| (0..repeat).flat_map(|_| weights.normalized().to_vec()).collect());
        (repeated().map(|row| row.0 as i64).collect(), repeated().map(|row| row.1 as i64).collect(), weights)
    }

    fn wide(&self) -> Result<Vec<u8>> {
        let components = self.sites().iter().flat_map(|site| site.component_indices().map(move |index| (site, index)));
        let components: Vec<_> = components.collect();
        let labels: Vec<String> = components.iter().map(|(site, index)| site.label(index)).collect();
        let mut columns = self.index_columns()?;
        let mut names: Vec<&str> = columns.iter().map(|column| column.name()).collect::<Vec<_>>();
        names.extend(labels.iter().map(String::as_str));
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ParquetError::General(format!("two columns would be named `{}`", pair[0])));
        }
        for label in &labels {
            columns.push(column(label, Physical::DOUBLE)?);
        }
        let mut file = writer(columns)?;
        let mut group = file.next_row_group()?;
        self.write_index(&mut group, 1)?;
        for (site, index) in &components {
            let values: Vec<f64> = site.component(index).iter().copied().collect();
            write::<DoubleType>(&mut group, &values)?;
        }
        group.close()?;
        file.into_inner()
    }

    fn long(&self) -> Result<Vec<u8>> {
        let mut columns = self.index_columns()?;
        columns.push(column("variable", Physical::BYTE_ARRAY)?);
        columns.push(column("component", Physical::BYTE_ARRAY)?);
        columns.push(column("value", Physical::DOUBLE)?);
        let mut file = writer(columns)?;
        for site in self.sites() {
            let indices: Vec<Vec<usize>> = site.component_indices().collect();
            if indices.is_empty() {
                continue;
            }
            let mut group = file.next_row_group()?;
            self.write_index(&mut group, indices.len())?;
            let draws = self.total_draws();
            let name = ByteArray::from(site.name());
            write::<ByteArrayType>(&mut group, &vec![name; draws * indices.len()])?;
            let labels = indices.iter().map(|index| ByteArray::from(site.label(index).as_str()));
            let labels: Vec<ByteArray> = labels.flat_map(|label| std::iter::repeat_n(label, draws)).collect();
            write::<ByteArrayType>(&mut group, &labels)?;
            let values: Vec<f64> =
                indices.iter().flat_map(|index| site.component(index).iter().copied().collect::<Vec<_>>()).collect();
            write::<DoubleType>(&mut group, &values)?;
            group.close()?;
        }
        file.into_inner()
    }

    fn index_columns(&self) -> Result<Vec<TypePtr>> {
        let mut columns = vec![column("chain", Physical::INT64)?, column("draw", Physical::INT64)?];
        if self.weights().is_some() {
            columns.push(column("weight", Physical::DOUBLE)?);
        }
        Ok(columns)
    }

    fn write_index(&self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, repeat: usize) -> Result<()> {
        let (chains, draws, weights) = self.index(repeat);
        write::<Int64Type>(group, &chains)?;
        write::<Int64Type>(group, &draws)?;
        weights.map_or(Ok(()), |weights| write::<DoubleType>(group, &weights))
    }
}

/// A column without missing values; one of bytes has text.
fn column(name: &str, physical: Physical) -> Result<TypePtr> {
    let text = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
    let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
    column.with_logical_type(text).build().map(Arc::new)
}

fn writer(columns: Vec<TypePtr>) -> Result<SerializedFileWriter<Vec<u8>>> {
    let schema = Type::group_type_builder("draws").with_fields(columns).build()?;
    let library = concat!("ppl ", env!("CARGO_PKG_VERSION")).to_owned();
    let properties = WriterProperties::builder().set_created_by(library).build();
    SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))
}

/// Writes the next column of a group of rows.
fn write<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[T::T]) -> Result<()> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".to_owned()));
    };
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ndarray::ArrayD;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::draws::SiteTable;
    use crate::posterior::tests::named;

    fn rows(path: &Path) -> Vec<Vec<(String, Field)>> {
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().into_columns()).collect()
    }

    fn path(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("ppl-parquet-{name}-{}.parquet", std::process::id()))
    }

    #[test]
    fn a_row_a_draw() {
        let (path, posterior) = (path("wide"), named());
        posterior.draws().write_parquet(&path, ParquetLayout::Wide).unwrap();
        let rows = rows(&path);
        assert_eq!((rows.len(), rows[0].len()), (1000, 2 + posterior.summary().rows().len()));
        let at = &rows[2 * 250 + 17];
        assert_eq!(at[..2], [("chain".to_owned(), Field::Long(2)), ("draw".to_owned(), Field::Long(17))]);
        let component = posterior.component("theta[St. Paul's]").unwrap();
        let own = at.iter().find(|(name, _)| name == "theta[St. Paul's]").unwrap();
        assert_eq!(own.1, Field::Double(component.values()[[2, 17]]));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_row_a_draw_of_a_component() {
        let (path, posterior) = (path("long"), named());
        posterior.draws().write_parquet(&path, ParquetLayout::Long).unwrap();
        let rows = rows(&path);
        assert_eq!(rows.len(), 1000 * posterior.summary().rows().len());
        let at = &rows[1000 + 1000 + 3 * 250 + 1];
        let text = |text: &str| Field::Str(text.to_owned());
        let value = posterior.component("theta[St. Paul's]").unwrap().values()[[3, 1]];
        let fields: Vec<&Field> = at.iter().map(|(_, field)| field).collect();
        let expected = [Field::Long(3), Field::Long(1), text("theta"), text("theta[St. Paul's]"), Field::Double(value)];
        assert_eq!(fields, expected.iter().collect::<Vec<_>>());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn weights_and_columns_of_one_name() {
        let path = path("weights");
        let mut sites = SiteTable::new(&[2]);
        sites.insert("x", ndarray::array![f64::NAN, -0.0].into_dyn()).unwrap();
        let draws = Draws::weighted(sites.clone(), vec![0.0, 3.0_f64.ln()]).unwrap();
        draws.write_parquet(&path, ParquetLayout::Wide).unwrap();
        let rows = rows(&path);
        let Field::Double(weight) = rows[1][2].1 else { panic!("{:?}", rows[1]) };
        assert!((weight - 0.75).abs() < 1e-15);
        let Field::Double(zero) = rows[1][3].1 else { panic!("{:?}", rows[1]) };
        assert_eq!(zero.to_bits(), (-0.0_f64).to_bits());
        sites.insert("draw", ArrayD::zeros(vec![2])).unwrap();
        let error = Draws::new(sites).unwrap().write_parquet(&path, ParquetLayout::Wide).unwrap_err().to_string();
        assert!(error.ends_with("two columns would be named `draw`"), "{error}");
        fs::remove_file(path).unwrap();
    }
}
