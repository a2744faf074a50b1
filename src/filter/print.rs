//! The canonical text of a filter: the documented style, with parentheses only where they are needed.

use std::fmt;

use super::{Condition, Expr, Pattern, time};

/// How much is put in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Only what would otherwise mean something else.
    Canonical,
    /// Also the OR groups of an AND, so that nobody has to know which of them binds tighter.
    Explicit,
}

impl<C: fmt::Display> fmt::Display for Expr<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, Style::Canonical, f)
    }
}

/// A tree with its precedence written out.
pub(super) struct Explicit<'a, C>(pub(super) &'a Expr<C>);

impl<C: fmt::Display> fmt::Display for Explicit<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, Style::Explicit, f)
    }
}

fn print<C: fmt::Display>(expr: &Expr<C>, style: Style, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (parts, keyword) = match expr {
        Expr::And { parts, .. } => (parts, " AND "),
        Expr::Or { parts, .. } => (parts, " OR "),
        Expr::Not { inner, .. } => {
            f.write_str("NOT ")?;
            let alone = matches!(**inner, Expr::Restriction(_));
            return enclosed(inner, style, !alone, f);
        }
        Expr::Restriction(restriction) => return write!(f, "{}", restriction.condition),
    };
    let inside_or = matches!(expr, Expr::Or { .. });
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(keyword)?;
        }
        let parentheses = match part {
            Expr::And { .. } => true,
            Expr::Or { .. } => inside_or || style == Style::Explicit,
            Expr::Not { .. } | Expr::Restriction(_) => false,
        };
        enclosed(part, style, parentheses, f)?;
    }
    Ok(())
}

fn enclosed<C: fmt::Display>(
    expr: &Expr<C>,
    style: Style,
    parentheses: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if !parentheses {
        return print(expr, style, f);
    }
    f.write_str("(")?;
    print(expr, style, f)?;
    f.write_str(")")
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
            escaped(piece, f)?;
        }
        f.write_str("'")
    }
}

/// A text without its quotes, so that nothing in it ends it or stands for anything else.
pub(super) fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        if matches!(c, '\'' | '\\' | '*') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    Ok(())
}
