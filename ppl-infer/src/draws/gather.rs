//! The values of sites, gathered over runs of a model or draws of a program.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};
use ppl::Tensor;
use ppl::effect::PlateFrame;

use super::{Dim, IrregularSite, SiteTable};
use crate::Result;
use crate::error::{DensityError, DrawsError};

/// The value of a site in one run.
#[derive(Clone, Debug)]
pub(crate) struct SiteValue {
    pub(crate) name: String,
    pub(crate) value: Tensor,
    /// The plate of each axis that has one.
    pub(crate) dims: Vec<Option<Dim>>,
}

impl SiteValue {
    /// The value of a site in these plates, whose last axes, as many as `event_rank`, are no plates'.
    pub(crate) fn new(name: &str, value: &Tensor, plates: &[PlateFrame], event_rank: usize) -> Self {
        let shape = value.shape();
        let batch_rank = shape.rank().saturating_sub(event_rank);
        let mut dims = vec![None; shape.rank()];
        for plate in plates {
            // A deterministic value may lack the plate's axis.
            if let Some(axis) = batch_rank.checked_sub(plate.dim.unsigned_abs())
                && shape[axis] == plate.length()
            {
                let levels = plate.levels.clone();
                dims[axis] =
                    Some(levels.map_or_else(|| Dim::new(&plate.name), |levels| Dim::with_levels(&plate.name, levels)));
            }
        }
        Self { name: name.to_owned(), value: value.clone(), dims }
    }
}

/// The values of sites at one draw after the other.
#[derive(Debug, Default)]
pub(crate) struct SiteColumns {
    /// Number of draws so far.
    draws: usize,
    /// In the order in which sites were visited first.
    columns: Vec<Column>,
    positions: HashMap<String, usize>,
}

/// The values of one site at those of the draws that visited it.
#[derive(Debug)]
struct Column {
    name: String,
    dims: Vec<Option<Dim>>,
    /// A draw at which the members of a plate have other names.
    renamed: Option<DrawsError>,
    /// Shape at the first draw.
    shape: Vec<usize>,
    /// Shapes at all draws, once one differs from the first.
    shapes: Option<Vec<Vec<usize>>>,
    /// Number of draws that visited it.
    visits: usize,
    /// Which these are, once one did not.
    visiting: Option<Vec<usize>>,
    values: Vec<f64>,
}

impl Column {
    fn new(name: String, dims: Vec<Option<Dim>>, shape: Vec<usize>) -> Self {
        Self { name, dims, renamed: None, shape, shapes: None, visits: 0, visiting: None, values: Vec::new() }
    }

    fn push(&mut self, draw: usize, dims: &[Option<Dim>], value: &Tensor) {
        let shape = value.shape();
        if self.renamed.is_none() {
            self.renamed = renamed(&self.name, &self.dims, dims);
        }
        if self.shapes.is_none() && shape.dims() != self.shape {
            self.shapes = Some(vec![self.shape.clone(); self.visits]);
        }
        if let Some(shapes) = &mut self.shapes {
            shapes.push(shape.to_vec());
        }
        self.visit(draw, 1);
        self.values.extend(value.to_vec());
    }

    /// Notes draws that visit the site, from a first one on.
    fn visit(&mut self, first: usize, draws: usize) {
        if self.visiting.is_none() && self.visits != first {
            self.visiting = Some((0..self.visits).collect());
        }
        if let Some(visiting) = &mut self.visiting {
            visiting.extend(first..first + draws);
        }
        self.visits += draws;
    }

    /// Whether every draw visited the site with the same shape.
    fn is_regular(&self, total: usize) -> bool {
        self.visits == total && self.shapes.is_none()
    }

