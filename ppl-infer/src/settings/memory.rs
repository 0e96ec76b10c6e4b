//! The memory that results need, compared with that of the machine before anything is drawn.

use std::fs;
use std::sync::OnceLock;

use super::InvalidSetting;
use crate::Result;

/// Bytes of a number.
const NUMBER: u128 = size_of::<f64>() as u128;

/// An error if `count` times so many numbers each cannot be held: more than the memory that the machine has, as far as that
/// is known (on Linux), or than a process can address.
///
/// What the system has promised to others is not looked at, and neither is swap space. `others` are further factors of the
/// total, as the number of chains.
pub(crate) fn require_memory(parameter: &'static str, count: u64, numbers_each: u64, others: u64) -> Result<()> {
    let factors = [numbers_each, others].map(u128::from);
    let bytes = factors.into_iter().fold(NUMBER.saturating_mul(u128::from(count)), u128::saturating_mul);
    let available = physical_memory().unwrap_or(u128::MAX).min(isize::MAX as u128);
    if bytes <= available { Ok(()) } else { Err(too_large(parameter, count, bytes, available).into()) }
}

/// An empty vector with the capacity for `elements`, or an error that names the setting.
pub(crate) fn reserve<T>(parameter: &'static str, elements: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    match values.try_reserve_exact(elements) {
        Ok(()) => Ok(values),
        Err(_) => {
            let bytes = (elements as u128).saturating_mul(size_of::<T>() as u128);
            let got = format!("{elements}, which needs {} of memory", text(bytes));
            let expected = "small enough for the memory that is left".to_owned();
            Err(InvalidSetting { parameter, expected, got }.into())
        }
    }
}

fn too_large(parameter: &'static str, count: u64, bytes: u128, available: u128) -> InvalidSetting {
    let expected = format!("small enough for {} of memory", text(available));
    InvalidSetting { parameter, expected, got: format!("{count}, which needs {} of memory", text(bytes)) }
}

/// The physical memory in bytes.
fn physical_memory() -> Option<u128> {
    static MEMORY: OnceLock<Option<u128>> = OnceLock::new();
    *MEMORY.get_or_init(|| parse_total(&fs::read_to_string("/proc/meminfo").ok()?))
}

/// `MemTotal:       16384256 kB` in bytes.
fn parse_total(meminfo: &str) -> Option<u128> {
    let rest = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(rest.trim().strip_suffix("kB")?.trim().parse::<u128>().ok()? * 1024)
}

/// `8.0 TB`, in powers of 1000.
fn text(bytes: u128) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if size < 1e4 { format!("{size:.1} {}", UNITS[unit]) } else { format!("{size:.1e} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_names_the_setting_and_the_memory() {
        assert!(require_memory("draws", 1000, 10, 4).is_ok());
        let message = |count, each, others| require_memory("draws", count, each, others).unwrap_err().to_string();
        let text = message(1 << 60, 1, 1);
        assert!(text.starts_with("`draws` must be small enough for "), "{text}");
        assert!(text.ends_with("of memory, got 1152921504606846976, which needs 9.2 EB of memory"), "{text}");
        // Beyond what any integer holds.
        assert!(message(u64::MAX, u64::MAX, u64::MAX).contains(" EB of memory"));
        assert!(reserve::<f64>("draws", usize::MAX).unwrap_err().to_string().starts_with("`draws` must be small"));
        assert!(reserve::<f64>("draws", 10).unwrap().capacity() >= 10);
    }

    #[test]
    fn sizes_and_the_total_are_read_and_written() {
        assert_eq!(parse_total("MemTotal:       16384256 kB\nMemFree: 1 kB\n"), Some(16_384_256 * 1024));
        assert_eq!(parse_total("MemFree: 1 kB\n"), None);
        for (bytes, expected) in [(0, "0.0 B"), (999, "999.0 B"), (1500, "1.5 kB"), (8_000_000_000_000, "8.0 TB")] {
            assert_eq!(text(bytes), expected);
        }
        assert_eq!(text(u128::MAX), "3.4e20 EB");
    }
}
