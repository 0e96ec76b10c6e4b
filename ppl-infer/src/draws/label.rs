//! Labels of scalar components: `mu`, `theta[3]`, `L[1, 0]`, counted from 0; of families of sites `level_2`, `w_0_1[3]`.

/// The label of a component.
///
/// The first axes of a family are those of the indices in the names of its sites; `first` has the index of the first
/// member along each.
pub(super) fn write(name: &str, first: &[usize], index: &[usize]) -> String {
    let (members, own) = index.split_at(first.len());
    let mut label = name.to_owned();
    for (member, first) in members.iter().zip(first) {
        label += &format!("_{}", member + first);
    }
    if !own.is_empty() {
        let positions: Vec<String> = own.iter().map(usize::to_string).collect();
        label += &format!("[{}]", positions.join(", "));
    }
    label
}

/// The index of a component by its label; none if it is that of no component of this shape. Spaces do not matter.
pub(super) fn parse(label: &str, name: &str, first: &[usize], shape: &[usize]) -> Option<Vec<usize>> {
    let label = label.replace(' ', "");
    let rest = label.strip_prefix(&name.replace(' ', ""))?;
    let (members, own) = match rest.split_once('[') {
        Some((members, own)) => (members, own.strip_suffix(']')?.split(',').collect()),
        None => (rest, Vec::new()),
    };
    let mut index = Vec::with_capacity(shape.len());
    let mut members = members.split('_');
    if !members.next()?.is_empty() {
        return None;
    }
    for first in first {
        index.push(parse_index(members.next()?)?.checked_sub(*first)?);
    }
    if members.next().is_some() {
        return None;
    }
    for position in own {
        index.push(parse_index(position)?);
    }
    let is_inside = index.len() == shape.len() && index.iter().zip(shape).all(|(at, length)| at < length);
    is_inside.then_some(index)
}

/// An index as it is printed: digits without a sign or leading zeros.
pub(super) fn parse_index(text: &str) -> Option<usize> {
    let is_canonical = text == "0" || !text.starts_with('0');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_canonical && is_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{parse, write};

    #[test]
    fn labels_are_read_as_they_are_written() {
        for (name, first, shape) in [
            ("mu", &[][..], &[][..]),
            ("theta", &[], &[3]),
            ("L", &[], &[2, 3]),
            ("w", &[1, 0], &[2, 3, 2]),
            ("a_b", &[7], &[2]),
        ] {
            for index in ndarray::indices(shape) {
                let index = ndarray::Dimension::slice(&index).to_vec();
                let label = write(name, first, &index);
                assert_eq!(parse(&label, name, first, shape), Some(index), "{label}");
            }
        }
        assert_eq!(write("w", &[1, 0], &[1, 2, 0]), "w_2_2[0]");
        assert_eq!(parse("L[1,0]", "L", &[], &[2, 3]), Some(vec![1, 0]));
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
            "thet[0]",
            "theta_0",
        ] {
            assert_eq!(parse(label, "theta", &[], &[3]), None, "{label}");
        }
        for label in ["level", "level_0", "level_3", "level_1_0", "level_1[0]", "levels_1"] {
            assert_eq!(parse(label, "level", &[1], &[2]), None, "{label}");
        }
    }
}
