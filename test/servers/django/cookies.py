"""The refresh token in an HttpOnly cookie, behind Django's CSRF protection; the access token in the answer alone."""

from django.apps import apps
from django.middleware.csrf import rotate_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from everywhere import revoke_all_of
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenBlacklistSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView, TokenViewBase

COOKIE = "refresh_token"
PATH = "/cookie/"


def hand_over(request, response):
    """Moves the refresh token from the body of an answer into the cookie."""
    token = response.data.pop("refresh", None)
    if token is not None:
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(api_settings.REFRESH_TOKEN_LIFETIME.total_seconds()),
            path=PATH,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def forget(response):
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def no_cookie():
    return Response({"detail": "No refresh cookie", "code": "no_refresh_cookie"}, status=401)


@method_decorator(csrf_protect, name="dispatch")
class LoginView(TokenObtainPairView):
    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        # As Django's own sign-in does: what somebody planted before it must not be good after it.
        rotate_token(request)
        return hand_over(request, response)


@method_decorator(csrf_protect, name="dispatch")
class RefreshView(TokenRefreshView):
    def post(self, request, *args, **kwargs):
        if COOKIE not in request.COOKIES:
            return no_cookie()
        serializer = self.get_serializer(data={"refresh": request.COOKIES[COOKIE]})
        try:
            serializer.is_valid(raise_exception=True)
        except TokenError as error:
            # The cookie stays: the one of a newer sign-in may have come meanwhile.
            raise InvalidToken(error.args[0]) from error
        return hand_over(request, Response(dict(serializer.validated_data)))


@method_decorator(csrf_protect, name="dispatch")
class LogoutView(TokenViewBase):
    """Never refuses: whoever wants to be signed out is, whatever is left of the token."""

    def post(self, request, *args, **kwargs):
        is_kept = apps.is_installed("rest_framework_simplejwt.token_blacklist")
        if is_kept and COOKIE in request.COOKIES:
            try:
                TokenBlacklistSerializer(data={"refresh": request.COOKIES[COOKIE]}).is_valid()
            except TokenError:
                pass
        return forget(Response(status=204))


@method_decorator(csrf_protect, name="dispatch")
class LogoutAllView(TokenViewBase):
    def post(self, request, *args, **kwargs):
        if COOKIE not in request.COOKIES:
            return no_cookie()
        try:
            revoke_all_of(RefreshToken(request.COOKIES[COOKIE])[api_settings.USER_ID_CLAIM])
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        return forget(Response(status=204))
