"""The listening service: a supervisor that accepts, and shard processes that hold the connections."""
