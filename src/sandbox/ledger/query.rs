//! A page of a list as SQL: the filter becomes a condition on columns, with every value bound.
//!
//! No column is ever null, so that SQL's NOT is the exact complement that the filter means. One
//! condition at most leads to an index: one that asks for a number or for states, and for nothing
//! else. Each of these indexes has the order of lists, so that no more rows are read than the page
//! takes. All other conditions are checked on the way; a column with a plus sign before it is one
//! that no index is used for.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

use super::PageQuery;
use crate::filter::{Comparison, Condition, Equality, Expr, Field, Filter, Pattern};
use crate::sandbox::wire;

/// Whether an index has exactly the calls of a filter, in the order of lists: bounds on the creation
/// time, and beside them one condition at most, which an index serves.
pub(super) fn is_indexed(filter: &Filter) -> bool {
    let parts = parts(filter);
    let lead = lead(parts);
    parts.iter().enumerate().all(|(at, part)| {
        let is_lead = lead.as_ref().is_some_and(|lead| lead.part == at);
        is_lead || is_bound(part)
    })
}

/// The statement and its values: at most one call more than the page takes.
pub(super) fn page(asked: &PageQuery) -> (String, Vec<Value>) {
    let mut sql = Sql::default();
    let lead = lead(parts(&asked.filter));
    match lead.as_ref().map(|lead| (lead, lead.values.as_slice())) {
        None => stream(&mut sql, asked, None, Skipped::Here),
        Some((lead, [only])) => stream(&mut sql, asked, Some((lead, only)), Skipped::Here),
        Some((lead, values)) => {
            // Each has its page of its own: together they have that of all.
            sql.push("SELECT created, id, body FROM (");
            for (at, value) in values.iter().enumerate() {
                sql.push(if at > 0 { " UNION ALL " } else { "" });
                sql.push("SELECT * FROM (");
                stream(&mut sql, asked, Some((lead, value)), Skipped::Later);
                sql.push(")");
            }
            sql.push(")");
            end(&mut sql, asked, Skipped::Here);
        }
    }
    (sql.text, sql.values)
}

/// The condition that leads to an index.
struct Lead {
    /// Which part of the conjunction it is.
    part: usize,
    column: &'static str,
    /// What the column equals: one of them, each once.
    values: Vec<Value>,
}

/// The conjunction at the top.
fn parts(filter: &Filter) -> &[Expr] {
    match filter.expr() {
        None => &[],
        Some(Expr::And { parts, .. }) => parts,
        Some(other @ (Expr::Or { .. } | Expr::Not { .. } | Expr::Restriction(_))) => {
            std::slice::from_ref(other)
        }
    }
}

/// A number is more than a state: fewer calls have it.
fn lead(parts: &[Expr]) -> Option<Lead> {
    let leads = || {
        parts.iter().enumerate().filter_map(|(part, expr)| {
            let alternatives = match expr {
                Expr::Or { parts, .. } => parts,
                other => std::slice::from_ref(other),
            };
            let mut values = Vec::new();
            let (first, _) = exact(alternatives.first()?)?;
            for alternative in alternatives {
                let (column, value) = exact(alternative)?;
                if column != first {
                    return None;
                }
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            Some(Lead {
                part,
                column: first,
                values,
            })
        })
    };
    let number = leads().find(|lead| lead.column != column(Field::State));
    number.or_else(|| leads().next())
}

/// The column and the value of a condition that an index serves.
fn exact(expr: &Expr) -> Option<(&'static str, Value)> {
    let Expr::Restriction(restriction) = expr else {
        return None;
    };
    let condition = &restriction.condition;
    let value = match condition {
        Condition::State(Equality::Equal, state) => Value::from(state.number()),
        Condition::To(Equality::Equal, pattern) | Condition::From(Equality::Equal, pattern) => {
            Value::from(pattern.exact()?.to_owned())
        }
        _ => return None,
    };
    Some((column(condition.field()), value))
}

/// Every index has its calls in the order of their times.
fn is_bound(expr: &Expr) -> bool {
    let Expr::Restriction(restriction) = expr else {
        return false;
    };
    match restriction.condition {
        Condition::CreateTime(comparison, _) => comparison != Comparison::NotEqual,
        Condition::Has(field) => field == Field::CreateTime,
        _ => false,
    }
}

/// The calls of the page that have one value of the lead.
fn stream(sql: &mut Sql, asked: &PageQuery, lead: Option<(&Lead, &Value)>, skipped: Skipped) {
    sql.push("SELECT created, id, body FROM calls WHERE project = ");
    sql.bind(asked.project);
    if let Some((lead, value)) = lead {
        sql.push(" AND ");
        sql.push(lead.column);
        sql.push(" = ");
        sql.bind(value.clone());
    }
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
    let done = lead.map(|(lead, _)| lead.part);
    for (at, part) in parts(&asked.filter).iter().enumerate() {
        if Some(at) != done {
            sql.push(" AND ");
            tree(sql, part);
        }
    }
    end(sql, asked, skipped);
}

/// Where the calls that a page leaves out are left out: a part of a union still has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skipped {
    Here,
    Later,
}

