//! Time: how it passes here, what it is at the service, and what a person should know of both.

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use super::msg::{Level, Notice};

/// Clocks that differ by less are as good as the same.
const WORTH_SAYING: TimeDelta = TimeDelta::seconds(5);

/// So far back a clock does not go by itself: somebody has put it right.
const PUT_BACK: TimeDelta = TimeDelta::seconds(5);

impl App {
    /// It is now so late here. If this machine's clock was put back, whatever was dated by it is put
    /// back with it, so that nothing on screen waits until the old time comes round again.
    pub(super) fn passes(&mut self, now: DateTime<Utc>) {
        let back = self.now.signed_duration_since(now);
        if back < PUT_BACK {
            self.now = self.now.max(now);
            return;
        }
        let earlier = |at: DateTime<Utc>| at.checked_sub_signed(back).unwrap_or(at);
        self.now = now;
        self.link_at = earlier(self.link_at);
        self.answered_at = self.answered_at.map(earlier);
        if let Some((_, since)) = &mut self.notice {
            *since = earlier(*since);
        }
        self.requests.put_back(back);
        self.ahead.put_back(back);
    }

    /// The service's clock shows this time; said once where this machine's shows quite another.
    pub(super) fn clock_is(&mut self, service: DateTime<Utc>, at: DateTime<Utc>) {
        self.passes(at);
        self.ahead.is_told(service, at);
        let ahead = self.ahead.told().unwrap_or_default();
        let differs = ahead.abs() >= WORTH_SAYING;
        if differs && !self.told_clock {
            let way = if ahead > TimeDelta::zero() {
                "behind"
            } else {
                "ahead of"
            };
            let told = Notice::new(
                Level::Warning,
                format!(
                    "this machine's clock is {} {way} the service's: ages are by the service's clock",
                    roughly(ahead.abs())
                ),
            );
            if self.notice.is_none() {
                self.say(told);
            } else {
                self.notices.insert(0, told);
            }
        }
        self.told_clock = differs;
    }
}

/// A length of time in one figure.
fn roughly(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_one_figure() {
        let told = |seconds| roughly(TimeDelta::seconds(seconds));
        assert_eq!(told(5), "5 s");
        assert_eq!(told(170), "3 min");
        assert_eq!(told(3_600), "60 min");
        assert_eq!(told(36_000), "10 h");
        assert_eq!(told(864_000), "10 days");
    }
}
