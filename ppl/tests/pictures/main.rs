//! The pictures of the documentation: densities, masses and draws, as the library itself computes them.
//!
//! A picture that is new or has changed is written by `UPDATE_EXPECT=1 cargo test -p ppl --test pictures`. Its page shows it
//! by the line `#[doc = include_str!("../../../doc/distribution/Gumbel.svg")]` below the first sentence.
//!
//! The text of a picture is the same on every platform: coordinates are rounded to tenths of a pixel, with halves that do not
//! depend on the last digit, and draws are those of a seed.

mod axis;
mod catalogue;
mod contour;
mod curve;
mod figure;
mod pages;
mod svg;
mod thin;

use expect_test::expect_file;

/// The most bytes that a picture has: it is a part of its page, and of what the compiler reads.
const SIZE: usize = 7500;

#[test]
fn pictures_are_up_to_date_and_small() {
    let mut large = Vec::new();
    for (folder, pictures) in [("bijector", catalogue::of_bijectors()), ("distribution", catalogue::of_distributions())]
    {
        for picture in pictures {
            expect_file![format!("../../doc/{folder}/{}.svg", picture.name)].assert_eq(&picture.svg);
            if picture.svg.len() > SIZE {
                large.push((picture.name, picture.svg.len()));
            }
        }
    }
    assert!(large.is_empty(), "pictures with more than {SIZE} bytes: {large:?}");
}
