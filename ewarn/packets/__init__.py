"""Clients of a swarm as packets: TCP spoken by rows of arrays over AF_PACKET rings, without sockets of this kernel."""
