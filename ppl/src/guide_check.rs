//! The checks of a guide against its model, made by the compiler: `#[guide]` expands to constants that call them, and a
//! panic while a constant is evaluated is an error of compilation, with the panic's message.

use crate::site::{SiteInfo, SiteKind, edit_distance};

/// Fails to compile if `site`, which a guide samples, is not a latent site of its model.
///
/// An open model has sites that are not in its list; then a site is wrong only if the list has it as one of another kind.
///
/// # Panics
/// If the site is wrong; the panic is the compiler's message.
#[track_caller]
pub const fn assert_guide_site(model: &str, sites: &[SiteInfo], open: bool, site: &str) {
    match kind_of(sites, site) {
        Some(SiteKind::Latent) => {}
        Some(kind) => {
            let message = wrong_kind(model, site, kind);
            panic!("{}", message.text("\nhelp: leave it out; a guide samples the latent sites of its model").as_str());
        }
        None if open => {}
        None => panic!("{}", unknown(model, sites, site).as_str()),
    }
}

/// Fails to compile if `site`, which a condition gives where the guide is used, cannot be conditioned: if it is not a
/// latent site of the model.
///
/// # Panics
/// If the site is wrong; the panic is the compiler's message.
#[track_caller]
pub const fn assert_given_site(model: &str, sites: &[SiteInfo], open: bool, site: &str) {
    match kind_of(sites, site) {
        Some(SiteKind::Latent) => {}
        Some(kind) => {
            let message = wrong_kind(model, site, kind);
            panic!("{}", message.text("\nhelp: leave it out of `given`; only latent sites are conditioned").as_str());
        }
        None if open => {}
        None => panic!("{}", unknown(model, sites, site).as_str()),
    }
}

/// Fails to compile if a guide lacks a latent site of its model that is not `given` by a condition.
///
/// If it has a site that the model lacks, this was reported, and may be the one that is missing under a wrong name.
///
/// # Panics
/// If sites are missing, with the names of all of them; the panic is the compiler's message.
#[track_caller]
pub const fn assert_guide_covers(model: &str, sites: &[SiteInfo], open: bool, guide: &[SiteInfo], given: &[&str]) {
    if !open && !covers(sites, guide) {
        return;
    }
    let (mut names, mut samples, mut conditioned) = (Message::new(), Message::new(), Message::new());
    let mut at = 0;
    while at < given.len() {
        conditioned = conditioned.text(given[at]).text(", ");
        at += 1;
    }
    let mut missing = 0;
    let mut at = 0;
    while at < sites.len() {
        let name = sites[at].name;
        if is_latent(&sites[at]) && !is_sampled(guide, name) && !contains(given, name) {
            let (and, comma) = if missing > 0 { (" and ", ", ") } else { ("", "") };
            names = names.text(and).text("`").text(name).text("`");
            samples = samples.text(and).text("`sample!(\"").text(name).text("\", ..)`");
            conditioned = conditioned.text(comma).text(name);
            missing += 1;
        }
        at += 1;
    }
    if missing == 0 {
        return;
    }
    let (what, they_are) = if missing == 1 { ("a latent site", "it is") } else { ("latent sites", "they are") };
    let message = Message::new().text("this guide does not sample ").text(names.as_str()).text(", ").text(what);
    let message = message.text(" of model `").text(model).text("`\nhelp: add ").text(samples.as_str());
    let message = message.text("\nhelp: if ").text(they_are).text(" conditioned, say `#[guide(").text(model);
    panic!("{}", message.text(", given = [").text(conditioned.as_str()).text("])]`").as_str());
}

const fn kind_of(sites: &[SiteInfo], name: &str) -> Option<SiteKind> {
    let mut at = 0;
    while at < sites.len() {
        if same(sites[at].name, name) {
            return Some(sites[at].kind);
        }
        at += 1;
    }
    None
}

const fn wrong_kind(model: &str, site: &str, kind: SiteKind) -> Message {
    let kind = match kind {
        SiteKind::Latent => "a latent site",
        SiteKind::Observed => "an observed site",
        SiteKind::Param => "a parameter",
        SiteKind::Deterministic => "a deterministic site",
        SiteKind::Factor => "a factor",
        SiteKind::Plate => "a plate",
    };
    Message::new().text("`").text(site).text("` is ").text(kind).text(" of model `").text(model).text("`")
}

