"""A gateway among others, on many hosts: what it hears from the bus, what it says there, and who else there is."""
