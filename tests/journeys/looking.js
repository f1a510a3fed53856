/* What a page holds that it should not: returns a list of words, empty when all is well. `mail` allows styles. */
(mail) => {
  const wrong = [];
  const say = (element, what) => wrong.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
  const never = new Set(["object", "embed", "applet", "frame", "frameset", "template", "x-owned", "marquee", "math",
    "audio", "video", "source", "dialog", "portal", "foreignobject", "animate", "set", "use", "plaintext", "xmp"]);
  const loading = ["src", "href", "action", "formaction", "data", "poster", "background", "xlink:href", "cite", "ping",
    "manifest", "codebase", "longdesc", "values", "from", "to", "hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "data-frame"];
  const atDesk = !mail && /^\/(desk|inbox)(\/|$)/.test(location.pathname);
  const places = { "dialog#seat": "body", "template#kept-offer": "main, main > .narrow", "template#conflict-shown": "main" };
  const ours = (element) => atDesk && Object.entries(places).some(([what, where]) =>
    element.matches(what) && element.parentElement.matches(where) && document.querySelectorAll(`[id="${element.id}"]`).length === 1);
  // the editor lays its lines out by script, which the policy allows; a style that came in markup would not hold there
  const laidOut = (element) => atDesk && document.querySelectorAll('[id="editor"]').length === 1 && element.closest("form#edit div#editor .cm-editor") !== null;
  const address = (text) => { try { return new URL(text, document.baseURI); } catch { return null; } };
  const check = (element) => {
    const name = element.localName.toLowerCase();
    const own = (text) => { const found = address(text); return found !== null && found.origin === location.origin; };
    const dark = name === "source" && element.parentElement.localName === "picture" && own(element.getAttribute("srcset"));
    if (never.has(name) && !dark && !ours(element)) say(element, "an element that is never ours");
    if (name === "script" && element.type === "application/ld+json" && element.attributes.length === 1) {
      // data, which no browser runs: it must be data, and nothing in it may end it
      try { JSON.parse(element.textContent); } catch { say(element, "data that is none"); }
      if (element.textContent.includes("<")) say(element, "data with markup");
    } else if (name === "script" && (!own(element.getAttribute("src")) || element.textContent || !element.getAttribute("src").startsWith("/static/"))) say(element, "a script");
    if (name === "style" && !mail) say(element, "an inline style sheet");
    if (name === "base" && element.hasAttribute("href")) say(element, "another base");
    if (name === "iframe" && (!own(element.getAttribute("src")) || !element.hasAttribute("sandbox"))) say(element, "a frame");
    if (name === "meta" && element.hasAttribute("http-equiv") && !["content-type", "x-ua-compatible"].includes(element.httpEquiv.toLowerCase())) say(element, "a command");
    if (name === "link" && !["icon", "stylesheet", "alternate", "canonical", "next", "prev"].includes(element.rel)) say(element, "a link element");
    if ((name === "link" || name === "form") && !own(element.getAttribute("href") || element.getAttribute("action") || "/")) say(element, "a form or style sheet from elsewhere");
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute) || attribute === "srcdoc") say(element, `the attribute ${attribute}`);
      if (/^(data-)?hx-/.test(attribute) && (attribute.startsWith("data-") || attribute.includes("-on"))) say(element, `the attribute ${attribute}`);
      if (attribute === "style" && (!(mail || laidOut(element)) || /url\(|expression|behavior|@import|javascript/i.test(value))) say(element, "a style");
      if (["id", "name", "class", "for"].includes(attribute) && /owned/i.test(value)) say(element, `a name of theirs in ${attribute}`);
      if (loading.includes(attribute)) {
        const found = address(value);
        const schemes = element.localName === "img" ? ["http:", "https:", "data:"] : ["http:", "https:", "mailto:"];
        if (found === null || !schemes.includes(found.protocol)) say(element, `an address in ${attribute}`);
        if (attribute.startsWith("hx-") && !own(value)) say(element, `an address in ${attribute}`);
      }
    }
  };
  document.querySelectorAll("*").forEach(check);
  return wrong;
}
