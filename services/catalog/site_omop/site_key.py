"""Pseudonyms made beside the system must be those the system makes: with the same secret."""

from chassis.errors import BadRequest, SettingsError
from chassis.secrets import SiteKeys, site_keys
from chassis.settings import Settings
from services.catalog.db import Connection


def keys_beside(settings: Settings) -> SiteKeys:
    """As the services have them. Raises SettingsError where a new secret would be made that nobody else knows."""
    if settings.is_shared and settings.site_key is None:
        raise SettingsError("RCDM_SITE_KEY: write the secret that the services of this database have.")
    return site_keys(settings)


async def check_key(connection: Connection, keys: SiteKeys) -> None:
    """Raises SettingsError when what the system sealed was sealed with another secret."""
    sealed = await connection.fetchval("SELECT sealed FROM vault.person_identity LIMIT 1")
    if sealed is None:
        return
    try:
        keys.unseal(sealed)
    except BadRequest:
        raise SettingsError(
            "RCDM_SITE_KEY: this is not the secret with which the system makes its pseudonyms. Run the command with "
            "the settings of the services. Nothing was changed."
        ) from None
