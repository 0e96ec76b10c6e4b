//! `SiteDraws`: the draws of one site.

use std::{fmt, marker::PhantomData, sync::Arc};

use ndarray::{ArrayD, ArrayViewD, Axis};

use super::{
    Dim,
    column::{Column, SortedColumn, weighted_sum},
    label,
    table::SiteValues,
};
use crate::error::DrawsError;
use crate::error::Result;

/// Draws of a `T`: an `f64` for a scalar site, an [`ArrayD`] for an array site.
///
/// Every result hands them out: [`get`](super::Draws::get) those of a scalar site,
/// [`get_array`](super::Draws::get_array) those of any. Estimates are `T`s, and weighted draws weigh.
///
/// # Shapes
/// [`values`](Self::values) is (chain ×) draw × site shape: chains are there where the draws come from a Markov chain
/// sampler.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{Draws, SiteTable};
///
/// // Three draws with weights 1, 1 and 2.
/// let mut sites = SiteTable::new(&[3]);
/// sites.insert("x", array![0.0, 2.0, 5.0].into_dyn())?;
/// sites.insert("theta", array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]].into_dyn())?;
/// let draws = Draws::weighted(sites, vec![0.0, 0.0, 2.0_f64.ln()])?;
///
/// let x = draws.get("x")?;
/// assert!((x.mean() - 3.0).abs() < 1e-14);
/// assert_eq!(x.median(), 2.0);
/// assert!((x.probability(|x| x > 1.0) - 0.75).abs() < 1e-14);
///
/// let theta = draws.get_array("theta")?;
/// assert!((theta.mean()[0] - 2.5).abs() < 1e-14);
/// assert_eq!(theta.component("theta[1]")?.iter().collect::<Vec<_>>(), [1.0, 3.0, 5.0]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SiteDraws<T = f64> {
    site: SiteValues,
    /// Index of the first member along each axis of a family of sites; these axes come first.
    first: Vec<usize>,
    weights: Option<Arc<[f64]>>,
    value: PhantomData<fn() -> T>,
}

/// One value of a site: an `f64` or an [`ArrayD`].
///
/// # Example
/// A function of the draws of a site, whether that is a scalar or an array:
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{DrawValue, Draws, SiteDraws, SiteTable};
///
/// /// The ends of the interval that holds the middle half of the draws.
/// fn middle_half<T: DrawValue>(site: &SiteDraws<T>) -> (T, T) {
///     site.eti(0.5)
/// }
///
/// let mut sites = SiteTable::new(&[5]);
/// sites.insert("x", array![0.0, 1.0, 2.0, 3.0, 4.0].into_dyn())?;
/// sites.insert("theta", array![[0.0], [10.0], [20.0], [30.0], [40.0]].into_dyn())?;
/// let draws = Draws::new(sites)?;
/// assert_eq!(middle_half(&draws.get("x")?), (1.0, 3.0));
/// assert_eq!(middle_half(&draws.get_array("theta")?), (array![10.0].into_dyn(), array![30.0].into_dyn()));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait DrawValue: private::Sealed + Sized {
    /// One draw: an `f64`, or a view of an array.
    type Draw<'a>;

    /// An estimate by its components.
    #[doc(hidden)]
    fn from_components(components: ArrayD<f64>) -> Self;

    /// One draw by its components.
    #[doc(hidden)]
    fn from_view(components: ArrayViewD<'_, f64>) -> Self::Draw<'_>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for ndarray::ArrayD<f64> {}
}

impl DrawValue for f64 {
    type Draw<'a> = Self;

    fn from_components(components: ArrayD<Self>) -> Self {
        components[[]]
    }

    fn from_view(components: ArrayViewD<'_, Self>) -> Self {
        components[[]]
    }
}

impl DrawValue for ArrayD<f64> {
    type Draw<'a> = ArrayViewD<'a, f64>;

    fn from_components(components: Self) -> Self {
        components
    }

    fn from_view(components: ArrayViewD<'_, f64>) -> ArrayViewD<'_, f64> {
        components
    }
}

impl SiteDraws<ArrayD<f64>> {
    pub(super) fn new(site: SiteValues, weights: Option<Arc<[f64]>>) -> Self {
        Self::of_family(site, Vec::new(), weights)
    }

