"""``pekan tls``, and what ``pekan serve --tls`` needs before the application is built."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

import config
from app.core import clock

if TYPE_CHECKING:
    from app.operations.tls import Certificate

PLAIN_PORT = 8080


@dataclass(frozen=True, slots=True)
class Secured:
    """Certificate and key to serve with. At ``plain_port`` phones get our authority; None where it is another's."""

    certificate: Path
    key: Path
    plain_port: int | None


@click.command("tls")
@click.argument("names", nargs=-1)
def tls(names: tuple[str, ...]) -> None:
    """Make a local authority and a certificate for this machine in a venue's own network.

    NAMES are further names or addresses it is reached by; its own are found. Run again it keeps the authority,
    which phones have installed, and renews the certificate where it does not fit any more.
    """
    from app.operations import addresses

    made = _made([*names, *addresses.everything()])
    click.echo(f"Certificate  {made.certificate}{'' if made.renewed else ' (still good)'}")
    click.echo(f"Good for     {', '.join(made.names)}")
    click.echo(f"Authority    {made.trust.short_fingerprint}")
    click.echo("Serve with 'pekan serve --tls'; phones install the authority from the page /trust.")


def secured(certificate: Path | None, key: Path | None, port: int, plain_port: int) -> Secured:
    """The certificate to serve with: the one given, else our own for the addresses this machine has now.

    Sets PUBLIC_URL where nobody said it, so it must run before the application is built.
    """
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key belong together.")
    if certificate and key:
        if not os.environ.get("PUBLIC_URL", "").startswith("https://"):
            raise click.UsageError("PUBLIC_URL must say the https:// address that the certificate is for.")
        return Secured(certificate, key, None)
    from app.operations import addresses

    found = addresses.everything()
    public = os.environ.setdefault("PUBLIC_URL", f"https://{found[0]}:{port}")
    host = urlsplit(public).hostname
    if not public.startswith("https://") or not host:
        raise click.UsageError("PUBLIC_URL must begin with https:// to serve with --tls.")
    made = _made([host, *found])
    click.echo(f"\n  Open                 {public}")
    if plain_port:
        click.echo(f"  Phones, at first     http://{host}:{plain_port}/trust")
    click.echo(f"  The page must show   {made.trust.short_fingerprint}\n")
    return Secured(made.certificate, made.key, plain_port or None)


def _made(names: Sequence[str]) -> Certificate:
    from app.operations.tls import NotLocal, local_certificate

    try:
        return local_certificate(config.load().instance, names, clock.now())
    except NotLocal as error:
        raise click.ClickException(
            f"'{error.args[0]}' is not a name or address of a local network (192.168.1.5, laptop.local). "
            "For others take a certificate of a public authority: 'pekan serve --certificate FILE --key FILE'."
        ) from None
    except OSError as error:
        raise click.ClickException(f"The certificate cannot be kept: {error}.") from error
