//! The canonical text of a filter: the documented style, with parentheses only where they are needed.

use std::fmt;

use super::{Condition, Expr, Pattern, time};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And { parts, .. } => joined(f, parts, " AND ", |part| match part {
                Self::And { .. } => true,
                Self::Or { .. } | Self::Not { .. } | Self::Restriction(_) => false,
            }),
            Self::Or { parts, .. } => joined(f, parts, " OR ", |part| match part {
                Self::And { .. } | Self::Or { .. } => true,
                Self::Not { .. } | Self::Restriction(_) => false,
            }),
            Self::Not { inner, .. } => match **inner {
                Self::Restriction(_) => write!(f, "NOT {inner}"),
                Self::And { .. } | Self::Or { .. } | Self::Not { .. } => write!(f, "NOT ({inner})"),
            },
            Self::Restriction(restriction) => write!(f, "{}", restriction.condition),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    keyword: &str,
    in_parentheses: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(keyword)?;
        }
        if in_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, op) = (self.field().name(), self.op().text());
        match self {
            Self::CreateTime(_, time) => write!(f, "{field} {op} '{}'", time::print(*time)),
            Self::To(_, pattern) | Self::From(_, pattern) => write!(f, "{field} {op} {pattern}"),
            Self::State(_, state) => write!(f, "{field} {op} {state}"),
            Self::Direction(_, direction) => write!(f, "{field} {op} {direction}"),
            Self::Transport(_, transport) => write!(f, "{field} {op} {transport}"),
            Self::Has(_) => write!(f, "{field}{op}*"),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for (at, piece) in self.pieces().iter().enumerate() {
            if at > 0 {
                f.write_str("*")?;
            }
            for c in piece.chars() {
                if matches!(c, '\'' | '\\' | '*') {
                    f.write_str("\\")?;
                }
                write!(f, "{c}")?;
            }
        }
        f.write_str("'")
    }
}
