"""Subset the Noto fonts that the PDF report embeds, so that it looks and measures the same on every machine.

Run by hand where the Debian packages ``fonts-noto-core`` and ``fonts-noto-mono`` are installed:
``python tools/build_fonts.py /usr/share/fonts/truetype/noto``. The output is deterministic for one version of the
packages and of fontTools; ``SUBSETS`` says which characters of which font are kept, and why.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

OUT: Final = Path(__file__).parent.parent / "forensics" / "report" / "pdf" / "fonts"

LATIN: Final = ((0x20, 0x7E), (0xA0, 0x24F), (0x259, 0x259), (0x2B0, 0x2FF), (0x300, 0x36F), (0x1E00, 0x1EFF))
GREEK_CYRILLIC: Final = ((0x370, 0x3FF), (0x400, 0x52F))
PUNCTUATION: Final = ((0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2100, 0x214F), (0x2212, 0x2212))
ARABIC: Final = ((0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
TEXT: Final = LATIN + GREEK_CYRILLIC + PUNCTUATION
MATHS: Final = ((0x2190, 0x21FF), (0x2200, 0x22FF), (0x27E6, 0x27EB))
SIGNS: Final = ((0x2300, 0x23FF), (0x2460, 0x24FF), (0x25A0, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF))

SUBSETS: Final = {
    "NotoSans-Regular": TEXT,
    "NotoSans-Bold": TEXT,
    "NotoSans-Italic": LATIN + GREEK_CYRILLIC + PUNCTUATION,
    "NotoSansMono-Regular": TEXT,
    "NotoSansMono-Bold": ((0x20, 0x7E),),
    "NotoSansArabic-Regular": ARABIC,
    "NotoSansArabic-Bold": ARABIC,
    "NotoSansArmenian-Regular": ((0x530, 0x58F),),  # neighbours' alphabets, met as names and file names
    "NotoSansGeorgian-Regular": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
    "NotoSansHebrew-Regular": ((0x590, 0x5FF),),
    "NotoSansMath-Regular": MATHS,  # brackets of spelled-out characters, arrows
    "NotoSansSymbols2-Regular": SIGNS,  # marks of roles, which must not differ by colour only
}


def subset(source: Path, ranges: tuple[tuple[int, int], ...]) -> TTFont:
    """Return the font with the characters of ``ranges`` only: shaping kept, hinting dropped, time stamp kept as found."""
    options = Options()
    options.hinting = False
    options.name_IDs = ["*"]  # licence and copyright stay in the file
    options.notdef_outline = True
    options.layout_features = ["*"]
    options.drop_tables += ["DSIG"]
    font = TTFont(source, recalcTimestamp=False)
    chooser = Subsetter(options)
    chooser.populate(unicodes=[code for first, last in ranges for code in range(first, last + 1)])
    chooser.subset(font)
    return font


def spans(codes: list[int]) -> str:
    """Write sorted code points as ``20-7e a0-17f``."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return " ".join(f"{first:x}-{last:x}" for first, last in runs)


def main(folder: Path) -> None:
    """Write every subset, say its size, and list what it can show (``characters.txt``: a line per font)."""
    OUT.mkdir(exist_ok=True)
    listed = []
    for name, ranges in SUBSETS.items():
        target = OUT / f"{name}.ttf"
        font = subset(folder / f"{name}.ttf", ranges)
        font.save(target, reorderTables=True)
        listed.append(f"{name} {spans(sorted(font.getBestCmap()))}\n")
        print(f"{target.name}: {target.stat().st_size:,} bytes, {len(font.getBestCmap()):,} characters")
    (OUT / "characters.txt").write_text("".join(listed), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
