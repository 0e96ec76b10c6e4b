//! The room that text takes, without a font: the widths of DejaVu Sans, which is wider than most.

/// Width of a text of this height.
pub(super) fn width(text: &str, size: f64) -> f64 {
    size * text.chars().map(advance).sum::<f64>()
}

/// Width of a character in units of its height.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '\'' => 0.28,
        ' ' | '.' | ',' | ':' | ';' | '|' | 'I' | '/' | '\\' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '!' | '-' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.98,
        'G' | 'O' | 'Q' | 'D' | 'N' | 'H' | 'U' | '+' | '=' | '−' | '<' | '>' | '~' | '±' => 0.84,
        'A'..='Z' | '0'..='9' => 0.66,
        'c' | 'k' | 's' | 'x' | 'z' | 'v' | 'y' => 0.58,
        _ if character.is_ascii() => 0.63,
        _ => 0.72,
    }
}

/// The text, shortened in its middle if it would be wider.
pub(super) fn fit(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    for kept in (2..characters.len()).rev() {
        let (front, back) = (kept.div_ceil(2), kept / 2);
        let shortened: String =
            characters[..front].iter().chain(&['…']).chain(&characters[characters.len() - back..]).collect();
        if width(&shortened, size) <= most {
            return shortened;
        }
    }
    "…".to_owned()
}

/// The text in lines of at most this width, broken between words.
pub(super) fn wrap(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(word, size) + size * advance(' ') <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{fit, width, wrap};

    #[test]
    fn long_text_is_shortened_and_broken() {
        assert_eq!(fit("theta[7]", 10.0, 100.0), "theta[7]");
        let short = fit("a_very_long_name_of_a_site[12]", 10.0, 90.0);
        assert!(short.starts_with("a_ver") && short.ends_with("[12]") && width(&short, 10.0) <= 90.0, "{short}");
        assert_eq!(fit("x", 10.0, 0.0), "…");
        assert_eq!(wrap("one two three", 10.0, width("one two", 10.0) + 0.1), ["one two", "three"]);
        assert!(wrap("", 10.0, 1.0).is_empty());
    }
}
