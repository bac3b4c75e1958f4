"""What this server remembers of its tokens: to whom each was given, and which are good no more."""

from flask_jwt_extended import create_access_token, create_refresh_token, get_jti
from grace import RefreshChain

chain = RefreshChain()
#: By the id of a token: whose it is.
issued = {}


def access_token(identity, fresh=False):
    return remember(create_access_token(identity, fresh=fresh), identity)


def refresh_token(identity):
    return remember(create_refresh_token(identity), identity)


def remember(token, identity):
    issued[get_jti(token)] = identity
    return token


def revoke_all(identity=None):
    """Log out everywhere: every token of one user, or of all, access tokens too."""
    for jti, owner in list(issued.items()):
        if identity is None or owner == identity:
            chain.revoke(jti)
