//! The nearest of some names, for error messages.

/// The name with the smallest edit distance to `name`, if at most half of the longer one differs.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| 2 * distance <= name.chars().count().max(candidate.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one string into the other.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut distance = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            distance[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let substituted = distance[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                let mut least = substituted.min(distance[i - 1][j] + 1).min(distance[i][j - 1] + 1);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    least = least.min(distance[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    distance[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::{edit_distance, nearest};

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("weight", "wieght", 1),
            ("kitten", "sitting", 3),
            ("mu", "nu", 1),
            ("a", "b", 1),
        ] {
            assert_eq!(edit_distance(left, right), expected, "{left} {right}");
            assert_eq!(edit_distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("tehta", ["mu", "theta", "tau"].into_iter()), Some("theta"));
        assert_eq!(nearest("sigma", ["mu", "theta", "tau"].into_iter()), None);
        assert_eq!(nearest("mu", ["nu"].into_iter()), Some("nu"));
        assert_eq!(nearest("tau", ["mu"].into_iter()), None);
    }
}
