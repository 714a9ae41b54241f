"""Starts a command that serves a page and prints the URL, requests it in several ways, prints the responses, and ends the command.

Usage: serve_check.py COMMAND...
"""

import http.client
import subprocess
import sys
import urllib.parse


def ask(url, method="GET", path=None, host=None):
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
    connection.request(method, path or url.path, headers={"Host": host or url.netloc})
    response = connection.getresponse()
    return response.status, response.getheader("Content-Type"), response.read()


def main(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = urllib.parse.urlparse(server.stdout.readline().strip())
        status, kind, body = ask(url)
        print("page", status, kind, "a page of milc view" if b"<title>milc view</title>" in body else "something else")
        print("other path", ask(url, path="/")[0])
        print("other host", ask(url, host="example.com")[0])
        print("post", ask(url, method="POST")[0])
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main(sys.argv[1:])
