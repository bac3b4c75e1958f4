"""How a test server in Python lives and ends: it ends with its standard input, however the parent ends."""

import json
import os
import signal
import sys
import threading


def listen_for_the_end():
    """To call first. No server is ever left behind: the pipe closes when the parent ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Ctrl-C reaches the whole terminal; the parent ends by it, and this by the closing of the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_input, daemon=True).start()


def end_with_input():
    # Not sys.stdin: Python could not shut down while a thread holds its lock.
    while os.read(0, 4096):
        pass
    # To the main thread by name: another one would take it without waking the server from its wait.
    signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)


def say_port(port):
    print(json.dumps({"port": port}), flush=True)
