//! How a filter is read, what is asked of the service, and why the rest is not.

use std::fmt;
use std::io::{self, Write};

use serde_json::json;

use unicode_width::UnicodeWidthStr as _;

use super::json;
use crate::cli::arguments::Output;
use crate::filter::{Doubt, Part, Plan, Search, Standpoint};
use crate::logging::harmless;

/// What there is to say of a filter at a moment.
pub(super) struct Explanation<'a> {
    pub(super) search: &'a Search,
    pub(super) plan: &'a Plan,
    pub(super) at: &'a Standpoint,
    /// Words that were probably meant otherwise.
    pub(super) doubts: &'a [Doubt],
}

impl Explanation<'_> {
    /// Writes it in a form: as an object where calls would be objects.
    pub(super) fn write(&self, form: Output, out: &mut impl Write) -> io::Result<()> {
        match form {
            Output::Table | Output::Csv => write!(out, "{self}"),
            Output::Json | Output::Ndjson => {
                json::write(&self.object(), out)?;
                out.write_all(b"\n")
            }
        }
    }

    fn object(&self) -> serde_json::Value {
        let parts = self.plan.parts().iter().map(|part| match part.kept {
            None => json!({ "text": part.text, "evaluatedBy": "service" }),
            Some(reason) => json!({
                "text": part.text,
                "evaluatedBy": "console",
                "reason": reason.to_string(),
            }),
        });
        let doubts = self.doubts.iter();
        let doubts = doubts.map(|doubt| json!({ "word": doubt.word, "didYouMean": doubt.meant }));
        json!({
            "readAs": self.search.reading(),
            "asOf": self.at.now.to_rfc3339(),
            "zone": self.at.zone.name(),
            "asked": self.plan.head(None),
            "parts": parts.collect::<Vec<_>>(),
            "doubts": doubts.collect::<Vec<_>>(),
        })
    }
}

/// Beyond this, what is evaluated here has its reason on a line of its own.
const ASIDE: usize = 48;

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reading = self.search.reading();
        let pushed = self.plan.head(None);
        let now = self.at.now.with_timezone(&self.at.zone);
        let or = |text: &str, nothing: &str| {
            if text.is_empty() {
                nothing.to_owned()
            } else {
                harmless(text).into_owned()
            }
        };
        writeln!(f, "read as   {}", or(&reading, "every call"))?;
        writeln!(
            f,
            "as of     {} ({})",
            now.format("%Y-%m-%d %H:%M:%S %Z"),
            self.at.zone
        )?;
        writeln!(
            f,
            "asked     {}",
            or(&pushed, "nothing: every call is listed")
        )?;
        for Doubt { word, meant, .. } in self.doubts {
            let (word, meant) = (harmless(word), harmless(meant));
            writeln!(
                f,
                "note      {word} is looked for as a word; did you mean {meant}?"
            )?;
        }
        let parts = self.plan.parts();
        if parts.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nEvaluated by the service, which understands it in this form:"
        )?;
        let mut service = parts.iter().filter(|part| part.kept.is_none()).peekable();
        if service.peek().is_none() {
            writeln!(f, "  nothing")?;
        }
        for part in service {
            writeln!(f, "  {}", harmless(&part.text))?;
        }
        writeln!(f, "\nEvaluated here:")?;
        let kept: Vec<&Part> = parts.iter().filter(|part| part.kept.is_some()).collect();
        if kept.is_empty() {
            writeln!(
                f,
                "  nothing more; each call that the service lists is checked again"
            )?;
            return Ok(());
        }
        let width = |part: &Part| harmless(&part.text).width();
        let widest = kept.iter().map(|part| width(part));
        let aside = widest.filter(|width| *width <= ASIDE).max().unwrap_or(0);
        for part in kept {
            let Some(reason) = part.kept else { continue };
            let text = harmless(&part.text);
            if width(part) <= aside {
                let gap = " ".repeat(aside - width(part));
                writeln!(f, "  {text}{gap}   {reason}")?;
            } else {
                writeln!(f, "  {text}\n      {reason}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn explained(text: &str) -> String {
        let search = Search::parse(text).unwrap();
        let at = Standpoint {
            now: "2026-11-23T03:03:22Z".parse().unwrap(),
            zone: chrono_tz::Australia::Melbourne,
        };
        let plan = Plan::once(&search, &at);
        Explanation {
            search: &search,
            plan: &plan,
            at: &at,
            doubts: &search.doubts(text),
        }
        .to_string()
    }

    #[rstest]
    #[case::everything("")]
    #[case::simple("state = FAILED")]
    #[case::mixed("failed since:2h label.campaign=spring talk<5s")]
    #[case::and_within_or("(failed incoming) OR busy to = '+61 491*'")]
    #[case::not("NOT failed NOT (to = '+1*' OR since:yesterday)")]
    #[case::local("spring error:* price > AUD 0.05")]
    #[case::moving("until:2h today")]
    #[case::doubtful("faild outbound")]
    fn a_filter_is_explained(#[case] text: &str) {
        let name = format!("explain_{}", slug());
        insta::assert_snapshot!(name, format!("{text}\n---\n{}", explained(text)));
    }

    /// The case's own name, by which its snapshot is found.
    fn slug() -> String {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or_default().to_owned();
        name.rsplit("::").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_passes_the_limits_stays_here_and_says_so() {
        let numbers: Vec<String> = (0..50).map(|at| format!("+6149157{at:04}")).collect();
        let told = explained(&format!("busy to = {}", numbers.join(", ")));
        assert!(told.contains("asked     state = BUSY\n"), "{told}");
        assert!(
            told.contains("      it does not fit in what the service takes at once\n"),
            "{told}"
        );
        let pairs: Vec<String> = (0..20)
            .map(|at| format!("(to = +1{at} from = +2{at})"))
            .collect();
        let told = explained(&pairs.join(" OR "));
        assert!(told.contains("asked     nothing: "), "{told}");
        assert!(
            told.contains("      written without parentheses it is too long\n"),
            "{told}"
        );
    }

    #[test]
    fn what_was_typed_does_not_steer_the_terminal() {
        let told = explained("'a\u{1b}[2J\u{202e}b'");
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told}");
    }
}