    /// All values with these leading axes.
    fn into_array(mut self, leading: &[usize]) -> Result<ArrayD<f64>> {
        if let Some(error) = self.renamed.take() {
            return Err(error.into());
        }
        let shape: Vec<usize> = leading.iter().copied().chain(self.shape).collect();
        let got = vec![self.values.len()];
        ArrayD::from_shape_vec(IxDyn(&shape), self.values)
            .map_err(|_| DrawsError::Shape { quantity: format!("site `{}`", self.name), expected: shape, got }.into())
    }

    fn into_irregular(self, total: usize) -> Result<IrregularSite> {
        let mut rest = self.values.as_slice();
        let mut values = Vec::with_capacity(self.visits);
        for visit in 0..self.visits {
            let draw = self.visiting.as_ref().map_or(visit, |visiting| visiting[visit]);
            let shape = self.shapes.as_ref().map_or(&self.shape, |shapes| &shapes[visit]);
            let (own, others) = rest.split_at(shape.iter().product());
            rest = others;
            let array = ArrayD::from_shape_vec(IxDyn(shape), own.to_vec()).expect("as many values as the shape has");
            values.push((draw, array));
        }
        IrregularSite::new(self.name, total, values)
    }
}

/// The error of a plate whose members have other names in the second of two runs.
fn renamed(site: &str, first: &[Option<Dim>], other: &[Option<Dim>]) -> Option<DrawsError> {
    let pairs = first.iter().flatten().zip(other.iter().flatten());
    for (first, other) in
        pairs.filter(|(first, other)| first.name() == other.name() && first.levels() != other.levels())
    {
        let (Some(own), Some(others)) = (first.levels(), other.levels()) else { continue };
        // Another number of members is another shape, which is told elsewhere.
        if let Some(member) = (0..own.len().min(others.len())).find(|&member| own[member] != others[member]) {
            return Some(DrawsError::ChangingNames {
                site: site.to_owned(),
                plate: first.name().to_owned(),
                first: format!("member {member} is `{}`", own[member]),
                other: format!("`{}`", others[member]),
            });
        }
    }
    None
}

impl SiteColumns {
    /// No draws of these sites yet: the name, the dimensions and the shape of each.
    pub(super) fn with_sites(sites: impl IntoIterator<Item = (String, Vec<Option<Dim>>, Vec<usize>)>) -> Self {
        let mut columns = Self::default();
        for (name, dims, shape) in sites {
            columns.positions.insert(name.clone(), columns.columns.len());
            columns.columns.push(Column::new(name, dims, shape));
        }
        columns
    }

    /// Adds draws that visit every site with the same shape, by the values of each site, one draw after the other.
    pub(super) fn extend(&mut self, draws: usize, values: impl IntoIterator<Item = Vec<f64>>) {
        for (column, values) in self.columns.iter_mut().zip(values) {
            column.visit(self.draws, draws);
            if column.values.is_empty() { column.values = values } else { column.values.extend(values) }
        }
        self.draws += draws;
    }

    /// Adds a draw.
    pub(crate) fn push(&mut self, run: Vec<SiteValue>) {
        for (order, site) in run.into_iter().enumerate() {
            // Most runs visit the same sites in the same order.
            let guess = self.columns.get(order).filter(|column| column.name == site.name).map(|_| order);
            let position = guess.or_else(|| self.positions.get(&site.name).copied()).unwrap_or_else(|| {
                self.positions.insert(site.name.clone(), self.columns.len());
                self.columns.push(Column::new(site.name, site.dims.clone(), site.value.shape().to_vec()));
                self.columns.len() - 1
            });
            self.columns[position].push(self.draws, &site.dims, &site.value);
        }
        self.draws += 1;
    }

