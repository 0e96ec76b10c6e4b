//! Groups of rows that are alike: see the same elements, have the same data.

use rustc_hash::FxHashMap;

/// Rows in groups, which properties of the rows divide further and further.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    group_of: Vec<usize>,
    count: usize,
}

impl Partition {
    /// All rows in one group.
    pub(super) fn new(rows: usize) -> Self {
        Self { group_of: vec![0; rows], count: 1 }
    }

    /// Number of groups.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Leaves together what is equal in a further property.
    pub(super) fn divide(&mut self, property: impl Iterator<Item = u64>) {
        let mut known: FxHashMap<(usize, u64), usize> = FxHashMap::default();
        for (group, property) in self.group_of.iter_mut().zip(property) {
            let next = known.len();
            *group = *known.entry((*group, property)).or_insert(next);
        }
        self.count = known.len();
    }

    /// The rows of each group.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.count];
        self.group_of.iter().enumerate().for_each(|(row, &group)| groups[group].push(row));
        groups
    }
}

/// The rows that see the same elements of some variables, in the order of these.
pub(super) fn groups(indices: &[&[usize]], rows: usize) -> Vec<Vec<usize>> {
    let mut partition = Partition::new(rows);
    indices.iter().for_each(|index| partition.divide(index.iter().map(|&element| element as u64)));
    let mut groups = partition.groups();
    groups.sort_by_cached_key(|rows| indices.iter().map(|index| index[rows[0]]).collect::<Vec<_>>());
    groups
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn rows_with_the_same_elements_are_together() {
        assert_eq!(groups(&[], 3), [[0, 1, 2]]);
        assert_eq!(groups(&[&[4, 1, 4, 1]], 4), [[1, 3], [0, 2]]);
        assert_eq!(groups(&[&[4, 1, 4, 1], &[0, 0, 0, 2]], 4), [vec![1], vec![3], vec![0, 2]]);
    }
}
