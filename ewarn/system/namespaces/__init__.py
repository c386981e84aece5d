"""Networks of their own on this machine, which nobody else sees, and of which nothing is left afterwards."""
