"""Below every room: the machine and its limits, processes, io_uring, clocks, addresses and files."""
