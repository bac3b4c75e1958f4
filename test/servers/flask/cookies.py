"""Both tokens in HttpOnly cookies, each with a CSRF secret of its own to send twice."""

import time

import control
import jwt
import tokens
from flask import Blueprint, jsonify, request
from flask_jwt_extended import (
    decode_token,
    get_csrf_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
    set_access_cookies,
    set_refresh_cookies,
    unset_jwt_cookies,
)
from headers import identity_of_credentials, refused, rotated

cookie = Blueprint("cookie", __name__, url_prefix="/cookie")


@cookie.post("/login")
def login():
    identity = identity_of_credentials()
    if identity is None:
        return refused()
    access = tokens.access_token(identity, fresh=True)
    refresh = tokens.refresh_token(identity)
    response = jsonify(login=True, csrf_access=get_csrf_token(access), csrf_refresh=get_csrf_token(refresh))
    set_access_cookies(response, access)
    set_refresh_cookies(response, refresh)
    return response


@cookie.post("/refresh")
@jwt_required(refresh=True, locations="cookies")
def refresh():
    successor = rotated()
    access = tokens.access_token(get_jwt_identity())
    answer = {"refresh": True, "csrf_access": get_csrf_token(access)}
    if successor is None:
        response = jsonify(answer)
    else:
        response = jsonify(**answer, csrf_refresh=get_csrf_token(successor))
        set_refresh_cookies(response, successor)
    set_access_cookies(response, access)
    return response


@cookie.post("/logout")
def logout():
    """Never refuses: whoever wants to be signed out is, whatever is left of the tokens."""
    for name in ("access_token_cookie", "refresh_token_cookie"):
        try:
            tokens.chain.revoke(decode_token(request.cookies[name], allow_expired=True)["jti"])
        except (KeyError, jwt.InvalidTokenError):
            pass
    response = jsonify(logout=True)
    unset_jwt_cookies(response)
    return response


@cookie.post("/logout/all")
@jwt_required(locations="cookies")
def logout_all():
    tokens.revoke_all(get_jwt_identity())
    response = jsonify(logout=True)
    unset_jwt_cookies(response)
    return response


@cookie.route("/me", methods=["GET", "POST"])
@jwt_required(locations="cookies")
def me():
    return jsonify(username=get_jwt_identity(), method=request.method)


@cookie.after_request
def renew(response):
    """The guide's "implicit refreshing": an access cookie with less than half of its life left is renewed."""
    if not control.settings["implicitRenewal"] or response.status_code != 200 or request.endpoint != "cookie.me":
        return response
    left = get_jwt()["exp"] - time.time()
    if left < control.settings["accessLifetime"] / 2:
        set_access_cookies(response, tokens.access_token(get_jwt_identity()))
        control.count("renewals")
    return response