    /// The values of each site, one draw after the other.
    ///
    /// # Errors
    /// [`DensityError::ChangingSites`] if the sites are others than these.
    pub(crate) fn into_values<'a>(
        mut self,
        sites: impl IntoIterator<Item = (&'a str, &'a [usize])>,
    ) -> Result<Vec<Vec<f64>>> {
        let mut expected = sites.into_iter();
        for own in &self.columns {
            if !expected.next().is_some_and(|(name, shape)| name == own.name && shape == own.shape) {
                return Err(
                    DensityError::ChangingSites { site: own.name.clone(), what: "visited or shaped anew" }.into()
                );
            }
        }
        if let Some((missing, _)) = expected.next() {
            return Err(DensityError::ChangingSites { site: missing.to_owned(), what: "did not visit" }.into());
        }
        if let Some(error) = self.columns.iter_mut().find_map(|column| column.renamed.take()) {
            return Err(error.into());
        }
        Ok(self.columns.into_iter().map(|column| column.values).collect())
    }

    /// The same, if every draw visited all sites with the same shapes.
    ///
    /// # Errors
    /// [`DensityError::ChangingSites`].
    pub(crate) fn regular(self) -> Result<Self> {
        match self.columns.iter().find(|column| !column.is_regular(self.draws)) {
            None => Ok(self),
            Some(column) if column.shapes.is_some() => {
                Err(DensityError::ChangingSites { site: column.name.clone(), what: "visited or shaped anew" }.into())
            }
            Some(column) => {
                Err(DensityError::ChangingSites { site: column.name.clone(), what: "did not visit" }.into())
            }
        }
    }

    /// Whether the last draw has these values, by this measure of equality.
    pub(crate) fn ends_with(&self, draw: &[SiteValue], is_equal: impl Fn(f64, f64) -> bool) -> bool {
        self.columns.len() == draw.len()
            && self.columns.iter().zip(draw).all(|(column, own)| {
                let own_values = own.value.to_vec();
                let last = column.values.len().checked_sub(own_values.len()).map(|first| &column.values[first..]);
                column.name == own.name
                    && last.is_some_and(|last| last.iter().zip(&own_values).all(|(&a, &b)| is_equal(a, b)))
            })
    }

    /// Takes the values of a site out, with the axes draw × site shape; none if there is no such site.
    ///
    /// # Errors
    /// An error of a site whose shape varies.
    pub(crate) fn take(&mut self, name: &str) -> Result<Option<ArrayD<f64>>> {
        let Some(position) = self.columns.iter().position(|column| column.name == name) else { return Ok(None) };
        let column = self.columns.remove(position);
        self.positions.clear();
        if column.is_regular(self.draws) {
            column.into_array(&[self.draws]).map(Some)
        } else {
            Err(column.into_irregular(self.draws)?.error())
        }
    }

    /// A table of arrays with these leading axes, of as many draws as there are.
    ///
    /// # Errors
    /// [`DrawsError::Shape`].
    pub(crate) fn table(self, leading: &[usize]) -> Result<SiteTable> {
        let mut table = SiteTable::new(leading);
        for column in self.columns {
            let dims = column.dims.clone();
            table.insert_with_dims(column.name.clone(), &dims, column.into_array(leading)?)?;
        }
        Ok(table)
    }

    /// One array for each site that every draw visited with the same shape, and the other sites.
    ///
    /// # Errors
    /// None but for a bug.
    pub(crate) fn into_sites(self) -> Result<(SiteTable, Vec<IrregularSite>)> {
        let total = self.draws;
        let (regular, others): (Vec<Column>, Vec<Column>) =
            self.columns.into_iter().partition(|column| column.is_regular(total));
        let regular = Self { draws: total, columns: regular, positions: HashMap::new() };
        let irregular = others.into_iter().map(|column| column.into_irregular(total)).collect::<Result<_>>()?;
        Ok((regular.table(&[total])?, irregular))
    }
}

