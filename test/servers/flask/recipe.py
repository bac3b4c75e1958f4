"""Sign-in, refresh with rotation, and log-out, as small as they can be: what the documentation shows."""

from datetime import timedelta

from flask import Blueprint, jsonify, request
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_jti,
    get_jwt,
    get_jwt_header,
    get_jwt_identity,
    jwt_required,
)
from flask_jwt_extended.exceptions import RevokedTokenError
from grace import RefreshChain

auth = Blueprint("recipe", __name__, url_prefix="/recipe")
chain = RefreshChain(grace=timedelta(seconds=10))
#: The ids of the tokens of each user. With several processes: a table, or Redis.
handed_out = {}


def is_right(name, password):
    """Asks your own users."""
    return isinstance(name, str) and password == f"{name}-pass-1"


def remember(name, token):
    handed_out.setdefault(name, set()).add(get_jti(token))
    return token


@auth.post("/login")
def login():
    name = request.json.get("username")
    if not is_right(name, request.json.get("password")):
        return jsonify(msg="Bad username or password"), 401
    access = remember(name, create_access_token(name, fresh=True))
    return jsonify(access_token=access, refresh_token=remember(name, create_refresh_token(name)))


@auth.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    name = get_jwt_identity()
    successor = chain.rotate(get_jwt()["jti"], lambda: remember(name, create_refresh_token(name)))
    if successor is None:
        raise RevokedTokenError(get_jwt_header(), get_jwt())
    return jsonify(access_token=remember(name, create_access_token(name)), refresh_token=successor)


@auth.delete("/logout")
@jwt_required(verify_type=False)
def logout():
    """Called once with either token."""
    chain.revoke(get_jwt()["jti"])
    return jsonify(msg="Token revoked")


@auth.delete("/logout/all")
@jwt_required()
def logout_all():
    for jti in handed_out.pop(get_jwt_identity(), ()):
        chain.revoke(jti)
    return jsonify(msg="All tokens revoked")


def is_revoked(header, payload):
    return chain.is_revoked(payload["jti"])
