/* Passkeys: ask the desk what to ask for, hand it to the browser, and send what its device answers as a form. */
"use strict";

const octetsOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const textOf = (octets) => btoa(String.fromCharCode(...new Uint8Array(octets))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/* What the desk wrote as JSON (WebAuthn Level 3, section 5.1.8), with octets where the browser takes octets. */
function read(options) {
  const named = (list) => (list || []).map((each) => ({ ...each, id: octetsOf(each.id) }));
  const read = { ...options, challenge: octetsOf(options.challenge) };
  if (options.user) { read.user = { ...options.user, id: octetsOf(options.user.id) }; }
  if (options.excludeCredentials) { read.excludeCredentials = named(options.excludeCredentials); }
  if (options.allowCredentials) { read.allowCredentials = named(options.allowCredentials); }
  return read;
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) { response[name] = textOf(credential.response[name]); }
  }
  if (credential.response.getTransports) { response.transports = credential.response.getTransports(); }
  return JSON.stringify({ id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
}

async function ask(event) {
  const form = event.target, told = form.querySelector(".mistake");
  if (form.dataset.answered) { return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  told.hidden = true;
  try {
    const body = new URLSearchParams();
    const csrf = form.querySelector("input[name=csrf]");
    if (csrf) { body.set("csrf", csrf.value); }
    const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) { throw new Error(`${said.what} ${said.remedy}`); }
    const publicKey = read(said);
    const credential = await (form.dataset.new === undefined ? navigator.credentials.get({ publicKey }) : navigator.credentials.create({ publicKey }));
    form.querySelector("input[name$=passkey]").value = written(credential);
    form.dataset.answered = "1";
    form.requestSubmit();
  } catch (error) {
    told.textContent = error.name === "NotAllowedError" ? "No passkey was used." : error.message;
    told.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", ask);
  }
}
