//! The families of sites that become functions of the companion module: `sample!("level_{t}", ..)` becomes `level(t)`.

use syn::Attribute;

use crate::gather::Body;
use crate::parse::indexed_name::IndexedName;
use crate::parse::site_macro::SiteMacro;
use crate::parse::site_name::SiteName;
use crate::rules::constants::Constant;

/// A family of sites.
pub(crate) struct Family {
    pub(crate) which: SiteMacro,
    pub(crate) function: String,
    pub(crate) name: IndexedName,
    pub(crate) cfg: Vec<Attribute>,
}

/// The families that have a name of their own.
///
/// A function is called by the text around the variables, `level`. Where a site or another family is called so too, its
/// name has the variables, `level_t`; where that is taken, there is no function.
pub(super) fn of(body: &Body, constants: &[Constant]) -> Vec<Family> {
    let candidates = candidates(body);
    let others = |own: usize| {
        candidates.iter().enumerate().filter(move |(other, _)| *other != own).map(|(_, candidate)| &candidate.name)
    };
    let is_constant = |name: &str| constants.iter().any(|constant| constant.text == name);
    let function = |own: usize, name: &IndexedName| {
        let is_short_taken = |short: &str| others(own).any(|other| other.family().as_deref() == Some(short));
        let is_long_taken = |long: &str| others(own).any(|other| other.family_and_variables().as_deref() == Some(long));
        let short = name.family().filter(|short| !is_constant(short) && !is_short_taken(short));
        short.or_else(|| {
            name.family_and_variables()
                .filter(|long| !is_constant(long) && !is_short_taken(long) && !is_long_taken(long))
        })
    };
    let families = candidates.iter().enumerate().filter_map(|(own, Candidate { which, name, cfg, has_one_kind })| {
        let function = function(own, name).filter(|_| *has_one_kind)?;
        Some(Family { which: *which, function, name: name.clone(), cfg: cfg.clone() })
    });
    families.collect()
}

/// The sites whose names are alike.
struct Candidate {
    which: SiteMacro,
    name: IndexedName,
    /// What may switch it off. Where the sites differ in it, the function is there in any case: it only makes a name.
    cfg: Vec<Attribute>,
    has_one_kind: bool,
}

fn candidates(body: &Body) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for site in body.sites.iter().filter(|site| site.is_of_the_model() && site.which.kind().is_some()) {
        let Some(SiteName::Indexed(name)) = site.name() else { continue };
        let (which, cfg) = (site.which, &site.around.cfg);
        match candidates.iter_mut().find(|candidate| candidate.name.is_alike(name)) {
            Some(known) => {
                known.has_one_kind &= known.which == which;
                if known.cfg != *cfg {
                    known.cfg.clear();
                }
            }
            None => candidates.push(Candidate { which, name: name.clone(), cfg: cfg.clone(), has_one_kind: true }),
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use crate::errors::Errors;
    use crate::gather::gather;
    use crate::rules::constants;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let mut errors = Errors::default();
        let body = gather(syn::parse_str(body).unwrap(), &syn::parse_quote!(()), &mut errors);
        assert!(errors.into_texts().is_empty());
        let families = super::of(&body, &constants::once_each(&body));
        assert_eq!(families.iter().map(|family| family.function.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn functions() {
        check(
            r#"{ sample!("level_{t}", d); observe!("w_{i}_{j:02}", d, y); plate!("{i}_rows", 3, {}); }"#,
            &["level", "w", "rows"],
        );
        check(r#"{ call!("part_{i}", part()); sample!("{t:02}", d); |i| sample!("x_{i}", d); }"#, &[]);
    }

    #[test]
    fn names_that_are_taken() {
        check(r#"{ sample!("level", d); sample!("level_{t}", d); }"#, &["level_t"]);
        check(r#"{ sample!("x_{i}", d); sample!("x_{i}_{j}", d); }"#, &["x_i", "x_i_j"]);
        check(r#"{ sample!("x", d); sample!("x_i", d); sample!("x_{i}", d); }"#, &[]);
        // One family in several arms; of different kinds, it has no function.
        check(r#"{ if early { sample!("x_{i}", d); } else { sample!("x_{k}", d); } }"#, &["x"]);
        check(r#"{ if early { sample!("x_{i}", d); } else { observe!("x_{i}", d, y); } }"#, &[]);
    }
}
