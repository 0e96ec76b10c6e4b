//! The memory of a program: lines of eight numbers.
//!
//! A line is what one instruction of the processor, or two, work on, and what the cache moves. An array is as many lines
//! as it needs, where what is beyond its end may be anything; a number is a line of eight equal ones, so that it can be
//! an operand of an array's operation without being looked at.

/// Elements of a line.
pub(super) const LANES: usize = 8;

/// Eight elements, or one element eight times.
pub(super) type Line = [f64; LANES];

/// Number of lines of an array.
pub(super) fn lines_of(elements: usize) -> usize {
    elements.div_ceil(LANES)
}

/// Lines that begin where the cache's lines do: a line that lies across two of them takes twice as long to read.
#[derive(Debug)]
pub(super) struct Memory {
    storage: Vec<f64>,
    start: usize,
    lines: usize,
}

const CACHE_LINE_BYTES: usize = 64;

impl Memory {
    /// That many lines of zeros.
    pub(super) fn zeros(lines: usize) -> Self {
        let storage = vec![0.0; (lines + 1) * LANES];
        let past = storage.as_ptr().addr() % CACHE_LINE_BYTES;
        let start = (CACHE_LINE_BYTES - past) % CACHE_LINE_BYTES / size_of::<f64>();
        Self { storage, start, lines }
    }

    pub(super) fn lines(&self) -> &[Line] {
        self.storage[self.start..].as_chunks().0.split_at(self.lines).0
    }

    pub(super) fn lines_mut(&mut self) -> &mut [Line] {
        self.storage[self.start..].as_chunks_mut().0.split_at_mut(self.lines).0
    }
}

/// A copy begins elsewhere, perhaps at another distance from a cache line.
impl Clone for Memory {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.lines);
        copy.lines_mut().copy_from_slice(self.lines());
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_with_a_cache_line_and_copies_are_equal() {
        for lines in [0, 1, 7, 1000] {
            let mut memory = Memory::zeros(lines);
            memory.lines_mut().iter_mut().enumerate().for_each(|(k, line)| *line = [k as f64; LANES]);
            let copy = memory.clone();
            assert_eq!(copy.lines(), memory.lines());
            assert_eq!(copy.lines().len(), lines);
            assert_eq!(copy.lines().as_ptr().addr() % CACHE_LINE_BYTES, 0);
        }
    }
}
