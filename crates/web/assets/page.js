// Makes pages better, never possible: each works without this file.
"use strict";

// The error summary is what to read first.
document.querySelector(".summary")?.focus();

// The port that goes with the encryption, as a hint in the empty field.
const port = document.getElementById("port");
for (const choice of document.querySelectorAll("input[name='email.relay.encryption']")) {
  choice.addEventListener("change", () => { if (port) port.placeholder = choice.dataset.port; });
}

// What a provider brings along, as hints in the empty fields.
const brings = {
  entra: ["smtp.office365.com", "https://outlook.office.com/SMTP.Send offline_access"],
  google: ["smtp.gmail.com", "https://mail.google.com/"],
  other: ["", ""],
};
for (const choice of document.querySelectorAll("input[data-provider]")) {
  choice.addEventListener("change", () => {
    const [host, scopes] = brings[choice.dataset.provider];
    document.getElementById("email-relay-host").placeholder = host;
    document.getElementById("email-oauth2-scopes").placeholder = scopes;
  });
}

// Google has no sign-in as the application: the choice follows the provider.
const [asUser, asApplication] = ["method-user", "method-application"].map((id) => document.getElementById(id));
const google = document.getElementById("provider-google");
const follow = () => {
  if (google.checked && asApplication.checked) asUser.checked = true;
  asApplication.disabled = google.checked;
};
if (google && asApplication) {
  for (const choice of document.querySelectorAll("input[data-provider]")) choice.addEventListener("change", follow);
  follow();
}

// Copying what is shown.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = button.dataset.done;
  });
}

// A file instead of pasting it.
for (const button of document.querySelectorAll("button[data-file]")) {
  const [field, pick] = [document.getElementById(button.dataset.file), document.createElement("input")];
  pick.type = "file";
  pick.addEventListener("change", async () => { if (pick.files[0]) field.value = await pick.files[0].text(); });
  button.hidden = false;
  button.addEventListener("click", () => pick.click());
}

// All rows of a list at once.
const all = document.getElementById("tick-all");
if (all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const tick of document.querySelectorAll("input[name='id']")) tick.checked = all.checked;
  });
}

// A page whose state changes by itself: fetched again now and then, and put in place where nobody is busy with it.
const fresh = document.getElementById("fresh");
if (fresh) {
  // A focus that has a name is given back; any other would be lost.
  const held = () => fresh.contains(document.activeElement) ? document.activeElement.id : null;
  const typed = () => fresh.querySelector("input:focus, textarea:focus, select:focus")
    || [...fresh.querySelectorAll("input[type='checkbox']")].some((tick) => tick.checked !== tick.defaultChecked);
  const busy = () => held() === "" || typed() || fresh.querySelector("details[open]") || document.hidden;
  const look = async () => {
    try {
      if (!busy()) {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = page.getElementById("fresh");
        if (!part) return location.reload();
        if (!busy() && part.innerHTML !== fresh.innerHTML) {
          const name = held();
          fresh.innerHTML = part.innerHTML;
          if (name) document.getElementById(name)?.focus();
        }
        document.querySelector(".beat")?.replaceWith(page.querySelector(".beat"));
        document.querySelector(".menu nav")?.replaceWith(page.querySelector(".menu nav"));
      }
    } catch {
      // The node was gone for a moment; what is shown says when it was true.
    }
    setTimeout(look, 5000);
  };
  setTimeout(look, 5000);
}

// A test under way: its stages as they pass, without loading the whole page again.
const live = document.getElementById("live");
if (live?.dataset.running) {
  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (!fresh || !fresh.dataset.running) return location.reload();
      document.getElementById("stages").replaceWith(page.getElementById("stages"));
    } catch {
      // The network or the node was gone for a moment: the test goes on, and so does looking.
    }
    setTimeout(look, 400);
  };
  setTimeout(look, 400);
}
