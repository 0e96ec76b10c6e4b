//! Named arrays that share their leading axes.

use ndarray::{ArcArray, ArrayD, ArrayViewD, Axis, CowArray, IxDyn, indices};
use serde::{Deserialize, Serialize};

use super::{Dim, label};
use crate::error::DrawsError;
use crate::{
    error::{Error, Result},
    format::floats,
};

/// Values of sites in the order of the model, one array a site.
///
/// All arrays begin with the same axes, for [`Draws`](super::Draws) chain and draw, or draw; the axes of the site itself
/// follow.
///
/// # Example
/// ```
/// use ndarray::ArrayD;
/// use ppl_infer::draws::SiteTable;
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("mu", ArrayD::zeros(vec![2, 100]))?;
/// sites.insert("theta", ArrayD::zeros(vec![2, 100, 8]))?;
/// assert_eq!(sites.get("theta")?.shape(), [8]);
/// assert!(sites.insert("z", ArrayD::zeros(vec![2, 99])).is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct SiteTable {
    leading: Vec<usize>,
    sites: Vec<SiteValues>,
}

/// The values of one site of a [`SiteTable`]. A clone shares them.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::SiteTable;
///
/// // Three draws of a site with two components.
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert_with_dims("theta", &[Some("group")], array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].into_dyn())?;
///
/// let theta = sites.get("theta")?;
/// assert_eq!((theta.leading(), theta.shape()), (&[3][..], &[2][..]));
/// assert_eq!(theta.dims()[0].as_ref().map(|dim| dim.name()), Some("group"));
/// let labels: Vec<String> = theta.component_indices().map(|index| theta.label(&index)).collect();
/// assert_eq!(labels, ["theta[0]", "theta[1]"]);
/// assert_eq!(theta.component(&[1]), array![2.0, 4.0, 6.0].into_dyn());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteValues {
    name: String,
    /// Number of the leading axes, which are not the site's own.
    leading: usize,
    dims: Vec<Option<Dim>>,
    #[serde(with = "floats")]
    values: ArcArray<f64, IxDyn>,
}

impl SiteTable {
    /// A table without sites whose arrays begin with axes of these lengths.
    pub fn new(leading: &[usize]) -> Self {
        Self { leading: leading.to_vec(), sites: Vec::new() }
    }

    /// The same values with other leading axes, of as many draws.
    pub(crate) fn with_leading(&self, leading: &[usize]) -> Result<Self> {
        let mut table = Self::new(leading);
        for site in self {
            let shape: Vec<usize> = leading.iter().chain(site.shape()).copied().collect();
            let elements: Vec<f64> = site.values.iter().copied().collect();
            let values = ArrayD::from_shape_vec(IxDyn(&shape), elements).map_err(|_| DrawsError::Shape {
                quantity: format!("site `{}`", site.name),
                expected: leading.to_vec(),
                got: site.values.shape().to_vec(),
            })?;
            table.push(SiteValues { leading: leading.len(), values: values.into_shared(), ..site.clone() })?;
        }
        Ok(table)
    }

    /// Adds a site without names for its axes.
    ///
    /// # Shapes
    /// `values` is leading axes × site shape.
    ///
    /// # Errors
    /// [`DrawsError::Shape`], [`DrawsError::TwoArrays`].
    pub fn insert(&mut self, name: impl Into<String>, values: ArrayD<f64>) -> Result<()> {
        let own_axes = values.ndim().saturating_sub(self.leading.len());
        self.insert_with_dims(name, &vec![None::<Dim>; own_axes], values)
    }

    /// Adds a site; `dims` has a name (that of a plate, usually), a [`Dim`] or `None` for each of the site's own axes.
    ///
    /// # Shapes
    /// `values` is leading axes × site shape.
    ///
    /// # Errors
    /// [`DrawsError::Shape`], [`DrawsError::DimensionNames`], [`DrawsError::MemberNames`], [`DrawsError::TwoArrays`].
    pub fn insert_with_dims(
        &mut self,
        name: impl Into<String>,
        dims: &[Option<impl Clone + Into<Dim>>],
        values: ArrayD<f64>,
    ) -> Result<()> {
        let dims = dims.iter().map(|dim| dim.clone().map(Into::into)).collect();
        self.push(SiteValues { name: name.into(), leading: self.leading.len(), dims, values: values.into_shared() })
    }

