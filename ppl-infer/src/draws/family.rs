//! Families of sites: those of a loop, `level_0`, `level_1`, …, as one array.

use std::collections::BTreeMap;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use super::{
    Draws, SiteDraws,
    label::{self, parse_index},
    table::SiteValues,
};
use crate::error::DrawsError;
use crate::error::{Error, Result};

impl Draws {
    /// Draws of the sites that a loop names by its index, `"level_{t}"`, stacked along new axes.
    ///
    /// The indices of a name are what follows the family's name: `level_3`, or `w_1_0` of two loops. They are consecutive
    /// numbers from any first one, and in a family with several indices every combination is there. A single
    /// component has the label that it has in the summary.
    ///
    /// # Shapes
    /// (chain ×) draw × number of members along each index × shape of a site.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such family; [`DrawsError::FamilyGap`], which names what is missing;
    /// [`DrawsError::FamilyShape`] for members of different shapes or numbers of indices; an error for a member that
    /// not every draw visited.
    ///
    /// # Example
    /// ```
    /// use ndarray::array;
    /// use ppl_infer::draws::{Draws, SiteTable};
    ///
    /// let mut sites = SiteTable::new(&[2]);
    /// sites.insert("level_0", array![1.0, 2.0].into_dyn())?;
    /// sites.insert("level_1", array![3.0, 4.0].into_dyn())?;
    /// let level = Draws::new(sites)?.get_family("level")?;
    /// assert_eq!(level.values(), array![[1.0, 3.0], [2.0, 4.0]].into_dyn());
    /// assert_eq!(level.component("level_1")?.mean(), 3.5);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn get_family(&self, family: &str) -> Result<SiteDraws<ArrayD<f64>>> {
        let mut members: BTreeMap<Vec<usize>, &SiteValues> = BTreeMap::new();
        for site in self.sites() {
            members.extend(indices_of(site.name(), family).map(|indices| (indices, site)));
        }
        if let Some(site) = self.irregular_sites().iter().find(|site| indices_of(site.name(), family).is_some()) {
            return Err(site.error());
        }
        let Some((first, last)) = bounds(members.keys()) else {
            let mut known: Vec<&str> = self.sites().names().filter_map(family_of).collect();
            known.dedup();
            return Err(Error::unknown_name("family", family, known));
        };
        check_members(family, &members)?;
        let lengths: Vec<usize> = first.iter().zip(&last).map(|(first, last)| last - first + 1).collect();
        check_gaps(family, &first, &lengths, &members)?;

        let leading = self.sites().leading();
        let views: Vec<ArrayViewD<'_, f64>> = members.values().map(|site| site.values()).collect();
        let stacked = ndarray::stack(Axis(leading.len()), &views).expect("the members have one shape");
        let (own, dims) = members.values().next().map_or((&[][..], &[][..]), |site| (site.shape(), site.dims()));
        let shape: Vec<usize> = leading.iter().chain(&lengths).chain(own).copied().collect();
        let stacked = stacked.as_standard_layout().into_owned();
        let values = stacked.into_shape_with_order(IxDyn(&shape)).expect("every combination is there");
        let dims = vec![None; lengths.len()].into_iter().chain(dims.iter().cloned()).collect();
        let site = SiteValues::from_parts(family.to_owned(), leading.len(), dims, values);
        Ok(SiteDraws::of_family(site, first, self.shared_weights()))
    }
}

/// The indices of a name in a family: 3 of `level_3`, 1 and 0 of `w_1_0`.
fn indices_of(name: &str, family: &str) -> Option<Vec<usize>> {
    name.strip_prefix(family)?.strip_prefix('_')?.split('_').map(parse_index).collect()
}

/// The family of a name: what is left without its indices.
fn family_of(name: &str) -> Option<&str> {
    let mut family = name;
    while let Some((rest, last)) = family.rsplit_once('_')
        && parse_index(last).is_some()
    {
        family = rest;
    }
    (family != name && !family.is_empty()).then_some(family)
}

/// The smallest and the largest index along each axis.
fn bounds<'a>(mut members: impl Iterator<Item = &'a Vec<usize>>) -> Option<(Vec<usize>, Vec<usize>)> {
    let first = members.next()?;
    Some(members.fold((first.clone(), first.clone()), |(mut low, mut high), member| {
        low.iter_mut().zip(member).for_each(|(low, at)| *low = (*low).min(*at));
        high.iter_mut().zip(member).for_each(|(high, at)| *high = (*high).max(*at));
        (low, high)
    }))
}

/// All members have as many indices, and the same shape.
fn check_members(family: &str, members: &BTreeMap<Vec<usize>, &SiteValues>) -> Result<()> {
    let Some((first, site)) = members.iter().next() else { return Ok(()) };
    let is_other =
        |indices: &[usize], member: &SiteValues| indices.len() != first.len() || member.shape() != site.shape();
    match members.iter().find(|(indices, member)| is_other(indices, member)) {
        None => Ok(()),
        Some((_, other)) => Err(DrawsError::FamilyShape {
            family: family.to_owned(),
            first: (site.name().to_owned(), site.shape().to_vec()),
            other: (other.name().to_owned(), other.shape().to_vec()),
        }
        .into()),
    }
}

