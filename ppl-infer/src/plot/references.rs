//! `References`: values that are marked, such as those that data were simulated with.

use ppl::IntoTensor;

use super::{Axes, PlotError, selection::Quantity, style::TEXT};
use crate::error::{Error, Result};

/// Values by the name of a quantity, or of a site with all its components.
#[derive(Clone, Debug, Default)]
pub(super) struct References(Vec<(String, Vec<f64>)>);

impl References {
    pub(super) fn push(&mut self, name: &str, values: impl IntoTensor) {
        self.0.push((name.to_owned(), values.into_tensor().to_vec()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values for a quantity.
    pub(super) fn of(&self, quantity: &Quantity<'_>) -> Vec<f64> {
        let label = quantity.label();
        let value = |(name, values): &(String, Vec<f64>)| {
            let position = if *name == label { 0 } else { quantity.position_in(name)? };
            values.get(position).copied()
        };
        self.0.iter().filter_map(value).collect()
    }

    /// An error for a name that no quantity has, and for more or fewer values than it stands for.
    pub(super) fn check(&self, plot: &'static str, quantities: &[Quantity<'_>]) -> Result<()> {
        let labels: Vec<String> = quantities.iter().map(Quantity::label).collect();
        for (name, values) in &self.0 {
            let size = if labels.contains(name) {
                1
            } else if let Some(size) = quantities.iter().find_map(|quantity| quantity.size_of(name)) {
                size
            } else {
                return Err(Error::unknown_name("quantity", name, labels.iter().map(String::as_str)));
            };
            if values.len() != size {
                let quantity = format!("the reference for `{name}`");
                let expected = if size == 1 { "1 value".to_owned() } else { format!("{size} values") };
                return Err(PlotError::Shape { plot, quantity, expected, got: vec![values.len()] }.into());
            }
        }
        Ok(())
    }
}

impl Axes {
    /// Marks values on the horizontal axis.
    pub(super) fn vertical_references(self, values: &[f64]) -> Self {
        values.iter().fold(self, |axes, value| axes.vertical(*value).color(TEXT))
    }

    /// Marks values on the vertical axis.
    pub(super) fn horizontal_references(self, values: &[f64]) -> Self {
        values.iter().fold(self, |axes, value| axes.horizontal(*value).color(TEXT))
    }
}

/// Values that are marked, for a type with the field `references`.
macro_rules! reference_options {
    ($plot:ident) => {
        impl $plot<'_> {
            /// Marks values, such as those that data were simulated with: one of a quantity (`"mu"`, `"theta[3]"`), or of a
            /// site those of all its components, in the order of rows. (ArviZ's `ref_val`.)
            ///
            /// # Errors
            /// A name that the plot does not show, another number of values and a value that is not finite are errors of
            /// [`figure`](crate::plot::Plot::figure).
            #[must_use]
            pub fn reference(mut self, name: impl $crate::draws::ValueName, values: impl ppl::IntoTensor) -> Self {
                self.references.push(name.site_name(), values);
                self
            }
        }
    };
}
pub(super) use reference_options;
