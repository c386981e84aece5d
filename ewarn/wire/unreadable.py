"""What is said to whoever sends something that is no HTTP request, wherever that is found. Pure."""

from ewarn.errors import quoted


def unreadable(problem: BaseException) -> str:
    """Why, in a line: what a library found, cut short, without what strangers may have put into a terminal."""
    found = problem.__cause__ or problem
    why = quoted(str(found), 120) if str(found) else type(found).__name__
    return f"not an HTTP request that can be read: {why}\n"
