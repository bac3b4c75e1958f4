"""Starts the server on a free port of 127.0.0.1, says which in one line of JSON, and ends with its standard input."""

import os

import control
import recipe
import tokens
from api import api
from cookies import cookie
from flask import Flask, request, send_from_directory
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from headers import auth
from lifeline import listen_for_the_end, say_port
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import WSGIRequestHandler, make_server

LOOPBACK = r"^https?://(([\w-]+\.)*localhost|127(\.\d+){3}|\[::1\])(:\d+)?$"


class Handler(WSGIRequestHandler):
    # Headers and body are two writes: Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def log_request(self, *_):
        """Only what broke is said; a 401 is daily work."""


def make_app():
    app = Flask(__name__, static_folder=None)
    app.config.update(
        JWT_SECRET_KEY="only-for-tests: long enough for HS512, and known to everybody who reads this",
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_REFRESH_COOKIE_PATH="/cookie/",
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_CSRF_PROTECT=True,
    )
    # Registered first, the recorder's end runs last: it sees the answers to preflights too.
    app.before_request(control.arrive)
    app.after_request(control.leave)
    app.after_request(secure_cookies)
    CORS(
        app,
        origins=LOOPBACK if control.START["origins"] is None else control.START["origins"],
        expose_headers=control.START["exposeHeaders"],
        supports_credentials=True,
    )
    tokens_of(app)
    for blueprint in (auth, cookie, recipe.auth, api, control.control):
        app.register_blueprint(blueprint)
    if control.START["staticDir"] is not None:
        app.add_url_rule("/", "static", static_file, defaults={"path": ""})
        app.add_url_rule("/<path:path>", "static", static_file)
    # What the https front says of the request that it handed on.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)
    with app.app_context():
        control.restore()
    return app


def tokens_of(app):
    jwt = JWTManager(app)

    @jwt.token_in_blocklist_loader
    def is_revoked(_, payload):
        return tokens.chain.is_revoked(payload["jti"]) or recipe.is_revoked(_, payload)

    @jwt.user_lookup_loader
    def user_of(_, payload):
        return payload["sub"] if control.users.get(payload["sub"]) else None


def secure_cookies(response):
    """JWT_COOKIE_SECURE is for a whole app; this one is reached by https and by plain http."""
    cookies = response.headers.getlist("Set-Cookie")
    if request.is_secure and cookies:
        response.headers.setlist("Set-Cookie", [f"{cookie}; Secure" for cookie in cookies])
    return response


def static_file(path):
    name = f"{path}index.html" if path == "" or path.endswith("/") else path
    response = send_from_directory(os.path.abspath(control.START["staticDir"]), name)
    # A page that was built anew must not meet the browser's copy of the last build.
    response.headers["Cache-Control"] = "no-cache"
    return response


def main():
    listen_for_the_end()
    server = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=Handler)
    say_port(server.server_port)
    server.serve_forever()


if __name__ == "__main__":
    main()
