//! Loops that something interrupts: what is done with every tenth state, say, which no iteration needs.
//!
//! What interrupts a loop is set aside: done after it, in the same order (code motion, of what is not used before).

/// An interruption has at most so many operations.
pub(super) const LONGEST_INTERRUPTION: usize = 128;

/// Operations that are not the loop's, by their positions in the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interruption {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Number of operations of this interruption and those before.
    total: usize,
}

/// The interruptions of a loop, first to last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Interruptions(Vec<Interruption>);

impl Interruptions {
    pub(super) fn push(&mut self, start: usize, end: usize) {
        self.0.push(Interruption { start, end, total: self.total() + end - start });
    }

    pub(super) fn get(&self, number: usize) -> Option<&Interruption> {
        self.0.get(number)
    }

    /// Where the last one ends.
    pub(super) fn end(&self) -> Option<usize> {
        self.0.last().map(|last| last.end)
    }

    /// Number of operations that are set aside.
    pub(super) fn total(&self) -> usize {
        self.0.last().map_or(0, |last| last.total)
    }

    /// The position of an operation when all interruptions are behind the loop; none if it belongs to one.
    pub(super) fn without(&self, position: usize) -> Option<usize> {
        // Operands are near: mostly behind the last interruption, or the one before.
        for interruption in self.0.iter().rev() {
            if position >= interruption.end {
                return Some(position - interruption.total);
            }
            if position >= interruption.start {
                return None;
            }
        }
        Some(position)
    }

    /// Forgets those that do not interrupt the operations before a position that counts without them.
    pub(super) fn keep_before(&mut self, end: usize) {
        let is_within = |own: &Interruption| own.start - (own.total - (own.end - own.start)) < end;
        self.0.retain(is_within);
    }

    /// Moves the interruptions of what stands from `start` on to its end.
    pub(super) fn set_aside<T: Copy>(&self, values: &mut [T], start: usize) {
        let Some(end) = self.end() else { return };
        let mut aside = Vec::with_capacity(self.total());
        let mut to = start;
        let mut from = start;
        for interruption in &self.0 {
            values.copy_within(from..interruption.start, to);
            to += interruption.start - from;
            aside.extend_from_slice(&values[interruption.start..interruption.end]);
            from = interruption.end;
        }
        debug_assert_eq!(from, end);
        let after = values.len() - end;
        values.copy_within(end.., to);
        values[to + after..].copy_from_slice(&aside);
    }
}

#[cfg(test)]
mod tests {
    use super::Interruptions;

    #[test]
    fn interruptions_go_to_the_end() {
        let mut interruptions = Interruptions::default();
        interruptions.push(3, 5);
        interruptions.push(7, 8);
        let mut values = [0, 1, 2, -1, -2, 3, 4, -3, 5, 6];
        let places: Vec<Option<usize>> = (0..values.len()).map(|position| interruptions.without(position)).collect();
        assert_eq!(places, [Some(0), Some(1), Some(2), None, None, Some(3), Some(4), None, Some(5), Some(6)]);
        interruptions.set_aside(&mut values, 1);
        assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, -1, -2, -3]);
        interruptions.keep_before(5);
        assert_eq!(interruptions.total(), 2);
        interruptions.keep_before(3);
        assert_eq!(interruptions.total(), 0);
    }
}
