"""The routes. Without the blacklist, those that revoke do not exist, as in a project that never installed it."""

import control
import cookies
import csrf
import everywhere
import jar
import legacy
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
    path("auth/token/refresh/", simplejwt.TokenRefreshView.as_view()),
    path("auth/token/verify/", simplejwt.TokenVerifyView.as_view()),
    path("auth/email/token/", views.EmailTokenView.as_view()),
    path("auth/strict/token/", views.StrictTokenView.as_view()),
    path("auth/sliding/", simplejwt.TokenObtainSlidingView.as_view()),
    path("auth/sliding/refresh/", simplejwt.TokenRefreshSlidingView.as_view()),
    path("auth/djoser/", include("djoser.urls")),
    path("auth/djoser/", include("djoser.urls.jwt")),
    path("auth/legacy/obtain/", legacy.TokenView.as_view(serializer_class=legacy.ObtainSerializer)),
    path("auth/legacy/refresh/", legacy.TokenView.as_view(serializer_class=legacy.RefreshSerializer)),
    path("auth/legacy/verify/", legacy.TokenView.as_view(serializer_class=legacy.VerifySerializer)),
    path("cookie/csrf/", csrf.csrf_view),
    path("cookie/login/", cookies.LoginView.as_view()),
    path("cookie/refresh/", cookies.RefreshView.as_view()),
    path("cookie/logout/", cookies.LogoutView.as_view()),
    path("jar/csrf/", csrf.csrf_view),
    path("jar/login/", jar.LoginView.as_view()),
    path("jar/logout/", jar.LogoutView.as_view()),
    path("jar/me/", jar.MeView.as_view()),
    path("jar/echo/", jar.JarEchoView.as_view()),
    path("api/legacy/me/", legacy.MeView.as_view()),
    path("api/legacy/echo/", legacy.LegacyEchoView.as_view()),
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
        path("auth/logout/all/", everywhere.LogoutAllView.as_view()),
        path("cookie/logout/all/", cookies.LogoutAllView.as_view()),
        path("jar/logout/all/", jar.LogoutAllView.as_view()),
    ]
if settings.OPTIONS["staticDir"]:
    # Not below the API's own paths: there Django's answer to an unknown one, or to a missing slash, is wanted.
    urlpatterns.append(re_path(r"^(?!(?:api|auth|cookie|jar|_control)/)(?P<path>.*)$", static_file))
