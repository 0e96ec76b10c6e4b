//! Large matrices of data in single precision: half the memory that each evaluation of a density reads.

use std::sync::Arc;

use super::shared::is_large_matrix;
use super::{Tensor, Value};
use crate::{Error, Result};

/// The same numbers in double precision.
pub(crate) fn to_double(elements: &[f32]) -> Vec<f64> {
    elements.iter().map(|&element| f64::from(element)).collect()
}

impl Tensor {
    /// These data with each element rounded to single precision: 24 bits, or about 7 digits.
    ///
    /// A matrix of 131,072 elements or more (a megabyte) is kept so, and only so, in half the memory: the programs recorded
    /// of models read it where it is, and compute in double precision. Smaller tensors, and those with another number of
    /// axes, are rounded, and stay in double precision.
    ///
    /// Half as much is read from memory, but each element is converted at each reading. A matrix that fits into the
    /// processor's caches is evaluated faster in double precision: one of 8 MB 1.4 times as fast on a processor with AVX2.
    /// So this is for data that are large beside the memory; `cargo bench --bench gradient -- 10000x100` compares both.
    ///
    /// **What it costs.** An element moves by at most 6e-8 of its size (2⁻²⁴), and each later operation sees the moved one: a
    /// linear predictor Σⱼ xᵢⱼ βⱼ by at most 6e-8 Σⱼ |xᵢⱼ βⱼ|. For standardised covariates that is far less than they are
    /// known to; a covariate whose mean is 10⁵ times its spread would keep two digits of the spread, so standardise first.
    /// Any operation but a product with a vector in a recorded program converts what it needs to double precision, as a run
    /// of the model on the tape does each time.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an element that is finite, but too large for single precision (beyond 3.4e38), or not
    /// 0, but too small for its 24 bits (below 1.2e-38); for a tensor that is being differentiated or recorded.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    ///
    /// let x = Tensor::linspace(-1.0, 1.0, 200_000).reshape([2_000, 100]);
    /// let single = x.to_single_precision()?;
    /// assert_eq!(single.shape(), x.shape());
    /// assert!((single.get(3).get(7).item() - x.get(3).get(7).item()).abs() <= 6e-8);
    /// assert!(Tensor::from([1e-40, 1.0]).to_single_precision().is_err());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn to_single_precision(&self) -> Result<Self> {
        let error = |expected: &str, got: String| Error::InvalidArgument {
            operation: "Tensor::to_single_precision",
            argument: "self",
            expected: expected.to_owned(),
            got,
        };
        if self.active_node().is_some() {
            return Err(error("constant data", "a tensor that is being differentiated or recorded".to_owned()));
        }
        if let Value::Single(_) = self.value {
            return Ok(self.clone());
        }
        let elements = self.elements();
        let single: Vec<f32> = elements.iter().map(|&element| element as f32).collect();
        let fits = |(&element, &single): (&f64, &f32)| {
            element == 0.0
                || !element.is_finite()
                || (single.is_finite() && element.abs() >= f64::from(f32::MIN_POSITIVE))
        };
        if let Some(place) = elements.iter().zip(&single).position(|pair| !fits(pair)) {
            let expected = "elements of a size between 1.2e-38 and 3.4e38, or 0";
            return Err(error(expected, format!("{:e} as element {place}", elements[place])));
        }
        if is_large_matrix(self.shape) {
            return Ok(Self { shape: self.shape, value: Value::Single(Arc::new(single)), node: None, origin: None });
        }
        Ok(Self::from_parts(to_double(&single), self.shape))
    }

    /// The elements, if they are shared in single precision.
    pub(crate) fn as_single(&self) -> Option<&Arc<Vec<f32>>> {
        match &self.value {
            Value::Single(elements) => Some(elements),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn elements_are_rounded_whatever_the_size() {
        let values: Vec<f64> = (0..150_000).map(|place| (f64::from(place) * 0.37).sin() * 1e3).collect();
        let large = Tensor::new(values.clone(), [1_500, 100]).unwrap();
        let single = large.to_single_precision().unwrap();
        assert!(single.as_single().is_some());
        let rounded: Vec<f64> = values.iter().map(|&value| f64::from(value as f32)).collect();
        assert_eq!(single.to_vec(), rounded);
        assert_eq!(single.reshape([100, 1_500]).get(3).to_vec(), rounded[4_500..6_000]);
        assert_eq!((&single * 2.0).get(4).get(9).item(), 2.0 * rounded[409]);
        assert_eq!(single.to_single_precision().unwrap().to_vec(), rounded);
        let vector = Tensor::new(values.clone(), values.len()).unwrap().to_single_precision().unwrap();
        assert_eq!(vector.to_vec(), rounded);
    }

    #[test]
    fn what_single_precision_has_no_place_for_is_an_error() {
        let special = Tensor::from([0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 3.4e38, -1.2e-38]);
        let kept = special.to_single_precision().unwrap().to_vec();
        assert_eq!(kept[..4], special.to_vec()[..4]);
        assert!(kept[4].is_nan() && (kept[5] / 3.4e38 - 1.0).abs() < 1e-7);
        for (wrong, place) in [(3.5e38, 0), (-1e300, 2), (1.1e-38, 1), (5e-324, 2)] {
            let mut elements = [1.0; 3];
            elements[place] = wrong;
            let error = Tensor::from(elements).to_single_precision().unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:e} as element {place}")), "{error}");
        }
    }

    #[test]
    fn what_is_differentiated_is_not_rounded() {
        let function = |x: &[Tensor]| {
            let error = x[0].to_single_precision().unwrap_err().to_string();
            assert!(error.contains("constant data"), "{error}");
            x[0].sum()
        };
        grad(function, &[Tensor::from([1.0, 2.0])]).unwrap();
    }
}
