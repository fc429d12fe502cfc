"""What must be decided before a host listens: who may call, and the secrets that several processes share."""

from chassis.auth_admin import refuse_weak
from chassis.auth_issuer import is_safe
from chassis.errors import SettingsError
from chassis.places import is_loopback
from chassis.settings import Settings


def check_start(settings: Settings) -> None:
    """Raises SettingsError with a sentence that says what to write (reliability F14, G4)."""
    if not settings.auth and not is_loopback(settings.host):
        raise SettingsError(
            f"RCDM_LISTEN: {settings.listen} can be reached from other machines, and nobody decided who may call: "
            "write RCDM_AUTH=keys (API keys) or RCDM_AUTH=oidc (tokens of RCDM_OIDC_ISSUER), or listen on 127.0.0.1."
        )
    if settings.auth == "oidc" and not settings.oidc_issuer:
        raise SettingsError("RCDM_AUTH=oidc: write the issuer's address in RCDM_OIDC_ISSUER.")
    for name, address in (("RCDM_OIDC_ISSUER", settings.oidc_issuer), ("RCDM_OIDC_JWKS", settings.oidc_jwks)):
        if address and not is_safe(address):
            raise SettingsError(f"{name}: write an https:// address; keys read over plain http could be anybody's.")
    if settings.is_shared and settings.site_key is None:
        raise SettingsError(
            "RCDM_SITE_KEY: several processes may work on this database and must make the same pseudonyms; write one "
            "secret for all of them, such as `openssl rand -hex 32` prints."
        )
    if settings.admin_key is not None:
        refuse_weak(settings.admin_key.get_secret_value())
