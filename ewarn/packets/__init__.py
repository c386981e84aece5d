"""Clients as rows of arrays, which speak TCP by packets instead of through sockets of this kernel."""
