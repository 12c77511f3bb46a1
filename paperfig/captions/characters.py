r"""LaTeX for single characters, in plain ASCII, with no package beyond the kernel's own.

Every entry compiles in the encodings OT1, T1 and TU. What does not (``\k``, ``\c``,
``\dh`` and ``\guillemetleft`` are missing from OT1 or from fonts of XeLaTeX) is left out
and becomes a ``\paperfigU``, which knows how to fall back.
"""

# TU maps a raw " to a curly quote, and OT1 and T1 have it under the same number.
_DOUBLE_QUOTE = r"\ifdefined\Umathchar\textquotedbl\else\symbol{34}\fi{}"

SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    '"': _DOUBLE_QUOTE,
    "[": "{[}",
    "]": "{]}",
    # babel makes these active in French, Turkish and others, and puts spaces before them
    **{sign: rf"\string{sign}" for sign in ":;!?="},
}

# "--", ",," and "<<" are ligatures; an italic correction between the two breaks them in
# all engines ("{}" does not in LuaTeX).
LIGATING = "-,<>"
LIGATURE_BREAK = r"\/"

LETTERS = {
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "ȷ": r"\j{}",
}

PUNCTUATION = {
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\textellipsis{}",
    "•": r"\textbullet{}",
    "·": r"\textperiodcentered{}",
    "¡": r"\textexclamdown{}",
    "¿": r"\textquestiondown{}",
    "§": r"\textsection{}",
    "¶": r"\textparagraph{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "©": r"\textcopyright{}",
    "®": r"\textregistered{}",
    "™": r"\texttrademark{}",
    "°": r"\textdegree{}",
    "£": r"\textsterling{}",
    "€": r"\texteuro{}",
    "¥": r"\textyen{}",
    "µ": r"\textmu{}",
}

_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ϵ": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ϑ": "vartheta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ϖ": "varpi",
    "ρ": "rho",
    "ϱ": "varrho",
    "σ": "sigma",
    "ς": "varsigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "varphi",
    "ϕ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Υ": "Upsilon",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}

_SIGNS = {
    "←": "leftarrow",
    "→": "rightarrow",
    "↑": "uparrow",
    "↓": "downarrow",
    "↔": "leftrightarrow",
    "⇐": "Leftarrow",
    "⇒": "Rightarrow",
    "⇔": "Leftrightarrow",
    "↦": "mapsto",
    "±": "pm",
    "×": "times",
    "÷": "div",
    "≤": "leq",
    "≥": "geq",
    "≠": "neq",
    "≈": "approx",
    "≡": "equiv",
    "∞": "infty",
    "∂": "partial",
    "∇": "nabla",
    "∈": "in",
    "∉": "notin",
    "∀": "forall",
    "∃": "exists",
    "∅": "emptyset",
    "∑": "sum",
    "∏": "prod",
    "∫": "int",
    "√": "surd",
    "¬": "neg",
    "∧": "wedge",
    "∨": "vee",
    "∩": "cap",
    "∪": "cup",
    "⊂": "subset",
    "⊆": "subseteq",
    "ℓ": "ell",
}

MATHEMATICS = {
    character: rf"\ensuremath{{\{name}}}" for character, name in (_GREEK | _SIGNS).items()
} | {"−": r"\ensuremath{-}"}

ACCENTS = {
    "\u0300": r"\`",
    "\u0301": r"\'",
    "\u0302": r"\^",
    "\u0303": r"\~",
    "\u0304": r"\=",
    "\u0306": r"\u",
    "\u0307": r"\.",
    "\u0308": r"\"",
    "\u030a": r"\r",
    "\u030b": r"\H",
    "\u030c": r"\v",
    "\u0323": r"\d",
    "\u0331": r"\b",
}
BELOW = "\u0323\u0331"  # these leave the dot on i and j

MARK_NAMES = {"\n": "LF", "\r": "CR", "\t": "TAB", "\u00a0": "NBSP", "\ufffd": "U+FFFD"}
