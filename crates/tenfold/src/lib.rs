//! Measure a learning curve, forecast it, decide what to buy.
