"""Clocks of two hosts held against each other: between which instants on one lies an instant of the other."""
