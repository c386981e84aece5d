"""Commands in README and docs: each is parsed, and what can be run cheaply is run. CONTRIBUTING has the form."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ewarn.cli import main
from ewarn.system.machine import this_machine
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of

RUN = re.compile(r"run(?:, exit (\d+))?")
NOT_RUN = re.compile(r"not run: \S.*", re.S)
PATIENCE_S = 60
PLACED = ("configs", "docs", "loadtests")
"""folders of the tree that a page may name"""
ENDS = {"|", "||", "&&", ";", "&", ">", ">>", "2>", "<"}
TYPED = re.compile(r"(?m)^(?:\.venv/bin/)?(?:ewarn|make) ")
