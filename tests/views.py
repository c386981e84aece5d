"""What every view of a finished run must say at an instant, from its files alone."""

import numpy as np

from ewarn.verdict.fate import counts, of_users


def fates_at(run, at_s, first_due=None):
    """Users to whom a warning was due, by the key of their fate, so many seconds after origin.

    `first_due`: row of the first warning due to each, where it is another than the files have.
    """
    row = run.first_due if first_due is None else first_due
    due = row < len(run.reports)
    release_s = np.append([report.released for report in run.reports], np.inf)
    fates = of_users(
        run.users["s_s"].astype(np.float64),
        run.first_s,
        first_public_s=np.inf if run.first is None else release_s[run.first],
        due_from_s=np.where(release_s[row] <= at_s, release_s[row], np.inf),
        due=due,
        at_s=at_s,
        closed_s=run.closed_s,
    )
    return counts(fates, due)


def instants(run, count=10):
    """Hundredths of seconds after origin, from before the first report to the end of the play."""
    first, last = run.reports[0].released, run.closed_s
    return np.round([first - 1, *np.linspace(first, last, count - 2), last + 1], 2).tolist()