    pub(super) fn of_family(site: SiteValues, first: Vec<usize>, weights: Option<Arc<[f64]>>) -> Self {
        Self { site, first, weights, value: PhantomData }
    }

    /// The draws as those of a scalar.
    ///
    /// # Errors
    /// [`DrawsError::NotScalar`].
    pub(super) fn into_scalar(self) -> Result<SiteDraws> {
        if self.shape().is_empty() {
            return Ok(SiteDraws { site: self.site, first: self.first, weights: self.weights, value: PhantomData });
        }
        let (site, shape, example) = (self.name().to_owned(), self.shape().to_vec(), self.first_label());
        Err(DrawsError::NotScalar { site, shape, example }.into())
    }

    /// Draws of one scalar component, by its label in the summary: `"theta[3]"`, `"L[1, 0]"`, `"theta[Choate]"` where the
    /// members have names; in a family of sites `"level_3"`, `"w_0_2[1]"`.
    ///
    /// # Errors
    /// [`DrawsError::UnknownComponent`].
    pub fn component(&self, label: &str) -> Result<SiteDraws> {
        match label::parse(label, self.name(), &self.first, self.dims(), self.shape()) {
            Some(index) => Ok(self.at_index(&index)),
            None => Err(DrawsError::UnknownComponent {
                label: label.to_owned(),
                site: self.name().to_owned(),
                shape: self.shape().to_vec(),
                example: self.first_label(),
            }
            .into()),
        }
    }

    /// Draws of one scalar component, by its position along each axis: `[3]`, `[1, 0]`.
    ///
    /// # Errors
    /// [`DrawsError::UnknownComponent`].
    pub fn at(&self, index: impl AsRef<[usize]>) -> Result<SiteDraws> {
        let index = index.as_ref();
        let shape = self.shape();
        if index.len() == shape.len() && index.iter().zip(shape).all(|(at, length)| at < length) {
            return Ok(self.at_index(index));
        }
        let (label, site) = (label::write(self.name(), &[], self.dims(), index), self.name().to_owned());
        Err(DrawsError::UnknownComponent { label, site, shape: shape.to_vec(), example: self.first_label() }.into())
    }

    /// Probability of an event for each component by itself: the fraction of the draws for which it holds.
    ///
    /// [`probability`](Self::probability) is that of an event of the whole array.
    pub fn probabilities(&self, event: impl Fn(f64) -> bool) -> ArrayD<f64> {
        self.statistic(|column| column.map(|value| f64::from(u8::from(event(value)))).mean())
    }

    fn at_index(&self, index: &[usize]) -> SiteDraws {
        let label = label::write(self.name(), &self.first, self.dims(), index);
        let site = self.site.clone().into_component(label, index);
        SiteDraws { site, first: Vec::new(), weights: self.weights.clone(), value: PhantomData }
    }

    fn first_label(&self) -> String {
        label::write(self.name(), &self.first, self.dims(), &vec![0; self.shape().len()])
    }
}

impl<T: DrawValue> SiteDraws<T> {
    /// Name of the site, label of the component, or name of the family.
    pub fn name(&self) -> &str {
        self.site.name()
    }

    /// Shape of the site; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        self.site.shape()
    }

    /// Name of each of the site's axes, that of a plate usually, where it has one, with the names of its members.
    pub fn dims(&self) -> &[Option<Dim>] {
        self.site.dims()
    }

