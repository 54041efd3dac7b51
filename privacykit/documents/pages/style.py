"""The style sheet of documents, and its hash for a content security policy. Pure data."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

STYLE = """
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#16202b;--quiet:#53606e;\
--line:#d5dce3;--accent:#0b5c8f}
@media (prefers-color-scheme:dark){:root{--ground:#10161d;--card:#19222c;--ink:#e8edf2;\
--quiet:#a3b0bd;--line:#34424f;--accent:#7cc4f2}}
*,::before,::after{box-sizing:border-box}
body{margin:0;padding:clamp(1rem,5vw,3.5rem) 1rem;background:var(--ground);color:var(--ink);\
font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;\
overflow-wrap:break-word}
.languages,main,footer{max-inline-size:52rem;margin-inline:auto}
main{padding:clamp(1.25rem,4vw,2.5rem);background:var(--card);border:1px solid var(--line);\
border-radius:1rem}
h1{margin:0 0 .75rem;font-size:clamp(1.6rem,5vw,2.1rem);line-height:1.2}
h2{margin:0;font-size:1.2rem;display:inline}
h3{margin:1.25rem 0 .25rem;font-size:1.0625rem}
section>h2{display:block;margin-block:1.5rem .25rem}
ul{margin:.25rem 0;padding-inline-start:1.25rem}
li{margin-block:.35rem}
a{color:var(--accent);text-underline-offset:.2em}
details{border-block-start:1px solid var(--line);padding-block:.6rem}
summary{padding-block:.35rem;cursor:pointer;color:var(--accent)}
cite{font-style:normal;font-size:.85em;color:var(--quiet)}
.wide{overflow-x:auto}
.wide:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);\
outline-offset:3px}
table{inline-size:100%;border-collapse:collapse;font-size:.9375rem}
caption{padding-block:.5rem;color:var(--quiet);text-align:start}
th,td{padding:.5rem .75rem .5rem 0;border-block-end:1px solid var(--line);text-align:start;\
vertical-align:top}
footer{padding:1rem clamp(1.25rem,4vw,2.5rem);color:var(--quiet);font-size:.9375rem}
.languages{margin-block-end:1rem;font-size:.9375rem}
.languages details{border:0}
.languages svg{vertical-align:-.125em}
.languages ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
.languages a{display:inline-block;padding-block:.25rem}
.languages [aria-current]{color:inherit;font-weight:650;text-decoration:none}
.hidden{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);\
white-space:nowrap}
@media print{.languages{display:none}\
body{padding:0;background:#fff;color:#000;font-size:10pt}main{border:0;padding:0}\
details::details-content{content-visibility:visible;display:block}summary{color:#000}\
tr,li{break-inside:avoid}}
"""
"""Light and dark by the reader's system; nothing from elsewhere; folded parts print open."""
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
"""SHA-256 of :data:`STYLE`, base64, as ``style-src 'sha256-…'`` wants it."""
