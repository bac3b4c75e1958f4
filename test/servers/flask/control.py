"""What a test holds the server by: the log of its requests, its faults, its settings and users. Under /_control/."""

import json
import os
import time
from datetime import timedelta
from threading import Lock

import tokens
from flask import Blueprint, Response, current_app, g, jsonify, request

USERS = ("alice", "bob", "carol")
REFRESH_PATHS = ("/auth/refresh", "/cookie/refresh")

#: What a test may choose at start. Lifetimes are in seconds; start.mjs documents each.
OPTIONS = {
    "accessLifetime": 300,
    "refreshLifetime": 86400,
    "rotate": False,
    "graceSeconds": 0,
    "implicitRenewal": False,
    "refreshDelayMs": 0,
    "refreshStatus": None,
    "retryAfter": None,
}
START_ONLY = {"origins": None, "exposeHeaders": [], "staticDir": None}
START = {**OPTIONS, **START_ONLY, **json.loads(os.environ.get("LATCHKEY_OPTIONS", "{}"))}

#: One entry per request since the last reset, in the order of arrival; status 0 until it is answered.
log = []
#: The settings at present.
settings = {}
#: By name: whether the account is active.
users = {}
counts = {"renewals": 0}
counting = Lock()

control = Blueprint("control", __name__, url_prefix="/_control")


def count(name):
    with counting:
        counts[name] += 1


def apply(changes):
    unknown = changes.keys() - OPTIONS.keys()
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    settings.update(changes)
    current_app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(seconds=settings["accessLifetime"])
    current_app.config["JWT_REFRESH_TOKEN_EXPIRES"] = timedelta(seconds=settings["refreshLifetime"])
    tokens.chain.grace = timedelta(seconds=settings["graceSeconds"])


def restore():
    """Brings the server back to how it was started. Tokens that were handed out or revoked stay so."""
    apply({name: START[name] for name in OPTIONS})
    users.clear()
    users.update({name: True for name in USERS})
    counts["renewals"] = 0
    log.clear()


def arrive():
    """Writes the log, and fails at the refresh as the test asked."""
    if request.blueprint == "control":
        return None
    g.entry = {
        "method": request.method,
        "path": request.path,
        "status": 0,
        "hadAuthorization": "Authorization" in request.headers,
        "cookies": sorted(request.cookies),
    }
    log.append(g.entry)
    if request.path in REFRESH_PATHS and request.method == "POST" and settings["refreshStatus"] is not None:
        return fail(settings["refreshStatus"])
    return None


def leave(response):
    if "entry" in g:
        g.entry["status"] = response.status_code
    if request.path in REFRESH_PATHS and request.method == "POST":
        # Waits after the work: whoever gives up on the answer has lost a token that is already rotated.
        time.sleep(settings["refreshDelayMs"] / 1000)
    return response


def fail(status):
    # 503 comes from the proxy in front of a project, which does not speak JSON.
    if status == 503:
        response = Response("<html><body><h1>503 Service Unavailable</h1></body></html>", status, mimetype="text/html")
    else:
        response = Response('{"msg":"As the test asked."}', status, mimetype="application/json")
    if settings["retryAfter"] is not None:
        response.headers["Retry-After"] = str(settings["retryAfter"])
    return response


@control.post("/reset")
def reset():
    restore()
    return jsonify({})


@control.get("/log")
def read_log():
    return jsonify(log[:])


@control.get("/renewals")
def read_renewals():
    return jsonify(counts["renewals"])


@control.post("/settings")
def change_settings():
    try:
        apply(request.get_json(force=True))
    except ValueError as error:
        return jsonify(detail=str(error)), 400
    return jsonify({})


@control.post("/user")
def change_user():
    change = request.get_json(force=True)
    name = change["username"]
    if name not in users:
        return jsonify(detail=f"no user {name}"), 404
    if change.get("delete"):
        del users[name]
    else:
        users[name] = change["is_active"]
    return jsonify({})


@control.post("/revoke-all")
def revoke_all():
    tokens.revoke_all()
    return jsonify({})
