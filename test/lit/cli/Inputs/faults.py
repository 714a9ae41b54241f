"""faults.py MILC: a signal of a fault that another process sends ends milc as the fault itself does, with a report."""
import signal
import subprocess
import sys

for sent in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
    milc = subprocess.Popen([sys.argv[1], "info", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    # It reads a stream once its handlers are there.
    milc.stdin.write(b"x" * (1 << 20))
    milc.stdin.flush()
    milc.send_signal(sent)
    _, said = milc.communicate()
    assert milc.returncode == -sent, f"{sent.name}: exit status {milc.returncode}"
    assert said.startswith(b"milc crashed."), said
