"""A server that speaks Redis as far as rate limits need it: the real client talks to it over a real socket.

It stands in where no Redis is installed. The one script of the limits library that is used here (count, and let the
first count expire) is done by hand, recognised by its text; any other command is an error, so that a change of the
library is noticed.
"""

from __future__ import annotations

import hashlib
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from limits.storage import RedisStorage

COUNT = hashlib.sha1(RedisStorage.SCRIPT_INCR_EXPIRE).hexdigest()


class _Speaker(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self._bulk() for _ in range(int(line[1:]))]
            with self.server.guard:
                self.wfile.write(self._answer(words[0].upper().decode(), words[1:]))

    def _bulk(self) -> bytes:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]

    def _answer(self, command: str, words: list[bytes]) -> bytes:
        self.server.heard.append(command)
        self.server.forget_expired()
        answer = getattr(self, f"_{command.lower()}", None)
        return answer(*words) if answer else b"-ERR not spoken here: %s\r\n" % command.encode()

    def _hello(self, *_words: bytes) -> bytes:
        return b"%1\r\n+proto\r\n:3\r\n"

    def _client(self, *_words: bytes) -> bytes:
        return b"+OK\r\n"

    def _ping(self) -> bytes:
        return b"+PONG\r\n"

    def _script(self, _load: bytes, text: bytes) -> bytes:
        self.server.scripts.add(sha := hashlib.sha1(text).hexdigest())
        return b"$40\r\n%s\r\n" % sha.encode()

    def _evalsha(self, sha: bytes, _keys: bytes, key: bytes, seconds: bytes, amount: bytes) -> bytes:
        if sha.decode() not in self.server.scripts:
            return b"-NOSCRIPT No matching script.\r\n"
        if sha.decode() != COUNT:
            return b"-ERR a script that is not spoken here\r\n"
        value = self.server.values[key] = self.server.values.get(key, 0) + int(amount)
        if value == int(amount):
            self.server.expires[key] = time.time() + int(seconds)
        return b":%d\r\n" % value

    def _get(self, key: bytes) -> bytes:
        value = b"%d" % self.server.values.get(key, 0)
        return b"$%d\r\n%s\r\n" % (len(value), value)

    def _ttl(self, key: bytes) -> bytes:
        return b":%d\r\n" % (self.server.expires[key] - time.time() if key in self.server.expires else -2)


class RedisSpeaker(socketserver.ThreadingTCPServer):
    """``values`` and ``heard`` may be looked at."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Speaker)
        self.values: dict[bytes, int] = {}
        self.expires: dict[bytes, float] = {}
        self.scripts: set[str] = set()
        self.heard: list[str] = []
        self.guard = threading.Lock()

    def forget_expired(self) -> None:
        """As Redis does by itself."""
        for key in [key for key, moment in self.expires.items() if moment <= time.time()]:
            del self.expires[key], self.values[key]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server_address[1]}"


@contextmanager
def redis_speaker() -> Iterator[RedisSpeaker]:
    """Run one until the block ends."""
    with RedisSpeaker() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
