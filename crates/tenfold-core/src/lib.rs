//! The mathematics of learning curves: laws, fits, forecasts, decisions.
