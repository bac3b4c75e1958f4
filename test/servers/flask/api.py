"""The API that the tokens protect. It reads them from the header alone."""

from flask import Blueprint, jsonify, request
from flask_jwt_extended import get_jwt, get_jwt_identity, jwt_required

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODY_SHOWN = 65536

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/me")
@jwt_required(locations="headers")
def me():
    return jsonify(username=get_jwt_identity(), jti=get_jwt()["jti"])


@api.get("/fresh")
@jwt_required(fresh=True, locations="headers")
def fresh():
    """For who has just given a password: a token that came of a refresh is not enough."""
    return jsonify(username=get_jwt_identity(), fresh=True)


@api.get("/optional")
@jwt_required(optional=True, locations="headers")
def optional():
    return jsonify(username=get_jwt_identity())


@api.get("/public")
def public():
    return jsonify(public=True)


@api.route("/echo", methods=METHODS)
@jwt_required(locations="headers")
def echo():
    """Shows what arrived. Of the Authorization header it shows the scheme alone, of cookies their names."""
    body = request.get_data()
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers["authorization"] = headers["authorization"].split(" ")[0]
    if "cookie" in headers:
        headers["cookie"] = "; ".join(sorted(request.cookies))
    answer = {
        "method": request.method,
        "query": request.args.to_dict(),
        "headers": headers,
        "body": body[:BODY_SHOWN].decode("latin-1"),
        "length": len(body),
    }
    if headers.get("content-type", "").startswith("multipart/form-data"):
        answer["fields"] = request.form.to_dict(flat=False)
        answer["files"] = [
            {"field": field, "name": file.filename, "type": file.mimetype, "size": len(file.read())}
            for field, file in request.files.items(multi=True)
        ]
    return jsonify(answer)
