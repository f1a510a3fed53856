/* Ask the desk something about the text: a form with the session's token, once more after signing in again. The answer is JSON. */
/* global seated */

export async function ask(form, address, fields, signal) {
  for (let again = false; ; again = true) {
    const data = new FormData();
    data.set("csrf", form.elements.csrf.value);
    for (const [name, value] of Object.entries(fields)) { data.set(name, value); }
    const files = Object.values(fields).some((value) => value instanceof Blob);
    const answer = await fetch(address, { method: "POST", body: files ? data : new URLSearchParams(data), headers: { Accept: "application/json" }, signal });
    if (!again && (answer.status === 401 || answer.status === 403)) { await seated(); continue; }
    const told = await answer.json();
    if (!answer.ok) { throw new Error(told.what ? `${told.what}${told.remedy ? `: ${told.remedy}` : ""}` : `the desk answered ${answer.status}`); }
    return told;
  }
}