fn end(sql: &mut Sql, asked: &PageQuery, skipped: Skipped) {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let most = number(asked.size as u64).saturating_add(1);
    sql.push(" ORDER BY created DESC, id DESC LIMIT ");
    match skipped {
        Skipped::Later => sql.bind(most.saturating_add(number(asked.skip))),
        Skipped::Here => {
            sql.bind(most);
            if asked.skip > 0 {
                sql.push(" OFFSET ");
                sql.bind(number(asked.skip));
            }
        }
    }
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
            condition(sql, &restriction.condition);
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

fn condition(sql: &mut Sql, condition: &Condition) {
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
            text(sql, column, *equality, pattern);
        }
        Condition::State(equality, state) => equal(sql, column, *equality, state.number()),
        Condition::Direction(equality, direction) => {
            equal(sql, column, *equality, direction.number());
        }
        Condition::Transport(equality, transport) => {
            equal(sql, column, *equality, transport.number());
        }
        Condition::Has(Field::CreateTime) => sql.push("1"),
        Condition::Has(Field::To | Field::From) => unlike(sql, column, ""),
        Condition::Has(Field::State | Field::Direction | Field::Transport) => {
            equal(sql, column, Equality::NotEqual, 0);
        }
    }
}

fn equal(sql: &mut Sql, column: &str, equality: Equality, value: impl Into<Value>) {
    sql.push("+");
    sql.push(column);
    sql.push(match equality {
        Equality::Equal => " = ",
        Equality::NotEqual => " <> ",
    });
    sql.bind(value);
}

fn unlike(sql: &mut Sql, column: &str, text: &str) {
    equal(sql, column, Equality::NotEqual, text.to_owned());
}

fn text(sql: &mut Sql, column: &str, equality: Equality, pattern: &Pattern) {
    if let Some(exact) = pattern.exact() {
        equal(sql, column, equality, exact.to_owned());
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

/// SQLite's own patterns end at the first NUL of a text; so this is a function of ours.
fn like(sql: &mut Sql, column: &str, pattern: &Pattern) {
    sql.push("fits(");
    sql.push(column);
    sql.push(", ");
    let pieces: Vec<&[u8]> = pattern
        .pieces()
        .iter()
        .map(|piece| piece.as_bytes())
        .collect();
    sql.bind(pieces.join(&STAR));
    sql.push(")");
}

/// Stands for a star between the pieces of a pattern: a byte that no text has.
const STAR: u8 = 0xFF;

/// Makes `fits(text, pattern)` known to a connection.
pub(super) fn add_functions(connection: &Connection) -> Result<(), rusqlite::Error> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("fits", 2, flags, |arguments| {
        let text = arguments.get_raw(0).as_bytes()?;
        let pattern = arguments.get_raw(1).as_bytes()?;
        Ok(fits(text, pattern))
    })
}

/// Whether a text, or its bytes, is one of a pattern with a star at least.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    let mut pieces = pattern.split(|&byte| byte == STAR);
    let (Some(first), Some(last)) = (pieces.next(), pieces.next_back()) else {
        return false;
    };
    // No star stands for a field that is not set.
    let Some(mut rest) = text.strip_prefix(first).filter(|_| !text.is_empty()) else {
        return false;
    };
    for piece in pieces {
        let Some(at) = rest
            .windows(piece.len().max(1))
            .position(|window| window == piece)
        else {
            return false;
        };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}
