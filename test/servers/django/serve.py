"""Starts the server on a free port of 127.0.0.1, says which in one line of JSON, and ends with its standard input."""

import mimetypes
import os
import shutil
import tempfile

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created
from lifeline import listen_for_the_end, say_port


class Server(ThreadedWSGIServer):
    # Django's 10 makes the rest of a burst wait a second, until the kernel tries to connect again.
    request_queue_size = 128


class Handler(WSGIRequestHandler):
    # Headers and body are two writes: on a kept connection, Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def parse_request(self):
        if not super().parse_request():
            return False
        if "Transfer-Encoding" in self.headers:
            # WSGI has no word for it: the body would be lost, and then read as the next request.
            self.send_error(411)
            return False
        return True

    def get_environ(self):
        environ = super().get_environ()
        if "Content-Type" not in self.headers:
            # wsgiref makes one up, and the echo would show what nobody sent.
            del environ["CONTENT_TYPE"]
        return environ


def main():
    folder = tempfile.mkdtemp(prefix="latchkey-django-")
    try:
        listen_for_the_end()
        server = make_server(os.path.join(folder, "db.sqlite3"))
        say_port(server.server_port)
        server.serve_forever()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_server(database):
    os.environ["LATCHKEY_DJANGO_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    # The system's own table differs from machine to machine; a module of another type is not run by a browser.
    for suffix, kind in {".js": "text/javascript", ".mjs": "text/javascript", ".map": "application/json"}.items():
        mimetypes.add_type(kind, suffix)
    mimetypes.add_type("image/svg+xml", ".svg")
    connection_created.connect(tune)
    django.setup()
    call_command("migrate", verbosity=0)

    import control

    control.restore()
    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(get_wsgi_application())
    return server


def tune(connection, **_):
    # Readers do not wait for the writer, and nobody waits for the disk: the file lives as long as the process.
    connection.cursor().executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")


if __name__ == "__main__":
    main()
