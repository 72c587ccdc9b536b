"""A local OpenID provider with ProConnect's ways, for tests: it checks what it is sent, and lies where it is told to."""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "assistant", "a secret of forty characters or nearly so"
SHORTEST = 32


@dataclass
class Provider:
    """Who signs in, and the lies: each replaces what an honest provider would say."""

    port: int
    person: dict[str, Any]
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signing: Any = None
    """Another key than the one that is published."""
    algorithm: str = "ES256"
    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    plain_userinfo: bool = False
    error: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            return (
                ".".join(
                    base64.urlsafe_b64encode(str(p).replace("'", '"').encode()).decode().rstrip("=") for p in parts
                )
                + "."
            )
        header = {"alg": self.algorithm, "kid": "one"}
        return jwt.encode(header, claims, self.signing or self.key, algorithms=[self.algorithm])

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, str]:
            names = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "jwks",
            }
            return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in names.items()}

        @app.get("/jwks")
        def jwks() -> dict[str, Any]:
            return KeySet([self.key]).as_dict(private=False)

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
            assert min(len(asked["state"]), len(asked["nonce"])) >= SHORTEST, "ProConnect refuses shorter ones"
            assert asked["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(8)
            self.codes[code] = asked
            answer = {"error": self.error} if self.error else {"code": code}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}", 303)

        @app.post("/token")
        def token(code: str = Form(), code_verifier: str = Form()) -> Response:
            asked = self.codes.pop(code, None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
            if asked is None or asked["code_challenge"] != challenge:
                return JSONResponse({"error": "invalid_grant"}, 400)
            now = int(time.time())
            claims = {
                "iss": self.issuer,
                "aud": CLIENT,
                "sub": self.person["sub"],
                "nonce": asked["nonce"],
                "iat": now,
                "exp": now + 60,
            }
            return JSONResponse(
                {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(claims | self.claims)}
            )

        @app.get("/userinfo")
        def userinfo() -> Response:
            told = {"iss": self.issuer, "aud": CLIENT, **self.person, **self.told}
            if self.plain_userinfo:
                return JSONResponse(told)
            return Response(self.sign(told), media_type="application/jwt")

        return app

    def start(self) -> uvicorn.Server:
        """Serve until `should_exit`."""
        server = uvicorn.Server(uvicorn.Config(self.app(), port=self.port, ws="none", log_level="critical"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.02)
        return server


def secret_key() -> OctKey:
    """What a forger who knows the client's secret would sign with."""
    return OctKey.import_key(SECRET)
