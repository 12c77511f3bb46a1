"""OpenType faces with PostScript outlines, embedded as the PDF standard asks.

Matplotlib embeds every face as if it had TrueType outlines. Readers that take the file at
its word then draw no glyph of a CFF face at all (MuPDF none of Noto CJK). Here such a font
becomes what it is: a CIDFontType0 with a bare CFF program, and a CMap from the page's codes
to the glyphs (ISO 32000-1, 9.7.4 and 9.7.5).
"""

import io
import struct

import pikepdf
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_OPENTYPE_CFF = b"OTTO"
_ENTRIES = 100  # that one block of a CMap may hold (Adobe technical note 5014)
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> def
/CMapName /paperfig def
/CMapType 1 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
{blocks}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def mend_fonts(document: pikepdf.Pdf) -> None:
    """Makes each CFF face of a one-page document what the standard asks for."""
    resources = document.pages[0].obj.Resources
    for name in sorted(resources.get("/Font", {}).keys()):
        font = resources.Font[name]
        if font.Subtype == "/Type0":
            _mend(document, font, font.DescendantFonts[0])


def _mend(document: pikepdf.Pdf, font: pikepdf.Object, descendant: pikepdf.Object) -> None:
    descriptor = descendant.FontDescriptor
    program = descriptor.FontFile2.read_bytes()
    if not program.startswith(_OPENTYPE_CFF):
        return
    face = TTFont(io.BytesIO(program))
    packed = descendant.CIDToGIDMap.read_bytes()
    glyphs = struct.unpack(f">{len(packed) // 2}H", packed)  # one a code, from 0 on
    cids = _cids(face)
    widths = _widths(descendant.W)
    file = document.make_stream(face.getTableData("CFF "))
    file.Subtype = pikepdf.Name.CIDFontType0C
    descriptor.FontFile3 = file
    del descriptor.FontFile2, descendant.CIDToGIDMap
    descendant.Subtype = pikepdf.Name.CIDFontType0
    codes = sorted(widths)
    pairs = [item for code in codes for item in (cids[glyphs[code]], [widths[code]])]
    descendant.W = pikepdf.Array(pairs)
    font.Encoding = document.make_stream(_cmap({code: cids[glyphs[code]] for code in codes}))
    font.Encoding.Type = pikepdf.Name.CMap
    font.Encoding.CMapName = pikepdf.Name.paperfig
    font.Encoding.CIDSystemInfo = descendant.CIDSystemInfo


def _cids(face: TTFont) -> list[int]:
    """The CID of each glyph: from its name in a CID-keyed face, else its index."""
    top = face["CFF "].cff.topDictIndex[0]
    names = face.getGlyphOrder()
    if not hasattr(top, "ROS"):
        return list(range(len(names)))
    return [0 if name == ".notdef" else int(name.removeprefix("cid")) for name in names]


def _widths(array: pikepdf.Object) -> dict[int, int]:
    """The width of each code: the array holds runs, ``first [width …]``."""
    runs = list(array)
    return {
        int(first) + index: int(width)
        for first, run in zip(runs[::2], runs[1::2], strict=True)
        for index, width in enumerate(run)
    }


def _cmap(cids: dict[int, int]) -> bytes:
    lines = [f"<{code:04x}> {cid}" for code, cid in cids.items()]
    blocks = [lines[start : start + _ENTRIES] for start in range(0, len(lines), _ENTRIES)]
    return _CMAP.format(
        blocks="\n".join(
            "\n".join([f"{len(block)} begincidchar", *block, "endcidchar"]) for block in blocks
        )
    ).encode("ascii")
