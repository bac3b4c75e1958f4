"""A grace window for the refresh token before: who lost the answer of a refresh may ask for it once more.

With rotation, an answer that gets lost on its way leaves a client with a token that is already used up, and the user
has to sign in again. For a few seconds after a token was rotated, this gives its successor again instead.

To use it: copy the file, and set in settings.py

    REFRESH_GRACE = timedelta(seconds=10)
    SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True,
                  "TOKEN_REFRESH_SERIALIZER": "grace.GraceRefreshSerializer", ...}

The id of a successor follows from the id of its predecessor. So a token has one successor however often and however
much at once it is sent, no table is needed to find it, and the database's own unique index settles every race. A
token whose successor was used, or revoked, or is older than the window, is refused as ever.
"""

from copy import deepcopy

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import aware_utcnow, datetime_from_epoch


class GraceRefreshToken(RefreshToken):
    """A refresh token that is still taken for a moment after it was rotated."""

    def check_blacklist(self):
        # Looked up in this order: a rotated token is blacklisted only once its successor is written.
        used = BlacklistedToken.objects.filter(token__jti=self.payload[api_settings.JTI_CLAIM]).exists()
        successor = OutstandingToken.objects.filter(jti=self.successor_jti()).first()
        if successor is None:
            refused = used
        else:
            too_late = successor.created_at < aware_utcnow() - settings.REFRESH_GRACE
            refused = too_late or BlacklistedToken.objects.filter(token=successor).exists()
        if refused:
            raise TokenError("Token is blacklisted")

    def blacklist(self):
        """What a refresh does to the token that it was given: the successor is written first."""
        successor = deepcopy(self)
        successor.set_jti()
        successor.set_exp()
        successor.set_iat()
        user = get_user_model().objects.filter(**{api_settings.USER_ID_FIELD: self[api_settings.USER_ID_CLAIM]})
        row, created = OutstandingToken.objects.get_or_create(
            jti=successor[api_settings.JTI_CLAIM],
            defaults={
                "user": user.first(),
                "token": str(successor),
                "created_at": self.current_time,
                # Given once more, it lives until then.
                "expires_at": datetime_from_epoch(successor["exp"]) + settings.REFRESH_GRACE,
            },
        )
        if created and not super().blacklist()[1]:
            # It was revoked between the check and here, by a log-out: that wins.
            BlacklistedToken.objects.get_or_create(token=row)
            raise TokenError("Token is blacklisted")

    def set_jti(self):
        if api_settings.JTI_CLAIM in self.payload:
            self.payload[api_settings.JTI_CLAIM] = self.successor_jti()
        else:
            super().set_jti()

    def successor_jti(self):
        # Keyed with SECRET_KEY: nobody else can tell which tokens belong together.
        return salted_hmac("grace.successor", self.payload[api_settings.JTI_CLAIM]).hexdigest()[:32]


class GraceRefreshSerializer(TokenRefreshSerializer):
    token_class = GraceRefreshToken
