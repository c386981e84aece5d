"""A fleet on one machine, to play with and to break: bus, gateways, centre and phones, each on a host of its own."""
