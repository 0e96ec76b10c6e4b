//! The table of progress: a line for each chain, as wide as the terminal allows.

use std::time::Duration;

use super::ChainProgress;
use crate::statistics::StatisticsRow;

/// The number of columns beside the bar.
const COLUMNS: usize = 6;
/// The columns in the order in which a narrow terminal keeps them: chain, iteration, time left, failed steps, scale,
/// evaluations.
const KEPT_FIRST: [usize; COLUMNS] = [0, 1, 5, 2, 3, 4];
/// The space between two columns.
const GAP: usize = 2;
/// The shortest and the longest bar.
const BAR: (usize, usize) = (8, 30);

/// The headings, which depend on the sampler, and their widths.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    headings: [&'static str; COLUMNS],
    widths: [usize; COLUMNS],
}

/// What a line tells beside the state of the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Evaluations an iteration.
    pub(super) evaluations: f64,
    /// Time to the end; none of a chain that has ended.
    pub(super) left: Option<Duration>,
}

impl Table {
    /// The table of the sampler that tells this.
    pub(super) fn of(progress: &ChainProgress<'_>) -> Self {
        let has = |column| progress.statistics.get(column).is_some();
        let scale = if has("step_size") {
            "step size"
        } else if has("proposal_scale") {
            "scale"
        } else {
            ""
        };
        let failed = if has("diverging") { "divergences" } else { "failed steps" };
        let evaluations =
            if progress.evaluations.gradients >= progress.evaluations.values { "grad/draw" } else { "eval/draw" };
        let headings = ["chain", "iteration", failed, scale, evaluations, "time left"];
        let mut widths = headings.map(str::len);
        widths[1] = widths[1].max(2 * progress.last_iteration.to_string().len() + 1);
        // As wide as `1.23e-10`.
        widths[3] = if scale.is_empty() { 0 } else { widths[3].max(8) };
        Self { headings, widths }
    }

    /// The line of the headings.
    pub(super) fn heading(&self, width: usize) -> String {
        self.line(&self.headings.map(str::to_owned), None, width)
    }

    /// The line of a chain.
    pub(super) fn row(&self, progress: &ChainProgress<'_>, pace: Pace, width: usize) -> String {
        let ChainProgress { chain, iteration, last_iteration, is_warmup, failed_steps, elapsed, statistics, .. } =
            *progress;
        let cells = [
            chain.to_string(),
            format!("{iteration}/{last_iteration}"),
            // Failed steps of the warm-up teach the sampler, and do not count.
            if is_warmup { "warm-up".to_owned() } else { failed_steps.to_string() },
            scale(statistics).map(number).unwrap_or_default(),
            number(pace.evaluations),
            pace.left.map_or_else(|| format!("in {}", brief(elapsed)), brief),
        ];
        let share = iteration as f64 / last_iteration.max(1) as f64;
        self.line(&cells, Some(share), width)
    }

    /// The line of a chain that failed.
    pub(super) fn failure(&self, chain: usize, error: &str, width: usize) -> String {
        let own = self.widths[0];
        let reason = error.lines().next().unwrap_or_default();
        cut(&format!("{chain:<own$}  failed: {reason}"), width)
    }

    fn line(&self, cells: &[String; COLUMNS], share: Option<f64>, width: usize) -> String {
        let mut room = width;
        let mut is_kept = [false; COLUMNS];
        for column in KEPT_FIRST {
            let needed = self.widths[column] + if column == 0 { 0 } else { GAP };
            if self.widths[column] == 0 {
                continue;
            }
            if needed > room {
                break;
            }
            room -= needed;
            is_kept[column] = true;
        }
        let own = self.widths[0];
        let mut line = format!("{:<own$}", cells[0]);
        let bar = room.saturating_sub(GAP).min(BAR.1);
        if bar >= BAR.0 {
            let full = share.map(|share| ((share * bar as f64) as usize).min(bar));
            let drawn = full.map_or_else(|| " ".repeat(bar), |full| "█".repeat(full) + &"░".repeat(bar - full));
            line.extend([&*" ".repeat(GAP), &*drawn]);
        }
        for column in 1..COLUMNS {
            if is_kept[column] {
                let own = self.widths[column] + GAP;
                line += &format!("{:>own$}", cells[column]);
            }
        }
        cut(&line, width)
    }
}

/// The statistic that tells how the adaptation goes, if the sampler has one.
fn scale(statistics: &dyn StatisticsRow) -> Option<f64> {
    statistics.get("step_size").or_else(|| statistics.get("proposal_scale"))
}

/// The first characters of a text.
fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// `0.312`, `15.2`, `1023`, `1.23e-5`: three digits, or the whole number.
fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || (0.001..10.0).contains(&size) => format!("{value:.3}"),
        size if (10.0..100.0).contains(&size) => format!("{value:.1}"),
        size if (100.0..1e6).contains(&size) => format!("{value:.0}"),
        _ => format!("{value:.2e}"),
    }
}

