"""How an instant is written, so that one instant reads the same in every view. Pure."""


def written(after_s: float) -> str:
    """Seconds after origin, to hundredths, of what files have to milliseconds: `7.92`.

    Rounded twice everywhere alike, as views that read files have no more digits.
    """
    return f"{round(after_s, 3):.2f}"
