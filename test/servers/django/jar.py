"""Both tokens in HttpOnly cookies, and no refresh route: any call renews them, on its own answer, when it must."""

import control
from csrf import enforce_csrf
from django.conf import settings
from django.middleware.csrf import rotate_token
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views.decorators.csrf import ensure_csrf_cookie
from everywhere import revoke_all_of
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenBlacklistSerializer, TokenObtainPairSerializer
from rest_framework_simplejwt.settings import api_settings
from views import EchoView

ACCESS = "jar_access"
REFRESH = "jar_refresh"
PATH = "/jar/"


class JarAuthentication(BaseAuthentication):
    """Knows the user by the access cookie, or else by the refresh cookie, which is then rotated."""

    def authenticate(self, request):
        if ACCESS not in request.COOKIES and REFRESH not in request.COOKIES:
            return None
        # Before anything is rotated: another site must not use up the token.
        enforce_csrf(request)
        tokens = JWTAuthentication()
        try:
            access = tokens.get_validated_token(request.COOKIES.get(ACCESS, ""))
        except InvalidToken:
            access = tokens.get_validated_token(self.renew(request))
        return tokens.get_user(access), access

    def renew(self, request):
        serializer = import_string(api_settings.TOKEN_REFRESH_SERIALIZER)(data={"refresh": request.COOKIES.get(REFRESH)})
        try:
            if not serializer.is_valid():
                raise InvalidToken()
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        # The view writes them on its answer, whatever that is.
        request._request.renewed = serializer.validated_data
        control.count("renewals")
        return serializer.validated_data["access"]

    def authenticate_header(self, request):
        # Without one, DRF would make every 401 a 403.
        return 'Cookie realm="api"'


class JarView(APIView):
    authentication_classes = [JarAuthentication]

    def finalize_response(self, request, response, *args, **kwargs):
        put(request, response, getattr(request._request, "renewed", {}))
        return super().finalize_response(request, response, *args, **kwargs)


def put(request, response, tokens):
    lifetime = int(api_settings.REFRESH_TOKEN_LIFETIME.total_seconds())
    for cookie, name in ((ACCESS, "access"), (REFRESH, "refresh")):
        if name in tokens:
            # The access cookie outlives its token: what is in it tells when that ends.
            flags = {"path": PATH, "secure": request.is_secure(), "httponly": True, "samesite": "Lax"}
            response.set_cookie(cookie, tokens[name], max_age=lifetime, **flags)


def forget(response):
    for cookie in (ACCESS, REFRESH):
        response.delete_cookie(cookie, path=PATH, samesite="Lax")
    return response


@method_decorator(ensure_csrf_cookie, name="dispatch")
class LoginView(APIView):
    authentication_classes = []
    permission_classes = []

    def get_authenticate_header(self, request):
        return JarAuthentication().authenticate_header(request)

    def post(self, request):
        enforce_csrf(request)
        serializer = TokenObtainPairSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rotate_token(request)
        response = Response({"username": serializer.user.get_username()})
        put(request, response, serializer.validated_data)
        return response


class LogoutView(APIView):
    """Never refuses but for CSRF: what is expired need not be renewed to be forgotten."""

    authentication_classes = []
    permission_classes = []

    def post(self, request):
        enforce_csrf(request)
        if settings.OPTIONS["blacklist"] and REFRESH in request.COOKIES:
            try:
                TokenBlacklistSerializer(data={"refresh": request.COOKIES[REFRESH]}).is_valid()
            except TokenError:
                pass
        return forget(Response(status=204))


class LogoutAllView(JarView):
    def post(self, request):
        revoke_all_of(request.user.pk)
        # Nothing that this very call may have renewed is written.
        request._request.renewed = {}
        return forget(Response(status=204))


class MeView(JarView):
    """The probe: it says who is signed in, and renews as any other call does."""

    def get(self, request):
        return Response({"id": request.user.id, "username": request.user.username, "email": request.user.email})


class JarEchoView(JarView, EchoView):
    pass
