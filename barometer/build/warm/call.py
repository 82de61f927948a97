"""Run in a child of a server: the call that comes in as file 3; what it returns or raises goes back there."""

from __future__ import annotations

import os
import pickle
import socket
import sys

CHANNEL = 3

if __name__ == "__main__":
    with socket.socket(fileno=CHANNEL) as channel, channel.makefile("rb") as given:
        call = pickle.load(given)  # noqa: S301 (from the process that started this one)
        try:
            answer: tuple[object, Exception | None] = (call(), None)
        except Exception as error:
            answer = (None, error)
        channel.sendall(pickle.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # nothing is left that would have to be taken down piece by piece
