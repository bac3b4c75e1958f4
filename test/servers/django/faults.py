"""What a test may break at the refresh routes, whichever of them it is."""

import time

import control
from django.http import HttpResponse

REFRESH_PATHS = (
    "/auth/token/refresh/",
    "/auth/djoser/jwt/refresh/",
    "/auth/legacy/refresh/",
    "/cookie/refresh/",
)


def faulty(get_response):
    """The middleware that fails, or is slow, as the test asked."""

    def middleware(request):
        if request.path not in REFRESH_PATHS:
            return get_response(request)
        status = control.switches["refreshStatus"]
        response = get_response(request) if status is None else fail(status)
        # Waits after the work: whoever gives up on the answer has lost a token that is already rotated.
        time.sleep(control.switches["refreshDelayMs"] / 1000)
        return response

    return middleware


def fail(status):
    # 503 comes from the proxy in front of a project, which does not speak JSON.
    if status == 503:
        response = HttpResponse("<html><body><h1>503 Service Unavailable</h1></body></html>", status=503)
    else:
        response = HttpResponse('{"detail":"As the test asked."}', status=status, content_type="application/json")
    if control.switches["retryAfter"] is not None:
        response["Retry-After"] = str(control.switches["retryAfter"])
    return response
