//! Figures: what is drawn, what it says, and that its bytes never change.

mod drawn;
mod golden;
mod rules;
mod wanted;