const fn unknown(model: &str, sites: &[SiteInfo], site: &str) -> Message {
    let message = Message::new().text("model `").text(model).text("` has no site `").text(site).text("`\nhelp: ");
    match similar(sites, site) {
        Some(meant) => message.text("did you mean `").text(meant).text("`?"),
        None => message.text("its latent sites are ").latent(sites),
    }
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if same(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_latent(site: &SiteInfo) -> bool {
    matches!(site.kind, SiteKind::Latent)
}

/// Whether each latent site of `inner` is one of `outer`.
const fn covers(outer: &[SiteInfo], inner: &[SiteInfo]) -> bool {
    let mut at = 0;
    while at < inner.len() {
        if is_latent(&inner[at]) && !is_sampled(outer, inner[at].name) {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether the list has a latent site of this name.
const fn is_sampled(sites: &[SiteInfo], name: &str) -> bool {
    let mut at = 0;
    while at < sites.len() {
        if is_latent(&sites[at]) && same(sites[at].name, name) {
            return true;
        }
        at += 1;
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
    let mut at = 0;
    while at < sites.len() {
        let distance = edit_distance(sites[at].name, name);
        if is_latent(&sites[at]) && distance < least {
            (nearest, least) = (Some(sites[at].name), distance);
        }
        at += 1;
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
        let mut at = 0;
        while at < sites.len() {
            if is_latent(&sites[at]) {
                self = self.text(if number == 0 { "`" } else { ", `" }).text(sites[at].name).text("`");
                number += 1;
            }
            at += 1;
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
            "model `scale` has no site `wieght`\nhelp: did you mean `weight`?"
        );
        assert_eq!(
            message(|| assert_guide_site("scale", SITES, false, "x")),
            "model `scale` has no site `x`\nhelp: its latent sites are `weight`, `tolerance`"
        );
        assert_eq!(
            message(|| assert_guide_site("scale", SITES, true, "measurement")),
            "`measurement` is an observed site of model `scale`\nhelp: leave it out; a guide samples the latent sites of its \
             model"
        );
    }

    #[test]
    fn given_sites() {
        assert_given_site("scale", SITES, false, "weight");
        assert_given_site("scale", SITES, true, "x");
        assert_eq!(
            message(|| assert_given_site("scale", SITES, false, "wieght")),
            "model `scale` has no site `wieght`\nhelp: did you mean `weight`?"
        );
        assert_eq!(
            message(|| assert_given_site("scale", SITES, true, "measurement")),
            "`measurement` is an observed site of model `scale`\nhelp: leave it out of `given`; only latent sites are \
             conditioned"
        );
    }

    #[test]
    fn coverage() {
        assert_guide_covers("scale", SITES, false, SITES, &[]);
        assert_guide_covers("scale", SITES, false, &SITES[..1], &["tolerance"]);
        assert_guide_covers("scale", SITES, false, &[], &["tolerance", "weight"]);
        // Reported as an unknown site.
        assert_guide_covers("scale", SITES, false, &[SiteInfo::new("wieght", SiteKind::Latent)], &[]);
        assert_eq!(
            message(|| assert_guide_covers("scale", SITES, false, &SITES[..1], &[])),
            "this guide does not sample `tolerance`, a latent site of model `scale`\n\
             help: add `sample!(\"tolerance\", ..)`\n\
             help: if it is conditioned, say `#[guide(scale, given = [tolerance])]`"
        );
        assert_eq!(
            message(|| assert_guide_covers("scale", SITES, true, &[], &["x"])),
            "this guide does not sample `weight` and `tolerance`, latent sites of model `scale`\n\
             help: add `sample!(\"weight\", ..)` and `sample!(\"tolerance\", ..)`\n\
             help: if they are conditioned, say `#[guide(scale, given = [x, weight, tolerance])]`"
        );
    }

    #[test]
    fn a_long_message_is_cut() {
        let message = Message::new().text(&"a".repeat(CAPACITY)).text("b");
        assert_eq!(message.as_str().len(), CAPACITY);
    }
}
