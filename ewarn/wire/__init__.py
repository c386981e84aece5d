"""What goes over the wire, as bytes in and bytes out; no I/O anywhere in this room, so all of it is safe to fuzz."""
