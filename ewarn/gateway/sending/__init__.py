"""Reports on their way out of a shard: planned, in turn, by an engine; and what waits for slow connections."""
