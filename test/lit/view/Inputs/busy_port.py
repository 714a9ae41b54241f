"""Occupies a port of the loopback address while a command that needs it runs; the command's exit status is this program's.

Usage: busy_port.py COMMAND...    ({port} in an argument stands for the port)
"""

import socket
import subprocess
import sys

with socket.socket() as holder:
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    port = str(holder.getsockname()[1])
    sys.exit(subprocess.run([argument.replace("{port}", port) for argument in sys.argv[1:]]).returncode)
