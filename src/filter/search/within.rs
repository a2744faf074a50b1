//! The stretch of creation times that a search keeps to, so that nothing beyond it has to be read.

use chrono::{DateTime, Utc};

use super::{Criterion, Search, Standpoint, edit};
use crate::filter::{Comparison, Expr};

impl Search {
    /// From when on, and before when, calls must have been created to pass, seen from a standpoint.
    /// Each is missing where the search does not say so of every call.
    pub fn created_within(
        &self,
        at: &Standpoint,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let bounds = edit::parts(self).iter().filter_map(|part| match part {
            Expr::Restriction(restriction) => match &restriction.condition {
                Criterion::Created(comparison, times) if *comparison != Comparison::NotEqual => {
                    Some(times.stretch(at).bounds(*comparison))
                }
                _ => None,
            },
            Expr::And { .. } | Expr::Or { .. } | Expr::Not { .. } => None,
        });
        bounds.fold((None, None), |(from, before), (start, end)| {
            let from = from.into_iter().chain(start).max();
            (from, before.into_iter().chain(end).min())
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing("", None, None)]
    #[case::no_time("failed", None, None)]
    #[case::since("failed since:2h", Some("2026-11-23T01:03:22Z"), None)]
    #[case::a_day(
        "2026-11-23",
        Some("2026-11-23T00:00:00Z"),
        Some("2026-11-24T00:00:00Z")
    )]
    #[case::the_narrowest(
        "since:2h created > -1h until:10m",
        Some("2026-11-23T02:03:22.000000001Z"),
        Some("2026-11-23T02:53:22.000000001Z")
    )]
    #[case::within_or("since:2h OR failed", None, None)]
    #[case::not("NOT since:2h", None, None)]
    #[case::unequal("created != 2026-11-23", None, None)]
    fn bounds_are_those_of_every_call(
        #[case] text: &str,
        #[case] from: Option<&str>,
        #[case] before: Option<&str>,
    ) {
        let at = Standpoint {
            now: "2026-11-23T03:03:22Z".parse().unwrap(),
            zone: chrono_tz::UTC,
        };
        let time = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let search = Search::parse(text).unwrap();
        assert_eq!(search.created_within(&at), (time(from), time(before)));
    }
}
