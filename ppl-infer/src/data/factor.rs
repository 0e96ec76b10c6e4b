//! `Factor`: a column of categories.

use std::collections::HashMap;

use ppl::Levels;

use crate::Result;

/// A column of categories: the names of its levels, and for each row the index of its level.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::data::Factor;
///
/// #[model]
/// fn radon(county: &Factor, y: &[f64]) {
///     let effects = plate!("county", county.levels(), { sample!("effect", Normal::new(0.0, 1.0)) });
///     plate!("house", y.len(), {
///         observe!("y", Normal::new(effects.take(0, county.index()), 0.5), y);
///     });
/// }
///
/// let county = Factor::new(["CLAY", "AITKIN", "CLAY"])?;
/// assert_eq!((county.levels().to_vec(), county.index()), (vec!["AITKIN".to_owned(), "CLAY".to_owned()], &[1, 0, 1][..]));
/// let trace = radon(&county, &[0.3, 1.0, -0.2]).trace(0)?;
/// assert_eq!(trace.get(radon::effect)?.shape().dims(), [2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    levels: Levels,
    index: Vec<usize>,
}

impl Factor {
    /// The factor of these values. Its levels are ordered as numbers if all of them are numbers, as text otherwise.
    ///
    /// # Errors
    /// [`ppl::Error::InvalidArgument`] for a value that is empty.
    pub fn new(values: impl IntoIterator<Item = impl AsRef<str>>) -> ppl::Result<Self> {
        let values: Vec<String> = values.into_iter().map(|value| value.as_ref().to_owned()).collect();
        let mut names: Vec<&str> = values.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse().ok()).collect();
        if let Some(numbers) = numbers {
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
            names = order.into_iter().map(|at| names[at]).collect();
        }
        let levels = Levels::new(names)?;
        let index = positions(&levels, &values).into_iter().flatten().collect();
        Ok(Self { levels, index })
    }

    /// The factor of values that are among these levels, which keep their order: for a fit that is to be used on new
    /// data.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) of a value that is none of the levels.
    pub fn with_levels(levels: &Levels, values: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        let values: Vec<String> = values.into_iter().map(|value| value.as_ref().to_owned()).collect();
        let mut index = Vec::with_capacity(values.len());
        for (value, position) in values.iter().zip(positions(levels, &values)) {
            let known = || levels.iter().map(String::as_str);
            index.push(position.ok_or_else(|| crate::Error::unknown_name("level", value, known()))?);
        }
        Ok(Self { levels: levels.clone(), index })
    }

    /// The names of the levels, which a plate takes in place of its size.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// For each row the index of its level.
    pub fn index(&self) -> &[usize] {
        &self.index
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

/// The index of the level of each value, where it is one.
pub(super) fn positions(levels: &Levels, values: &[impl AsRef<str>]) -> Vec<Option<usize>> {
    let known: HashMap<&str, usize> = levels.iter().enumerate().map(|(at, level)| (level.as_str(), at)).collect();
    values.iter().map(|value| known.get(value.as_ref()).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_in_the_order_of_numbers_or_of_text() {
        let years = Factor::new(["10", "9", "10", "-1.5"]).unwrap();
        assert_eq!((years.levels().join(" "), years.index()), ("-1.5 9 10".to_owned(), &[2, 1, 2, 0][..]));
        let mixed = Factor::new(["b", "10", "9"]).unwrap();
        assert_eq!((mixed.levels().join(" "), mixed.len()), ("10 9 b".to_owned(), 3));
        assert!(Factor::new(Vec::<String>::new()).unwrap().is_empty());
        assert!(Factor::new(["a", ""]).is_err());
    }

    #[test]
    fn new_data_keep_the_levels_of_a_fit() {
        let fitted = Factor::new(["b", "a", "c"]).unwrap();
        let new = Factor::with_levels(fitted.levels(), ["c", "c"]).unwrap();
        assert_eq!((new.index(), new.levels()), (&[2, 2][..], fitted.levels()));
        let error = Factor::with_levels(fitted.levels(), ["a", "d"]).unwrap_err().to_string();
        assert!(error.starts_with("no level is named `d`; known: `a`, `b`, `c`"), "{error}");
    }
}
