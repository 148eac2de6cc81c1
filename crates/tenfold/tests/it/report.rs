//! Reports: text, page, picture and JSON of simulated studies.
