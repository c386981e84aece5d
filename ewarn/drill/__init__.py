"""The drill: one end-to-end run. Here the conductor stands, and gateway and swarm meet."""
