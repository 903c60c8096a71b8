// What every page loads. Pages can be read without it; it makes them quicker to use. What a page
// does not need is not fetched.
import { startLive } from "./ui/live.js";
import { startWhen } from "./ui/when.js";

document.documentElement.classList.add("scripted");

for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-submit]"))
	select.addEventListener("change", () => select.form?.requestSubmit());
for (const form of document.querySelectorAll<HTMLFormElement>("form.record")) startWhen(form);
startLive();

const parts: Promise<unknown>[] = [];

/** A part of the console, where something on the page asks for it. */
function where(selector: string, start: () => Promise<unknown>): void {
	if (document.querySelector(selector) !== null) parts.push(start());
}

where("body", () => import("./ui/keyboard.js").then((m) => m.startKeys()));
where("[data-verify], [data-drop]", () => import("./ui/verify-page.js").then((m) => m.startVerify()));
where("form.record", () => import("./ui/record-form.js").then((m) => m.startForms()));
where("form.paper", () => import("./ui/paper-form.js").then((m) => m.startPapers()));
where("[data-keep], form[data-throw]", () => import("./ui/keep-draft.js").then((m) => m.startServerDrafts()));
where("form[data-draft]", () => import("./ui/drafts.js").then((m) => m.startDrafts()));
where("[data-sign-in], [data-sign-out]", () => import("./ui/sign-in.js").then((m) => m.startSignIn()));
where("[data-map], [data-bars]", () => import("./ui/charts.js").then((m) => m.startCharts()));
where("[data-routing]", () => import("./ui/routing.js").then((m) => m.startRouting()));
where("article.definitions", () => import("./ui/changes.js").then((m) => m.startChanges()));
where("[data-what-if]", () => import("./ui/what-if.js").then((m) => m.startWhatIf()));
where("[data-misuse], [data-follow]", () => import("./ui/misuse.js").then((m) => m.startMisuse()));
where("[data-invite], [data-join]", () => import("./ui/people.js").then((m) => m.startPeople()));
where("[data-all-systems]", () => import("./ui/systems.js").then((m) => m.startSystems()));

/* All that the page asked for listens now, or could not be fetched. */
void Promise.allSettled(parts).then(() => (document.documentElement.dataset["ready"] = ""));
