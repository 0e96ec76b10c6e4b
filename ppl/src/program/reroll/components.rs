//! The strongly connected components of a graph.

/// The strongly connected components of a graph, given by what each node needs: each after those that it needs (Tarjan
/// 1972, "Depth-first search and linear graph algorithms").
pub(super) fn components(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    struct Search<'a> {
        needs: &'a [Vec<usize>],
        index: Vec<Option<usize>>,
        low: Vec<usize>,
        stack: Vec<usize>,
        is_on_stack: Vec<bool>,
        count: usize,
        found: Vec<Vec<usize>>,
    }

    impl Search<'_> {
        fn visit(&mut self, node: usize) {
            self.index[node] = Some(self.count);
            self.low[node] = self.count;
            self.count += 1;
            self.stack.push(node);
            self.is_on_stack[node] = true;
            let needs = self.needs;
            for &other in &needs[node] {
                match self.index[other] {
                    None => {
                        self.visit(other);
                        self.low[node] = self.low[node].min(self.low[other]);
                    }
                    Some(index) if self.is_on_stack[other] => self.low[node] = self.low[node].min(index),
                    Some(_) => {}
                }
            }
            if Some(self.low[node]) == self.index[node] {
                let mut component = Vec::new();
                while let Some(other) = self.stack.pop() {
                    self.is_on_stack[other] = false;
                    component.push(other);
                    if other == node {
                        break;
                    }
                }
                self.found.push(component);
            }
        }
    }

    let count = needs.len();
    let mut search = Search {
        needs,
        index: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        is_on_stack: vec![false; count],
        count: 0,
        found: Vec::new(),
    };
    for node in 0..count {
        if search.index[node].is_none() {
            search.visit(node);
        }
    }
    search.found
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn components_come_after_what_they_need() {
        let mut found = components(&[vec![1], vec![2, 3], vec![1], vec![], vec![0, 4]]);
        found.iter_mut().for_each(|rows| rows.sort_unstable());
        assert_eq!(found, [vec![3], vec![1, 2], vec![0], vec![4]]);
    }
}
