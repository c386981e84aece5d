"""The earth and the network that listens to it: pure functions, arrays in, arrays out."""
