//! What both dialects have in common: `AND` of `OR` groups, `NOT`, parentheses, and their limits
//! (`filter.md`). How one restriction is written is the dialect's own business.

use std::marker::PhantomData;
use std::ops::Range;

use super::scanner::Scanner;
use super::{Expr, FilterError};

/// The words that are no values.
pub(super) const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

/// How much of a language one text may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of the text.
    pub(super) bytes: usize,
    /// Parentheses and NOT within each other.
    pub(super) nesting: usize,
    /// Restrictions, each value of a list for itself.
    pub(super) restrictions: usize,
}

/// A way to write restrictions.
pub(super) trait Dialect: Sized {
    /// What stands in the leaves of the tree.
    type Condition;

    const LIMITS: Limits;

    /// Goes past a keyword, if it comes next as a whole word.
    fn eat_keyword(scanner: &mut Scanner<'_>, keyword: &str) -> bool;

    /// Reads what comes next, which begins neither with a parenthesis nor with NOT.
    fn restriction(parser: &mut Parser<'_, Self>) -> Result<Expr<Self::Condition>, FilterError>;
}

/// The tree of a text; nothing for a blank one.
pub(super) fn parse<D: Dialect>(text: &str) -> Result<Option<Expr<D::Condition>>, FilterError> {
    let most = D::LIMITS.bytes;
    if text.len() > most {
        let reason = format!("a filter has at most {most} bytes, not {}", text.len());
        let start = (0..=most).rev().find(|&at| text.is_char_boundary(at));
        return Err(FilterError::new(
            start.unwrap_or_default()..text.len(),
            reason,
        ));
    }
    let mut parser: Parser<'_, D> = Parser {
        scanner: Scanner::new(text),
        restrictions: 0,
        dialect: PhantomData,
    };
    parser.scanner.skip_blanks();
    if parser.scanner.peek().is_none() {
        return Ok(None);
    }
    let tree = parser.conjunction(0)?;
    match parser.scanner.peek() {
        None => Ok(Some(tree)),
        Some(_) => Err(FilterError::new(
            parser.scanner.next_span(),
            "this parenthesis closes nothing",
        )),
    }
}

/// A text on its way into a tree.
#[derive(Debug)]
pub(super) struct Parser<'a, D> {
    pub(super) scanner: Scanner<'a>,
    restrictions: usize,
    dialect: PhantomData<D>,
}

impl<D: Dialect> Parser<'_, D> {
    /// `conj := disj { [ "AND" ] disj }`, up to the end or to a closing parenthesis.
    fn conjunction(&mut self, depth: usize) -> Result<Expr<D::Condition>, FilterError> {
        let first = self.disjunction(depth)?;
        let mut more = Vec::new();
        loop {
            self.scanner.skip_blanks();
            match self.scanner.peek() {
                None | Some(')') => break,
                Some(_) => {
                    D::eat_keyword(&mut self.scanner, "AND");
                    more.push(self.disjunction(depth)?);
                }
            }
        }
        Ok(Expr::all(first, more))
    }

    /// `disj := unary { "OR" unary }`: tighter than AND.
    fn disjunction(&mut self, depth: usize) -> Result<Expr<D::Condition>, FilterError> {
        let first = self.unary(depth)?;
        let mut more = Vec::new();
        loop {
            self.scanner.skip_blanks();
            if !D::eat_keyword(&mut self.scanner, "OR") {
                break;
            }
            more.push(self.unary(depth)?);
        }
        Ok(Expr::any(first, more))
    }

    /// `unary := [ "NOT" | "-" ] prim`
    fn unary(&mut self, depth: usize) -> Result<Expr<D::Condition>, FilterError> {
        self.scanner.skip_blanks();
        let start = self.scanner.at();
        if !self.eat_not() {
            return self.primary(depth);
        }
        let depth = deeper::<D>(depth, start..self.scanner.at())?;
        self.scanner.skip_blanks();
        let again = self.scanner.next_span();
        if self.eat_not() {
            let span = again.start..self.scanner.at();
            return Err(FilterError::new(span, "expected a restriction after NOT")
                .hint("write NOT (NOT …) if that is what is meant"));
        }
        let inner = Box::new(self.primary(depth)?);
        let span = start..self.scanner.at();
        Ok(Expr::Not { inner, span })
    }

    fn eat_not(&mut self) -> bool {
        self.scanner.eat("-") || D::eat_keyword(&mut self.scanner, "NOT")
    }

    /// `prim := "(" conj ")" | restriction`
    fn primary(&mut self, depth: usize) -> Result<Expr<D::Condition>, FilterError> {
        self.scanner.skip_blanks();
        let opening = self.scanner.next_span();
        if !self.scanner.eat("(") {
            return D::restriction(self);
        }
        let depth = deeper::<D>(depth, opening.clone())?;
        let inner = self.conjunction(depth)?;
        if self.scanner.eat(")") {
            Ok(inner)
        } else {
            Err(
                FilterError::new(opening, "this parenthesis is never closed")
                    .hint("add ) at the end"),
            )
        }
    }

    /// Counts a restriction that stands at `span`.
    pub(super) fn count(&mut self, span: &Range<usize>) -> Result<(), FilterError> {
        let most = D::LIMITS.restrictions;
        self.restrictions += 1;
        if self.restrictions <= most {
            return Ok(());
        }
        let reason = format!("a filter has at most {most} restrictions");
        Err(FilterError::new(span.clone(), reason))
    }
}

/// One level further in.
fn deeper<D: Dialect>(depth: usize, span: Range<usize>) -> Result<usize, FilterError> {
    let most = D::LIMITS.nesting;
    if depth < most {
        return Ok(depth + 1);
    }
    let reason = format!("parentheses and NOT lie at most {most} levels deep");
    Err(FilterError::new(span, reason))
}

/// The texts between the stars of a value in quotes; the opening quote comes next.
pub(super) fn quoted(scanner: &mut Scanner<'_>) -> Result<Vec<String>, FilterError> {
    let opening = scanner.next_span();
    let quote = scanner.bump();
    let mut pieces = Vec::new();
    let mut piece = String::new();
    loop {
        let at = scanner.at();
        match scanner.bump() {
            None => {
                let quote = quote.unwrap_or('\'');
                return Err(FilterError::new(opening, "this quote is never closed")
                    .hint(format!("add {quote} after the value")));
            }
            closing if closing == quote => {
                pieces.push(piece);
                return Ok(pieces);
            }
            Some('*') => pieces.push(std::mem::take(&mut piece)),
            Some('\\') => piece.push(escaped(scanner, at)?),
            Some(c) => piece.push(c),
        }
    }
}

/// What a backslash stands before; `at` is where the backslash is.
fn escaped(scanner: &mut Scanner<'_>, at: usize) -> Result<char, FilterError> {
    if let Some(c @ ('\'' | '"' | '\\' | '*')) = scanner.bump() {
        return Ok(c);
    }
    let reason = r#"expected ', ", \ or * after a backslash"#;
    Err(FilterError::new(at..scanner.at(), reason).hint(r"write \\ for a backslash itself"))
}
