"""Tokens in headers, as Flask-JWT-Extended's guide has it: the refresh token is a Bearer too, at its own route."""

import control
import tokens
from flask import Blueprint, jsonify, request
from flask_jwt_extended import get_jwt, get_jwt_header, get_jwt_identity, jwt_required
from flask_jwt_extended.exceptions import RevokedTokenError

auth = Blueprint("auth", __name__, url_prefix="/auth")


def identity_of_credentials():
    """Whose name and password came, or None."""
    body = request.get_json(silent=True) or {}
    name = body.get("username")
    return name if control.users.get(name) and body.get("password") == f"{name}-pass-1" else None


def refused():
    return jsonify(msg="Bad username or password"), 401


def rotated():
    """The refresh token that comes after the presented one; None where the server does not rotate."""
    if not control.settings["rotate"]:
        return None
    identity = get_jwt_identity()
    token = tokens.chain.rotate(get_jwt()["jti"], lambda: tokens.refresh_token(identity))
    if token is None:
        # Another request was faster, since this one was looked up.
        raise RevokedTokenError(get_jwt_header(), get_jwt())
    return token


@auth.post("/login")
def login():
    identity = identity_of_credentials()
    if identity is None:
        return refused()
    access = tokens.access_token(identity, fresh=True)
    return jsonify(access_token=access, refresh_token=tokens.refresh_token(identity))


@auth.post("/refresh")
@jwt_required(refresh=True, locations="headers")
def refresh():
    successor = rotated()
    answer = {"access_token": tokens.access_token(get_jwt_identity())}
    return jsonify(answer if successor is None else {**answer, "refresh_token": successor})


@auth.delete("/logout")
@jwt_required(verify_type=False, locations="headers")
def logout():
    """Revokes what was presented: a client calls it once with either token."""
    tokens.chain.revoke(get_jwt()["jti"])
    return jsonify(msg=f"{get_jwt()['type'].capitalize()} token successfully revoked")


@auth.delete("/logout/all")
@jwt_required(locations="headers")
def logout_all():
    tokens.revoke_all(get_jwt_identity())
    return jsonify(msg="All tokens successfully revoked")
