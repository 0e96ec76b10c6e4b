//! The checks of a guide against its model, made by the compiler: `#[guide]` expands to constants that call them, and a
//! panic while a constant is evaluated is an error of compilation, with the panic's message.

use crate::site::{SiteInfo, SiteKind, edit_distance};

/// Fails to compile if `site`, which a guide samples, is not a latent site of its model.
///
/// An open model has sites that are not in its list; then a site is wrong only if the list has it as one of another kind.
///
/// # Panics
/// Then; the panic is the compiler's message.
#[track_caller]
pub const fn assert_guide_site(model: &str, sites: &[SiteInfo], open: bool, site: &str) {
    let mut place = 0;
    while place < sites.len() {
        if same(sites[place].name, site) {
            let kind = match sites[place].kind {
                SiteKind::Latent => return,
                SiteKind::Observed => "an observed site",
                SiteKind::Param => "a parameter",
                SiteKind::Deterministic => "a deterministic site",
                SiteKind::Factor => "a factor",
                SiteKind::Plate => "a plate",
            };
            let message = Message::new().text("`").text(site).text("` is ").text(kind).text(" of model `").text(model);
            panic!("{}", message.text("`; a guide samples its latent sites").as_str());
        }
        place += 1;
    }
    if open {
        return;
    }
    let message = Message::new().text("model `").text(model).text("` has no site `").text(site).text("`");
    let message = match similar(sites, site) {
        Some(meant) => message.text("; did you mean `").text(meant).text("`?"),
        None => message.text("; its latent sites are ").latent(sites),
    };
    panic!("{}", message.as_str());
}

/// Fails to compile if a guide lacks a latent site of its model.
///
/// If it has a site that the model lacks, this was reported, and may be the one that is missing under a wrong name.
///
/// # Panics
/// Then, with the names of all that it lacks; the panic is the compiler's message.
#[track_caller]
pub const fn assert_guide_covers(model: &str, sites: &[SiteInfo], open: bool, guide: &[SiteInfo]) {
    if !open && !covers(sites, guide) {
        return;
    }
    let mut message = Message::new().text("this guide has no ");
    let mut missing = 0;
    let mut place = 0;
    while place < sites.len() {
        if is_latent(&sites[place]) && !samples(guide, sites[place].name) {
            if missing > 0 {
                message = message.text(" and no ");
            }
            message = message.text("`sample!(\"").text(sites[place].name).text("\", ..)`");
            missing += 1;
        }
        place += 1;
    }
    if missing > 0 {
        let what = if missing == 1 { ", a latent site of model `" } else { ", latent sites of model `" };
        panic!("{}", message.text(what).text(model).text("`").as_str());
    }
}

const fn is_latent(site: &SiteInfo) -> bool {
    matches!(site.kind, SiteKind::Latent)
}

/// Whether each latent site of `inner` is one of `outer`.
const fn covers(outer: &[SiteInfo], inner: &[SiteInfo]) -> bool {
    let mut place = 0;
    while place < inner.len() {
        if is_latent(&inner[place]) && !samples(outer, inner[place].name) {
            return false;
        }
        place += 1;
    }
    true
}

/// Whether the list has a latent site of this name.
const fn samples(sites: &[SiteInfo], name: &str) -> bool {
    let mut place = 0;
    while place < sites.len() {
        if is_latent(&sites[place]) && same(sites[place].name, name) {
            return true;
        }
        place += 1;
    }
    false
}

/// `left == right`, which is not `const`.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut byte = 0;
    while byte < left.len() && byte < right.len() && left[byte] == right[byte] {
        byte += 1;
    }
    byte == left.len() && byte == right.len()
}

/// The latent site whose name is nearest to `name`, if it is near enough to be meant.
const fn similar<'a>(sites: &'a [SiteInfo], name: &str) -> Option<&'a str> {
    let mut nearest = None;
    // As the compiler's own suggestions: a third of the name may be wrong.
    let mut least = if name.len() < 3 { 2 } else { name.len() / 3 + 1 };
    let mut place = 0;
    while place < sites.len() {
        let distance = edit_distance(sites[place].name, name);
        if is_latent(&sites[place]) && distance < least {
            (nearest, least) = (Some(sites[place].name), distance);
        }
        place += 1;
    }
    nearest
}

/// Longest message, in bytes; what does not fit is left out.
const CAPACITY: usize = 1024;

/// Text put together while the compiler evaluates constants, where there is no allocation.
#[derive(Clone, Copy)]
struct Message {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// Adds a text, if all of it fits.
    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if self.length + text.len() <= CAPACITY {
            let mut byte = 0;
            while byte < text.len() {
                self.bytes[self.length + byte] = text[byte];
                byte += 1;
            }
            self.length += text.len();
        }
        self
    }

    /// Adds the names of the latent sites.
    const fn latent(mut self, sites: &[SiteInfo]) -> Self {
        let mut number = 0;
        let mut place = 0;
        while place < sites.len() {
            if is_latent(&sites[place]) {
                self = self.text(if number == 0 { "`" } else { ", `" }).text(sites[place].name).text("`");
                number += 1;
            }
            place += 1;
        }
        if number == 0 { self.text("none") } else { self }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Whole texts were added, so this is one.
            Err(_) => "the guide does not fit its model",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITES: &[SiteInfo] = &[
        SiteInfo::new("weight", SiteKind::Latent),
        SiteInfo::new("tolerance", SiteKind::Latent),
        SiteInfo::new("measurement", SiteKind::Observed),
    ];

    #[track_caller]
    fn message(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(check).unwrap_err().downcast::<String>().unwrap()
    }

    #[test]
    fn sites_of_a_guide() {
        assert_guide_site("scale", SITES, false, "weight");
        assert_guide_site("scale", SITES, true, "x_3");
        assert_eq!(
            message(|| assert_guide_site("scale", SITES, false, "wieght")),
            "model `scale` has no site `wieght`; did you mean `weight`?"
        );
        assert_eq!(
            message(|| assert_guide_site("scale", SITES, false, "x")),
            "model `scale` has no site `x`; its latent sites are `weight`, `tolerance`"
        );
        assert_eq!(
            message(|| assert_guide_site("scale", SITES, true, "measurement")),
            "`measurement` is an observed site of model `scale`; a guide samples its latent sites"
        );
    }

    #[test]
    fn coverage() {
        assert_guide_covers("scale", SITES, false, SITES);
        // Reported as an unknown site.
        assert_guide_covers("scale", SITES, false, &[SiteInfo::new("wieght", SiteKind::Latent)]);
        assert_eq!(
            message(|| assert_guide_covers("scale", SITES, false, &SITES[..1])),
            "this guide has no `sample!(\"tolerance\", ..)`, a latent site of model `scale`"
        );
        assert_eq!(
            message(|| assert_guide_covers("scale", SITES, true, &[])),
            "this guide has no `sample!(\"weight\", ..)` and no `sample!(\"tolerance\", ..)`, latent sites of model `scale`"
        );
    }

    #[test]
    fn a_long_message_is_cut() {
        let message = Message::new().text(&"a".repeat(CAPACITY)).text("b");
        assert_eq!(message.as_str().len(), CAPACITY);
    }
}
