//! Values that show themselves in a notebook with the kernel evcxr.

/// Prints contents for evcxr, which takes them from the standard output between two marks.
///
/// # Reference
/// <https://github.com/evcxr/evcxr/blob/main/evcxr_jupyter/README.md>, "Custom output".
pub(crate) fn show(mime: &str, contents: &str) {
    #[allow(clippy::print_stdout, reason = "the protocol of evcxr")]
    {
        println!("{}", block(mime, contents));
    }
}

fn block(mime: &str, contents: &str) -> String {
    format!("EVCXR_BEGIN_CONTENT {mime}\n{contents}\nEVCXR_END_CONTENT")
}

/// Text as HTML has it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{block, escaped};

    #[test]
    fn contents_between_marks() {
        assert_eq!(block("text/html", "<b>1</b>"), "EVCXR_BEGIN_CONTENT text/html\n<b>1</b>\nEVCXR_END_CONTENT");
        assert_eq!(escaped("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
    }
}
