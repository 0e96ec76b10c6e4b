//! Labels of scalar components: `mu`, `theta[3]`, `L[1, 0]`, counted from 0, `theta[Choate]` along an axis whose
//! members have names; of families of sites `level_2`, `w_0_1[3]`.

use ppl::Levels;

use super::Dim;

/// The label of a component.
///
/// The first axes of a family are those of the indices in the names of its sites; `first` has the index of the first
/// member along each. `dims` are those of all axes, or none.
pub(super) fn write(name: &str, first: &[usize], dims: &[Option<Dim>], index: &[usize]) -> String {
    let (members, own) = index.split_at(first.len());
    let mut label = name.to_owned();
    for (member, first) in members.iter().zip(first) {
        label += &format!("_{}", member + first);
    }
    if !own.is_empty() {
        let position = |(axis, index): (usize, &usize)| match levels(dims, first.len() + axis) {
            Some(levels) => levels.get(*index).map_or_else(|| index.to_string(), String::clone),
            None => index.to_string(),
        };
        let positions: Vec<String> = own.iter().enumerate().map(position).collect();
        label += &format!("[{}]", positions.join(", "));
    }
    label
}

/// The names of the members along an axis.
fn levels(dims: &[Option<Dim>], axis: usize) -> Option<&Levels> {
    dims.get(axis)?.as_ref()?.levels()
}

/// The index of a component by its label; none if it is that of no component of this shape. Spaces do not matter but in
/// names of members.
///
/// Along an axis whose members have names only these count: a member may be called `0` and not be the first.
pub(super) fn parse(
    label: &str,
    name: &str,
    first: &[usize],
    dims: &[Option<Dim>],
    shape: &[usize],
) -> Option<Vec<usize>> {
    let (head, own) = match label.split_once('[') {
        Some((head, own)) => (head, Some(own.trim_end().strip_suffix(']')?)),
        None => (label, None),
    };
    let head = head.replace(' ', "");
    let members = head.strip_prefix(&name.replace(' ', ""))?;
    let mut index = Vec::with_capacity(shape.len());
    let mut members = members.split('_');
    if !members.next()?.is_empty() {
        return None;
    }
    for (first, length) in first.iter().zip(shape) {
        let member = parse_index(members.next()?)?.checked_sub(*first)?;
        index.push((member < *length).then_some(member)?);
    }
    if members.next().is_some() {
        return None;
    }
    match own {
        None => (index.len() == shape.len()).then_some(index),
        Some(own) => {
            let mut found = Vec::new();
            positions(own, dims, shape, &mut index, &mut found);
            // Names with commas in them may be read in two ways.
            if let [index] = found.as_slice() { Some(index.clone()) } else { None }
        }
    }
}

/// All ways to read `text` as positions along the axes that follow those of `index`.
fn positions(text: &str, dims: &[Option<Dim>], shape: &[usize], index: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    let axis = index.len();
    let Some(&length) = shape.get(axis) else { return };
    let is_last = axis + 1 == shape.len();
    let text = text.trim();
    let mut go_on = |position: usize, rest: &str, index: &mut Vec<usize>| {
        index.push(position);
        match rest.trim_start() {
            "" if is_last => found.push(index.clone()),
            rest if !is_last && rest.starts_with(',') => positions(&rest[1..], dims, shape, index, found),
            _ => {}
        }
        index.pop();
    };
    match levels(dims, axis) {
        Some(levels) => {
            for (position, level) in levels.iter().enumerate() {
                if let Some(rest) = text.strip_prefix(level.trim()) {
                    go_on(position, rest, index);
                }
            }
        }
        None => {
            let (own, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
            if let Some(position) = parse_index(own.trim_end()).filter(|&position| position < length) {
                go_on(position, rest, index);
            }
        }
    }
}

/// An index as it is printed: digits without a sign or leading zeros.
pub(super) fn parse_index(text: &str) -> Option<usize> {
    let is_canonical = text == "0" || !text.starts_with('0');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_canonical && is_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use ppl::Levels;

    use super::{parse, write};
    use crate::draws::Dim;

    fn dim(names: &[&str]) -> Option<Dim> {
        Some(Dim::with_levels("plate", Levels::new(names.iter().copied()).unwrap()))
    }

    #[test]
    fn labels_are_read_as_they_are_written() {
        for (name, first, dims, shape) in [
            ("mu", &[][..], &[][..], &[][..]),
            ("theta", &[], &[], &[3]),
            ("L", &[], &[], &[2, 3]),
            ("w", &[1, 0], &[], &[2, 3, 2]),
            ("a_b", &[7], &[], &[2]),
            ("theta", &[], &[dim(&["Choate", "St. Paul's", "Phillips [Exeter], NH"])], &[3]),
            ("theta", &[], &[dim(&["a", "a, b", "a, c"]), None], &[3, 12]),
            // Names that are digits are no positions.
            ("year", &[], &[dim(&["1", "0", "10"]), dim(&["x", "xy"])], &[3, 2]),
            ("w", &[1], &[None, dim(&["u", "v"])], &[2, 2]),
        ] {
            for index in ndarray::indices(shape) {
                let index = ndarray::Dimension::slice(&index).to_vec();
                let label = write(name, first, dims, &index);
                assert_eq!(parse(&label, name, first, dims, shape), Some(index), "{label}");
            }
        }
        assert_eq!(write("w", &[1, 0], &[], &[1, 2, 0]), "w_2_2[0]");
        assert_eq!(write("theta", &[], &[dim(&["a", "b"]), None], &[1, 4]), "theta[b, 4]");
        assert_eq!(parse("L[1,0]", "L", &[], &[], &[2, 3]), Some(vec![1, 0]));
        assert_eq!(parse("theta[b,4]", "theta", &[], &[dim(&["a", "b"]), None], &[2, 5]), Some(vec![1, 4]));
    }

    #[test]
    fn what_is_no_component_has_no_index() {
        for label in [
            "theta",
            "theta[3]",
            "theta[-1]",
            "theta[+1]",
            "theta[01]",
            "theta[1",
            "theta[0, 0]",
            "theta[]",
            "theta[0,]",
            "thet[0]",
            "theta_0",
        ] {
            assert_eq!(parse(label, "theta", &[], &[], &[3]), None, "{label}");
        }
        for label in ["level", "level_0", "level_3", "level_1_0", "level_1[0]", "levels_1"] {
            assert_eq!(parse(label, "level", &[1], &[], &[2]), None, "{label}");
        }
        for label in ["theta[0]", "theta[c]", "theta[A]", "theta[a, b]", "theta[a]]", "theta"] {
            assert_eq!(parse(label, "theta", &[], &[dim(&["a", "b"])], &[2]), None, "{label}");
        }
        // `a, a, a` is (`a, a`, `a`) and (`a`, `a, a`).
        let names = dim(&["a", "a, a"]);
        assert_eq!(parse("theta[a, a, a]", "theta", &[], &[names.clone(), names], &[2, 2]), None);
    }
}
