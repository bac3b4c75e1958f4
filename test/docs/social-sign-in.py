"""Runs the Python of docs/social-sign-in.md and docs/one-session.md, which lies in the folder that it is given."""

import io
import json
import sys
import types
from unittest import mock

import django
from django.conf import settings

folder = sys.argv[1]
sys.path.insert(0, folder)

# google-auth is not installed here: this stands for the one function of it that the page calls.
google = {name: types.ModuleType(name) for name in ("google", "google.auth", "google.auth.transport", "google.oauth2")}
requests = types.ModuleType("google.auth.transport.requests")
requests.Request = object
id_token = types.ModuleType("google.oauth2.id_token")


def verify_oauth2_token(credential, request, audience):
    if credential != "good" or audience != "our-app":
        raise ValueError("not for us")
    return {"sub": "g-1"}


id_token.verify_oauth2_token = verify_oauth2_token
google["google.auth.transport"].requests = requests
google["google.oauth2"].id_token = id_token
sys.modules.update({**google, requests.__name__: requests, id_token.__name__: id_token})

chosen = {}
with open(f"{folder}/chosen.py") as source:
    exec(source.read(), chosen)

settings.configure(
    SECRET_KEY="only for tests, and long enough for SHA-256",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "accounts"],
    REST_FRAMEWORK=chosen["REST_FRAMEWORK"],
    GOOGLE_CLIENT_ID="our-app",
    GITHUB_CLIENT_ID="id",
    GITHUB_CLIENT_SECRET="secret",
)
django.setup()

from accounts import social  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from rest_framework.authentication import SessionAuthentication  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.test import APIRequestFactory  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_simplejwt.authentication import JWTAuthentication  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
factory = APIRequestFactory()
users = get_user_model().objects
found = {}


def post(view, **data):
    return view.as_view()(factory.post("/", data, format="json"))


# The exchange with Google.
first, again = post(social.GoogleView, credential="good"), post(social.GoogleView, credential="good")
found["google"] = [first.status_code, sorted(first.data), again.status_code, users.count()]
found["forged"] = [post(social.GoogleView, credential="bad").status_code, post(social.GoogleView).status_code]
users.update(is_active=False)
found["closed"] = post(social.GoogleView, credential="good").status_code

# The exchange with GitHub.
asked = []


def github(request, timeout):
    asked.append([request.full_url, request.get_header("Authorization"), (request.data or b"").decode()])
    is_code = b"code=right" in (request.data or b"")
    answer = {"id": 7} if request.data is None else {"access_token": "gho"} if is_code else {"error": "bad"}
    return io.BytesIO(json.dumps(answer).encode())


with mock.patch.object(social, "urlopen", github):
    found["github"] = [post(social.GitHubView, code=code).status_code for code in ("right", "wrong")]
found["asked"] = asked[1][:2]
found["secret"] = "client_secret=secret" in asked[0][2]

# Two sessions at once: Bob's cookie and Alice's token.
alice, bob = users.create_user("alice"), users.create_user("bob")


class Who(APIView):
    def get(self, request):
        return Response(request.user.username)


def who(*classes, token=str(AccessToken.for_user(alice))):
    request = factory.get("/", HTTP_AUTHORIZATION=f"Bearer {token}") if token else factory.get("/")
    request.user = bob  # as Django's own middleware does for a session cookie
    view = Who.as_view(**({"authentication_classes": classes} if classes else {}))
    answer = view(request)
    return answer.data if answer.status_code == 200 else answer.status_code


found["both"] = who(SessionAuthentication, JWTAuthentication)
found["expired"] = who(SessionAuthentication, JWTAuthentication, token="spent")
found["signed out"] = who(JWTAuthentication, SessionAuthentication, token="")
found["chosen"] = [who(), who(token="spent"), who(token="")]
print(json.dumps(found))
