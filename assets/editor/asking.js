/* Ask the desk something about the text: a form with the session's token, once more after signing in again. The answer is JSON. */
/* global seated */

const SECONDS = 60; // for whoever names no end: an image goes over a slow line

export async function ask(form, address, fields, signal = AbortSignal.timeout(SECONDS * 1000)) {
  for (let again = false; ; again = true) {
    const answer = await send(form, address, fields, signal);
    if (!again && (answer.status === 401 || answer.status === 403)) { await seated(); continue; }
    const told = await answer.json().catch(() => ({})); // a proxy in between answers with a page
    if (!answer.ok) {
      const words = told.what ? [told.what, told.remedy].filter(Boolean).join(" ") : `the desk answered ${answer.status}`;
      throw Object.assign(new Error(words), { refused: answer.status === 422 }); // the same again would be refused again
    }
    return told;
  }
}

async function send(form, address, fields, signal) {
  const data = new FormData();
  data.set("csrf", form.elements.csrf.value);
  for (const [name, value] of Object.entries(fields)) { data.set(name, value); }
  const files = Object.values(fields).some((value) => value instanceof Blob);
  try {
    return await fetch(address, { method: "POST", body: files ? data : new URLSearchParams(data), headers: { Accept: "application/json" }, signal });
  } catch (error) {
    if (error.name === "AbortError") { throw error; }
    throw new Error(error.name === "TimeoutError" ? "it took too long" : "the service does not answer", { cause: error });
  }
}
