"""Very light clients, by the hundred thousand: real sockets, real handshakes, one receipt a user and report."""
