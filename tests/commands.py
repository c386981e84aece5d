"""Commands of the program, run in this process."""

from click.testing import CliRunner

from ewarn.cli import main


def ewarn(*words, **options):
    """Exit code, and what was printed on stdout and stderr."""
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False, **options)
    return result.exit_code, result.stdout, result.stderr