/// Every combination of the indices is there.
fn check_gaps(
    family: &str,
    first: &[usize],
    lengths: &[usize],
    members: &BTreeMap<Vec<usize>, &SiteValues>,
) -> Result<()> {
    let total = lengths.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
    if total == Some(members.len()) {
        return Ok(());
    }
    // The first of them, of indices that may be far apart.
    const NAMED: usize = 5;
    let all = ndarray::indices(lengths.iter().map(|length| (*length).min(members.len() + 1)).collect::<Vec<_>>());
    let absent = |index: &Vec<usize>| {
        let member: Vec<usize> = index.iter().zip(first).map(|(at, first)| at + first).collect();
        !members.contains_key(&member)
    };
    let missing: Vec<String> = all
        .into_iter()
        .map(|index| ndarray::Dimension::slice(&index).to_vec())
        .filter(absent)
        .take(NAMED)
        .map(|index| label::write(family, first, &[], &index))
        .collect();
    Err(DrawsError::FamilyGap { family: family.to_owned(), found: members.len(), missing }.into())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, ArrayD, array};

    use crate::draws::{Draws, SiteTable};

    fn draws(names: &[&str], shape: &[usize]) -> Draws {
        let mut sites = SiteTable::new(&[2, 3]);
        for (number, name) in names.iter().enumerate() {
            let shape: Vec<usize> = [2, 3].iter().chain(shape).copied().collect();
            let size: usize = shape.iter().product();
            let values = Array::from_iter((0..size).map(|at| (100 * number + at) as f64));
            sites.insert(*name, values.into_shape_with_order(shape).unwrap()).unwrap();
        }
        Draws::new(sites).unwrap()
    }

    #[test]
    fn members_are_in_the_order_of_their_indices() {
        // Eleven members: `level_10` comes after `level_9`, in whatever order they were visited.
        let names: Vec<String> = (1..12).rev().map(|t| format!("level_{t}")).collect();
        let draws = draws(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        let level = draws.get_family("level").unwrap();
        assert_eq!((level.values().shape(), level.shape()), (&[2, 3, 11][..], &[11][..]));
        for t in 1..12 {
            let own = draws.get(format!("level_{t}")).unwrap();
            assert_eq!(level.component(&format!("level_{t}")).unwrap(), own, "{t}");
            assert_eq!(level.at([t - 1]).unwrap(), own);
        }
        assert!(level.component("level_0").is_err());
    }

    #[test]
    fn two_indices_are_two_axes_before_those_of_the_sites() {
        let names = ["w_0_0", "w_0_1", "w_0_2", "w_1_0", "w_1_1", "w_1_2", "w_total"];
        let w = draws(&names, &[2]).get_family("w").unwrap();
        assert_eq!(w.values().shape(), [2, 3, 2, 3, 2]);
        // Member (1, 2) is the sixth, and 2 · 4 + 1 is the second element of the fifth draw.
        assert_eq!(w.values()[[1, 1, 1, 2, 1]], 509.0);
        let component = w.component("w_1_2[1]").unwrap();
        assert_eq!(component.iter().collect::<Vec<_>>(), [501.0, 503.0, 505.0, 507.0, 509.0, 511.0]);
        assert_eq!(w.mean().shape(), [2, 3, 2]);
    }

    #[test]
    fn gaps_and_differences_are_named() {
        let message = |names: &[&str]| draws(names, &[]).get_family("level").unwrap_err().to_string();
        assert_eq!(
            message(&["level_0", "level_1", "level_4"]),
            "the family `level` has 3 sites, but `level_2`, `level_3` are missing"
        );
        assert_eq!(
            message(&["level_0_0", "level_1_1"]),
            "the family `level` has 2 sites, but `level_0_1`, `level_1_0` are missing"
        );
        assert!(message(&["level_0", "level_99999999"]).contains("`level_1`, `level_2`"));
        let mixed = message(&["level_0", "level_0_1"]);
        assert!(mixed.starts_with("the family `level` has sites that do not stack: `level_0` "), "{mixed}");
        assert_eq!(
            message(&["mu", "levels_0", "levels_1"]),
            "no family is named `level`; known: `levels`\nhelp: did you mean `levels`?"
        );
        let mut sites = SiteTable::new(&[1]);
        sites.insert("level_0", array![0.0].into_dyn()).unwrap();
        sites.insert("level_1", ArrayD::zeros(vec![1, 2])).unwrap();
        assert_eq!(
            Draws::new(sites).unwrap().get_family("level").unwrap_err().to_string(),
            "the family `level` has sites that do not stack: `level_0` of shape [], `level_1` of shape [2]"
        );
    }
}
