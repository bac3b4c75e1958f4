"""What a test holds the server by: the log of its requests, its switches, its settings and users. Under /_control/."""

import json
from collections import Counter
from datetime import timedelta
from threading import Lock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import JsonResponse
from django.urls import path
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken

USERS = ("alice", "bob", "carol")
SWITCHES = {
    "refreshDelayMs": 0,
    "refreshStatus": None,
    "retryAfter": None,
    "slideHeader": None,
    "slideField": False,
    "slideFault": None,
    "legacyRefreshDelta": 604800,
}
LIFETIMES_AND_ROTATION = ("accessLifetime", "refreshLifetime", "rotate", "graceSeconds")

#: One entry per request since the last reset, in the order of arrival; status 0 until it is answered.
log = []
#: What is wrong with the refresh routes at present, and what else the views ask.
switches = dict(SWITCHES)
#: How often the jar has renewed its cookies since the last reset, and how often the older scheme's secret was changed.
counts = {"renewals": 0, "legacySecrets": 0}
counting = Lock()
#: Wrong passwords by user name, at the strict sign-in.
wrong_passwords = Counter()


def recorder(get_response):
    """The middleware that writes the log."""

    def middleware(request):
        if request.path.startswith("/_control/"):
            return get_response(request)
        entry = {
            "method": request.method,
            "path": request.path,
            "status": 0,
            "hadAuthorization": "Authorization" in request.headers,
            "cookies": sorted(request.COOKIES),
        }
        log.append(entry)
        response = get_response(request)
        entry["status"] = response.status_code
        if request.method == "HEAD":
            # wsgiref would send the body, which the connection's next reader would take for an answer.
            if response.streaming:
                response.streaming_content = ()
            else:
                response.content = b""
        return response

    return middleware


def count(name):
    with counting:
        counts[name] += 1


def apply(changes):
    """Changes the server while it runs. Lifetimes are in two places: the token classes copied them when defined."""
    unknown = changes.keys() - SWITCHES.keys() - set(LIFETIMES_AND_ROTATION)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    if "accessLifetime" in changes:
        lifetime = timedelta(seconds=changes["accessLifetime"])
        api_settings.ACCESS_TOKEN_LIFETIME = AccessToken.lifetime = lifetime
        api_settings.SLIDING_TOKEN_LIFETIME = SlidingToken.lifetime = lifetime
    if "refreshLifetime" in changes:
        lifetime = timedelta(seconds=changes["refreshLifetime"])
        api_settings.REFRESH_TOKEN_LIFETIME = RefreshToken.lifetime = lifetime
        api_settings.SLIDING_TOKEN_REFRESH_LIFETIME = lifetime
    if "rotate" in changes:
        api_settings.ROTATE_REFRESH_TOKENS = changes["rotate"]
    if "graceSeconds" in changes:
        settings.REFRESH_GRACE = timedelta(seconds=changes["graceSeconds"])
    switches.update({name: value for name, value in changes.items() if name in SWITCHES})


def restore():
    """Brings the server back to how it was started. Tokens that were handed out or revoked stay so."""
    apply({**SWITCHES, **{name: settings.OPTIONS[name] for name in LIFETIMES_AND_ROTATION}})
    users = get_user_model().objects
    for number, name in enumerate(USERS, start=1):
        user, _ = users.update_or_create(
            id=number, defaults={"username": name, "email": f"{name}@example.com", "is_active": True}
        )
        user.set_password(f"{name}-pass-1")
        user.save()
    users.exclude(username__in=USERS).delete()
    wrong_passwords.clear()
    counts["renewals"] = 0
    log.clear()


def reset(request):
    restore()
    return JsonResponse({})


def read_log(request):
    return JsonResponse(log[:], safe=False)


def read_renewals(request):
    return JsonResponse(counts["renewals"], safe=False)


def change_settings(request):
    try:
        apply(json.loads(request.body))
    except ValueError as error:
        return JsonResponse({"detail": str(error)}, status=400)
    return JsonResponse({})


def change_user(request):
    change = json.loads(request.body)
    user = get_user_model().objects.filter(username=change["username"])
    if not user.exists():
        return JsonResponse({"detail": f"no user {change['username']}"}, status=404)
    if change.get("delete"):
        user.delete()
    else:
        user.update(is_active=change["is_active"])
    return JsonResponse({})


def revoke_all(request):
    if not settings.OPTIONS["blacklist"]:
        return JsonResponse({"detail": "this server was started without the blacklist"}, status=409)
    for token in OutstandingToken.objects.filter(blacklistedtoken=None):
        BlacklistedToken.objects.get_or_create(token=token)
    count("legacySecrets")
    return JsonResponse({})


urlpatterns = [
    path("reset", reset),
    path("log", read_log),
    path("renewals", read_renewals),
    path("settings", change_settings),
    path("user", change_user),
    path("revoke-all", revoke_all),
]
