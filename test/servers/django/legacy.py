"""The older scheme: one token, renewed while it still lives.

This is the documented protocol of djangorestframework-jwt (obtain_jwt_token, refresh_jwt_token, verify_jwt_token),
written anew with PyJWT: it is not the package, which no longer runs on the Django of today.
"""

from time import time

import control
import jwt
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings
from views import EchoView


def token_for(user, orig_iat=None):
    now = int(time())
    payload = {
        "user_id": user.pk,
        "username": user.username,
        "exp": now + int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        "email": user.email,
        "orig_iat": now if orig_iat is None else orig_iat,
    }
    return jwt.encode(payload, secret(), algorithm="HS256")


def secret():
    # Nothing is revoked but by a new secret (JWT_GET_USER_SECRET_KEY, in the package).
    return "{} {}".format(settings.SECRET_KEY, control.counts["legacySecrets"])


def read(token):
    """The payload and its user. A refusal is a ValueError with the package's own words."""
    try:
        payload = jwt.decode(token, secret(), algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        raise ValueError("Signature has expired.") from None
    except jwt.InvalidTokenError:
        raise ValueError("Error decoding signature.") from None
    user = get_user_model().objects.filter(pk=payload["user_id"]).first()
    if user is None:
        raise ValueError("User doesn't exist.")
    if not user.is_active:
        raise ValueError("User account is disabled.")
    return payload, user


class ObtainSerializer(serializers.Serializer):
    username = serializers.CharField()
    password = serializers.CharField()

    def validate(self, attrs):
        user = authenticate(**attrs)
        if user is None:
            raise serializers.ValidationError("Unable to log in with provided credentials.")
        return {"token": token_for(user)}


class VerifySerializer(serializers.Serializer):
    token = serializers.CharField()

    def validate(self, attrs):
        try:
            return self.answer(attrs["token"], *read(attrs["token"]))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def answer(self, token, payload, user):
        return {"token": token}


class RefreshSerializer(VerifySerializer):
    def answer(self, token, payload, user):
        if time() > payload["orig_iat"] + control.switches["legacyRefreshDelta"]:
            raise ValueError("Refresh has expired.")
        return {"token": token_for(user, payload["orig_iat"])}


class TokenView(APIView):
    authentication_classes = []
    permission_classes = []
    serializer_class = None

    def post(self, request):
        serializer = self.serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)


class LegacyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "jwt":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Invalid Authorization header. No credentials provided.")
        try:
            payload, user = read(words[1])
        except ValueError as error:
            raise AuthenticationFailed(str(error)) from error
        return user, payload

    def authenticate_header(self, request):
        return 'JWT realm="api"'


class MeView(APIView):
    authentication_classes = [LegacyAuthentication]

    def get(self, request):
        return Response({"id": request.user.id, "username": request.user.username, "email": request.user.email})


class LegacyEchoView(EchoView):
    authentication_classes = [LegacyAuthentication]
