"""The sign-in views (SimpleJWT's own, and what projects add to them) and the API that they protect."""

import time

import control
import slide
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from grace import GraceRefreshSerializer
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
)
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch
from rest_framework_simplejwt.views import TokenObtainPairView

BODY_SHOWN = 65536


class EmailBackend(ModelBackend):
    """Finds the user by e-mail address, as many projects do."""

    def authenticate(self, request, email, password):
        user = get_user_model().objects.filter(email=email).first()
        return user if user and user.check_password(password) and self.user_can_authenticate(user) else None


class EmailTokenSerializer(TokenObtainPairSerializer):
    username_field = "email"


class EmailTokenView(TokenObtainPairView):
    serializer_class = EmailTokenSerializer


class RefreshSerializer(GraceRefreshSerializer):
    """Puts the rotated token on the list of outstanding ones, which 5.2 leaves to the sign-in: revoke-all reads it."""

    @property
    def token_class(self):
        return super().token_class if settings.REFRESH_GRACE else RefreshToken

    def validate(self, attrs):
        data = super().validate(attrs)
        if "refresh" in data and settings.OPTIONS["blacklist"]:
            token = RefreshToken(data["refresh"], verify=False)
            OutstandingToken.objects.get_or_create(
                jti=token["jti"],
                defaults={
                    "user": get_user_model().objects.filter(pk=token["user_id"]).first(),
                    "token": data["refresh"],
                    "created_at": token.current_time,
                    "expires_at": datetime_from_epoch(token["exp"]),
                },
            )
        return data


class StrictTokenView(TokenObtainPairView):
    """A sign-in that counts wrong passwords, and demands a verified e-mail address: carol's is not."""

    def post(self, request, *args, **kwargs):
        username = request.data.get("username")
        if control.wrong_passwords[username] >= 3:
            raise exceptions.Throttled(wait=30)
        try:
            response = super().post(request, *args, **kwargs)
        except exceptions.AuthenticationFailed:
            control.wrong_passwords[username] += 1
            raise
        if username == "carol":
            raise AuthenticationFailed("E-mail address is not verified.", code="email_not_verified")
        del control.wrong_passwords[username]
        return response


class LogoutView(APIView):
    """The log-out that many projects write: it wants the access token too, although it revokes the other."""

    def post(self, request):
        serializer = TokenBlacklistSerializer(data=request.data)
        try:
            serializer.is_valid(raise_exception=True)
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        return Response(status=205)


class MeView(APIView):
    def get(self, request):
        user = request.user
        answer = {"id": user.id, "username": user.username, "email": user.email, "jti": request.auth["jti"]}
        token = slide.fresh_token(request) if control.switches["slideField"] else None
        return Response(answer if token is None else {**answer, "token": token})


class ItemsView(APIView):
    """45 items of whoever asks, ten on a page."""

    def get(self, request):
        items = [{"id": number, "name": f"Item {number} of {request.user.username}"} for number in range(1, 46)]
        paginator = PageNumberPagination()
        return paginator.get_paginated_response(paginator.paginate_queryset(items, request, view=self))


class EchoView(APIView):
    """Shows what arrived. Of the Authorization header it shows the scheme alone, of cookies their names."""

    def echo(self, request):
        body = request.body
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("content-length") == "":
            # What WSGI says where no length was sent.
            del headers["content-length"]
        if "authorization" in headers:
            headers["authorization"] = headers["authorization"].split(" ")[0]
        if "cookie" in headers:
            headers["cookie"] = "; ".join(sorted(request.COOKIES))
        answer = {
            "method": request.method,
            "query": request.query_params.dict(),
            "headers": headers,
            "body": body[:BODY_SHOWN].decode("latin-1"),
            "length": len(body),
        }
        if headers.get("content-type", "").startswith("multipart/form-data"):
            answer["fields"] = {name: request.POST.getlist(name) for name in request.POST}
            answer["files"] = [
                {"field": field, "name": file.name, "type": file.content_type, "size": file.size}
                for field in request.FILES
                for file in request.FILES.getlist(field)
            ]
        return Response(answer)

    get = post = put = patch = delete = options = echo


class PublicView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request):
        return Response({"public": True})


class PublicParsedView(APIView):
    """Open to all, and yet a stale token is refused: the authenticator reads the header first."""

    permission_classes = [AllowAny]

    def get(self, request):
        return Response({"public": True})


class ForbiddenView(APIView):
    def get(self, request):
        raise exceptions.PermissionDenied()


class SlowView(APIView):
    def get(self, request):
        waited = int(request.query_params.get("ms", 0))
        time.sleep(waited / 1000)
        return Response({"ms": waited})
