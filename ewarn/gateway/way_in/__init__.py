"""The way into a shard: the door, the handshake, and plain pages."""
