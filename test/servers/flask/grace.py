"""Rotation of refresh tokens, with a grace window for the one before: who lost an answer may ask for it once more.

Flask-JWT-Extended leaves rotation and its blocklist to the project. To use this, copy the file, and write

    chain = RefreshChain(grace=timedelta(seconds=10))

    @jwt.token_in_blocklist_loader
    def is_revoked(header, payload):
        return chain.is_revoked(payload["jti"])

    @app.post("/auth/refresh")
    @jwt_required(refresh=True)
    def refresh():
        identity = get_jwt_identity()
        successor = chain.rotate(get_jwt()["jti"], lambda: create_refresh_token(identity))
        if successor is None:
            raise RevokedTokenError(get_jwt_header(), get_jwt())
        return jsonify(access_token=create_access_token(identity), refresh_token=successor)

It keeps everything in memory, for one process. Several processes need a table, or Redis, with the same two questions:
is it revoked, and which token came after it? Both answers must be written in one transaction.
"""

from datetime import timedelta
from threading import Lock
from time import monotonic

from flask_jwt_extended import get_jti


class RefreshChain:
    def __init__(self, grace=timedelta(0)):
        self.grace = grace
        self._revoked = set()
        #: By the id of a rotated token: the token that came after it, that one's id, and when.
        self._successors = {}
        # One at a time: of two requests with one token, the second must find the successor of the first.
        self._lock = Lock()

    def is_revoked(self, jti):
        with self._lock:
            return jti in self._revoked and self._again(jti) is None

    def rotate(self, jti, make):
        """The token that comes after this one: the same one again within the window, None when this one is revoked."""
        with self._lock:
            if jti in self._revoked:
                return self._again(jti)
            token = make()
            self._successors[jti] = (token, get_jti(token), monotonic())
            self._revoked.add(jti)
            return token

    def revoke(self, jti):
        """Ends this token, and whatever came after it: the client may never have seen that."""
        with self._lock:
            while jti is not None:
                self._revoked.add(jti)
                _, jti, _ = self._successors.get(jti, (None, None, None))

    def _again(self, jti):
        token, successor, at = self._successors.get(jti, (None, None, 0))
        in_time = monotonic() - at < self.grace.total_seconds()
        return token if in_time and successor not in self._revoked else None
