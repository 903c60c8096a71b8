// What every page loads. Pages can be read without it; it makes them quicker to use. What a page
// does not need is not fetched.
import { startLive } from "./ui/live.js";
import { startWhen } from "./ui/when.js";

document.documentElement.classList.add("scripted");

for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
	select.addEventListener("change", () => select.form?.requestSubmit());
for (const form of document.querySelectorAll<HTMLFormElement>("form.record")) startWhen(form);
startLive();
if (document.querySelector("[data-verify], [data-drop]") !== null) void import("./ui/verify-page.js").then((m) => m.startVerify());
if (document.querySelector("form.record") !== null) void import("./ui/record-form.js").then((m) => m.startForms());
if (document.querySelector("[data-sign-in], [data-sign-out]") !== null) void import("./ui/sign-in.js").then((m) => m.startSignIn());
if (document.querySelector("form.paper") !== null) void import("./ui/paper-form.js").then((m) => m.startPapers());
