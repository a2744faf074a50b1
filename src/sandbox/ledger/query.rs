//! A page of a list as SQL: the filter becomes a condition on columns, with every value bound.
//!
//! No column is ever null, so that SQL's NOT is the exact complement that the filter means.
//! A column with a plus sign before it is one that no index is used for: a condition that many
//! calls meet is faster checked along the index that has the list's order.

use rusqlite::types::Value;

use super::PageQuery;
use crate::call::State;
use crate::filter::{Comparison, Condition, Equality, Expr, Field, Pattern};
use crate::sandbox::wire;

/// The statement and its values: at most one call more than the page takes.
pub(super) fn page(asked: &PageQuery) -> (String, Vec<Value>) {
    let mut sql = Sql::default();
    sql.push("SELECT created, id, body FROM calls WHERE project = ");
    sql.bind(asked.project);
    if let Some(cursor) = &asked.after {
        sql.push(" AND (created, id) < (");
        sql.bind(cursor.created);
        sql.push(", ");
        sql.bind(cursor.id.clone());
        sql.push(")");
    }
    if let Some(latest) = asked.visible_until {
        sql.push(" AND created <= ");
        sql.bind(latest);
    }
    match asked.filter.expr() {
        None => {}
        Some(Expr::And { parts, .. }) => {
            for part in parts {
                sql.push(" AND ");
                clause(&mut sql, part);
            }
        }
        Some(other @ (Expr::Or { .. } | Expr::Not { .. } | Expr::Restriction(_))) => {
            sql.push(" AND ");
            clause(&mut sql, other);
        }
    }
    sql.push(" ORDER BY created DESC, id DESC LIMIT ");
    sql.bind(i64::try_from(asked.size).map_or(i64::MAX, |size| size.saturating_add(1)));
    if asked.skip > 0 {
        sql.push(" OFFSET ");
        sql.bind(i64::try_from(asked.skip).unwrap_or(i64::MAX));
    }
    (sql.text, sql.values)
}

#[derive(Debug, Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.push("?");
        self.values.push(value.into());
    }
}

/// Whether an index may be used for a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    Use,
    Leave,
}

/// One part of the conjunction at the top: the only place from where an index can help.
fn clause(sql: &mut Sql, expr: &Expr) {
    match expr {
        Expr::Restriction(restriction) => condition(sql, &restriction.condition, Index::Use),
        Expr::Or { parts, .. } if parts.iter().all(is_open_state) => {
            sql.push("state IN (");
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    sql.push(", ");
                }
                if let Some(state) = exact_state(part) {
                    sql.bind(state.number());
                }
            }
            sql.push(")");
        }
        Expr::And { .. } | Expr::Or { .. } | Expr::Not { .. } => tree(sql, expr),
    }
}

/// Calls under way are few: finding them by their state and putting them in order is quick.
fn is_open_state(expr: &Expr) -> bool {
    exact_state(expr).is_some_and(State::is_open)
}

fn exact_state(expr: &Expr) -> Option<State> {
    let Expr::Restriction(restriction) = expr else {
        return None;
    };
    match restriction.condition {
        Condition::State(Equality::Equal, state) => Some(state),
        _ => None,
    }
}

fn tree(sql: &mut Sql, expr: &Expr) {
    match expr {
        Expr::And { parts, .. } => joined(sql, parts, " AND "),
        Expr::Or { parts, .. } => joined(sql, parts, " OR "),
        Expr::Not { inner, .. } => {
            sql.push("NOT ");
            tree(sql, inner);
        }
        Expr::Restriction(restriction) => {
            sql.push("(");
            condition(sql, &restriction.condition, Index::Leave);
            sql.push(")");
        }
    }
}

fn joined(sql: &mut Sql, parts: &[Expr], keyword: &str) {
    sql.push("(");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            sql.push(keyword);
        }
        tree(sql, part);
    }
    sql.push(")");
}

