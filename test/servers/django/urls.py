"""The routes. Without the blacklist, the two that revoke do not exist, as in a project that never installed it."""

import control
import views
from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from rest_framework_simplejwt import views as simplejwt


def static_file(request, path):
    name = f"{path}index.html" if path == "" or path.endswith("/") else path
    response = serve(request, name, settings.OPTIONS["staticDir"])
    # A page that was built anew must not meet the browser's copy of the last build.
    response["Cache-Control"] = "no-cache"
    return response


urlpatterns = [
    path("_control/", include(control.urlpatterns)),
    path("auth/token/", simplejwt.TokenObtainPairView.as_view()),
    path("auth/token/refresh/", views.RefreshView.as_view()),
    path("auth/token/verify/", simplejwt.TokenVerifyView.as_view()),
    path("auth/email/token/", views.EmailTokenView.as_view()),
    path("auth/strict/token/", views.StrictTokenView.as_view()),
    path("auth/sliding/", simplejwt.TokenObtainSlidingView.as_view()),
    path("auth/sliding/refresh/", simplejwt.TokenRefreshSlidingView.as_view()),
    path("api/me/", views.MeView.as_view()),
    path("api/items/", views.ItemsView.as_view()),
    path("api/echo/", views.EchoView.as_view()),
    path("api/public/", views.PublicView.as_view()),
    path("api/public-parsed/", views.PublicParsedView.as_view()),
    path("api/forbidden/", views.ForbiddenView.as_view()),
    path("api/slow/", views.SlowView.as_view()),
]
if settings.OPTIONS["blacklist"]:
    urlpatterns += [
        path("auth/token/blacklist/", simplejwt.TokenBlacklistView.as_view()),
        path("auth/logout/", views.LogoutView.as_view()),
    ]
if settings.OPTIONS["staticDir"]:
    # Not below the API's own paths: there Django's answer to an unknown one, or to a missing slash, is wanted.
    urlpatterns.append(re_path(r"^(?!(?:api|auth|_control)/)(?P<path>.*)$", static_file))
