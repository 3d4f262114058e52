"""Smaller pictures: a screenshot of flat colours needs no more than 256 of them.

The page itself decodes the picture and picks the colours (the most frequent ones, every other
pixel going to the nearest), so that no imaging library is needed.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

_INDEX = """async png => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const brush = canvas.getContext('2d');
  brush.drawImage(image, 0, 0);
  const rgba = brush.getImageData(0, 0, image.width, image.height).data;
  const count = new Map();
  const colour = at => (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];
  for (let at = 0; at < rgba.length; at += 4) {
    const one = colour(at);
    count.set(one, (count.get(one) ?? 0) + 1);
  }
  const apart = (a, b) => {
    const [r, g, u] = [16, 8, 0].map(by => ((a >> by) & 255) - ((b >> by) & 255));
    return 2 * r * r + 4 * g * g + 3 * u * u;
  };
  const all = [...count.keys()].sort((a, b) => count.get(b) - count.get(a));
  const palette = all.slice(0, 64);
  let rest = all.slice(64);
  for (const near of [600, 150, 40, 0]) {  // first what is unlike all chosen so far
    rest = rest.filter(one => {
      if (palette.length >= 256) return false;
      if (palette.some(held => apart(held, one) <= near)) return true;
      palette.push(one);
      return false;
    });
  }
  const index = new Map(all.map(one => {
    let best = 0;
    for (let at = 1; at < palette.length; at += 1)
      if (apart(palette[at], one) < apart(palette[best], one)) best = at;
    return [one, best];
  }));
  const pixels = new Uint8Array(image.width * image.height);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = index.get(colour(at * 4));
  let text = '';
  for (let at = 0; at < pixels.length; at += 8192)
    text += String.fromCharCode(...pixels.subarray(at, at + 8192));
  return {width: image.width, height: image.height, palette, pixels: btoa(text)};
}"""


def smaller(desk: Page, png: bytes) -> bytes:
    """``png`` with at most 256 colours; ``desk`` is any page that is not under a policy."""
    made: dict[str, Any] = desk.evaluate(_INDEX, base64.b64encode(png).decode())
    width, height = int(made["width"]), int(made["height"])
    pixels = base64.b64decode(made["pixels"])
    rows = b"".join(
        b"\0" + pixels[line * width : (line + 1) * width] for line in range(height)
    )  # no filter: an index is not a quantity
    palette = b"".join(struct.pack(">I", colour)[1:] for colour in made["palette"])
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