    /// All values: (chain ×) draw × site shape.
    pub fn values(&self) -> ArrayViewD<'_, f64> {
        self.site.values()
    }

    /// Weights of the draws, which sum to 1; none where all count alike.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Number of all draws.
    pub fn total_draws(&self) -> usize {
        self.site.leading().iter().product()
    }

    /// The draws, the chains one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T::Draw<'_>> + DoubleEndedIterator {
        (0..self.total_draws()).map(|draw| self.draw(draw))
    }

    fn draw(&self, mut draw: usize) -> T::Draw<'_> {
        let mut view = self.site.values();
        let leading = self.site.leading();
        for axis in 0..leading.len() {
            let stride: usize = leading[axis + 1..].iter().product();
            view = view.index_axis_move(Axis(0), draw / stride);
            draw %= stride;
        }
        T::from_view(view)
    }

    /// Mean.
    pub fn mean(&self) -> T {
        self.statistic(|column| column.mean())
    }

    /// Variance, with divisor n − 1; of weighted draws Σ w (x − x̄)² / (1 − Σ w²), which is the same where the weights are
    /// equal.
    pub fn variance(&self) -> T {
        self.statistic(|column| column.variance())
    }

    /// Standard deviation, the root of the [`variance`](Self::variance).
    pub fn sd(&self) -> T {
        self.statistic(|column| column.sd())
    }

    /// Quantile, by linear interpolation of the order statistics; of weighted draws the smallest one, x, with
    /// P(X ≤ x) ≥ `probability`.
    ///
    /// NaN where a draw is NaN.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[track_caller]
    pub fn quantile(&self, probability: f64) -> T {
        check_probability("quantile", probability);
        self.statistic(|column| column.into_sorted().quantile(probability))
    }

    /// Median.
    pub fn median(&self) -> T {
        self.quantile(0.5)
    }

    /// Equal-tailed interval: the [quantiles](Self::quantile) that leave (1 − `probability`) / 2 on either side.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[track_caller]
    pub fn eti(&self, probability: f64) -> (T, T) {
        check_probability("eti", probability);
        self.interval(|column| column.eti(probability))
    }

    /// Highest-density interval: the narrowest one that holds `probability`; see
    /// [`diagnostics::hdi`](crate::diagnostics::hdi()).
    ///
    /// NaN where a draw is NaN.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[track_caller]
    pub fn hdi(&self, probability: f64) -> (T, T) {
        check_probability("hdi", probability);
        self.interval(|column| column.hdi(probability))
    }

    /// Probability of an event: the fraction of the draws for which it holds.
    pub fn probability(&self, event: impl Fn(T::Draw<'_>) -> bool) -> f64 {
        self.expectation(|draw| f64::from(u8::from(event(draw))))
    }

    /// Mean of a function of the draws.
    pub fn expectation(&self, function: impl Fn(T::Draw<'_>) -> f64) -> f64 {
        let values = self.iter().map(function);
        match &self.weights {
            Some(weights) => weighted_sum(weights, values),
            None => Column::new(values.collect(), None).mean(),
        }
    }

    fn interval(&self, of: impl Fn(SortedColumn) -> (f64, f64)) -> (T, T) {
        let [low, high] = self.statistics(|column| of(column.into_sorted()).into());
        (low, high)
    }

    fn statistic(&self, of: impl Fn(Column<'_>) -> f64) -> T {
        let [statistic] = self.statistics(|column| [of(column)]);
        statistic
    }

    /// Statistics of each component.
    fn statistics<const N: usize>(&self, of: impl Fn(Column<'_>) -> [f64; N]) -> [T; N] {
        let mut components: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
        for index in self.site.component_indices() {
            let values = self.site.component(&index).iter().copied().collect();
            let statistics = of(Column::new(values, self.weights()));
            components.iter_mut().zip(statistics).for_each(|(all, statistic)| all.push(statistic));
        }
        components.map(|all| {
            let array = ArrayD::from_shape_vec(self.shape(), all).expect("one statistic for each component");
            T::from_components(array)
        })
    }
}

/// Refuses a level such as 90, which is meant as 0.9.
#[track_caller]
pub(crate) fn check_probability(method: &str, probability: f64) {
    let is_percent = (1.0..=100.0).contains(&probability);
    let help =
        if is_percent { format!("\nhelp: {probability} percent is {}", probability / 100.0) } else { String::new() };
    assert!((0.0..=1.0).contains(&probability), "{method}: `probability` must be from 0 to 1, got {probability}{help}");
}

impl<T: DrawValue> fmt::Debug for SiteDraws<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SiteDraws");
        debug.field("name", &self.name()).field("values", &self.values());
        debug.field("weights", &self.weights()).finish()
    }
}
