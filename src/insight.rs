//! Figures over calls: counts by state, answer-seizure ratio, mean talk, post-dial delay.