    pub(super) fn push(&mut self, site: SiteValues) -> Result<()> {
        if !site.values.shape().starts_with(&self.leading) {
            return Err(DrawsError::Shape {
                quantity: format!("site `{}`", site.name),
                expected: self.leading.clone(),
                got: site.values.shape().to_vec(),
            }
            .into());
        }
        if site.dims.len() != site.shape().len() {
            let (expected, got) = (site.shape().len(), site.dims.len());
            return Err(DrawsError::DimensionNames { site: site.name, expected, got }.into());
        }
        for (dim, &expected) in site.dims.iter().zip(site.shape()) {
            if let Some(dim) = dim
                && let Some(levels) = dim.levels().filter(|levels| levels.len() != expected)
            {
                let (site, dim, got) = (site.name.clone(), dim.name().to_owned(), levels.len());
                return Err(DrawsError::MemberNames { site, dim, expected, got }.into());
            }
        }
        if self.sites.iter().any(|known| known.name == site.name) {
            return Err(DrawsError::TwoArrays { site: site.name }.into());
        }
        self.sites.push(site);
        Ok(())
    }

    /// Lengths of the leading axes of every array.
    pub fn leading(&self) -> &[usize] {
        &self.leading
    }

    /// Names of the sites, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(SiteValues::name)
    }

    /// The sites, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, SiteValues> {
        self.sites.iter()
    }

    /// Number of sites.
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether there is no site.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// The site of this name.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn get(&self, name: &str) -> Result<&SiteValues> {
        let found = self.sites.iter().find(|site| site.name == name);
        found.ok_or_else(|| Error::unknown_name("site", name, self.names()))
    }

    /// The site and the index of a scalar component: `"theta[3]"`, `"L[1, 0]"`, `"theta[Choate]"` where the members have
    /// names, or the name of a scalar site.
    ///
    /// # Errors
    /// [`Error::UnknownName`], [`DrawsError::UnknownComponent`].
    pub fn component(&self, label: &str) -> Result<(&SiteValues, Vec<usize>)> {
        let name = label.split_once('[').map_or(label, |(name, _)| name).trim_end();
        let site = self.get(name)?;
        match label::parse(label, site.name(), &[], site.dims(), site.shape()) {
            Some(index) => Ok((site, index)),
            None => Err(DrawsError::UnknownComponent {
                label: label.to_owned(),
                site: site.name().to_owned(),
                shape: site.shape().to_vec(),
                example: site.label(&vec![0; site.shape().len()]),
            }
            .into()),
        }
    }
}

impl<'a> IntoIterator for &'a SiteTable {
    type Item = &'a SiteValues;
    type IntoIter = std::slice::Iter<'a, SiteValues>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl SiteValues {
    /// Name of the site.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape of the site itself, without the leading axes.
    pub fn shape(&self) -> &[usize] {
        &self.values.shape()[self.leading..]
    }

    /// Name of each of the site's own axes, where it has one, with the names of its members.
    pub fn dims(&self) -> &[Option<Dim>] {
        &self.dims
    }

    /// All values: leading axes × site shape.
    pub fn values(&self) -> ArrayViewD<'_, f64> {
        self.values.view()
    }

    /// All values, shared.
    pub(crate) fn shared(&self) -> ArcArray<f64, IxDyn> {
        self.values.clone()
    }

    /// All values, in row-major order.
    pub(crate) fn standard_values(&self) -> CowArray<'_, f64, IxDyn> {
        self.values.as_standard_layout()
    }

    /// Lengths of the leading axes.
    pub fn leading(&self) -> &[usize] {
        &self.values.shape()[..self.leading]
    }

    /// Indices of the site's scalar components, in row-major order; one empty index for a scalar site.
    pub fn component_indices(&self) -> impl Iterator<Item = Vec<usize>> {
        indices(self.shape()).into_iter().map(|index| ndarray::Dimension::slice(&index).to_vec())
    }

    /// Values of one scalar component: the leading axes only.
    ///
    /// # Panics
    /// If `index` does not lie within the site's shape.
    pub fn component(&self, index: &[usize]) -> ArrayViewD<'_, f64> {
        assert_eq!(index.len(), self.shape().len(), "site `{}` has shape {:?}", self.name, self.shape());
        let mut view = self.values.view();
        for &position in index {
            view = view.index_axis_move(Axis(self.leading), position);
        }
        view
    }

    /// The values of scalar components, each in one piece, by indices that follow each other.
    pub(super) fn columns(&self, indices: &[Vec<usize>]) -> Vec<Vec<f64>> {
        let (Some(values), Some(first)) = (self.values.as_slice(), indices.first()) else {
            return indices.iter().map(|index| self.component(index).iter().copied().collect()).collect();
        };
        let size = self.shape().iter().product();
        let first = first.iter().zip(self.shape()).fold(0, |place, (index, length)| place * length + index);
        let mut columns = vec![Vec::with_capacity(values.len() / size); indices.len()];
        for draw in values.chunks_exact(size) {
            for (column, &value) in columns.iter_mut().zip(&draw[first..]) {
                column.push(value);
            }
        }
        columns
    }

    /// Label of a scalar component: `mu`, `theta[3]`, `L[1, 0]`, counted from 0; `theta[Choate]` where the members have names.
    pub fn label(&self, index: &[usize]) -> String {
        label::write(&self.name, &[], &self.dims, index)
    }

    /// The values of one scalar component as a site of this name, which shares them.
    pub(super) fn into_component(self, name: String, index: &[usize]) -> Self {
        let values = index.iter().fold(self.values, |values, &at| values.index_axis_move(Axis(self.leading), at));
        Self { name, leading: self.leading, dims: Vec::new(), values }
    }

    /// A site of its own, of values with these leading axes.
    pub(super) fn from_parts(name: String, leading: usize, dims: Vec<Option<Dim>>, values: ArrayD<f64>) -> Self {
        Self { name, leading, dims, values: values.into_shared() }
    }
}

