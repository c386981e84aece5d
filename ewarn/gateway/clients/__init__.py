"""The parked connections of a shard: heard, answered for a bounded time, pinged, and let go."""
