//! Groups of rows that see the same elements of all variables.

use rustc_hash::FxHashMap;

/// The rows of each group, which is known by its elements, in the order of these.
pub(super) fn groups(gathered: &[&[usize]], rows: usize) -> Vec<Vec<usize>> {
    let mut group_of = vec![0; rows];
    let mut count = 1;
    for index in gathered {
        let mut known: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        for (group, &element) in group_of.iter_mut().zip(*index) {
            let next = known.len();
            *group = *known.entry((*group, element)).or_insert(next);
        }
        count = known.len();
    }
    let mut groups = vec![Vec::new(); count];
    group_of.iter().enumerate().for_each(|(row, &group)| groups[group].push(row));
    groups.sort_by_cached_key(|rows| gathered.iter().map(|index| index[rows[0]]).collect::<Vec<_>>());
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
