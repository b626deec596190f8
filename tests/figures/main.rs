//! Figures: what is drawn, what it says, and that its bytes never change.

mod drawn;
mod golden;
mod laws;
mod rules;
mod wanted;
