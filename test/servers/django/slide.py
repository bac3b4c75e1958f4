"""Sliding sessions: an answer of the API carries a fresh access token, in a header or in a field of `/api/me/`."""

import re

import control
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import AccessToken

#: By how much an older token is older, in seconds.
OLDER_BY = 60


def sliding(get_response):
    """The middleware that adds the header to whatever a signed-in user is answered."""

    def middleware(request):
        response = get_response(request)
        name = control.switches["slideHeader"]
        user = getattr(request, "user", None)
        # The older scheme has tokens of its own kind.
        if not name or user is None or not user.is_authenticated or not re.match(r"/api/(?!legacy/)", request.path):
            return response
        header = "X-New-Token" if name is True else name
        token = fresh_token(request)
        if token is not None:
            response[header] = token
        if control.switches["slideFault"] == "twice":
            items = response.items
            second = str(AccessToken.for_user(user))
            # A response keeps one value of a name; what it hands to the server can have two.
            response.items = lambda: [*items(), (header, second)]
        return response

    return middleware


def fresh_token(request):
    """A token for the user of this request, or what the test wants instead; None for none."""
    fault = control.switches["slideFault"]
    if fault == "missing":
        return None
    users = get_user_model().objects
    user = users.exclude(pk=request.user.pk).order_by("pk").first() if fault == "foreign" else request.user
    token = AccessToken.for_user(user)
    if fault == "older":
        token["iat"] = request.auth["iat"] - OLDER_BY
        token["exp"] = request.auth["exp"] - OLDER_BY
    return str(token)
