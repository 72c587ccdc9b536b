"""Signing in with an OpenID provider, made for ProConnect's ways: long state and nonce, PKCE, userinfo as a signed JWT.

Every claim that is used was signed by a key of the provider's own, for us, now, and for this very sign-in.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from httpx import AsyncClient, HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.errors import AssistantError, NotFound, Unavailable
from assistant.settings import Settings
from assistant.staff.provider import Identity, ProviderAccounts
from assistant.web.pages import templates
from assistant.web.parts import WithServices
from assistant.web.staff.access import Forbidden
from assistant.web.staff.sign_in import welcome

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/connexion", include_in_schema=False)
COOKIE = "sign_in"
SECONDS = 600
"""To sign in elsewhere."""
LENGTH = 32
"""Bytes of state, nonce and verifier: 43 characters, where ProConnect wants 32."""
TIMEOUT = 10
ALGORITHMS = ["RS256", "ES256", "PS256"]
"""Public keys only: a shared secret, or none, would let anybody sign."""
SCOPE = "openid email given_name usual_name siret"
FAILED = "La connexion n'a pas abouti. Recommencez depuis cette page."
DOWN = "Le service de connexion ne répond pas. Réessayez dans un instant, ou servez-vous de votre mot de passe."


class SignInFailed(Forbidden):
    """What came back is not what was asked for."""


@dataclass(frozen=True)
class Provider:
    """What the provider says of itself."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    keys: KeySet


@router.get("/fournisseur")
async def leave(
    request: Request, services: WithServices, suite: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """To the provider, with what will prove that the answer is ours."""
    settings = services.settings
    try:
        provider = await _provider(settings)
    except AssistantError as error:
        return _refused(request, services, error)
    kept = {name: secrets.token_urlsafe(LENGTH) for name in ("state", "nonce", "verifier")}
    address, _ = _client(request, settings).create_authorization_url(
        provider.authorization, state=kept["state"], nonce=kept["nonce"], code_verifier=kept["verifier"]
    )
    response = RedirectResponse(address, status_code=303)
    ticket = {**kept, "suite": suite, "exp": int(services.now().timestamp()) + SECONDS}
    _set_cookie(request, response, jwt.encode({"alg": "HS256"}, ticket, _own_key(settings)))
    return response


@router.get("/retour")
async def come_back(request: Request, services: WithServices) -> Response:
    """From the provider: a session for who it says, once everything is verified."""
    try:
        ticket = _ticket(request, services)
        identity = await _identity(request, services, ticket)
        accounts = ProviderAccounts(services.database, services.accounts)
        member = await run_in_threadpool(accounts.member, identity, services.now())
    except AssistantError as error:
        return _refused(request, services, error)
    except (JoseError, OAuthError, HTTPError, ValueError, KeyError, TypeError) as error:
        log.warning("oidc.refused", error=type(error).__name__)
        return _refused(request, services, SignInFailed(FAILED))
    response = await run_in_threadpool(welcome, request, services, member, str(ticket["suite"]))
    _set_cookie(request, response, "")
    return response


async def _identity(request: Request, services: Services, ticket: dict[str, Any]) -> Identity:
    """Who the provider says: the id token's claims, then those of userinfo, of the same subject."""
    settings, provider = services.settings, await _provider(services.settings)
    if request.query_params.get("error") or not secrets.compare_digest(
        request.query_params.get("state", "").encode(), str(ticket["state"]).encode()
    ):
        raise SignInFailed(FAILED)
    async with _client(request, settings) as client:
        token = await client.fetch_token(
            provider.token,
            code=request.query_params["code"],
            code_verifier=ticket["verifier"],
            grant_type="authorization_code",
        )
        claims = _verified(token["id_token"], provider, settings, nonce=ticket["nonce"])
        answer = await client.get(provider.userinfo)
    answer.raise_for_status()
    signed = "jwt" in answer.headers.get("content-type", "")
    told = _verified(answer.text, provider, settings, exp=False) if signed else answer.json()
    if told["sub"] != claims["sub"]:
        raise SignInFailed(FAILED)
    email = "" if told.get("email_verified") is False else str(told.get("email", ""))
    name = " ".join(filter(None, (told.get("given_name"), told.get("usual_name") or told.get("family_name"))))
    return Identity(str(claims["sub"]), email, name, str(told.get("siret", "")))


def _verified(text: str, provider: Provider, settings: Settings, nonce: str = "", exp: bool = True) -> dict[str, Any]:
    """The claims of a JWT that the provider signed for us; raises JoseError else."""
    claims = jwt.decode(text, provider.keys, algorithms=ALGORITHMS).claims
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
        "sub": {"essential": True},
        "exp": {"essential": exp},
    }
    if nonce:
        wanted["nonce"] = {"essential": True, "value": nonce}
    jwt.JWTClaimsRegistry(leeway=30, **wanted).validate(claims)
    return claims


async def _provider(settings: Settings) -> Provider:
    """The provider as it describes itself today; its keys may have turned since yesterday."""
    if not settings.oidc_issuer:
        raise NotFound("Aucun service de connexion n'est réglé. Servez-vous de votre mot de passe.")
    issuer = settings.oidc_issuer.rstrip("/")
    try:
        async with AsyncClient(timeout=TIMEOUT) as client:
            found = (await client.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
            keys = (await client.get(found["jwks_uri"])).raise_for_status().json()
        if found["issuer"].rstrip("/") != issuer:
            raise ValueError("another issuer")
        return Provider(
            found["issuer"],
            found["authorization_endpoint"],
            found["token_endpoint"],
            found["userinfo_endpoint"],
            KeySet.import_key_set(keys),
        )
    except (HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
        log.warning("oidc.down", error=type(error).__name__)
        raise Unavailable(DOWN) from None


def _client(request: Request, settings: Settings) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        scope=SCOPE,
        redirect_uri=f"{request.url.scheme}://{request.url.netloc}/connexion/retour",
        code_challenge_method="S256",
        timeout=TIMEOUT,
    )


def _ticket(request: Request, services: Services) -> dict[str, Any]:
    """What this browser left with; SignInFailed where it did not, or too long ago."""
    try:
        claims = jwt.decode(request.cookies.get(COOKIE, ""), _own_key(services.settings), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        raise SignInFailed(FAILED) from None
    if claims["exp"] < services.now().timestamp():
        raise SignInFailed(FAILED)
    return claims


def _own_key(settings: Settings) -> OctKey:
    secret = settings.oidc_client_secret.get_secret_value()
    return OctKey.import_key(hashlib.sha256(f"sign-in ticket {secret}".encode()).digest())


def _refused(request: Request, services: Services, error: AssistantError) -> Response:
    context = {"suite": "", "provider": services.settings.oidc_issuer, "error": error.message}
    response = templates.TemplateResponse(request, "staff/sign_in.html", context, status_code=error.status)
    _set_cookie(request, response, "")
    return response


def _set_cookie(request: Request, response: Response, value: str) -> None:
    secure = "; Secure" if request.url.scheme == "https" else ""
    age = SECONDS if value else 0
    header = f"{COOKIE}={value}; Path=/connexion; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
    response.headers.append("Set-Cookie", header)
