"""Log out everywhere: every refresh token of one user is revoked. Access tokens live on until they expire."""

from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken


def revoke_all_of(user_id):
    for token in OutstandingToken.objects.filter(user_id=user_id, blacklistedtoken=None):
        BlacklistedToken.objects.get_or_create(token=token)


class LogoutAllView(APIView):
    """For whoever presents an access token, as any view of the API."""

    def post(self, request):
        revoke_all_of(request.user.pk)
        return Response(status=204)
