"""What `ewarn swarm --join` does: an agent, which is a swarm that a conductor leads over the bus."""
