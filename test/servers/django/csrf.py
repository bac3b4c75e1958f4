"""Django's CSRF protection, for views that read cookies."""

import re

from django.conf import settings
from django.http import JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.views.decorators.csrf import ensure_csrf_cookie
from rest_framework.exceptions import PermissionDenied

LOOPBACK = re.compile(r"^https?://(([\w-]+\.)*localhost|127(\.\d+){3}|\[::1\])(:\d+)?$")


#: Since Django 4; older ones look at no Origin, and at the Referer over https only.
looks_at_list = getattr(CsrfViewMiddleware, "_origin_verified", None)


def is_trusted(middleware, request):
    """Every loopback origin, whatever its port, unless the test named the ones it wants.

    A project lists its own in CSRF_TRUSTED_ORIGINS, which cannot name every port.
    """
    if settings.OPTIONS["origins"] is None and LOOPBACK.match(request.headers["Origin"]):
        return True
    return looks_at_list(middleware, request)


CsrfViewMiddleware._origin_verified = is_trusted


class JsonCheck(CsrfViewMiddleware):
    def _reject(self, request, reason):
        return reason


def enforce_csrf(request):
    """The same check as in DRF's SessionAuthentication, whose refusal is a 403 in JSON."""
    # Read whole first: the check may look into a form, and the view wants the body too.
    request._request.body
    check = JsonCheck(lambda _: None)
    check.process_request(request._request)
    reason = check.process_view(request._request, None, (), {})
    if reason:
        raise PermissionDenied(f"CSRF Failed: {reason}")


@ensure_csrf_cookie
def csrf_view(request):
    """The token for a page that cannot read the cookie, as on another origin; it also sets the cookie."""
    return JsonResponse({"csrfToken": get_token(request)})
