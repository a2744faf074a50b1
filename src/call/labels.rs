//! Labels: a project's own data on a call, at most 50 keys and 10,000 bytes (`api.md §5`).

/// Keys and values in the order of the keys. Most calls have none, which takes no allocation, and few
/// have many: a list takes a tenth of the memory of a tree, and there are a million of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(Box<[(Box<str>, Box<str>)]>);

impl Labels {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let at = self.place(key).ok()?;
        self.0.get(at).map(|(_, value)| &**value)
    }

    /// Sets a key, replacing what it had.
    pub fn insert(&mut self, key: impl Into<Box<str>>, value: impl Into<Box<str>>) {
        let (key, value) = (key.into(), value.into());
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                let mut pairs = std::mem::take(&mut self.0).into_vec();
                pairs.reserve_exact(1);
                pairs.insert(at, (key, value));
                self.0 = pairs.into();
            }
        }
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All keys and values together, in bytes of UTF-8.
    pub fn bytes(&self) -> usize {
        self.iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    }

    /// Where a key is, or where it belongs.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(key))
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut pairs: Vec<(Box<str>, Box<str>)> = pairs
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        // Of pairs with one key the last counts; the sort keeps them in their order.
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        pairs.reverse();
        pairs.dedup_by(|(a, _), (b, _)| a == b);
        pairs.reverse();
        Self(pairs.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_the_last_value_of_each_counts() {
        let pairs = [("b", "1"), ("a", "2"), ("b", "3"), ("c", "4"), ("b", "5")];
        let collected: Labels = pairs.into_iter().collect();
        let mut inserted = Labels::default();
        for (key, value) in pairs {
            inserted.insert(key, value);
        }
        assert_eq!(collected, inserted);
        let all: Vec<_> = collected.iter().collect();
        assert_eq!(all, [("a", "2"), ("b", "5"), ("c", "4")]);
        assert_eq!((collected.get("b"), collected.get("d")), (Some("5"), None));
    }
}
