//! Chains that were stopped at different draws.

/// The number of draws that each chain keeps, and the chains that keep them, from the number of draws that each has.
///
/// A chain with fewer than half the draws of the longest is left out: it would cost the others more than it has. The
/// others are cut to the shortest of them.
pub(crate) fn balanced(lengths: &[usize]) -> (usize, Vec<usize>) {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let kept: Vec<usize> = (0..lengths.len()).filter(|&row| lengths[row] > 0 && 2 * lengths[row] >= longest).collect();
    (kept.iter().map(|&row| lengths[row]).min().unwrap_or(0), kept)
}

#[cfg(test)]
mod tests {
    use super::balanced;

    #[test]
    fn chains_are_cut_to_the_shortest_that_is_long_enough() {
        assert_eq!(balanced(&[1000, 1000]), (1000, vec![0, 1]));
        assert_eq!(balanced(&[600, 590, 300, 299]), (300, vec![0, 1, 2]));
        assert_eq!(balanced(&[0, 7, 0]), (7, vec![1]));
        assert_eq!(balanced(&[0, 0]), (0, Vec::new()));
        assert_eq!(balanced(&[]), (0, Vec::new()));
    }
}