/// A table as it is read, before it is checked.
#[derive(Deserialize)]
struct Record {
    leading: Vec<usize>,
    sites: Vec<SiteValues>,
}

impl TryFrom<Record> for SiteTable {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let mut table = Self::new(&record.leading);
        for site in record.sites {
            table.push(SiteValues { leading: record.leading.len(), ..site })?;
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, ArrayD};

    use super::SiteTable;

    fn table() -> SiteTable {
        let mut table = SiteTable::new(&[2, 3]);
        table.insert("mu", ArrayD::ones(vec![2, 3])).unwrap();
        let values = Array::from_iter((0..24).map(f64::from)).into_shape_with_order(vec![2, 3, 2, 2]).unwrap();
        table.insert_with_dims("L", &[Some("row"), None], values).unwrap();
        table
    }

    #[test]
    fn components_and_labels() {
        let table = table();
        let matrix = table.get("L").unwrap();
        let labels: Vec<String> = matrix.component_indices().map(|index| matrix.label(&index)).collect();
        assert_eq!(labels, ["L[0, 0]", "L[0, 1]", "L[1, 0]", "L[1, 1]"]);
        assert_eq!(matrix.component(&[1, 0]), ndarray::array![[2.0, 6.0, 10.0], [14.0, 18.0, 22.0]].into_dyn());

        let indices: Vec<Vec<usize>> = matrix.component_indices().collect();
        assert_eq!(matrix.columns(&indices[1..3])[1], [2.0, 6.0, 10.0, 14.0, 18.0, 22.0]);

        let scalar = table.get("mu").unwrap();
        assert_eq!(scalar.component_indices().collect::<Vec<_>>(), [Vec::<usize>::new()]);
        assert_eq!(scalar.label(&[]), "mu");
        assert_eq!(scalar.component(&[]).shape(), [2, 3]);
    }

    #[test]
    fn a_site_of_size_zero_has_no_components() {
        let mut table = SiteTable::new(&[4]);
        table.insert("none", ArrayD::zeros(vec![4, 0])).unwrap();
        assert_eq!(table.get("none").unwrap().component_indices().count(), 0);
    }

    #[test]
    fn wrong_shapes_names_and_dimensions_are_errors() {
        let mut table = table();
        let error = table.insert("z", ArrayD::zeros(vec![3, 2])).unwrap_err();
        assert_eq!(error.to_string(), "site `z`: the array has shape [3, 2], but its leading axes must be [2, 3]");
        assert!(table.insert("z", ArrayD::zeros(vec![2])).is_err());
        assert_eq!(table.insert("mu", ArrayD::zeros(vec![2, 3])).unwrap_err().to_string(), "site `mu` was given twice");
        let error = table.insert_with_dims("z", &[Some("a")], ArrayD::zeros(vec![2, 3])).unwrap_err();
        assert_eq!(error.to_string(), "site `z` has 0 axes, but 1 names of dimensions were given");
        assert_eq!(
            table.get("nu").unwrap_err().to_string(),
            "no site is named `nu`; known: `mu`, `L`\nhelp: did you mean `mu`?"
        );
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn reading_checks_the_shapes() {
        let text = serde_json::to_string(&table()).unwrap();
        assert_eq!(serde_json::from_str::<SiteTable>(&text).unwrap(), table());
        let wrong = text.replacen("\"leading\":[2,3]", "\"leading\":[2,4]", 1);
        assert!(
            serde_json::from_str::<SiteTable>(&wrong).unwrap_err().to_string().contains("leading axes must be [2, 4]")
        );
    }
}