/// The values that the model returned in every run, in one array.
pub(crate) fn gather_output(outputs: Vec<Tensor>) -> Result<ArrayD<f64>> {
    const NAME: &str = "the model's output";
    let mut columns = SiteColumns::default();
    for value in outputs {
        columns.push(vec![SiteValue { name: NAME.to_owned(), value, dims: Vec::new() }]);
    }
    let output = columns.take(NAME)?;
    output.ok_or(DrawsError::NoOutput.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn site(name: &str, value: impl ppl::IntoTensor) -> SiteValue {
        let value = value.into_tensor();
        SiteValue { name: name.to_owned(), dims: vec![None; value.rank()], value }
    }

    #[test]
    fn sites_that_change_are_kept_one_by_one() {
        let mut columns = SiteColumns::default();
        columns.push(vec![site("a", 1.0), site("b", [1.0, 2.0])]);
        columns.push(vec![site("b", [3.0]), site("a", 2.0)]);
        columns.push(vec![site("a", 3.0), site("c", 5.0), site("b", [6.0, 7.0])]);
        let (table, irregular) = columns.into_sites().unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["a"]);
        assert_eq!(table.get("a").unwrap().values(), ndarray::array![1.0, 2.0, 3.0].into_dyn());
        let [b, c] = irregular.as_slice() else { panic!("{irregular:?}") };
        assert_eq!((b.name(), b.visits(), c.name(), c.visits()), ("b", &[0, 1, 2][..], "c", &[2][..]));
        let values: Vec<Vec<f64>> = b.values().map(|value| value.iter().copied().collect()).collect();
        assert_eq!(values, [vec![1.0, 2.0], vec![3.0], vec![6.0, 7.0]]);
    }

    #[test]
    fn members_keep_their_names() {
        let named = |names: [&str; 2]| {
            let levels = ppl::Levels::new(names).unwrap();
            vec![SiteValue { dims: vec![Some(Dim::with_levels("school", levels))], ..site("theta", [1.0, 2.0]) }]
        };
        let gathered = |second: [&str; 2]| {
            let mut columns = SiteColumns::default();
            columns.push(named(["a", "b"]));
            columns.push(named(second));
            columns
        };
        let (table, _) = gathered(["a", "b"]).into_sites().unwrap();
        assert_eq!(table.get("theta").unwrap().label(&[1]), "theta[b]");
        let expected = "site `theta`: the members of plate `school` have other names in one run of the model than in another: \
                        member 1 is `b`, and `c`\nhelp: give the plate the same names in every run, or its size alone";
        assert_eq!(gathered(["a", "c"]).into_sites().unwrap_err().to_string(), expected);
        let sites: [(&str, &[usize]); 1] = [("theta", &[2])];
        assert_eq!(gathered(["a", "c"]).into_values(sites).unwrap_err().to_string(), expected);
    }

    #[test]
    fn blocks_must_have_the_sites_of_the_run() {
        let block = |sites: Vec<SiteValue>| {
            let mut columns = SiteColumns::default();
            columns.push(sites.clone());
            columns.push(sites);
            columns
        };
        let sites: [(&str, &[usize]); 2] = [("a", &[]), ("b", &[])];
        let values = block(vec![site("a", 1.0), site("b", 2.0)]).into_values(sites).unwrap();
        assert_eq!(values, [[1.0, 1.0], [2.0, 2.0]]);
        for (other, name) in [
            (vec![site("a", 1.0)], "b"),
            (vec![site("b", 1.0), site("a", 1.0)], "b"),
            (vec![site("a", 1.0), site("b", [1.0])], "b"),
            (vec![site("a", 1.0), site("b", 1.0), site("c", 1.0)], "c"),
        ] {
            let error = block(other).into_values(sites).unwrap_err();
            assert!(
                matches!(&error, Error::Density(DensityError::ChangingSites { site, .. }) if site == name),
                "{error}"
            );
        }

        let mut changing = SiteColumns::default();
        changing.push(vec![site("a", 1.0)]);
        changing.push(vec![site("a", [1.0])]);
        assert!(matches!(
            changing.regular(),
            Err(Error::Density(DensityError::ChangingSites { what: "visited or shaped anew", .. }))
        ));
    }
}