fn column(field: Field) -> &'static str {
    match field {
        Field::CreateTime => "created",
        Field::To => "callee",
        Field::From => "caller",
        Field::State => "state",
        Field::Direction => "direction",
        Field::Transport => "transport",
    }
}

fn condition(sql: &mut Sql, condition: &Condition, index: Index) {
    let column = column(condition.field());
    match condition {
        Condition::CreateTime(comparison, time) => {
            // The order of the list is that of this column: its index is always the right one.
            sql.push(column);
            sql.push(match comparison {
                Comparison::Equal => " = ",
                Comparison::NotEqual => " <> ",
                Comparison::Less => " < ",
                Comparison::AtMost => " <= ",
                Comparison::Greater => " > ",
                Comparison::AtLeast => " >= ",
            });
            sql.bind(wire::nanos(*time));
        }
        Condition::To(equality, pattern) | Condition::From(equality, pattern) => {
            text(sql, column, *equality, pattern, index);
        }
        Condition::State(equality, state) => equal(sql, column, *equality, state.number(), index),
        Condition::Direction(equality, direction) => {
            equal(sql, column, *equality, direction.number(), Index::Leave);
        }
        Condition::Transport(equality, transport) => {
            equal(sql, column, *equality, transport.number(), Index::Leave);
        }
        Condition::Has(Field::CreateTime) => sql.push("1"),
        Condition::Has(Field::To | Field::From) => unlike(sql, column, ""),
        Condition::Has(Field::State | Field::Direction | Field::Transport) => {
            equal(sql, column, Equality::NotEqual, 0, Index::Leave);
        }
    }
}

fn equal(sql: &mut Sql, column: &str, equality: Equality, value: impl Into<Value>, index: Index) {
    if (index, equality) != (Index::Use, Equality::Equal) {
        sql.push("+");
    }
    sql.push(column);
    sql.push(match equality {
        Equality::Equal => " = ",
        Equality::NotEqual => " <> ",
    });
    sql.bind(value);
}

fn unlike(sql: &mut Sql, column: &str, text: &str) {
    equal(
        sql,
        column,
        Equality::NotEqual,
        text.to_owned(),
        Index::Leave,
    );
}

fn text(sql: &mut Sql, column: &str, equality: Equality, pattern: &Pattern, index: Index) {
    if let Some(exact) = pattern.exact() {
        equal(sql, column, equality, exact.to_owned(), index);
        return;
    }
    if equality == Equality::NotEqual {
        sql.push("NOT ");
    }
    sql.push("(");
    match pattern.prefix() {
        Some("") => unlike(sql, column, ""),
        Some(prefix) => begins_with(sql, column, prefix),
        None => like(sql, column, pattern),
    }
    sql.push(")");
}

/// Texts are in the order of their bytes, which for UTF-8 is that of their characters: those with a
/// prefix lie between it and the next text of its length.
fn begins_with(sql: &mut Sql, column: &str, prefix: &str) {
    sql.push("+");
    sql.push(column);
    sql.push(" >= ");
    sql.bind(prefix.to_owned());
    if let Some(end) = after_all(prefix) {
        sql.push(" AND +");
        sql.push(column);
        sql.push(" < ");
        sql.bind(end);
    }
}

/// The first text after all those with a prefix; nothing if there is none.
fn after_all(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // Skips the gap that no character lies in.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// SQLite's GLOB knows `*` as the filter does, and more wildcards that have to be taken literally.
fn like(sql: &mut Sql, column: &str, pattern: &Pattern) {
    let mut glob = String::new();
    for (at, piece) in pattern.pieces().iter().enumerate() {
        if at > 0 {
            glob.push('*');
        }
        for c in piece.chars() {
            match c {
                // GLOB takes the pattern to end here; no call has such a text.
                '\0' => {
                    sql.push("0");
                    return;
                }
                '*' | '?' | '[' => glob.extend(['[', c, ']']),
                _ => glob.push(c),
            }
        }
    }
    sql.push("+");
    sql.push(column);
    sql.push(" GLOB ");
    sql.bind(glob);
}
