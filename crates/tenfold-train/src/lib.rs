//! The built-in learners and the training engine beneath them.
