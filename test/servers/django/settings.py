"""Settings of the test server: what a small Django REST project has, and what one test asked for."""

import json
import os
from datetime import timedelta

import django

#: What a test may choose at start. Lifetimes are in seconds; start.mjs documents each.
OPTIONS = {
    "accessLifetime": 300,
    "refreshLifetime": 86400,
    "rotate": True,
    "graceSeconds": 0,
    "blacklist": True,
    "origins": None,
    "exposeHeaders": [],
    "staticDir": None,
    **json.loads(os.environ.get("LATCHKEY_OPTIONS", "{}")),
}

SECRET_KEY = "only-for-tests: long enough for HS512, and known to everybody who reads this"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "corsheaders",
    "rest_framework",
    "djoser",
]
if OPTIONS["blacklist"]:
    INSTALLED_APPS.append("rest_framework_simplejwt.token_blacklist")

# The recorder stands outermost, so that its log also has what the others answer: preflights and redirects.
MIDDLEWARE = [
    "control.recorder",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "slide.sliding",
    "faults.faulty",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["LATCHKEY_DJANGO_DATABASE"],
        # SQLite has one writer at a time: a burst of requests waits in line instead of failing.
        "OPTIONS": {"timeout": 20},
    }
}

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "views.EmailBackend"]
# A real hash takes 100 ms or more by design; nobody attacks these passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "PAGE_SIZE": 10,
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=OPTIONS["accessLifetime"]),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=OPTIONS["refreshLifetime"]),
    "SLIDING_TOKEN_LIFETIME": timedelta(seconds=OPTIONS["accessLifetime"]),
    "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(seconds=OPTIONS["refreshLifetime"]),
    "ROTATE_REFRESH_TOKENS": OPTIONS["rotate"],
    "BLACKLIST_AFTER_ROTATION": OPTIONS["blacklist"],
    "TOKEN_REFRESH_SERIALIZER": "views.RefreshSerializer",
    # Bearer is SimpleJWT's word, JWT the one that djoser's guide tells people to set.
    "AUTH_HEADER_TYPES": ("Bearer", "JWT"),
    "AUTH_TOKEN_CLASSES": (
        "rest_framework_simplejwt.tokens.AccessToken",
        "rest_framework_simplejwt.tokens.SlidingToken",
    ),
}

# No e-mail is sent, and the token model of another scheme is not wanted.
DJOSER = {"SEND_ACTIVATION_EMAIL": False, "TOKEN_MODEL": None}
# Of grace.py.
REFRESH_GRACE = timedelta(seconds=OPTIONS["graceSeconds"])

# What the https front says of the request that it handed on.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = True
# Until Django 4 they were hosts; csrf.py trusts the others.
CSRF_TRUSTED_ORIGINS = [
    origin if django.VERSION >= (4,) else origin.partition("://")[2] for origin in OPTIONS["origins"] or ()
]

CORS_ALLOW_CREDENTIALS = True
CORS_EXPOSE_HEADERS = OPTIONS["exposeHeaders"]
if OPTIONS["origins"] is None:
    CORS_ALLOWED_ORIGIN_REGEXES = [r"^https?://(([\w-]+\.)*localhost|127(\.\d+){3}|\[::1\])(:\d+)?$"]
else:
    CORS_ALLOWED_ORIGINS = OPTIONS["origins"]

# Only what broke is said, on the standard error; a 401, or a 503 that a test asked for, is daily work.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"traceback": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: record.exc_info}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["traceback"]}},
    "loggers": {name: {"handlers": ["stderr"], "propagate": False} for name in ("django", "django.server")},
}