/// `12s`, `3m05s`, `2h03m`, `4d02h`.
fn brief(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (minutes, hours, days) {
        (0, ..) => format!("{seconds}s"),
        (_, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (.., 0) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Evaluations;

    /// Statistics by name.
    pub(in super::super) struct Named(pub(in super::super) &'static [(&'static str, f64)]);

    impl StatisticsRow for Named {
        fn get(&self, name: &str) -> Option<f64> {
            self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
        }
    }

    pub(in super::super) fn progress() -> ChainProgress<'static> {
        ChainProgress {
            chain: 1,
            iteration: 1200,
            last_iteration: 2000,
            is_warmup: false,
            failed_steps: 2,
            evaluations: Evaluations { gradients: 8120, values: 0 },
            elapsed: Duration::from_millis(12_700),
            statistics: &Named(&[("step_size", 0.312_34), ("diverging", 0.0)]),
        }
    }

    const PACE: Pace = Pace { evaluations: 15.24, left: Some(Duration::from_secs(185)) };

    #[test]
    fn a_line_tells_draws_divergences_step_size_gradients_and_time() {
        let table = Table::of(&progress());
        assert_eq!(
            table.heading(79),
            "chain                   iteration  divergences  step size  grad/draw  time left"
        );
        assert_eq!(
            table.row(&progress(), PACE, 79),
            "1      █████████░░░░░░  1200/2000            2      0.312       15.2      3m05s"
        );
        let warmup = ChainProgress { is_warmup: true, iteration: 20, failed_steps: 0, ..progress() };
        assert_eq!(
            table.row(&warmup, Pace { evaluations: 812.3, ..PACE }, 79),
            "1      ░░░░░░░░░░░░░░░    20/2000      warm-up      0.312        812      3m05s"
        );
        let end = ChainProgress { iteration: 2000, ..progress() };
        assert_eq!(
            table.row(&end, Pace { left: None, ..PACE }, 79),
            "1      ███████████████  2000/2000            2      0.312       15.2     in 12s"
        );
        assert_eq!(table.failure(1, "panicked: boom\nhelp: do not", 30), "1      failed: panicked: boom");
        assert_eq!(table.failure(1, "panicked: boom", 10), "1      fai");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_the_narrow_keep_what_matters() {
        let table = Table::of(&progress());
        for width in 0..200 {
            let lines = [table.heading(width), table.row(&progress(), PACE, width)];
            let lengths = lines.map(|line| line.chars().count());
            assert!(lengths[0] == lengths[1] && lengths[0] <= width, "{width}: {lengths:?}");
        }
        assert_eq!(table.row(&progress(), PACE, 62), "1      1200/2000            2      0.312       15.2      3m05s");
        assert_eq!(table.row(&progress(), PACE, 51), "1      1200/2000            2      0.312      3m05s");
        assert_eq!(table.row(&progress(), PACE, 50), "1      ████░░░░  1200/2000            2      3m05s");
        assert_eq!(table.row(&progress(), PACE, 40), "1      1200/2000            2      3m05s");
        assert_eq!(table.row(&progress(), PACE, 27), "1      1200/2000      3m05s");
        assert_eq!(table.row(&progress(), PACE, 20), "1      1200/2000");
        // The bar is as long as is of use.
        let wide = table.row(&progress(), PACE, 200);
        assert_eq!((wide.chars().count(), wide.matches('█').count(), wide.matches('░').count()), (94, 18, 12));
    }

    #[test]
    fn samplers_have_the_columns_of_their_own() {
        let evaluations = Evaluations { gradients: 1, values: 200 };
        let walk = ChainProgress { statistics: &Named(&[("proposal_scale", 2.0)]), evaluations, ..progress() };
        assert_eq!(Table::of(&walk).heading(62), "chain  iteration  failed steps     scale  eval/draw  time left");
        let plain = ChainProgress { statistics: &Named(&[]), ..progress() };
        assert_eq!(Table::of(&plain).heading(55), "chain  iteration  failed steps  grad/draw  time left");
    }

    #[test]
    fn numbers_and_times_are_short() {
        for (value, expected) in [
            (0.0, "0.000"),
            (0.312_34, "0.312"),
            (9.87, "9.870"),
            (15.24, "15.2"),
            (1023.0, "1023"),
            (1.234e-5, "1.23e-5"),
            (2.5e7, "2.50e7"),
        ] {
            assert_eq!(number(value), expected);
        }
        for (seconds, expected) in
            [(0, "0s"), (59, "59s"), (185, "3m05s"), (7_380, "2h03m"), (4 * 86_400 + 7_300, "4d02h")]
        {
            assert_eq!(brief(Duration::from_secs(seconds)), expected);
        }
    }
}
