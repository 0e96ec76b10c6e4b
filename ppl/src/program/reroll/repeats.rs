//! Whether a sequence repeats, however long that is, in one comparison.

/// Hashes of all beginnings of a sequence, of which those of all parts follow (Karp and Rabin 1987, "Efficient randomized
/// pattern-matching algorithms"): equal parts have equal hashes, and others almost never.
pub(super) struct Repeats {
    /// Σ xₖ Bⁿ⁻¹⁻ᵏ of the first n elements x, modulo 2⁶⁴.
    beginnings: Vec<u64>,
    /// The position of the first element.
    first: usize,
}

/// B: odd, without a pattern in its bits.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Repeats {
    /// Of a sequence whose first element is at this position.
    pub(super) fn new(elements: &[u64], first: usize) -> Self {
        let mut beginnings = Vec::with_capacity(elements.len() + 1);
        let mut hash = 0_u64;
        beginnings.push(hash);
        for &element in elements {
            hash = hash.wrapping_mul(BASE).wrapping_add(element);
            beginnings.push(hash);
        }
        Self { beginnings, first }
    }

    /// Whether so many elements from one position and from another one on are there and are the same.
    pub(super) fn is_same(&self, one: usize, other: usize, length: usize) -> bool {
        if one.max(other) + length - self.first >= self.beginnings.len() {
            return false;
        }
        let power = BASE.wrapping_pow(length as u32);
        let hash = |position: usize| {
            let start = position - self.first;
            self.beginnings[start + length].wrapping_sub(self.beginnings[start].wrapping_mul(power))
        };
        hash(one) == hash(other)
    }

    /// Whether so many iterations of this length follow each other.
    pub(super) fn is_repeated(&self, start: usize, period: usize, iterations: usize) -> bool {
        self.is_same(start, start + period, (iterations - 1) * period)
    }
}

#[cfg(test)]
mod tests {
    use super::Repeats;

    #[test]
    fn repetitions_are_seen() {
        let elements: Vec<u64> = (0..40).map(|k| if k < 4 { 9 } else { [1, 2, 2][k % 3] << 60 }).collect();
        let repeats = Repeats::new(&elements, 100);
        assert!(repeats.is_repeated(104, 3, 12) && repeats.is_repeated(105, 6, 5));
        // The last iteration is not complete.
        assert!(!repeats.is_repeated(105, 3, 12));
        assert!(!repeats.is_repeated(103, 3, 3) && !repeats.is_repeated(104, 2, 3));
        assert!(repeats.is_same(104, 110, 30) && !repeats.is_same(104, 110, 31) && !repeats.is_same(104, 111, 3));
    }
}
