"""faults.py MILC: a signal of a fault that another process sends ends milc as the fault itself does, with a report."""
import os
import signal
import subprocess
import sys

# The address sanitizer's own handlers would end the process in another way.
without = ("segv", "abort", "sigbus", "sigill", "sigfpe")
options = [os.environ.get("ASAN_OPTIONS", "")] + [f"handle_{name}=0" for name in without]
environment = dict(os.environ, ASAN_OPTIONS=":".join(option for option in options if option))

for sent in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
    milc = subprocess.Popen([sys.argv[1], "info", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    # It reads a stream once its handlers are there.
    milc.stdin.write(b"x" * (1 << 20))
    milc.stdin.flush()
    milc.send_signal(sent)
    _, said = milc.communicate()
    assert milc.returncode == -sent, f"{sent.name}: exit status {milc.returncode}"
    assert said.startswith(b"milc crashed."), said
