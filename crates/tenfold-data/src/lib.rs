//! Data sets as learners see them: readers, splits, nested shards.
