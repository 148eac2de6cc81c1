//! The statistics that all other modules use: quantiles, distributions, seeded random numbers.

pub(crate) mod linear;

pub mod normal;

pub mod quantile;

pub mod random;

pub mod student;
