//! The nearest of some names, for messages about a name that is not among them.

/// The known name that was probably meant by `name`: the one at the smallest edit distance, if at most half of the longer
/// of the two differs.
///
/// # Example
/// ```
/// use ppl::site::nearest;
///
/// assert_eq!(nearest("wieght", ["weight", "tolerance"]), Some("weight"));
/// assert_eq!(nearest("sigma", ["weight", "tolerance"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| distance.saturating_mul(2) <= name.len().max(candidate.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longest name that is compared, in bytes.
const LONGEST: usize = 64;

/// Count of bytes to insert, delete, replace or swap with the next, to come from one name to the other (the optimal
/// string alignment distance).
pub(crate) const fn edit_distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() > LONGEST || right.len() > LONGEST {
        return usize::MAX;
    }
    let mut distance = [[0; LONGEST + 1]; LONGEST + 1];
    let mut i = 0;
    while i <= left.len() {
        let mut j = 0;
        while j <= right.len() {
            distance[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = distance[i - 1][j - 1] + (left[i - 1] != right[j - 1]) as usize;
                let inserted = min(distance[i - 1][j], distance[i][j - 1]) + 1;
                let best = min(replaced, inserted);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    min(best, distance[i - 2][j - 2] + 1)
                } else {
                    best
                }
            };
            j += 1;
        }
        i += 1;
    }
    distance[left.len()][right.len()]
}

const fn min(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, edit_distance, nearest};

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "", 0),
            ("weight", "weight", 0),
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
        assert_eq!(nearest("tehta", ["mu", "theta", "tau"]), Some("theta"));
        assert_eq!(nearest("sigma", ["mu", "theta", "tau"]), None);
        assert_eq!(nearest("mu", ["nu"]), Some("nu"));
        assert_eq!(nearest("tau", ["mu"]), None);
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(nearest("a", [long.as_str()]), None);
    }
}
