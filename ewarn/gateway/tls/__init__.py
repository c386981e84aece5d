"""TLS in front of the shards, and proxies that speak for others."""
