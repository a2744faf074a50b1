//! Figures over calls. For now: how many there are in each state.

use crate::call::State;

/// Calls by state, kept up to date one change at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    named: [usize; State::NAMED.len()],
    other: usize,
}

impl Counts {
    /// Counts one call in.
    pub fn add(&mut self, state: State) {
        *self.cell(state) += 1;
    }

    /// Counts one call out that was counted in before.
    pub fn remove(&mut self, state: State) {
        let cell = self.cell(state);
        *cell = cell.saturating_sub(1);
    }

    /// How many calls are in a state; states without a name are counted together.
    pub fn of(&self, state: State) -> usize {
        match State::NAMED.iter().position(|&named| named == state) {
            Some(at) => self.named[at],
            None => self.other,
        }
    }

    /// How many calls are in no state that has a name here.
    pub fn unnamed(&self) -> usize {
        self.other + self.of(State::Unspecified)
    }

    fn cell(&mut self, state: State) -> &mut usize {
        match State::NAMED.iter().position(|&named| named == state) {
            Some(at) => &mut self.named[at],
            None => &mut self.other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_in_and_out() {
        let mut counts = Counts::default();
        counts.add(State::Ringing);
        counts.add(State::Ringing);
        counts.add(State::Other(77));
        counts.remove(State::Ringing);
        assert_eq!(counts.of(State::Ringing), 1);
        assert_eq!(counts.unnamed(), 1);
        counts.remove(State::Busy);
        assert_eq!(counts.of(State::Busy), 0);
    }
}
