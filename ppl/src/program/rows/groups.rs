//! Groups of rows that are alike: see the same elements, have the same data.

use rustc_hash::FxHashMap;

/// No group yet.
const NONE: u32 = u32::MAX;

/// Rows in groups, which properties of the rows divide further and further.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    group_of: Vec<u32>,
    count: usize,
}

/// The rows of each group, in ascending order.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// Where the rows of each group begin, and the end.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The rows of a group.
    pub(super) fn rows(&self, group: usize) -> &[u32] {
        &self.rows[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// The first row of a group.
    pub(super) fn first(&self, group: usize) -> usize {
        self.rows(group)[0] as usize
    }

    /// The rows of each group.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|group| self.rows(group))
    }
}

/// New numbers for keys, in the order in which these come. Where keys are not much larger than there are rows, it is a table:
/// of millions of rows, each look-up in a hash table would wait for memory.
enum Numbering {
    Table(Vec<u32>),
    Hashed(FxHashMap<u64, u32>),
}

impl Numbering {
    /// For keys below a number.
    fn new(below: u64, rows: usize) -> Self {
        const ENTRIES_A_ROW: u64 = 4;

        if below <= ENTRIES_A_ROW * rows as u64 {
            Self::Table(vec![NONE; below as usize])
        } else {
            Self::Hashed(FxHashMap::default())
        }
    }

    /// The number of a key, and whether it is new: it is `next` then.
    fn number(&mut self, key: u64, next: u32) -> (u32, bool) {
        let number = match self {
            Self::Table(table) => &mut table[key as usize],
            Self::Hashed(table) => table.entry(key).or_insert(NONE),
        };
        let is_new = *number == NONE;
        if is_new {
            *number = next;
        }
        (*number, is_new)
    }
}

impl Partition {
    /// All rows in one group.
    pub(super) fn new(rows: usize) -> Self {
        Self { group_of: vec![0; rows], count: 1 }
    }

    /// Leaves together what is equal in a further property; `false`, and no partition, if that are more groups than so many.
    pub(super) fn divide(&mut self, property: impl Iterator<Item = u64>, most: usize) -> bool {
        let mut known: FxHashMap<u64, u32> = FxHashMap::default();
        let mut numbers = Vec::with_capacity(self.group_of.len());
        for property in property {
            let next = known.len() as u32;
            numbers.push(*known.entry(property).or_insert(next));
            if known.len() > most {
                return false;
            }
        }
        self.divide_by_numbers(numbers.into_iter(), known.len() as u64, most)
    }

    /// The same by elements that rows see, of which the largest is not much larger than there are rows.
    pub(super) fn divide_by_elements(&mut self, elements: &[usize], most: usize) -> bool {
        let below = elements.iter().max().map_or(0, |&largest| largest + 1);
        self.divide_by_numbers(elements.iter().map(|&element| element as u32), below as u64, most)
    }

    /// The same by numbers below another one.
    fn divide_by_numbers(&mut self, numbers: impl Iterator<Item = u32>, below: u64, most: usize) -> bool {
        let mut numbering = Numbering::new(self.count as u64 * below, self.group_of.len());
        let mut count = 0;
        for (group, number) in self.group_of.iter_mut().zip(numbers) {
            let key = u64::from(*group) * below + u64::from(number);
            let (own, is_new) = numbering.number(key, count);
            *group = own;
            count += u32::from(is_new);
            if count as usize > most {
                return false;
            }
        }
        self.count = count as usize;
        true
    }

    /// The rows of each group, in the order of their first rows.
    pub(super) fn groups(&self) -> Groups {
        let order: Vec<u32> = (0..self.count as u32).collect();
        self.groups_in(&order)
    }

    /// The rows of the groups in this order.
    fn groups_in(&self, order: &[u32]) -> Groups {
        let mut place_of = vec![0_u32; order.len()];
        order.iter().enumerate().for_each(|(place, &group)| place_of[group as usize] = place as u32);
        let mut starts = vec![0_u32; order.len() + 1];
        self.group_of.iter().for_each(|&group| starts[place_of[group as usize] as usize + 1] += 1);
        for place in 0..order.len() {
            starts[place + 1] += starts[place];
        }
        let mut ends: Vec<u32> = starts[..order.len()].to_vec();
        let mut rows = vec![0; self.group_of.len()];
        for (row, &group) in self.group_of.iter().enumerate() {
            let end = &mut ends[place_of[group as usize] as usize];
            rows[*end as usize] = row as u32;
            *end += 1;
        }
        Groups { starts, rows }
    }
}

/// The rows that see the same elements of some variables, in the order of these.
pub(super) fn groups(indices: &[&[usize]], rows: usize) -> Groups {
    let mut partition = Partition::new(rows);
    for index in indices {
        partition.divide_by_elements(index, usize::MAX);
    }
    let mut first = vec![NONE; partition.count];
    for (row, &group) in partition.group_of.iter().enumerate().rev() {
        first[group as usize] = row as u32;
    }
    let first = &first;
    let elements = |&group: &u32| indices.iter().map(move |index| index[first[group as usize] as usize]);
    let mut order: Vec<u32> = (0..partition.count as u32).collect();
    order.sort_by(|a, b| elements(a).cmp(elements(b)));
    partition.groups_in(&order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(groups: &Groups) -> Vec<Vec<u32>> {
        groups.iter().map(<[u32]>::to_vec).collect()
    }

    #[test]
    fn rows_with_the_same_elements_are_together() {
        assert_eq!(lists(&groups(&[], 3)), [[0, 1, 2]]);
        assert_eq!(lists(&groups(&[&[4, 1, 4, 1]], 4)), [[1, 3], [0, 2]]);
        assert_eq!(lists(&groups(&[&[4, 1, 4, 1], &[0, 0, 0, 2]], 4)), [vec![1], vec![3], vec![0, 2]]);
        // Elements that are far beyond the number of rows.
        assert_eq!(lists(&groups(&[&[4_000_000, 1, 4_000_000, 7]], 4)), [vec![1], vec![3], vec![0, 2]]);
    }

    /// Tables and hash tables divide alike: rows are together if and only if all of their properties are equal.
    #[test]
    fn properties_divide_further_and_further() {
        let properties: [fn(usize) -> usize; 3] =
            [|row| row * 7 % 13, |row| (row * row) % 1_000_003, |row| row / 50 % 4];
        let rows = 600;
        for by_elements in [[true; 3], [false; 3], [true, false, true]] {
            let mut partition = Partition::new(rows);
            for (property, by_elements) in properties.iter().zip(by_elements) {
                let elements: Vec<usize> = (0..rows).map(property).collect();
                let is_divided = if by_elements {
                    partition.divide_by_elements(&elements, rows)
                } else {
                    partition.divide(elements.iter().map(|&element| element as u64), rows)
                };
                assert!(is_divided);
            }
            let all = |row: usize| properties.map(|property| property(row));
            let mut expected: Vec<Vec<u32>> = Vec::new();
            for row in 0..rows {
                match expected.iter_mut().find(|group| all(group[0] as usize) == all(row)) {
                    Some(group) => group.push(row as u32),
                    None => expected.push(vec![row as u32]),
                }
            }
            assert_eq!(lists(&partition.groups()), expected, "{by_elements:?}");
            assert!(!partition.clone().divide(0..rows as u64, rows / 2));
            assert!(!partition.divide_by_elements(&(0..rows).collect::<Vec<_>>(), rows / 2));
        }
    }
}
