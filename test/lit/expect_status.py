#!/usr/bin/env python3
"""Runs a command and succeeds when its exit status is the one expected: expect_status.py STATUS COMMAND...

`not` of LLVM takes any failure; milc tells bad input (1) from wrong usage (2).
"""

import subprocess
import sys

status = subprocess.run(sys.argv[2:]).returncode
if status != int(sys.argv[1]):
    sys.exit(f"expect_status.py: exit status {status} instead of {sys.argv[1]}: {' '.join(sys.argv[2:])}")
