"""How to join a room, as a page for its wall: a short address, and the same as a QR code."""

from __future__ import annotations

from html import escape

import segno

from simkit.base.language import language, tr

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
<style>
html {{ color-scheme: light; background: #fff; color: #16202b;
  font: 22px/1.4 "Liberation Sans", Arial, sans-serif; }}
main {{ max-width: 900px; margin: 0 auto; padding: 24px; text-align: center; }}
h1 {{ font-size: 34px; margin: 0 0 8px; }}
.address {{ font-size: clamp(22px, 5vw, 44px); font-weight: bold; overflow-wrap: anywhere; }}
.code {{ font-size: clamp(28px, 6vw, 54px); font-weight: bold; letter-spacing: 0.2em; }}
svg {{ width: min(420px, 80vw, 55vh); height: auto; }}
p {{ margin: 8px 0; }}
</style></head><body><main>
<h1>{head}</h1>
<p>{how}</p>
{qr}
<p class="address">{address}</p>
{code}
</main></body></html>
"""
_CODE = '<p>{what}</p><p class="code">{code}</p>'


def join_page(address: str, code: str | None) -> str:
    """Give the page; with a code for whoever shows it to the room."""
    qr = segno.make(address, error="m", micro=False)
    what = escape(tr("Code of the room, to hand in what you guessed:"))
    name = tr("QR code of {address}", address=address)
    return _PAGE.format(
        language=language(),
        title=escape(tr("Join")),
        head=escape(tr("Join in")),
        how=escape(tr("Scan this, or type the address. Nothing is installed.")),
        qr=qr.svg_inline(scale=8, border=4, title=name, omitsize=True),
        address=escape(address.removeprefix("http://").removesuffix("/")),
        code="" if code is None else _CODE.format(what=what, code=escape(code)),
    )
